"""Which monitor a window is on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Area: TypeAlias = tuple[int, int, int, int]  # left, top, width, height; the desktop's coordinates


def holding(window: Area, monitors: Sequence[Area]) -> int:
    """Index of the monitor with the largest overlap with the window; 0, the primary monitor, if there is none.

    The first monitor is the desktop's primary one (GLFW's documentation of glfwGetMonitors).
    """
    shared = [_shared(window, monitor) for monitor in monitors]
    return shared.index(max(shared))


def other_than(window: Area, monitors: Sequence[Area]) -> int | None:
    """Index of the first monitor that does not hold the window; None if there is no other one."""
    here = holding(window, monitors) if monitors else 0
    return next((at for at in range(len(monitors)) if at != here), None)


def _shared(a: Area, b: Area) -> int:
    """The area that two rectangles have in common."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)
