"""Lines over a linear axis: a distribution, a course in time, a score by shifts; with bands, spans and levels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup, tag
from realtime.export.report.number_text import decimal
from realtime.export.report.svg import Drawing, Scale, decimals, step_of, text_width

_LEFT, _TOP, _BELOW = 52, 42, 50


@dataclass(frozen=True, slots=True)
class Series:
    """A line; it is broken where a value is not finite."""

    name: str
    color: str  # "delivered", "gain", "floor", "neutral" (dashed)
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None  # ends of its band
    high: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the x axis that is set apart."""

    start: float
    end: float
    label: str
    style: str = "f-chance"


@dataclass(frozen=True, slots=True)
class Plane:
    """The axes: their ends and labels, `short` ones for a narrow chart. A value above `y` is drawn at its end."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    x_short: str = ""
    height: int = 260
    x_text: Callable[[float], str] | None = None  # of a tick; None: a decimal number
    x_ticks: tuple[float, ...] = ()  # empty: round ones
    y_line: tuple[float, str] | None = None  # a level to compare with
    x_line: tuple[float, str] | None = None  # a threshold


def series_chart(
    description: str, plane: Plane, series: Sequence[Series], spans: Sequence[Span] = (), over: Sequence[Markup] = ()
) -> tuple[Markup, Markup]:
    """The chart for both widths; `over` holds one more element for each of them, drawn last."""
    wide, narrow = (
        _drawn(width, description, plane, series, spans, over[at] if over else None)
        for at, width in enumerate((WIDE, NARROW))
    )
    return wide, narrow


def across(width: int, x: tuple[float, float]) -> Scale:
    """Where the values of the x axis are in a chart of this width."""
    return Scale(*x, _LEFT, width - (20 if width == WIDE else 12))


def top_and_bottom(height: int) -> tuple[int, int]:
    """The first and the last px of the plane of this height."""
    return _TOP, _TOP + height


def _drawn(
    width: int, description: str, plane: Plane, series: Sequence[Series], spans: Sequence[Span], over: Markup | None
) -> Markup:
    drawing = Drawing(width, _TOP + plane.height + _BELOW, description)
    right = across(width, plane.x)
    up = Scale(*plane.y, _TOP + plane.height, _TOP)
    drawing.text(0, 12, plane.y_label, "t-muted")
    step = step_of(plane.y[1] - plane.y[0], 6)
    for mark in up.ticks(6):
        drawing.line(_LEFT, up(mark), right.end, up(mark), "s-zero" if abs(mark) < 1e-9 else "s-grid")
        drawing.text(_LEFT - 8, up(mark) + 4, decimal(mark, decimals(step)), "t-muted", "end")
    for span in spans:
        drawing.rect(right(span.start), _TOP, right(span.end) - right(span.start), plane.height, span.style)
    _x_axis(drawing, plane, right, up, 10 if width == WIDE else 5)
    if plane.y_line is not None:
        value, label = plane.y_line
        drawing.line(_LEFT, up(value), right.end, up(value), "s-neutral")
        drawing.text(_LEFT + 6, up(value) - 6, label, "t-muted")
    for one in series:
        if one.low is not None and one.high is not None:
            for run in _runs(one.x, [a + b for a, b in zip(one.low, one.high, strict=True)]):
                edge = [(right(one.x[at]), up(one.high[at])) for at in run]
                drawing.path(
                    edge + [(right(one.x[at]), up(one.low[at])) for at in reversed(run)], f"f-band b-{one.color}",
                    closed=True,
                )  # fmt: skip
    for one in series:
        for run in _runs(one.x, one.y):
            drawing.path([(right(one.x[at]), up(one.y[at])) for at in run], f"s-{one.color} s-course")
    for span in spans:
        if span.label and text_width(span.label) < 140:
            middle = (right(span.start) + right(span.end)) / 2
            half = text_width(span.label) / 2
            drawing.text(min(max(middle, _LEFT + half), width - half), _TOP - 5, span.label, "t-muted", "middle")
    if plane.x_line is not None:
        value, label = plane.x_line
        drawing.line(right(value), _TOP, right(value), up.start, "s-threshold")
        half = text_width(label) / 2
        at = min(max(right(value), _LEFT + half), width - half)
        drawing.text(at, _TOP - 5, label, "t-muted", "middle")  # above the plane, where no line crosses it
    if over is not None:
        drawing.add(over)
    return drawing.markup()


def _x_axis(drawing: Drawing, plane: Plane, right: Scale, up: Scale, most: int) -> None:
    digits = 0 if plane.x_ticks else decimals(step_of(plane.x[1] - plane.x[0], most))
    for mark in plane.x_ticks or right.ticks(most):
        text = plane.x_text(mark) if plane.x_text else decimal(mark, digits)
        half = text_width(text) / 2
        drawing.line(right(mark), up.start, right(mark), up.start + 4, "s-axis")
        drawing.text(min(right(mark), drawing.width - half), up.start + 19, text, "t-muted", "middle")
    label = plane.x_short if drawing.width == NARROW and plane.x_short else plane.x_label
    drawing.text(_LEFT if drawing.width == WIDE else 0, up.start + 40, label, "t-muted")


def _runs(x: Sequence[float], y: Sequence[float]) -> list[range]:
    """The ranges of neighbours whose values are finite."""
    found, start = [], None
    for at in range(len(x) + 1):
        finite = at < len(x) and math.isfinite(x[at]) and math.isfinite(y[at])
        if finite and start is None:
            start = at
        elif not finite and start is not None:
            found.append(range(start, at))
            start = None
    return found


def cursor(width: int, plane: Plane, points: Sequence[tuple[float, int]]) -> Markup:
    """A marker that a script moves along the x axis, and a dot for each `(x, number)` that can be chosen.

    What the script needs to know is in the attributes of the element.
    """
    right = across(width, plane.x)
    top, bottom = top_and_bottom(plane.height)
    dots = [
        tag("circle", cx=right(x), cy=float(bottom), r=4.0, class_="f-choice", data_frame=str(number))
        for x, number in points
    ]
    line = tag("line", x1=0.0, y1=float(top - 2), x2=0.0, y2=float(bottom), class_="s-zero")
    head = tag("path", d=f"M-5 {top - 9}H5L0 {top - 1}Z", class_="f-ink")
    return tag(
        "g",
        tag("g", dots),
        tag("g", line, head, class_="now", transform=f"translate({right(plane.x[0]):.1f} 0)"),
        class_="cursor", data_start=right.start, data_end=right.end, data_low=plane.x[0], data_high=plane.x[1],
    )  # fmt: skip
