"""The legend of a plot, in as many rows as needed. A click on an entry hides its curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from realtime.view.mirror.plots.charts import Curve
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

MOST_ROWS = 3
ROW = 20  # design units
_MARK, _GAP = 17, 13
_A_ROW_COSTS = 1.5  # cost of a row, in shorter variants of the labels


@dataclass(frozen=True, slots=True)
class LegendLayout:
    """Legend entries: labels and their rectangles."""

    labels: tuple[str, ...]
    places: tuple[Rect, ...]  # with the line sample
    rows: int

    def at(self, x: float, y: float) -> int | None:
        """The entry at a position."""
        return next((at for at, place in enumerate(self.places) if place.contains(x, y)), None)


def flow(widths: Sequence[float], gap: float, room: float) -> list[list[int]]:
    """Flow layout: entries of these widths in as few rows as possible, none wider than `room` if avoidable; equally
    many per row if that fits.
    """
    rows: list[list[int]] = []
    used = 0.0
    for at, width in enumerate(widths):
        if rows and used + gap + width <= room:
            rows[-1].append(at)
            used += gap + width
        else:
            rows.append([at])
            used = width
    each = -(-len(widths) // max(len(rows), 1))
    even = [list(range(len(widths)))[start : start + each] for start in range(0, len(widths), max(each, 1))]
    fits = all(sum(widths[at] for at in row) + gap * (len(row) - 1) <= room for row in even)
    return even if fits else rows


def fit(p: Painter, curves: Sequence[Curve], room: Rect) -> LegendLayout:
    """Long labels in few rows; if nothing fits into three rows, labels are truncated."""
    mark, gap, row_h = p.px(_MARK), p.px(_GAP), p.px(ROW)
    most = max((len(curve.labels) for curve in curves), default=0)
    choices = []
    for level in range(most):
        labels = tuple(curve.labels[min(level, len(curve.labels) - 1)] for curve in curves)
        widths = [round(p.width(label, theme.SIZE_SMALL)) + 1 + mark for label in labels]
        choices.append((labels, widths, flow(widths, gap, room.w)))
    suited = [
        (level + _A_ROW_COSTS * len(rows), labels, widths, rows)
        for level, (labels, widths, rows) in enumerate(choices)
        if len(rows) <= MOST_ROWS and max(widths) <= room.w
    ]
    if suited:
        _, labels, widths, rows = min(suited, key=lambda choice: choice[0])
    elif choices:
        labels = choices[-1][0]
        each = -(-len(labels) // MOST_ROWS)
        widths = [(room.w - (each - 1) * gap) // each] * len(labels)
        rows = [list(range(len(labels)))[start : start + each] for start in range(0, len(labels), each)]
    else:
        labels, widths, rows = (), [], []
    places = []
    for line, row in enumerate(rows):
        x = room.x
        for at in row:
            places.append(Rect(x, room.y + line * row_h, widths[at], row_h))
            x += widths[at] + gap
    return LegendLayout(labels, tuple(places), len(rows))


def draw(
    p: Painter,
    legend: LegendLayout,
    curves: Sequence[Curve],
    known: Sequence[bool],
    hidden: Sequence[bool],
    hovered: int | None,
) -> None:
    """Line samples and labels: dimmed without data, struck out where the curve is hidden."""
    for at, (curve, label, place) in enumerate(zip(curves, legend.labels, legend.places, strict=True)):
        shown = known[at] and not hidden[at]
        middle = place.y + place.h // 2
        bar = Rect(place.x, middle - p.px(1.5), p.px(11), max(2, p.px(3)))
        part = p.px(4)
        bars = (bar,) if not curve.dashed else (replace(bar, w=part), replace(bar, x=bar.right - part, w=part))
        for one in bars:
            p.fill(one, curve.color if shown else theme.TRACK, 1.5 * p.unit)
        ink = theme.TEXT if at == hovered else theme.TEXT_SOFT if shown else theme.TEXT_FAINT
        left = place.x + p.px(_MARK)
        taken = p.text(label, Rect(left, place.y, place.right - left, place.h), ink, theme.SIZE_SMALL)
        if hidden[at]:
            p.rule(left, middle, left + taken, middle, ink, max(1.0, p.unit))
