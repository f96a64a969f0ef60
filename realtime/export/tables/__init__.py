"""Recorded sessions as tables that other programs read."""
