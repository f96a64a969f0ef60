"""The version of the program, for whoever names it."""

__version__ = "0.5.0"
