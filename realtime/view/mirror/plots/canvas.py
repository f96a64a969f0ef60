"""Curves and bands by ImPlot, without decorations: grid, tick labels and legend are drawn by the painter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from imgui_bundle import imgui, implot

from realtime.core.types import FloatArray
from realtime.view.mirror.plots.charts import stack
from realtime.view.mirror.plots.value_axis import ValueAxis
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color

# Zoom and pan are shared by all plots (`TimeAxis`): ImPlot gets no mouse input.
_FLAGS = implot.Flags_.canvas_only | implot.Flags_.no_frame | implot.Flags_.no_inputs
_BARE = implot.AxisFlags_.no_decorations | implot.AxisFlags_.no_highlight
_PARTS = 6  # of a dash with its gap
_EDGE = 1.25  # width in design units of the line that smooths a band's edge


@contextmanager
def canvas(name: str, area: Rect, window_s: tuple[float, float], axis: ValueAxis, bleed: int) -> Iterator[bool]:
    """A plot for curves over `area`, which shows the time span `window_s` and the range of `axis`, and over `bleed`
    pixels above and below it; False if there is no room.
    """
    beyond = bleed * (axis.high - axis.low) / max(area.h, 1)
    imgui.set_cursor_screen_pos(imgui.ImVec2(area.x, area.y - bleed))
    begun = implot.begin_plot(name, imgui.ImVec2(area.w, area.h + 2 * bleed), _FLAGS)
    try:
        if begun:
            implot.setup_axes("", "", _BARE, _BARE)
            implot.setup_axes_limits(*window_s, axis.low - beyond, axis.high + beyond, implot.Cond_.always)
            implot.setup_finish()
        yield begun
    finally:
        if begun:
            implot.end_plot()


def line(name: str, times_s: FloatArray, values: FloatArray, color: Color, width_px: float) -> None:
    """A curve through (n,) float32 times and values; gaps where they are NaN."""
    implot.plot_line(name, times_s, values, implot.Spec(line_color=color, line_weight=width_px))


def dashes(times_s: FloatArray, values: FloatArray, period_s: float) -> tuple[FloatArray, FloatArray]:
    """A curve (n,) of float64 times and values as dashes: times and values with a gap in the last third of each period.

    The dashes move with the curve and have one length, however far apart its points are; its own gaps stay.
    """
    if len(times_s) < 2:
        return times_s, values
    step = period_s / _PARTS
    first, last = (int(np.ceil(end / step)) for end in (times_s[0], times_s[-1]))
    ticks = np.arange(first, last)
    found = np.interp(ticks * step, times_s, values)
    found[ticks % _PARTS > 2 * _PARTS // 3] = np.nan
    return ticks * step, found.astype(np.float32)


def bands(times_s: FloatArray, values: FloatArray, colors: list[Color], unit: float, pixel: float) -> None:
    """A stacked area chart of (parts, n) float32; negative parts are stacked below zero, gaps stay empty.

    `pixel` is the value of one pixel: bands thinner than that get no edge.
    """
    times_s, values = closed(times_s, values)
    for at, lower, upper in stack(values):
        ink = colors[at]
        implot.plot_shaded(f"##{at}", times_s, lower, upper, implot.Spec(fill_color=ink))
        edge = np.where(np.abs(upper - lower) < pixel, np.float32(np.nan), upper)
        line(f"##edge{at}", times_s, edge, ink, _EDGE * unit)


def closed(times_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same with zeros at both sides of each gap, so that bands end vertically there."""
    known = np.isfinite(values).any(axis=0)
    ends = np.flatnonzero(known[:-1] & ~known[1:])  # last sample before a gap
    starts = np.flatnonzero(~known[:-1] & known[1:]) + 1  # first sample after one
    if not len(ends) + len(starts):
        return times_s, values
    where = np.concatenate([ends + 1, starts])
    again = np.concatenate([times_s[ends], times_s[starts]])
    return np.insert(times_s, where, again), np.insert(values, where, 0.0, axis=1)
