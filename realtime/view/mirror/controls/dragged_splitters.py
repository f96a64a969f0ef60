"""Borders of the layout dragged with the mouse; a double click restores the usual size."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import imgui

from realtime.core.view_state import ViewState
from realtime.view.mirror.layout import Layout
from realtime.view.mirror.splitters import Splitter, SplitterName, splitters_of
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_GRIP, _THICK = 44.0, 3.0  # design units
_SMALLEST_SHARE = 0.01  # 0 is the usual size


@dataclass(frozen=True, slots=True)
class _Drag:
    name: SplitterName
    from_px: float  # place of the mouse at its beginning
    size_px: int  # of the part then


class DraggedSplitters:
    """Drags the borders; the layout decides how far each part can grow."""

    def __init__(self) -> None:
        self._drag: _Drag | None = None

    @property
    def held(self) -> bool:
        """Whether a border is being dragged."""
        return self._drag is not None

    def draw(self, p: Painter, layout: Layout, ui: ViewState) -> None:
        """One frame."""
        splitters = () if ui.help else splitters_of(layout)
        under = next((one for one in splitters if p.hovered(one.rect)), None)
        if self._drag is None and under is not None and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            if imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
                setattr(ui, under.name, 0.0)
            else:
                self._drag = _Drag(under.name, _place(under), under.size_px)
        held = next((one for one in splitters if self._drag is not None and one.name == self._drag.name), None)
        if self._drag is None or held is None:
            self._drag = None
        elif imgui.is_mouse_down(imgui.MouseButton_.left):
            self._follow(held, self._drag, ui)
        else:
            self._settle(held, ui)
        shown = held or under
        if shown is not None:
            _draw_grip(p, shown, held=held is not None)
            shapes = imgui.MouseCursor_
            imgui.set_mouse_cursor(shapes.resize_ew if shown.upright else shapes.resize_ns)

    def _follow(self, splitter: Splitter, drag: _Drag, ui: ViewState) -> None:
        moved = drag.from_px - _place(splitter)
        if moved:
            share = (drag.size_px + moved) / splitter.whole_px
            setattr(ui, splitter.name, round(min(max(share, _SMALLEST_SHARE), 1.0), 4))

    def _settle(self, splitter: Splitter, ui: ViewState) -> None:
        """What is remembered is the size that the layout gave it, and not how far beyond the mouse went."""
        self._drag = None
        if getattr(ui, splitter.name) > 0:
            setattr(ui, splitter.name, round(splitter.size_px / splitter.whole_px, 4))


def _place(splitter: Splitter) -> float:
    mouse = imgui.get_io().mouse_pos
    return mouse.x if splitter.upright else mouse.y


def _draw_grip(p: Painter, splitter: Splitter, *, held: bool) -> None:
    rect, long, thick = splitter.rect, p.px(_GRIP), max(2, p.px(_THICK))
    wide, high = (thick, min(long, rect.h)) if splitter.upright else (min(long, rect.w), thick)
    grip = Rect(rect.x + (rect.w - wide) // 2, rect.y + (rect.h - high) // 2, wide, high)
    p.fill(grip, theme.ACCENT if held else theme.TEXT_SOFT, thick / 2)
