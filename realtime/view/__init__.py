"""What is shown: a window or an offscreen target, and the mirror that is drawn into either."""

from realtime.view.mirror.view import MirrorView
from realtime.view.screen import Screen, open_offscreen, open_window
from realtime.view.state import Action, Status, ViewState

__all__ = ["Action", "MirrorView", "Screen", "Status", "ViewState", "open_offscreen", "open_window"]
