"""Sheets of faces: atlases, turntables, the picture of a look inside a model."""
