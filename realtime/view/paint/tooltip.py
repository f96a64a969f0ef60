"""Tooltips: a box of text rows over everything, beside the mouse or a control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from imgui_bundle import imgui

from realtime.view.paint import theme
from realtime.view.paint.beside import place_beside
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

Anchor = Literal["mouse", "left", "above"]  # beside the mouse; left of a point; above a point
_PAD, _GAP, _DOT, _EDGE, _AWAY = 10, 16, 13, 4, 16  # design units


@dataclass(frozen=True, slots=True)
class TooltipRow:
    """A row: text on the left, a value on the right."""

    text: str
    value: str = ""
    color: Color | None = None  # None: soft
    value_color: Color | None = None  # None: that of texts
    dot: Color | None = None  # a dot of this colour before the text; all rows are indented then
    bold: bool = False


def draw_tooltip(
    p: Painter, rows: Sequence[TooltipRow], x: float, y: float, anchor: Anchor = "mouse", size: float = theme.SIZE_SMALL
) -> Rect:
    """Draw rows in type of one size at a point in pixels; returns the box, which is always within the window."""
    over = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
    pad, row_h, mono = p.px(_PAD), p.px(1.36 * size), p.fonts.mono
    indent = p.px(_DOT) if any(row.dot for row in rows) else 0

    def width(row: TooltipRow) -> float:
        font = p.fonts.bold if row.bold else p.fonts.regular
        value = p.px(_GAP) + p.width(row.value, size, mono) if row.value else 0.0
        return (0 if row.bold else indent) + p.width(row.text, size, font) + value

    inner = round(max(map(width, rows), default=0.0)) + 2
    w, h = inner + 2 * pad, len(rows) * row_h + pad
    window = imgui.get_io().display_size
    window_px, edge = (round(window.x), round(window.y)), p.px(_EDGE)
    if anchor == "mouse":
        mouse = Rect(round(x), round(y), 1, 1)
        box = place_beside(
            mouse, (w, h), window_px, away=p.px(_AWAY), sides=("right", "left", "below", "above"), edge=edge
        )
    else:
        left = x - w if anchor == "left" else x - w / 2
        top = y - h / 2 if anchor == "left" else y - h
        left, top = (
            min(at, room - edge - side) for at, room, side in ((left, window_px[0], w), (top, window_px[1], h))
        )
        box = Rect(max(0, round(left)), max(0, round(top)), w, h)
    over.fill(box, theme.CARD_LIT, 6 * p.unit)
    over.frame(box, theme.MUTED_BAR.faded(0.7), 6 * p.unit, max(1.0, p.unit))
    for at, row in enumerate(rows):
        line = Rect(box.x + pad, box.y + pad // 2 + at * row_h, inner, row_h)
        if row.dot is not None:
            over.dot(line.x + p.px(4), line.y + row_h / 2, 3.5 * p.unit, row.dot)
        start = line.x + (0 if row.bold else indent)
        font = p.fonts.bold if row.bold else p.fonts.regular
        over.text(
            row.text, Rect.between(start, line.y, line.right, line.bottom), row.color or theme.TEXT_SOFT, size, font
        )
        if row.value:
            over.text(row.value, line, row.value_color, size, mono, "right")
    return box
