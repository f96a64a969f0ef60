"""Charts in a card of a sheet: a score matrix, bar charts, lists. All sizes in design units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from realtime.core.types import FloatArray
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color, Ground

Mark = Literal["tick", "dot", "cross"]

_LEGEND, _HEADS, _ABOVE = 34, 26, 8  # the matrix's legend, the names above its columns, the room above any chart
_LABEL, _LABEL_SMALLEST, _NUMBER = 17.0, 9.0, 18.0
_ROW, _BAR_SIZE, _NAMES = 31, 16.5, 0.49  # of bars; largest share of a stack's width for names
_ROW_SIZE = 18.0
_NARROW = 45  # a cell in which the number makes room for the marker
_BRIGHT = 0.3  # luminance from which on dark ink is read better


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Numbers in coloured cells; all names are drawn in one size, so that they fit."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: FloatArray  # (rows, columns); the colour scale runs from 0 to 1
    outlined: Sequence[int]  # by row: the column whose cell has an outline
    dotted: Sequence[int]  # and the one whose cell has a dot
    ringed: Sequence[int]  # and the one whose cell has a ring, where that is another than the dotted
    legend: tuple[str, str, str]  # what the outline, the dot and the ring mean


@dataclass(frozen=True, slots=True)
class Bar:
    """One named value."""

    name: str
    value: float
    number: str  # how the value is written
    warns: bool = False


@dataclass(frozen=True, slots=True)
class TextRow:
    """A line of text with a marker before it or a value after it."""

    text: str
    mark: Mark | None = None
    number: str = ""
    head: str = ""  # bold, before the text, in a column of its own


def matrix_cells(matrix: Matrix, rect: Rect, unit: float) -> list[list[Rect]]:
    """Rectangles of the cells in a chart that fills `rect`, by row and column, with narrow gaps."""
    longest = max(len(name) for name in matrix.rows)
    left = rect.x + round(min(0.3 * rect.w, (9.5 * longest + 14) * unit))
    top, bottom = rect.y + round((_ABOVE + _HEADS) * unit), rect.bottom - round(_LEGEND * unit)
    width, height = (rect.right - left) / len(matrix.columns), (bottom - top) / len(matrix.rows)
    gap = max(1, round(1.5 * unit))

    def cell(row: int, column: int) -> Rect:
        x, y = round(left + column * width), round(top + row * height)
        return Rect(x, y, round(left + (column + 1) * width) - gap - x, round(top + (row + 1) * height) - gap - y)

    return [[cell(row, column) for column in range(len(matrix.columns))] for row in range(len(matrix.rows))]


def paint_matrix(matrix: Matrix, p: Painter, rect: Rect, ink: Ground) -> None:
    """Draw a matrix into all of `rect`."""
    cells = matrix_cells(matrix, rect, p.unit)
    first = cells[0][0]
    room = first.x - rect.x - p.px(10)
    size = min(_size_of(p, matrix.rows, room, first.h), _size_of(p, matrix.columns, first.w, p.px(_HEADS)))
    for name, cell in zip(matrix.columns, cells[0], strict=True):
        p.text(name, Rect(cell.x, first.y - p.px(_HEADS), cell.w, p.px(_HEADS)), ink.soft, size, side="center")
    for row, name in enumerate(matrix.rows):
        line = cells[row]
        p.text(name, Rect(rect.x, line[0].y, room, line[0].h), ink.soft, size, side="right")
        for column, cell in enumerate(line):
            _paint_cell(p, cell, float(matrix.values[row, column]))
        _outline(p, line[matrix.outlined[row]])
        radius = min(_radius(p), 0.22 * first.h)
        _dot(p, *_corner(line[matrix.dotted[row]], radius), radius)
        if matrix.ringed[row] != matrix.dotted[row]:
            _ring(p, *_corner(line[matrix.ringed[row]], radius), radius)
    _legend(matrix, p, Rect(first.x, rect.bottom - p.px(_LEGEND), rect.right - first.x, p.px(_LEGEND)), ink)


def paint_bars(bars: Sequence[Bar], highest: float, limit: float | None, p: Painter, rect: Rect, ink: Ground) -> None:
    """Draw bars from 0 to `highest` in one to three stacks, with a line at `limit`."""
    stacks = min(3, math.ceil(len(bars) / 13))
    rows = math.ceil(len(bars) / stacks)
    gap = p.px(32)
    width = (rect.w - (stacks - 1) * gap) // stacks
    top = rect.y + p.px(_ABOVE)
    height = min(float(p.px(_ROW)), (rect.bottom - top) / rows)
    between = p.px(10)
    size = min(_size_of(p, [bar.name for bar in bars], round(_NAMES * width) - between, round(height)), _BAR_SIZE)
    names = round(max(p.width(bar.name, size) for bar in bars)) + between
    numbers = round(max(p.width(bar.number, size, p.fonts.mono) for bar in bars)) + between
    thick = max(2, round(0.42 * height))
    for at, bar in enumerate(bars):
        stack, row = divmod(at, rows)
        x, y = rect.x + stack * (width + gap), top + round(row * height)
        line = Rect(x, y, width, round(height))
        p.text(bar.name, Rect(x, y, names, line.h), ink.warn if bar.warns else ink.soft, size)
        track = Rect(x + names, y + (line.h - thick) // 2, width - names - numbers, thick)
        p.fill(track, ink.card_edge)
        share = min(max(bar.value / highest, 0.0), 1.0) if highest > 0 else 0.0
        p.fill(Rect(track.x, track.y, round(share * track.w), thick), ink.warn if bar.warns else theme.MUTED_BAR)
        if limit is not None and limit < highest:
            there = track.x + track.w * limit / highest
            p.rule(there, y, there, y + line.h, ink.faint, max(1.0, p.unit))
        number = Rect(track.right, y, numbers, line.h)
        p.text(bar.number, number, ink.warn if bar.warns else ink.text, size, p.fonts.mono, "right")


def paint_rows(title: str, rows: Sequence[TextRow], p: Painter, rect: Rect, ink: Ground) -> None:
    """Draw wrapped lines below a title, in the largest size at which all of them fit."""
    heads = any(row.head for row in rows)
    size = _ROW_SIZE
    while size > _LABEL_SMALLEST and _rows_height(title, rows, p, rect.w, size, heads) > rect.h:
        size -= 0.5
    height = p.px(1.5 * size)
    y = rect.y
    if title:
        p.text(title, Rect(rect.x, y, rect.w, height), ink.text, size, p.fonts.bold)
        y += height
    for row in rows:
        left, head, lines = _broken(row, p, rect.w, size, heads)
        if row.mark is not None:
            _paint_mark(p, row.mark, rect.x + 0.4 * size * p.unit, y + height / 2, 0.34 * size * p.unit, ink)
        if row.head:
            p.text(row.head, Rect(rect.x + left - head, y, head, height), ink.text, size, p.fonts.bold)
        if row.number:
            number = Rect(rect.x, y, rect.w, height)
            p.text(row.number, number, ink.warn if row.mark == "cross" else ink.text, size, p.fonts.mono, "right")
        for line in lines:
            p.text(line, Rect(rect.x + left, y, rect.w - left, height), ink.soft, size)
            y += height
        y += _between(p, size, heads)


def _rows_height(title: str, rows: Sequence[TextRow], p: Painter, width: int, size: float, heads: bool) -> int:
    lines = sum(len(_broken(row, p, width, size, heads)[2]) for row in rows) + bool(title)
    return lines * p.px(1.5 * size) + len(rows) * _between(p, size, heads)


def _between(p: Painter, size: float, heads: bool) -> int:
    return p.px(0.45 * size) if heads else 0


def _broken(row: TextRow, p: Painter, width: int, size: float, heads: bool) -> tuple[int, int, tuple[str, ...]]:
    """Where a row's text begins, how wide its head may be, and the text in lines."""
    head = p.px(7.6 * size) if heads else 0
    left = p.px(1.45 * size) + head
    taken = p.width(row.number, size, p.fonts.mono) + p.px(8) if row.number else 0
    return left, head, p.wrap(row.text, width - left - taken, size) or ("",)


def _size_of(p: Painter, names: Sequence[str], room: int, height: int) -> float:
    """The one size in which all names fit."""
    size = min(_LABEL, 0.8 * height / p.unit)
    while size > _LABEL_SMALLEST and max(p.width(name, size) for name in names) > room:
        size -= 0.5
    return size


def _paint_cell(p: Painter, cell: Rect, value: float) -> None:
    color = colormap.at(value)
    p.fill(cell, color)
    text = f"{value:.2f}"
    if text == "-0.00":
        text = "0.00"
    if cell.w < p.px(_NARROW):
        text = text.replace("0.", ".").removesuffix("0") if abs(value) >= 0.995 else text.replace("0.", ".")
        cell = replace(cell, w=cell.w - round(0.55 * cell.h))
    size = min(_NUMBER, 0.62 * cell.h / p.unit, cell.w / (0.5 * (len(text) + 0.6)) / p.unit)
    p.text(text, cell, _ink_on(color), size, p.fonts.mono, "center")


def _ink_on(color: Color) -> Color:
    red, green, blue = color.linear()
    return theme.GROUND_TOP if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _BRIGHT else theme.TEXT


def _outline(p: Painter, cell: Rect) -> None:
    width = max(1.5, min(3.0 * p.unit, 0.12 * cell.h))
    p.frame(cell, theme.ARROW_RIM, 0.0, 1.8 * width)
    p.frame(cell, theme.ACCENT, 0.0, width)


def _corner(cell: Rect, radius: float) -> tuple[float, float]:
    """The centre of the marker in a cell's upper right corner."""
    inwards = 2.3 * radius
    return cell.right - inwards, cell.y + inwards


def _radius(p: Painter) -> float:
    return max(2.0, 4.6 * p.unit)


def _dot(p: Painter, x: float, y: float, radius: float) -> None:
    p.dot(x, y, 1.3 * radius, theme.ARROW_RIM)
    p.dot(x, y, radius, theme.ACCENT)


def _ring(p: Painter, x: float, y: float, radius: float) -> None:
    p.ring(x, y, radius, theme.ARROW_RIM, 0.8 * radius)
    p.ring(x, y, radius, theme.ACCENT, 0.4 * radius)


def _legend(matrix: Matrix, p: Painter, rect: Rect, ink: Ground) -> None:
    """The legend of the markers in use."""
    outline, dot, ring = matrix.legend
    x, middle = rect.x, rect.y + rect.h / 2 + p.px(2)
    size, side = 15.0, p.px(16)
    shown = [("outline", outline), ("dot", dot)]
    if list(matrix.ringed) != list(matrix.dotted):
        shown.append(("ring", ring))
    for kind, label in shown:
        if kind == "outline":
            _outline(p, Rect(x, round(middle) - side // 2, side, side))
        elif kind == "dot":
            _dot(p, x + side / 2, middle, _radius(p))
        else:
            _ring(p, x + side / 2, middle, _radius(p))
        x += side + p.px(8)
        room = Rect(x, rect.y + p.px(2), rect.right - x, rect.h)
        x += round(p.text(label, room, ink.soft, size)) + p.px(26)


def _paint_mark(p: Painter, mark: Mark, x: float, y: float, reach: float, ink: Ground) -> None:
    width = max(1.5, 0.42 * reach)
    if mark == "tick":
        p.rule(x - reach, y + 0.1 * reach, x - 0.25 * reach, y + 0.8 * reach, ink.text, width)
        p.rule(x - 0.3 * reach, y + 0.8 * reach, x + reach, y - 0.75 * reach, ink.text, width)
    elif mark == "cross":
        for side in (-1, 1):
            p.rule(x - 0.8 * reach, y - 0.8 * side * reach, x + 0.8 * reach, y + 0.8 * side * reach, ink.warn, width)
    else:
        p.dot(x, y, 0.4 * reach, ink.warn)
