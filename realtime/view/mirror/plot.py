"""The residual over the last minute: grid and curves by the line pass, words by imgui."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realtime.types import FloatArray
from realtime.view.gl.lines import LinePass, polyline
from realtime.view.mirror.history import SERIES, History, series_of
from realtime.view.paint import theme
from realtime.view.paint.card import title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Colour
from realtime.view.state import Caption, ViewState

_TOPS = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 30.0, 40.0, 60.0, 100.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of the plot."""

    series: str
    words: tuple[str, str, str]  # for the legend, the longest for which there is room
    colour: Colour
    width: float  # design units


_BASELINES = (
    Curve("mean_mesh", ("mean face", "mean", "mean"), theme.SERIES_MEAN, 1.3),
    Curve("own_neutral", ("own neutral", "neutral", "own"), theme.SERIES_NEUTRAL, 1.3),
)
_ONE_MODEL = (
    Curve("raw", ("raw", "raw", "raw"), theme.SERIES_RAW, 1.8),
    Curve("adjusted", ("adjusted", "adj.", "adj."), theme.SERIES_ADJUSTED, 2.2),
)


class Plot:
    """Axes that fit what is to be seen, and the curves: both residuals of one model, or the shown one of several."""

    def __init__(self, history: History, models: Sequence[Caption]) -> None:
        self._history = history
        self._models = models
        self._columns: FloatArray = np.empty((0, len(history.series)), np.float32)
        self._curves: tuple[Curve, ...] = _ONE_MODEL
        self._baselines: tuple[Curve, ...] = _BASELINES
        self._top = _TOPS[2]

    def draw_lines(self, lines: LinePass, panel: Panel, unit: float, size_px: tuple[int, int], ui: ViewState) -> None:
        """Grid and curves, below the words; with several models the baselines are those of the shown one."""
        area = self._area(panel, unit)
        if area.w < 8 or area.h < 8:
            return
        self._columns = self._history.columns(max(2, round(area.w / max(1.0, 1.5 * unit))))
        self._curves = self._of_models(ui.adjusted)
        of_shown = dict(zip(SERIES, series_of(ui.model), strict=True))
        self._baselines = tuple(replace(curve, series=of_shown[curve.series]) for curve in _BASELINES)
        shown = self._columns[:, [self._history.series.index(c.series) for c in (*self._baselines, *self._curves)]]
        highest = np.nanmax(shown) if np.isfinite(shown).any() else 0.0
        self._top = next((top for top in _TOPS if highest * 1.06 <= top), float(np.ceil(highest * 1.06)))
        grid = np.array([(area.x, y, area.right, y) for y in self._levels(area)[0]], np.float32)
        lines.draw(grid, theme.TRACK, max(1.0, unit), size_px=size_px)
        x = np.linspace(area.x, area.right, len(self._columns))
        for curve in (*self._baselines, *self._curves):
            values = self._values(curve)
            y = area.bottom - values / self._top * area.h
            points = np.stack([x, y], axis=-1).astype(np.float32)
            clip = Rect(area.x - 2, area.y - 4, area.w + 6, area.h + 8)
            lines.draw(polyline(points), curve.colour, curve.width * unit, size_px=size_px, clip=clip, round_ends=True)
            known = np.flatnonzero(np.isfinite(values))
            if len(known) and known[-1] >= len(values) - 2:
                end = points[known[-1]]
                dot = np.array([[*end, *end]], np.float32)
                lines.draw(dot, curve.colour, 5.0 * unit, size_px=size_px, round_ends=True)

    def draw_words(self, p: Painter, panel: Panel) -> None:
        """Title, legend and the axes' numbers."""
        seconds = f"{self._history.span_s:g} s"
        title(p, panel, "Residual over time", "% of outer-canthal distance", "%")
        area = self._area(panel, p.unit)
        for y, level in zip(*self._levels(area), strict=True):
            row = Rect(panel.body.x, round(y) - p.px(8), area.x - panel.body.x - p.px(7), p.px(16))
            p.text(f"{level:g}", row, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.mono, "right")
        below = Rect(area.x, area.bottom + p.px(4), area.w, p.px(18))
        p.text(f"{seconds} ago", below, theme.TEXT_FAINT, theme.SIZE_SMALL)
        p.text("now", below, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
        self._legend(p, Rect(area.x, panel.body.y, area.w, p.px(20)))

    def _of_models(self, adjusted: bool) -> tuple[Curve, ...]:
        if len(self._models) == 1:
            return _ONE_MODEL
        curves = []
        for at, (caption, colour) in enumerate(zip(self._models, theme.MODELS, strict=False)):
            raw, taken_out, *_ = series_of(at)
            known = bool(np.isfinite(self._columns[:, self._history.series.index(taken_out)]).any())
            name = taken_out if adjusted and known else raw
            curves.append(Curve(name, (caption.names[1], f"model {at + 1}", str(at + 1)), colour, 2.0))
        return tuple(curves)

    def _values(self, curve: Curve) -> FloatArray:
        return self._columns[:, self._history.series.index(curve.series)]

    def _legend(self, p: Painter, rect: Rect) -> None:
        curves = (*self._curves, *self._baselines)
        mark, gap = p.px(18), p.px(14)
        for at in range(3):
            words = [curve.words[at] for curve in curves]
            widths = [p.width(word, theme.SIZE_SMALL) for word in words]
            if sum(widths) + len(curves) * mark + (len(curves) - 1) * gap <= rect.w:
                break
        x = rect.x
        for curve, word, width in zip(curves, words, widths, strict=True):
            known = bool(np.isfinite(self._values(curve)).any()) if len(self._columns) else False
            middle = rect.y + rect.h / 2
            line = Rect(x, round(middle - 1.5 * p.unit), p.px(12), max(2, p.px(3)))
            p.fill(line, curve.colour if known else theme.TRACK, 1.5 * p.unit)
            box = Rect(x + mark, rect.y, min(round(width) + 1, max(0, rect.right - x - mark)), rect.h)
            p.text(word, box, theme.TEXT_SOFT if known else theme.TEXT_FAINT, theme.SIZE_SMALL)
            x += mark + round(width) + gap

    def _area(self, panel: Panel, unit: float) -> Rect:
        body = panel.body
        left, top, below = round(26 * unit), round(28 * unit), round(22 * unit)
        return Rect(body.x + left, body.y + top, max(0, body.w - left - round(4 * unit)), max(0, body.h - top - below))

    def _levels(self, area: Rect) -> tuple[list[float], list[float]]:
        """Heights in pixels and values of the grid lines, from zero up."""
        steps = 4 if self._top % 4 == 0 else 3 if self._top % 3 == 0 else 2
        values = [self._top * at / steps for at in range(steps + 1)]
        return [area.bottom - area.h * value / self._top for value in values], values
