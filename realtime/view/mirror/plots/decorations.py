"""Decorations of a plot: grid with tick labels, end markers, crosshair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray
from realtime.view.mirror.plots import readout, ticks
from realtime.view.mirror.plots.charts import Curve
from realtime.view.mirror.plots.value_axis import ValueAxis, label, time_step
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_NEAR_S = 0.5  # largest distance to the nearest slice with data


@dataclass(frozen=True, slots=True)
class PlotTransform:
    """Maps seconds and values to pixels."""

    area: Rect
    axis: ValueAxis
    window_s: tuple[float, float]  # time span relative to the newest frame, in a replay to the one that is shown
    shown_s: float | None = None  # the time in the recording of the frame that is shown

    def x(self, seconds: float) -> float:
        start, end = self.window_s
        return self.area.x + (seconds - start) / (end - start) * self.area.w

    def y(self, value: float) -> float:
        axis = self.axis
        return self.area.bottom - (value - axis.low) / (axis.high - axis.low) * self.area.h

    def seconds(self, x: float) -> float:
        """The time at a position."""
        start, end = self.window_s
        return start + (x - self.area.x) / self.area.w * (end - start)


@dataclass(frozen=True, slots=True, eq=False)
class ShownCurves:
    """The visible curves, the first drawn on top."""

    curves: Sequence[Curve]
    x: FloatArray  # (n,) float32 seconds, relative to the newest frame
    values: FloatArray  # (curves, n) float32


def grid(p: Painter, place: PlotTransform, *, frozen: bool) -> None:
    """Grid lines with tick labels: values on the left, times below."""
    area, axis, (start, end) = place.area, place.axis, place.window_s
    width, row = max(1.0, p.unit), p.px(16)
    for level in axis.levels:
        y = round(place.y(level))
        ink = theme.TEXT_FAINT.faded(0.75) if level == 0 and axis.low < 0 else theme.TRACK
        p.rule(area.x, y, area.right, y, ink, width)
        box = Rect(area.x - p.px(60), y - row // 2, p.px(60 - 7), row)
        p.text(label(level, axis.step), box, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.mono, "right")
    below = Rect(area.x, area.bottom + p.px(4), area.w, p.px(18))
    step = time_step(end - start, 4)
    if place.shown_s is None:
        texts = readout.ago(-start), readout.ago(-end)
    else:
        texts = ticks.clock(start + place.shown_s, min(step, 0.1)), ticks.clock(end + place.shown_s, min(step, 0.1))
    first = p.text(texts[0], below, theme.TEXT_FAINT, theme.SIZE_SMALL)
    # Live, it is in another colour where the newest frames are out of view.
    latest, ink = texts[1], theme.TEXT_FAINT if place.shown_s is not None or texts[1] == "now" else theme.ACCENT
    if frozen and ink is theme.TEXT_FAINT:
        latest, ink = "frozen", theme.WARN
    last = p.text(latest, below, ink, theme.SIZE_SMALL, side="right")
    free = below.x + first + p.px(10), below.right - last - p.px(10)
    zero = -(place.shown_s or 0.0)  # ticks are at whole steps of the recording, or at whole steps before now
    for at in range(int(np.ceil((start - zero) / step - 1e-6)), int(np.floor((end - zero) / step + 1e-6)) + 1):
        x = place.x(at * step + zero)
        if not area.x + 1 < x < area.right - 1:
            continue
        p.rule(round(x), area.y, round(x), area.bottom, theme.TRACK.faded(0.6), width)
        time_label = f"{-at * step:g} s" if place.shown_s is None else ticks.clock(at * step, step)
        half = p.width(time_label, theme.SIZE_SMALL) / 2
        if free[0] <= x - half and x + half <= free[1]:
            box = Rect(round(x - half), below.y, round(2 * half) + 2, below.h)
            p.text(time_label, box, theme.TEXT_FAINT, theme.SIZE_SMALL)


def numbers_width(p: Painter, axis: ValueAxis) -> int:
    """Width of an axis's tick labels in pixels."""
    signs = max(len(label(level, axis.step)) for level in axis.levels)
    return round(signs * p.width("0", theme.SIZE_SMALL, p.fonts.mono))


def ends(p: Painter, place: PlotTransform, lines: ShownCurves) -> None:
    """A marker at the newest value of each curve, in a replay at that of the frame that is shown."""
    at = (len(lines.x) or None) and -1 if place.shown_s is None else nearest(lines.x, lines.values, 0.0)
    if at is not None and place.area.x <= place.x(float(lines.x[at])) <= place.area.right + 1:
        for curve, x, y in _points(place, lines, at):
            p.dot(x, y, (1.2 + curve.width / 2) * p.unit, curve.color)


def playhead(p: Painter, place: PlotTransform) -> None:
    """The frame of a recording that is shown."""
    x = round(place.x(0.0))
    if place.area.x <= x <= place.area.right:
        p.rule(x, place.area.y, x, place.area.bottom, theme.TEXT, max(1.0, p.unit))


def cross(p: Painter, place: PlotTransform, lines: ShownCurves | None, at_s: float) -> None:
    """The crosshair, with a marker on each curve."""
    middle = round(place.x(at_s))
    if not place.area.x <= middle <= place.area.right:
        return
    p.rule(middle, place.area.y, middle, place.area.bottom, theme.TEXT_SOFT.faded(0.7), max(1.0, p.unit))
    at = None if lines is None else nearest(lines.x, lines.values, at_s)
    if lines is None or at is None:
        return
    for curve, x, y in _points(place, lines, at):
        p.dot(x, y, 4.0 * p.unit, theme.CARD)
        p.dot(x, y, 2.8 * p.unit, curve.color)


def nearest(times_s: FloatArray, values: FloatArray, at_s: float) -> int | None:
    """The slice nearest to a time that has data; None if it is too far away."""
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not len(known):
        return None
    at = int(known[np.abs(times_s[known] - at_s).argmin()])
    return at if abs(times_s[at] - at_s) <= _NEAR_S else None


def _points(place: PlotTransform, lines: ShownCurves, at: int) -> list[tuple[Curve, float, float]]:
    """The visible points of all curves at one slice, in pixels; the first curve last."""
    x, axis = place.x(float(lines.x[at])), place.axis
    values = zip(lines.curves, lines.values[:, at].tolist(), strict=True)
    return [(curve, x, place.y(value)) for curve, value in reversed(list(values)) if axis.low <= value <= axis.high]
