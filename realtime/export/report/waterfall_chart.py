"""A waterfall: what is added one after the other, from nothing to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import decimal
from realtime.export.report.svg import Drawing, Scale, decimals, step_of, text_width

_ROW, _NARROW_ROW, _AXIS, _TOP = 36, 52, 46, 26
_LABELS, _NUMBERS, _ALONE = 236, 190, 70


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """A bar from `start` to `end`; `text` is its number, `alone` what it would be without those before it."""

    label: str
    start: float
    end: float
    color: str  # class of its colour: "f-delivered" ...
    text: str
    alone: float | None = None
    alone_text: str = ""
    strong: bool = False  # a sum and not a step


def waterfall_chart(
    description: str, bars: Sequence[WaterfallBar], axis: tuple[float, float], labels: tuple[str, str], origin: float
) -> tuple[Markup, Markup]:
    """The chart for both widths; `labels` of the axis, long and short. Brackets `alone` begin at `origin`."""
    wide, narrow = (_drawn(width, description, bars, axis, labels, origin) for width in (WIDE, NARROW))
    return wide, narrow


def _drawn(
    width: int, description: str, bars: Sequence[WaterfallBar], ends: tuple[float, float], labels: tuple[str, str],
    origin: float,
) -> Markup:  # fmt: skip
    wide = width == WIDE
    row = _ROW if wide else _NARROW_ROW
    top = _TOP if wide else 4
    bottom = top + row * len(bars)
    drawing = Drawing(width, bottom + _AXIS, description)
    scale = Scale(*ends, _LABELS, WIDE - _NUMBERS) if wide else Scale(*ends, 12, NARROW - 12)
    marks = scale.ticks(8 if wide else 5)
    digits = max(1, decimals(step_of(ends[1] - ends[0], 8 if wide else 5)))
    for mark in marks:
        if wide:
            drawing.line(scale(mark), top, scale(mark), bottom, "s-zero" if abs(mark) < 1e-9 else "s-grid")
        text = decimal(mark, digits)
        half = text_width(text) / 2
        drawing.text(min(max(scale(mark), half), width - half), bottom + 19, text, "t-muted", "middle")
    drawing.text(scale.start if wide else 0, bottom + 39, labels[0 if wide else 1], "t-muted")
    if wide:
        drawing.text(WIDE - _ALONE, 14, "in order", "t-muted", "end")
        drawing.text(WIDE, 14, "alone", "t-muted", "end")
    before = None
    for at, bar in enumerate(bars):
        y = top + row * at
        bar_y = y + (5 if wide else 21)
        style = "t-label t-strong" if bar.strong else "t-label"
        drawing.text(0, y + (21 if wide else 14), bar.label, style)
        number_x = WIDE - _ALONE if wide else NARROW
        drawing.text(number_x, y + (21 if wide else 14), bar.text, "t-strong", "end")
        if wide:
            drawing.text(WIDE, y + 21, bar.alone_text, "t-muted", "end")
        else:
            for mark in marks:
                drawing.line(scale(mark), bar_y - 2, scale(mark), y + row - 4, "s-grid")
            drawing.line(scale(0.0), bar_y - 2, scale(0.0), y + row - 4, "s-zero")
        left, right = sorted((scale(bar.start), scale(bar.end)))
        drawing.rect(left, bar_y, max(right - left, 1.5), 18, bar.color)
        if before is not None and wide:
            drawing.line(scale(before), y - row + 23, scale(before), bar_y, "s-step")
        if bar.alone is not None:
            _bracket(drawing, scale(origin), scale(origin + bar.alone), bar_y + 23)
        before = bar.end
    return drawing.markup()


def _bracket(drawing: Drawing, start: float, end: float, y: float) -> None:
    drawing.path([(start, y - 3), (start, y + 3)], "s-bracket")
    drawing.path([(start, y), (end, y)], "s-bracket")
    drawing.path([(end, y - 3), (end, y + 3)], "s-bracket")
