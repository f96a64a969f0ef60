"""The divider between observed and predicted, dragged with the mouse."""

from __future__ import annotations

from imgui_bundle import imgui

from realtime.core.view_state import ViewState
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_REACH = 7.0  # design units on both sides of the divider


class WipeLine:
    """Drags the divider of the wipe; elsewhere in the tile dragging orbits."""

    def __init__(self) -> None:
        self._reach: Rect | None = None  # where it can be grabbed
        self._held = False

    def claims(self, x: float, y: float) -> bool:
        """Whether the divider is within reach."""
        return self._reach is not None and self._reach.contains(x, y)

    def draw(self, p: Painter, body: Rect | None, ui: ViewState) -> None:
        """One frame; `body` is that of the wipe's tile, None if it is not shown."""
        down = imgui.is_mouse_down(imgui.MouseButton_.left)
        if body is None or body.w < 1 or ui.help:
            self._reach, self._held = None, False
            return
        reach = p.px(_REACH)
        self._reach = Rect(body.x + round(ui.wipe * body.w) - reach, body.y, 2 * reach, body.h)
        if p.clicked(self._reach):
            self._held = True
        self._held = self._held and down
        if self._held:
            x = imgui.get_io().mouse_pos.x
            ui.wipe = round(min(max((x - body.x) / body.w, 0.0), 1.0), 3)
