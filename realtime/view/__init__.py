"""What is shown: a window or an offscreen target, and the mirror that is drawn into either."""

from realtime.core.status import Action, Asked, Status, ViewState
from realtime.view.mirror.view import MirrorView
from realtime.view.mirror.view_actions import apply
from realtime.view.screen import Screen, open_offscreen, open_window

__all__ = ["Action", "Asked", "MirrorView", "Screen", "Status", "ViewState", "apply", "open_offscreen", "open_window"]
