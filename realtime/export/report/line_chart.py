"""A line with its band over a logarithmic axis: a learning curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.number_text import decimal
from realtime.export.report.svg import Drawing, Scale, decimals, step_of

_HEIGHT, _LEFT, _TOP, _BELOW = 300, 52, 40, 52


@dataclass(frozen=True, slots=True)
class LinePoint:
    """A point of the line."""

    x: float
    x_text: str
    value: float
    text: str
    low: float
    high: float
    ticks: tuple[float, ...] = ()


def line_chart(
    description: str,
    points: Sequence[LinePoint],
    y: tuple[float, float],
    labels: tuple[str, str],
    level: tuple[float, str] | None = None,
) -> tuple[Markup, Markup]:
    """The chart for both widths. `y` the ends of its axis, `labels` of x and y, `level` a value to compare with."""
    wide, narrow = (_drawn(width, description, points, y, labels, level) for width in (WIDE, NARROW))
    return wide, narrow


def _drawn(
    width: int, description: str, points: Sequence[LinePoint], ends: tuple[float, float], labels: tuple[str, str],
    level: tuple[float, str] | None,
) -> Markup:  # fmt: skip
    drawing = Drawing(width, _TOP + _HEIGHT + _BELOW, description)
    right = width - (40 if width == WIDE else 26)
    across = Scale(math.log(points[0].x), math.log(points[-1].x), _LEFT + 24, right)
    up = Scale(*ends, _TOP + _HEIGHT, _TOP)
    drawing.text(0, 12, labels[1], "t-muted")
    step = step_of(ends[1] - ends[0], 6)
    for mark in up.ticks(6):
        drawing.line(_LEFT, up(mark), right + 12, up(mark), "s-zero" if abs(mark) < 1e-9 else "s-grid")
        drawing.text(_LEFT - 8, up(mark) + 4, decimal(mark, max(1, decimals(step))), "t-muted", "end")
    places = [(across(math.log(point.x)), point) for point in points]
    band = [(x, up(one.high)) for x, one in places] + [(x, up(one.low)) for x, one in reversed(places)]
    drawing.path(band, "f-band", closed=True)
    if level is not None and not up.outside(level[0]):
        drawing.line(_LEFT, up(level[0]), right + 12, up(level[0]), "s-neutral")
        drawing.text(_LEFT + 6, up(level[0]) - 6, level[1], "t-muted")
    drawing.path([(x, up(one.value)) for x, one in places], "s-delivered")
    for x, one in places:
        for tick in one.ticks:
            if not up.outside(tick):
                drawing.line(x + 7, up(tick), x + 12, up(tick), "s-tick-delivered")
        side = up.outside(one.value)
        if side:
            y = up(one.value)
            drawing.path([(x - 6, y), (x + 6, y), (x, y - 9 * side)], "f-delivered", closed=True)
        else:
            drawing.dot(x, up(one.value), "f-delivered")
        drawing.text(x, up(one.value) - 12, one.text, "t-delivered t-strong", "middle")
        drawing.text(x, up.start + 20, one.x_text, "t-muted", "middle")
    drawing.text(_LEFT, up.start + 42, labels[0], "t-muted")
    return drawing.markup()
