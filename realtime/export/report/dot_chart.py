"""Dots with intervals on one axis, a row each: held-out scores, differences, chance levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import decimal
from realtime.export.report.svg import Drawing, Scale, decimals, step_of, text_width

_LABELS, _NUMBERS = 236, 190  # px beside a wide chart, at least
_ROW, _GROUP, _AXIS = 30, 30, 46
_NARROW_ROW, _SIDE = 44, 12
Shape = Literal["dot", "open", "diamond", "bar"]
_NARROW_HEAD = 44  # characters of a heading
_NOTE = 112  # px of a note in a wide chart, at least
_BESIDE = 12  # px between a number, its note and the chart
_COLUMN = 84  # px of a column of texts


@dataclass(frozen=True, slots=True)
class DotMark:
    """One more value in a row."""

    value: float
    color: str  # "gain", "floor", "neutral" ...
    shape: Shape = "dot"


@dataclass(frozen=True, slots=True)
class DotRow:
    """A row of a chart. `value` None: there is no number, and `text` says why."""

    label: str
    value: float | None
    text: str  # the number as it is to be read, beside the row
    low: float | None = None  # ends of the interval
    high: float | None = None
    ticks: tuple[float, ...] = ()  # of each fold, recording or person
    chance: tuple[float, float] | None = None
    open: bool = False  # an open square in place of the dot: of another kind than the others
    group: str = ""  # a heading above the row, where it differs from that of the row before
    note: str = ""  # after the text: an interval or another number
    color: str = "delivered"
    marks: tuple[DotMark, ...] = ()  # beside `value`, joined with it by a line
    columns: tuple[str, ...] = ()  # texts of a wide chart's columns, left of the numbers


@dataclass(frozen=True, slots=True)
class Axis:
    """The one axis of a chart."""

    label: str
    short: str  # the same for a narrow chart
    low: float
    high: float
    sides: tuple[str, str] | None = None  # what the left and the right of 0 mean
    noise: float | None = None  # below it nothing is measured: a band from 0 on
    columns: tuple[str, ...] = ()  # heads of the rows' columns


def dot_chart(description: str, axis: Axis, rows: Sequence[DotRow]) -> tuple[Markup, Markup]:
    """The chart for both widths. A value beyond the axis is an arrow at its end; its number is in the text."""
    return _wide(description, axis, rows), _narrow(description, axis, rows)


def axis_over(values: Sequence[float], most: float = math.inf, floor: float = -math.inf) -> tuple[float, float]:
    """Round ends of an axis over values and 0; never below `floor` nor above `most`."""
    low, high = min([0.0, *values]), max([0.0, *values])
    low, high = max(low, floor), min(high, most)
    if high - low < 1e-9:
        high = low + 1e-3
    step = step_of(high - low, 8)
    low, high = step * ((low + 1e-9 * step) // step), -step * ((-high + 1e-9 * step) // step)
    return max(low, floor), min(high, most) if high > 0 else high


def _grouped(rows: Sequence[DotRow]) -> list[tuple[str, DotRow]]:
    """Each row with the heading that it begins, "" where it begins none."""
    before = ""
    found = []
    for row in rows:
        found.append((row.group if row.group != before else "", row))
        before = row.group
    return found


def _wide(description: str, axis: Axis, rows: Sequence[DotRow]) -> Markup:
    grouped = _grouped(rows)
    top = 22 if axis.sides or axis.columns or axis.noise else 6
    below = top + sum(_ROW + (_GROUP if head else 0) for head, _ in grouped)
    drawing = Drawing(WIDE, below + _AXIS, description)
    note, numbers = _right(rows)
    scale = Scale(axis.low, axis.high, _LABELS + max(0, len(axis.columns) - 1) * _COLUMN, WIDE - numbers)
    _draw_grid(drawing, scale.ticks(8), scale, top, below + 4)
    _draw_noise(drawing, axis, scale, top, below + 4)
    for at, head in enumerate(axis.columns):
        drawing.text(scale.start - 20 - (len(axis.columns) - 1 - at) * _COLUMN, 12, head, "t-muted", "end")
    _draw_axis(drawing, axis, scale, below, 8, axis.label)
    y = float(top)
    for head, row in grouped:
        if head:
            y += _GROUP
            drawing.text(0, y - 6, head, "t-label t-strong")
        drawing.text(0, y + 19, row.label, "t-label")
        for at, text in enumerate(row.columns):
            drawing.text(scale.start - 20 - (len(row.columns) - 1 - at) * _COLUMN, y + 19, text, "t-muted", "end")
        _draw_row(drawing, scale, row, y + 15)
        drawing.text(WIDE - (note if row.note else 0), y + 19, row.text, _style(row), "end")
        drawing.text(WIDE, y + 19, row.note, "t-muted", "end")
        y += _ROW
    return drawing.markup()


def _right(rows: Sequence[DotRow]) -> tuple[float, float]:
    """Room for the notes, and for the numbers with their notes, px: as much as the longest of them need."""
    note = max([_NOTE, *(text_width(row.note) + _BESIDE for row in rows if row.note)])
    known = [text_width(row.text) for row in rows if row.note and row.value is not None]
    return note, max([_NUMBERS, *(note + one + 2 * _BESIDE for one in known)])


def _narrow(description: str, axis: Axis, rows: Sequence[DotRow]) -> Markup:
    grouped = _grouped(rows)
    top = 22 if axis.sides or axis.noise else 6
    below = top + sum(_NARROW_ROW + (_GROUP if head else 0) for head, _ in grouped)
    drawing = Drawing(NARROW, below + _AXIS, description)
    scale = Scale(axis.low, axis.high, _SIDE, NARROW - _SIDE)
    _draw_axis(drawing, axis, scale, below, 5, axis.short)
    if axis.noise is not None:
        drawing.text(0, 12, f"grey band: noise {decimal(axis.noise, 2)}", "t-muted")
    y = float(top)
    for head, row in grouped:
        if head:
            y += _GROUP
            drawing.text(0, y - 8, head if len(head) <= _NARROW_HEAD else f"{head[: _NARROW_HEAD - 1]}…",
                         "t-label t-strong")  # fmt: skip
        columns = [f"{head} {text}" for head, text in zip(axis.columns, row.columns, strict=False) if text]
        beside = " · ".join([row.label, *(columns if axis.columns else row.columns)])
        drawing.text(0, y + 13, beside, "t-label")
        noted = text_width(row.note) + 8 if row.note else 0
        if row.value is None and row.columns:  # beside the label is no room, and the row is empty
            drawing.text(0, y + 32, row.text, "t-muted")
        else:
            drawing.text(NARROW - noted, y + 13, row.text, _style(row), "end")
        drawing.text(NARROW, y + 13, row.note, "t-muted", "end")
        if axis.noise is not None:
            drawing.rect(scale(0.0), y + 18, scale(axis.noise) - scale(0.0), 22, "f-noise")
        if row.value is not None or row.chance is not None:
            _draw_grid(drawing, scale.ticks(5), scale, y + 18, y + 40)  # beside the texts and not through them
        _draw_row(drawing, scale, row, y + 28)
        y += _NARROW_ROW
    return drawing.markup()


def _style(row: DotRow) -> str:
    return "t-muted" if row.value is None else "t-strong" if row.note else ""


def _draw_grid(drawing: Drawing, marks: Sequence[float], scale: Scale, top: float, below: float) -> None:
    for mark in marks:
        drawing.line(scale(mark), top, scale(mark), below, "s-zero" if abs(mark) < 1e-9 else "s-grid")


def _draw_axis(drawing: Drawing, axis: Axis, scale: Scale, below: float, most: int, label: str) -> None:
    digits = max(decimals(step_of(axis.high - axis.low, most)), 1 if axis.high <= 1 else 0)
    for mark in scale.ticks(most):
        x, text = scale(mark), decimal(mark, digits)
        half = text_width(text) / 2
        at = min(max(x, half), drawing.width - half)
        drawing.text(at, below + 19, text, "t-muted", "middle")
    drawing.text(scale.start if drawing.width > NARROW else 0, below + 39, label, "t-muted")
    if axis.sides:
        left, right = axis.sides  # a side without room for its name has no values either
        drawing.text(scale(0.0) - 8, 12, left if text_width(left) < scale(0.0) - 8 else "", "t-muted", "end")
        room = drawing.width - scale(0.0) - 8
        drawing.text(scale(0.0) + 8, 12, right if text_width(right) < room else "", "t-muted")


def _draw_noise(drawing: Drawing, axis: Axis, scale: Scale, top: float, below: float) -> None:
    if axis.noise is None:
        return
    drawing.rect(scale(0.0), top, scale(axis.noise) - scale(0.0), below - top, "f-noise")
    drawing.text(scale(0.0) + 2, 12, f"noise {decimal(axis.noise, 2)}", "t-muted")


def _draw_row(drawing: Drawing, scale: Scale, row: DotRow, y: float) -> None:
    if row.chance is not None:
        left, right = map(scale, row.chance)
        drawing.rect(min(left, right - 3), y - 9, max(right - left, 3), 18, "f-chance")
    if row.value is None:
        return
    if row.marks and row.low is None:  # with an interval the line is the interval
        places = [scale(value) for value in (row.value, *(mark.value for mark in row.marks))]
        drawing.line(min(places), y, max(places), y, "s-join")
    if row.low is not None and row.high is not None:
        drawing.line(scale(row.low), y, scale(row.high), y, f"s-{row.color}")
        for end in (row.low, row.high):
            if side := scale.outside(end):
                x = scale(end)
                drawing.path([(x, y - 5), (x, y + 5), (x + 7 * side, y)], f"f-{row.color}", closed=True)
    for tick in row.ticks:
        if not scale.outside(tick):
            drawing.line(scale(tick), y + 6, scale(tick), y + 11, f"s-tick-{row.color}")
    for mark in row.marks:
        draw_mark(drawing, scale, mark, y)
    draw_mark(drawing, scale, DotMark(row.value, row.color, "open" if row.open else "dot"), y)


def draw_mark(drawing: Drawing, scale: Scale, mark: DotMark, y: float) -> None:
    """A value at a height; beyond the scale an arrow at its end."""
    x = scale(mark.value)
    if side := scale.outside(mark.value):
        drawing.path([(x, y - 6), (x, y + 6), (x + 9 * side, y)], f"f-{mark.color}", closed=True)
    elif mark.shape == "open":
        drawing.rect(x - 4.5, y - 4.5, 9, 9, f"f-open o-{mark.color}")
    elif mark.shape == "diamond":
        drawing.path([(x - 6, y), (x, y - 6), (x + 6, y), (x, y + 6)], f"f-{mark.color}", closed=True)
    elif mark.shape == "bar":
        drawing.rect(x - 1.5, y - 7, 3, 14, f"f-{mark.color}")
    else:
        drawing.dot(x, y, f"f-{mark.color}")
