"""The plots over time in the cards of the lower row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from imgui_bundle import imgui

from realtime.core.types import EMOTIONS, FloatArray
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.core.wording import time_text
from realtime.view.mirror.history import History, Series
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.plots import decorations, legend, readout
from realtime.view.mirror.plots.canvas import bands, canvas, dashes, line
from realtime.view.mirror.plots.charts import MOST_FEATURES, Chart, PlottedFace, chart_of
from realtime.view.mirror.plots.readout import Reading, Readout
from realtime.view.mirror.plots.time_axis import TimeAxis
from realtime.view.mirror.plots.value_axis import ValueAxis, fit_axis
from realtime.view.paint import theme
from realtime.view.paint.card import title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import borderless_window

_PIXELS_A_SLICE = 2.5  # design units
_LEVEL_H = 26  # smallest distance of grid lines, design units
_ZOOM_A_NOTCH = 1.2
_CHOSEN_EVERY_S = 1.0  # the strongest features
_BLEED = 3  # design units that a curve may exceed its axis, so that one along its end is not clipped
_DASH = 14  # a dash and the gap behind it, design units
_REACH = 6  # design units by which a plot's window exceeds its body, so that end markers are not clipped


@dataclass(frozen=True, slots=True)
class Plotted:
    """State of one card in the last frame."""

    chart: Chart
    place: Rect  # receives mouse input
    area: Rect  # of the curves, in pixels
    legend: legend.LegendLayout
    axis: ValueAxis
    window_s: tuple[float, float]  # seconds before the newest frame shown, both 0 or negative


class Plots:
    """All plots of one history. They share the timeline's axis: zoom, pan and the crosshair apply to all of them.

    Frozen, they show a copy of the history, while data are still collected.
    """

    readout: Readout | None = None  # tooltip of the last frame

    def __init__(self, history: History, models: Sequence[Caption]) -> None:
        self._history = history
        self._frozen: History | None = None
        self._duration_s: float | None = None  # of the recording that is replayed
        self.models = models
        self.others: Sequence[PlottedFace] = ()  # beside the face that is shown
        self.timeline = TimeAxis()
        self.hidden: set[tuple[Card, Series]] = set()
        self.shown: dict[Card, Plotted] = {}  # state of this frame, by card
        self._axes: dict[Card, ValueAxis] = {}
        self._legends: dict[Card, tuple[object, legend.LegendLayout]] = {}  # with their cache key
        self._features: dict[int, tuple[float, tuple[str, ...]]] = {}  # by model: time of the selection, and its names
        self._dragged: Card | None = None
        self._crosshair: float | None = None  # position of the mouse in any of them, on the history's axis
        self._frame = -1

    def show(self, history: History, duration_s: float | None) -> None:
        """Plot another history; `duration_s`: of the recording that it is of, whose time the plots then show."""
        self._history, self._duration_s, self._frozen = history, duration_s, None

    def name(self, models: Sequence[Caption]) -> None:
        """Call the models otherwise, or plot another number of them."""
        self.models = tuple(models)
        self._legends.clear()

    def _reach(self, history: History) -> tuple[float, float]:
        """The newest time and the longest span, as `TimeAxis` takes them."""
        if self._duration_s is not None:
            return self._duration_s, max(self._duration_s, 1e-3)
        return history.now_s, history.span_s

    def claims(self, x: float, y: float) -> bool:
        """Whether a position in pixels belongs to a plot, so that drags and the wheel are handled by it."""
        return any(plotted.place.contains(x, y) for plotted in self.shown.values())

    def draw(self, p: Painter, panel: Panel, card: Card, ui: ViewState) -> None:
        """Draw one card and handle its mouse input."""
        self._begin(ui)
        history = self._frozen or self._history
        history.face = self._history.face
        chart = chart_of(card, history, self.models, ui, self._chosen(history, ui.model), self.others)
        _title(p, panel, chart)
        if chart.hint:
            p.text(p.first_fitting(chart.hint, panel.body.w), panel.body, theme.TEXT_FAINT, side="center")
            return
        reach, body = p.px(_REACH), panel.body
        around = Rect(body.x - reach, body.y, body.w + 2 * reach, body.h + reach)
        into = borderless_window(f"##plot {card}", around, imgui.WindowFlags_.no_bring_to_front_on_focus)
        self._plot(Painter(p.fonts, p.unit, into), around, body, card, chart, history, ui)
        imgui.end()

    def _begin(self, ui: ViewState) -> None:
        """Once a frame."""
        frame = imgui.get_frame_count()
        if frame == self._frame:
            return
        self._frame = frame
        if self.readout is None:
            self._crosshair = None
        elif self._duration_s is None:  # a mouse that rests points to another moment in every frame
            self._crosshair = (self._frozen or self._history).now_s - self.readout.ago_s
        self.readout = None
        self.shown = {}
        if not ui.frozen:
            self._frozen = None
        elif self._frozen is None:
            self._frozen = self._history.copy()

    def _chosen(self, history: History, model: int) -> tuple[str, ...]:
        """The features shown: all emotions in order, or the strongest of others."""
        at_s, names = self._features.get(model, (-np.inf, ()))
        if not at_s <= history.now_s < at_s + _CHOSEN_EVERY_S or not names:
            strongest = history.strongest("features", model, MOST_FEATURES)
            if set(strongest) & set(EMOTIONS):
                names = tuple(name for name in EMOTIONS if name in strongest)
            else:  # features that stay keep their place and colour
                newer = iter(name for name in strongest if name not in names)
                kept = [name if name in strongest else next(newer, name) for name in names]
                names = (*kept, *newer)
            self._features[model] = history.now_s, names
        return names

    def _legend(self, p: Painter, card: Card, chart: Chart, body: Rect) -> legend.LegendLayout:
        made_for = (body, p.unit, [curve.labels for curve in chart.curves])
        before = self._legends.get(card)
        if before is None or before[0] != made_for:
            before = self._legends[card] = (made_for, legend.fit(p, chart.curves, body))
        return before[1]

    def _plot(
        self, p: Painter, around: Rect, body: Rect, card: Card, chart: Chart, history: History, ui: ViewState
    ) -> None:
        now = history.now_s
        hidden = [(card, curve.series) in self.hidden for curve in chart.curves]
        entries = self._legend(p, card, chart, body)
        top = body.y + entries.rows * p.px(legend.ROW) + p.px(8)
        height = max(0, body.bottom - p.px(22) - top)
        window = self.timeline.window(*self._reach(history))
        slices = history.slices(
            [curve.series for curve in chart.curves], *window, round(body.w / (_PIXELS_A_SLICE * p.unit))
        )
        shown = [at for at, gone in enumerate(hidden) if not gone]
        inside = (slices.times_s >= window[0]) & (slices.times_s <= window[1])
        lowest, highest = _extent(chart, slices.values[shown][:, inside])
        most = max(2, int(height / p.px(_LEVEL_H)))
        axis = self._axes[card] = fit_axis(lowest, highest, chart.least, most, self._axes.get(card))
        left = body.x + p.px(8) + decorations.numbers_width(p, axis)
        area = Rect.between(left, top, body.right - p.px(4), top + height)
        recorded = self._duration_s is not None
        place = decorations.PlotTransform(area, axis, (window[0] - now, window[1] - now), now if recorded else None)
        self.shown[card] = Plotted(chart, around, area, entries, axis, place.window_s)
        if area.w < p.px(24) or area.h < p.px(16):
            return
        mouse = imgui.get_io().mouse_pos
        hovered = imgui.is_window_hovered() and not ui.help
        self._take_mouse(card, place, window, history, hovered)
        decorations.grid(p, place, frozen=self._frozen is not None)
        x = (slices.times_s - now).astype(np.float32)
        lines = decorations.ShownCurves([chart.curves[at] for at in shown], x, slices.values[shown])
        with canvas(f"##{card}", area, place.window_s, axis, p.px(_BLEED)) as room:
            if room and chart.stacked:
                bands(x, lines.values, [c.color for c in lines.curves], p.unit, (axis.high - axis.low) / area.h)
            elif room:
                for at, curve in reversed(list(enumerate(lines.curves))):
                    points = x, lines.values[at]
                    if curve.dashed:
                        period_s = (window[1] - window[0]) * p.px(_DASH) / area.w
                        times_s, values = dashes(slices.times_s, lines.values[at], period_s)
                        points = (times_s - now).astype(np.float32), values
                    line(f"##{at}", *points, curve.color, curve.width * p.unit)
        if not chart.stacked:
            decorations.ends(p, place, lines)
        if recorded:
            decorations.playhead(p, place)
        known = np.isfinite(slices.values).any(axis=1).tolist()
        legend.draw(p, entries, chart.curves, known, hidden, entries.at(mouse.x, mouse.y) if hovered else None)
        if hovered and area.contains(mouse.x, mouse.y) and self._dragged in (None, card):
            ago = -place.seconds(mouse.x)
            when = time_text(max(0.0, now - ago)) if recorded else readout.ago(ago)
            self.readout = Readout(card, ago, when, _read(chart, lines, -ago), mouse.x, mouse.y)
            self._crosshair = now - ago
        if self._crosshair is not None:
            decorations.cross(p, place, None if chart.stacked else lines, self._crosshair - now)
        if self.readout is not None and self.readout.card is card:
            readout.draw(p, self.readout)

    def _take_mouse(
        self, card: Card, place: decorations.PlotTransform, window: tuple[float, float], history: History, hovered: bool
    ) -> None:
        """Handle wheel, drag, double click and legend clicks; they take effect in the next frame."""
        io = imgui.get_io()
        now, reach, area = history.now_s, self._reach(history), place.area
        if not imgui.is_mouse_down(imgui.MouseButton_.left):
            self._dragged = None
        if self._dragged is card and io.mouse_delta.x:
            self.timeline.pan(-io.mouse_delta.x * (window[1] - window[0]) / area.w, *reach)
        if not hovered:
            return
        x, y = io.mouse_pos.x, io.mouse_pos.y
        clicked = imgui.is_mouse_clicked(imgui.MouseButton_.left)
        entry = self.shown[card].legend.at(x, y)
        if clicked and entry is not None:
            self.hidden ^= {(card, self.shown[card].chart.curves[entry].series)}
        if not area.contains(x, y):
            return
        if io.mouse_wheel:
            self.timeline.zoom(_ZOOM_A_NOTCH**-io.mouse_wheel, now + place.seconds(x), *reach)
        if imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            self.timeline.follow()
        elif clicked:
            self._dragged = card


def _title(p: Painter, panel: Panel, chart: Chart) -> None:
    unit = min(p.width(note, theme.SIZE_SMALL) for note in chart.notes) + p.px(12)
    text = p.first_fitting(chart.titles, panel.title.w - unit, theme.SIZE_TITLE, p.fonts.bold) or chart.titles[-1]
    title(p, panel, text, *chart.notes)


def _extent(chart: Chart, values: FloatArray) -> tuple[float, float]:
    """Minimum and maximum of the shown values; of a stack, those of its sums."""
    if not np.isfinite(values).any():
        return 0.0, 0.0
    if chart.stacked:
        known = np.nan_to_num(values)
        return float(np.minimum(known, 0).sum(axis=0).min()), float(np.maximum(known, 0).sum(axis=0).max())
    lowest = float(np.nanmin(values))
    return max(lowest, chart.floor) if chart.floor is not None else lowest, float(np.nanmax(values))


def _read(chart: Chart, lines: decorations.ShownCurves, at_s: float) -> tuple[Reading, ...]:
    """The shown curves' values at a time, and the total of a stack."""
    at = decorations.nearest(lines.x, lines.values, at_s)
    values = [float("nan")] * len(lines.curves) if at is None else lines.values[:, at].tolist()
    readings = [Reading(c.labels[0], v, chart.text(v), c.color) for c, v in zip(lines.curves, values, strict=True)]
    if chart.stacked:
        readings.append(Reading("total", sum(values), chart.text(sum(values)), theme.CARD_EDGE))
    return tuple(readings)
