"""The plots over time in the cards of the lower part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from imgui_bundle import imgui

from realtime.looks import Card
from realtime.types import EMOTIONS, FloatArray
from realtime.view.mirror.history import History, Series, Slices
from realtime.view.mirror.plots import legend, tip
from realtime.view.mirror.plots.axis import Axis, fitted, label, times
from realtime.view.mirror.plots.canvas import bands, canvas, line
from realtime.view.mirror.plots.charts import MOST_FEATURES, Chart, Curve, chart_of
from realtime.view.mirror.plots.timeline import Timeline
from realtime.view.mirror.plots.tip import Reading, Tip
from realtime.view.paint import theme
from realtime.view.paint.card import title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.widgets import bare_window
from realtime.view.state import Caption, ViewState

_PIXELS_A_SLICE = 2.5  # design units
_LEVEL_H = 26  # design units between two levels at the least
_ZOOM_A_NOTCH = 1.2
_NEAR_S = 0.5  # a time without numbers has those of the nearest slice so far away
_CHOSEN_EVERY_S = 1.0  # the strongest features
_BLEED = 3  # design units that a curve may stand out of its axis: one along its end is not cut in half
_REACH = 6  # design units that a plot's window is larger than its body: end dots are not cut


@dataclass(frozen=True, slots=True)
class Plotted:
    """What one card showed last."""

    chart: Chart
    area: Rect  # of the curves, in pixels
    legend: legend.Words
    axis: Axis
    window_s: tuple[float, float]  # seconds before the newest frame shown, both 0 or negative


class Plots:
    """All plots of one history. They share the time axis: zoom, drag and the line under the mouse go through all.

    Frozen, they show the history as it was then, while the real one goes on.
    """

    tip: Tip | None = None  # what the tooltip of the last frame says
    shown: Mapping[Card, Plotted]  # by card, of the last frame

    def __init__(self, history: History, models: Sequence[Caption]) -> None:
        self._history = history
        self._held: History | None = None
        self._models = models
        self.timeline = Timeline()
        self.hidden: set[tuple[Card, Series]] = set()
        self._shown: dict[Card, Plotted] = {}
        self.shown = self._shown
        self._axes: dict[Card, Axis] = {}
        self._legends: dict[Card, tuple[object, legend.Words]] = {}  # with what they were made for
        self._features: dict[int, tuple[float, tuple[str, ...]]] = {}  # by model: when they were chosen, and which
        self._dragged: Card | None = None
        self._crosshair: float | None = None  # where the mouse is in any of them, on the history's axis
        self._frame = -1

    def claims(self, x: float, y: float) -> bool:
        """Whether a place in pixels belongs to a plot, so that drags and the wheel are its own there."""
        return any(plotted.area.contains(x, y) for plotted in self._shown.values())

    def draw(self, p: Painter, panel: Panel, card: Card, ui: ViewState) -> None:
        """Draw one card and take what the mouse does there."""
        self._begin(ui)
        history = self._held or self._history
        chart = chart_of(card, history, self._models, ui, self._chosen(history, ui.model))
        _title(p, panel, chart)
        if chart.hint:
            p.text(
                p.choose((chart.hint, "Click a vertex to pin it"), panel.body.w),
                panel.body,
                theme.TEXT_FAINT,
                side="centre",
            )
            return
        reach = p.px(_REACH)
        body = panel.body
        around = Rect(body.x - reach, body.y, body.w + 2 * reach, body.h + reach)
        into = bare_window(f"##{card}", around, imgui.WindowFlags_.no_bring_to_front_on_focus)
        hovered = imgui.is_window_hovered() and not ui.help
        self._plot(Painter(p.fonts, p.unit, into), body, card, chart, history, hovered)
        imgui.end()

    def _begin(self, ui: ViewState) -> None:
        """Once a frame."""
        frame = imgui.get_frame_count()
        if frame == self._frame:
            return
        self._frame = frame
        self._crosshair = None if self.tip is None else (self._held or self._history).now_s - self.tip.ago_s
        self.tip = None
        self.shown, self._shown = self._shown, {}
        if not ui.frozen:
            self._held = None
        elif self._held is None:
            self._held = self._history.copy()

    def _chosen(self, history: History, model: int) -> tuple[str, ...]:
        """The features that are shown: all emotions in their order, or the strongest of others."""
        at_s, names = self._features.get(model, (-np.inf, ()))
        if not at_s <= history.now_s < at_s + _CHOSEN_EVERY_S or not names:
            strongest = history.strongest("features", model, MOST_FEATURES)
            if set(strongest) & set(EMOTIONS):
                names = tuple(name for name in EMOTIONS if name in strongest)
            else:  # one that stays keeps its place and with it its colour
                newer = iter(name for name in strongest if name not in names)
                kept = [name if name in strongest else next(newer) for name in names]
                names = (*kept, *newer)
            self._features[model] = history.now_s, names
        return names

    def _legend(self, p: Painter, card: Card, chart: Chart, body: Rect) -> legend.Words:
        made_for = (body, p.unit, [curve.words for curve in chart.curves])
        before = self._legends.get(card)
        if before is None or before[0] != made_for:
            before = self._legends[card] = (made_for, legend.fit(p, chart.curves, body))
        return before[1]

    def _plot(self, p: Painter, body: Rect, card: Card, chart: Chart, history: History, hovered: bool) -> None:
        now, full = history.now_s, history.span_s
        hidden = [(card, curve.series) in self.hidden for curve in chart.curves]
        words = self._legend(p, card, chart, body)
        top = body.y + words.rows * p.px(legend.ROW) + p.px(8)
        below = p.px(22)
        height = max(0, body.bottom - below - top)
        window = self.timeline.window(now, full)
        before = self._axes.get(card)
        left = p.px(8) + _numbers_width(p, before)
        wide = max(0, body.w - left - p.px(4))
        slices = history.slices(
            [curve.series for curve in chart.curves], *window, round(wide / (_PIXELS_A_SLICE * p.unit))
        )
        shown = np.array([not gone for gone in hidden], bool)
        inside = (slices.times_s >= window[0]) & (slices.times_s <= window[1])
        lowest, highest = _extent(chart, slices.values[shown][:, inside])
        axis = fitted(lowest, highest, chart.least, max(2, int(height / p.px(_LEVEL_H))), before)
        self._axes[card] = axis
        left = p.px(8) + _numbers_width(p, axis)
        area = Rect.between(body.x + left, top, body.right - p.px(4), top + height)
        relative = (window[0] - now, window[1] - now)
        self._shown[card] = Plotted(chart, area, words, axis, relative)
        self.shown = self._shown
        if area.w < p.px(24) or area.h < p.px(16):
            return
        mouse = imgui.get_io().mouse_pos
        self._take_mouse(card, chart, area, words, window, history, hovered)
        _grid(p, area, axis, relative, held=self._held is not None)
        x = (slices.times_s - now).astype(np.float32)
        values = slices.values
        with canvas(f"##{card}", area, relative, axis, p.px(_BLEED)) as room:
            if room and chart.stacked:
                inks = [curve.colour for curve, gone in zip(chart.curves, hidden, strict=True) if not gone]
                bands(x, values[shown], inks, p.unit, (axis.high - axis.low) / area.h)
            elif room:
                for curve, row, gone in reversed(list(zip(chart.curves, values, hidden, strict=True))):
                    if not gone:
                        line(f"##{curve.series}", x, row, curve.colour, curve.width * p.unit)
        place = _Place(area, axis, relative)
        if not chart.stacked:
            _ends(p, place, chart.curves, x, values, shown)
        lit = words.at(mouse.x, mouse.y) if hovered else None
        known = np.isfinite(values).any(axis=1) if values.shape[1] else np.zeros(len(values), bool)
        legend.draw(p, words, chart.curves, known.tolist(), hidden, lit)
        if hovered and area.contains(mouse.x, mouse.y) and self._dragged in (None, card):
            self._crosshair = now + relative[0] + (mouse.x - area.x) / area.w * (relative[1] - relative[0])
            self.tip = _read(card, chart, slices, shown, now, self._crosshair, mouse)
        if self._crosshair is not None:
            _cross(p, place, chart, x, values, shown, self._crosshair - now)
        if self.tip is not None and self.tip.card is card:
            size = imgui.get_io().display_size
            over = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
            tip.draw(over, self.tip, (round(size.x), round(size.y)))

    def _take_mouse(
        self,
        card: Card,
        chart: Chart,
        area: Rect,
        words: legend.Words,
        window: tuple[float, float],
        history: History,
        hovered: bool,
    ) -> None:
        """Wheel, drag, double click and clicks on words; what they change is seen in the next frame."""
        io = imgui.get_io()
        now, full = history.now_s, history.span_s
        if not imgui.is_mouse_down(imgui.MouseButton_.left):
            self._dragged = None
        a_pixel = (window[1] - window[0]) / max(area.w, 1)
        if self._dragged is card and io.mouse_delta.x:
            self.timeline.pan(-io.mouse_delta.x * a_pixel, now, full)
        if not hovered:
            return
        x, y = io.mouse_pos.x, io.mouse_pos.y
        clicked = imgui.is_mouse_clicked(imgui.MouseButton_.left)
        word = words.at(x, y)
        if clicked and word is not None:
            self.hidden ^= {(card, chart.curves[word].series)}
        if not area.contains(x, y):
            return
        if io.mouse_wheel:
            self.timeline.zoom(_ZOOM_A_NOTCH**-io.mouse_wheel, window[0] + (x - area.x) * a_pixel, now, full)
        if imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
            self.timeline.follow()
        elif clicked:
            self._dragged = card


@dataclass(frozen=True, slots=True)
class _Place:
    """From seconds and numbers to pixels."""

    area: Rect
    axis: Axis
    window_s: tuple[float, float]

    def x(self, seconds: float) -> float:
        start, end = self.window_s
        return self.area.x + (seconds - start) / (end - start) * self.area.w

    def y(self, value: float) -> float:
        return _height(self.area, self.axis, value)


def _height(area: Rect, axis: Axis, value: float) -> float:
    return area.bottom - (value - axis.low) / (axis.high - axis.low) * area.h


def _title(p: Painter, panel: Panel, chart: Chart) -> None:
    unit = min(p.width(note, theme.SIZE_SMALL) for note in chart.notes) + p.px(12)
    text = p.choose(chart.titles, panel.title.w - unit, theme.SIZE_TITLE, p.fonts.bold) or chart.titles[-1]
    title(p, panel, text, *chart.notes)


def _numbers_width(p: Painter, axis: Axis | None) -> int:
    signs = 2 if axis is None else max(len(label(level, axis.step)) for level in axis.levels)
    return round(signs * p.width("0", theme.SIZE_SMALL, p.fonts.mono))


def _extent(chart: Chart, values: FloatArray) -> tuple[float, float]:
    """The lowest and the highest number that is to be seen; of a stack, those of its sums."""
    if not np.isfinite(values).any():
        return 0.0, 0.0
    if chart.stacked:
        known = np.nan_to_num(values)
        return float(np.minimum(known, 0).sum(axis=0).min()), float(np.maximum(known, 0).sum(axis=0).max())
    lowest = float(np.nanmin(values))
    return max(lowest, chart.floor) if chart.floor is not None else lowest, float(np.nanmax(values))


def _grid(p: Painter, area: Rect, axis: Axis, window_s: tuple[float, float], *, held: bool) -> None:
    """Faint lines with their numbers: levels on the left, times below."""
    width, row = max(1.0, p.unit), p.px(16)
    for level in axis.levels:
        y = round(_height(area, axis, level))
        ink = theme.TEXT_FAINT.faded(0.75) if level == 0 and axis.low < 0 else theme.TRACK
        p.rule(area.x, y, area.right, y, ink, width)
        box = Rect(area.x - p.px(60), y - row // 2, p.px(60) - p.px(7), row)
        p.text(label(level, axis.step), box, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.mono, "right")
    start, end = window_s
    below = Rect(area.x, area.bottom + p.px(4), area.w, p.px(18))
    place = _Place(area, axis, window_s)
    first = p.text(tip.ago(-start), below, theme.TEXT_FAINT, theme.SIZE_SMALL)
    latest = tip.ago(-end)
    if held and latest == "now":
        last = p.text("held", below, theme.WARN, theme.SIZE_SMALL, side="right")
    else:
        ink = theme.TEXT_FAINT if latest == "now" else theme.ACCENT  # the newest frames are not to be seen
        last = p.text(latest, below, ink, theme.SIZE_SMALL, side="right")
    free = below.x + first + p.px(10), below.right - last - p.px(10)
    step = times(end - start, 4)
    for at in range(int(np.ceil(-end / step - 1e-6)), int(np.floor(-start / step + 1e-6)) + 1):
        x = place.x(-at * step)
        if not area.x + 1 < x < area.right - 1:
            continue
        p.rule(round(x), area.y, round(x), area.bottom, theme.TRACK.faded(0.6), width)
        words = f"{at * step:g} s"
        half = p.width(words, theme.SIZE_SMALL) / 2
        if free[0] <= x - half and x + half <= free[1]:
            p.text(
                words, Rect(round(x - half), below.y, round(2 * half) + 2, below.h), theme.TEXT_FAINT, theme.SIZE_SMALL
            )


def _ends(
    p: Painter, place: _Place, curves: Sequence[Curve], x: FloatArray, values: FloatArray, shown: FloatArray
) -> None:
    """A dot where a curve is now."""
    if not len(x) or not place.area.x <= place.x(float(x[-1])) <= place.area.right + 1:
        return
    for curve, row, visible in reversed(list(zip(curves, values, shown, strict=True))):
        if visible and np.isfinite(row[-1]) and place.axis.low <= row[-1] <= place.axis.high:
            p.dot(place.x(float(x[-1])), place.y(float(row[-1])), (1.2 + curve.width / 2) * p.unit, curve.colour)


def _read(
    card: Card, chart: Chart, slices: Slices, shown: FloatArray, now_s: float, at_s: float, mouse: imgui.ImVec2
) -> Tip:
    at = _nearest(slices.times_s, slices.values, at_s)
    readings = []
    for curve, row, visible in zip(chart.curves, slices.values, shown, strict=True):
        if visible:
            value = float("nan") if at is None else float(row[at])
            readings.append(Reading(curve.words[0], value, chart.text(value), curve.colour))
    if chart.stacked and readings:
        total = float(np.sum([one.value for one in readings]))
        readings.append(Reading("total", total, chart.text(total), theme.CARD_EDGE))
    return Tip(card, now_s - at_s, tuple(readings), mouse.x, mouse.y)


def _nearest(times_s: FloatArray, values: FloatArray, at_s: float) -> int | None:
    """The slice nearest to a time that has any number; None where that is too far away."""
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not len(known):
        return None
    at = int(known[np.abs(times_s[known] - at_s).argmin()])
    return at if abs(times_s[at] - at_s) <= _NEAR_S else None


def _cross(
    p: Painter, place: _Place, chart: Chart, x: FloatArray, values: FloatArray, shown: FloatArray, at_s: float
) -> None:
    """The line under the mouse, and a dot on each curve there."""
    middle = place.x(at_s)
    if not place.area.x <= middle <= place.area.right:
        return
    p.rule(round(middle), place.area.y, round(middle), place.area.bottom, theme.TEXT_SOFT.faded(0.7), max(1.0, p.unit))
    at = _nearest(x, values, at_s)
    if at is None or chart.stacked:
        return
    for curve, row, visible in reversed(list(zip(chart.curves, values, shown, strict=True))):
        if visible and np.isfinite(row[at]) and place.axis.low <= row[at] <= place.axis.high:
            p.dot(place.x(float(x[at])), place.y(float(row[at])), 4.0 * p.unit, theme.CARD)
            p.dot(place.x(float(x[at])), place.y(float(row[at])), 2.8 * p.unit, curve.colour)
