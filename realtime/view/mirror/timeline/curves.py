"""Movement, emotions and usability, drawn into their lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from imgui_bundle import implot

from realtime.core.overview import Overview, Usable
from realtime.core.types import EMOTIONS, FloatArray
from realtime.view.mirror.emotion_colors import emotion_color
from realtime.view.mirror.plots.canvas import canvas, closed, dashes, line
from realtime.view.mirror.plots.value_axis import ValueAxis, fit_axis
from realtime.view.mirror.timeline.columns import Columns, UsableRun, columns_of, usable_runs
from realtime.view.mirror.timeline.span import TimeSpan
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_HIGHEST = 99.0  # percentile that the movement's lane shows: one blink of the tracker flattens nothing
_LEAST_PERCENT = 2.0  # of the outer-canthal distance, that it shows at least
_LINE = 1.5  # design units
_DASH = 6  # pixels, a dot of the noise with the gap behind it
_HATCH = 6  # design units
_USABLE_COLUMN = 3  # pixels: shorter changes are not seen
_ORDER = (EMOTIONS.index("neutral"), *range(EMOTIONS.index("neutral")))  # from the lowest
PREDICTED_FADED = 0.85


def ribbon_color(name: str) -> Color:
    """The colour of an emotion; of neutral, which is none and the ground of the ribbon, a calmer grey."""
    return theme.MUTED_BAR if name == "neutral" else emotion_color(name)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """What is drawn of an overview over a span: computed once as long as both stay. Times begin with the span."""

    span: TimeSpan
    columns: Columns
    runs: list[UsableRun]
    x: FloatArray  # (n,) float32 seconds, of the curves
    before_x: FloatArray  # (l,) float32 seconds, of the area without a known rest; areas end vertically at gaps
    before: FloatArray  # (l,) float32 %, from the mean face
    area_x: FloatArray  # (m,) float32 seconds
    moved: FloatArray  # (m,) float32 %, from rest
    predicted: FloatArray  # (m,) float32 %
    ribbon_x: FloatArray  # (k,) float32 seconds
    ribbon: FloatArray  # (8, k) float32, borders of the emotions on each other, neutral lowest
    noise_x: FloatArray  # (d,) float32 seconds, of a dotted line
    noise: FloatArray  # (d,) float32 %
    felt: tuple[bool, ...]  # which of the emotions, from the lowest, there are
    highest: float | None  # %, of the movement

    @classmethod
    def of(cls, overview: Overview, span: TimeSpan) -> Values:
        """One value a column of pixels at most."""
        count = max(span.width, 1)
        columns = columns_of(overview, span.start_s, span.end_s, count)
        x = (columns.times_s - span.start_s).astype(np.float32)
        before_x, before = closed(x, columns.from_mean[None])
        area_x, areas = closed(x, np.stack([columns.moved, columns.predicted]))
        ribbon_x, ribbon = closed(x, columns.emotions)
        borders = np.zeros((len(EMOTIONS) + 1, len(ribbon_x)), np.float32)
        np.cumsum(np.nan_to_num(ribbon[list(_ORDER)]), axis=0, out=borders[1:])
        noise_x, noise = dashes(columns.times_s - span.start_s, columns.noise, _DASH * span.seconds / count)
        runs = usable_runs(overview, span.start_s, span.end_s, max(count // _USABLE_COLUMN, 1))
        return cls(
            span, columns, runs, x, before_x, np.nan_to_num(before[0]),
            area_x, np.nan_to_num(areas[0]), np.nan_to_num(areas[1]), ribbon_x, borders,
            noise_x.astype(np.float32), noise, tuple((np.diff(borders, axis=0) > 0).any(axis=1).tolist()),
            _highest(columns),
        )  # fmt: skip

    def suits(self, span: TimeSpan, moved_s: float) -> bool:
        """Whether this is what is to be drawn over a span that has moved by at most so many seconds."""
        return self.span.serves(span, moved_s)

    def seen(self, span: TimeSpan) -> tuple[float, float]:
        """What of its times is seen in a span."""
        return self.span.seen(span)


def movement_axis(values: Values, before: ValueAxis | None, others: Sequence[float] = ()) -> ValueAxis:
    """The scale of the movement's lane, from 0, on which all of its curves stay; it is kept while it suits.

    `others`: the highest of other faces, %.
    """
    heights = [*others, *([] if values.highest is None else [values.highest])]
    if not heights:
        return before or fit_axis(0.0, 0.0, _LEAST_PERCENT, 2)
    return fit_axis(0.0, max(heights), _LEAST_PERCENT, 2, before)


def _highest(columns: Columns) -> float | None:
    """What the movement's lane has to show, %; None where nothing is known."""
    found = map(highest_of, (columns.moved, columns.from_mean))
    return max((height for height in found if height is not None), default=None)


def highest_of(heights: FloatArray) -> float | None:
    """What the lane has to show of a curve (n,), %; None where nothing of it is known."""
    known = heights[np.isfinite(heights)]
    return 1.1 * float(np.percentile(known, _HIGHEST)) if len(known) else None


def draw_movement(p: Painter, lane: Rect, span: TimeSpan, values: Values, axis: ValueAxis) -> None:
    """The distance from rest; the share of its square that is predicted is blue, the noise a dotted line."""
    columns = values.columns
    with canvas("##movement", lane, values.seen(span), axis, 0) as room:
        if not room:
            return
        if values.before.any():
            ink = theme.SERIES_MEAN
            implot.plot_shaded("##mean", values.before_x, values.before, 0.0, implot.Spec(fill_color=ink.faded(0.25)))
            line("##mean edge", values.x, columns.from_mean, ink, _LINE * p.unit)
        above = implot.Spec(fill_color=theme.SERIES_RAW.faded(0.3))
        implot.plot_shaded("##rest", values.area_x, values.predicted, values.moved, above)
        below = implot.Spec(fill_color=theme.ACCENT.faded(PREDICTED_FADED))
        implot.plot_shaded("##predicted", values.area_x, values.predicted, 0.0, below)
        line("##noise", values.noise_x, values.noise, theme.PART_NOISE, max(1.0, p.unit))
        line("##moved", values.x, columns.moved, theme.SERIES_RAW, _LINE * p.unit)


def draw_emotions(lane: Rect, span: TimeSpan, values: Values) -> None:
    """The emotions on each other, neutral lowest."""
    with canvas("##emotions", lane, values.seen(span), ValueAxis(0.0, 1.0, 1.0), 0) as room:
        if not room:
            return
        for place, at in enumerate(_ORDER):
            lower, upper = values.ribbon[place], values.ribbon[place + 1]
            if values.felt[place]:
                ink = ribbon_color(EMOTIONS[at])
                implot.plot_shaded(f"##{at}", values.ribbon_x, lower, upper, implot.Spec(fill_color=ink))


def draw_usable(p: Painter, lane: Rect, span: TimeSpan, runs: Sequence[UsableRun]) -> None:
    """Thin and grey where frames can be used, amber where the head is turned too far, hatched without a face."""
    middle, thin = lane.y + lane.h // 2, max(2, lane.h // 3)
    for run in runs:
        ends = span.between(run.start_s, run.end_s)
        if ends is None or run.usable is None:
            continue
        left, right = ends
        if run.usable is Usable.YES:
            p.fill(Rect.between(left, middle - thin // 2, right, middle - thin // 2 + thin), theme.MUTED_BAR)
        elif run.usable is Usable.NO_FACE:
            _hatch(p, Rect.between(left, lane.y, right, lane.bottom))
        else:
            whole = run.usable is Usable.OUT_OF_RANGE
            box = lane if whole else lane.inset(0, lane.h / 4)
            p.fill(Rect.between(left, box.y, right, box.bottom), theme.WARN)


def _hatch(p: Painter, box: Rect) -> None:
    """Thin diagonal lines."""
    step, width = max(3, p.px(_HATCH)), max(1.0, p.unit)
    for x in range(box.x + step - box.x % step, box.right, step):
        reach = min(box.h, x - box.x)
        p.rule(x, box.y, x - reach, box.y + reach, theme.TEXT_FAINT, width)
