"""Exports sessions as tables for other programs."""
