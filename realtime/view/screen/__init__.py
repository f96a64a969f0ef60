"""Targets to draw into: a window on the desktop, or the same without a display."""

from realtime.view.screen.base import Screen, open_offscreen, open_window

__all__ = ["Screen", "open_offscreen", "open_window"]
