"""The shape of the mouse's pointer, as what is drawn below it asks for it."""

from __future__ import annotations

from typing import Any

import glfw
from imgui_bundle import imgui

from realtime.view.screen.glfw_setup import reporting_to

_SHAPES = {
    imgui.MouseCursor_.text_input.value: glfw.IBEAM_CURSOR,
    imgui.MouseCursor_.resize_ns.value: glfw.VRESIZE_CURSOR,
    imgui.MouseCursor_.resize_ew.value: glfw.HRESIZE_CURSOR,
    imgui.MouseCursor_.hand.value: glfw.HAND_CURSOR,
}


class Cursors:
    """The pointers of one window; glfw frees them when it ends."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self._made: dict[int, Any] = {}
        self._shown: int | None = None

    def follow(self) -> None:
        """Show what the frame that was drawn last has asked for; the arrow where the desktop has no such shape."""
        if imgui.get_current_context() is None:
            return
        shape = _SHAPES.get(int(imgui.get_mouse_cursor()))
        if shape == self._shown:
            return
        self._shown = shape
        if shape is not None and shape not in self._made:
            with reporting_to([]):
                self._made[shape] = glfw.create_standard_cursor(shape)
        glfw.set_cursor(self._window, None if shape is None else self._made[shape] or None)  # type: ignore[arg-type]
