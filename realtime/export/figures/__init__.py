"""Figures: sheets of faces, atlases, turntables, model audits."""
