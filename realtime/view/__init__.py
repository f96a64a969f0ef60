"""What is shown: a window or an offscreen target, and the mirror that is drawn into either."""

from realtime.view.mirror.acts import apply
from realtime.view.mirror.view import MirrorView
from realtime.view.screen import Screen, open_offscreen, open_window
from realtime.view.state import Action, Asked, Status, ViewState

__all__ = ["Action", "Asked", "MirrorView", "Screen", "Status", "ViewState", "apply", "open_offscreen", "open_window"]
