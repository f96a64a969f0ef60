"""What is on screen: window, passes, panels; draws what it is given. No cv2, mediapipe, openvino, feat, av, pyarrow.

Importing this loads nothing; the names below load ModernGL, glfw and Dear ImGui when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.view.against.view import AgainstView
    from realtime.view.mirror.view import MirrorView
    from realtime.view.mirror.view_actions import apply
    from realtime.view.opening_card import OpeningCard
    from realtime.view.screen import Screen, open_offscreen, open_window
    from realtime.view.screen.file_dialog import FileDialog
    from realtime.view.start_window import StartWindow

_HOME = {
    "AgainstView": "realtime.view.against.view",
    "FileDialog": "realtime.view.screen.file_dialog",
    "MirrorView": "realtime.view.mirror.view",
    "OpeningCard": "realtime.view.opening_card",
    "StartWindow": "realtime.view.start_window",
    "apply": "realtime.view.mirror.view_actions",
    "Screen": "realtime.view.screen",
    "open_offscreen": "realtime.view.screen",
    "open_window": "realtime.view.screen",
}
__all__ = [
    "AgainstView",
    "FileDialog",
    "MirrorView",
    "OpeningCard",
    "Screen",
    "StartWindow",
    "apply",
    "open_offscreen",
    "open_window",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'realtime.view' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
