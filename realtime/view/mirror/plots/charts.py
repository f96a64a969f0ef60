"""The contents of each plot: curves, labels, colours and units. No imgui."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realtime.core.types import EMOTIONS, FloatArray
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.core.wording import signed
from realtime.view.mirror.emotion_colors import emotion_color
from realtime.view.mirror.history import PARTS, History, Series
from realtime.view.mirror.model_facts import Caption
from realtime.view.paint import theme
from realtime.view.paint.card import UNIT
from realtime.view.paint.theme import Color

MOST_FEATURES = 7
_LINE, _THIN = 2.0, 1.5  # design units
_LOWEST_SKILL = -1.0
_SIDES = {"Left": " L", "Right": " R"}  # at the end of a blendshape's name, where room is short


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, or a band of a stack."""

    series: Series
    labels: tuple[str, ...]  # variants for the legend, from long to short; the tooltip has the first
    color: Color
    width: float = _LINE
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class PlottedFace:
    """One of several faces beside the one that is shown."""

    key: int  # of its series
    name: str  # "face 2"
    color: Color


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot; `curves` in the order of the legend, the first drawn on top."""

    titles: tuple[str, ...]  # variants, from long to short
    notes: tuple[str, ...]
    curves: tuple[Curve, ...]
    least: float  # smallest span of the axis
    unit: str = ""  # suffix of numbers
    digits: int = 1
    sign: bool = False  # signed numbers
    stacked: bool = False  # a stacked area chart, negative numbers stacked below zero
    floor: float | None = None  # lower limit of the axis
    hint: tuple[str, ...] = ()  # shown if there are no curves, in variants from long to short

    def text(self, value: float) -> str:
        """A number as in the tooltip."""
        if not np.isfinite(value):
            return "–"
        number = signed(value, self.digits) if self.sign else f"{value:,.{self.digits}f}"
        return number.replace("-", "−").replace(",", " ") + self.unit


def chart_of(
    card: Card,
    history: History,
    models: Sequence[Caption],
    ui: ViewState,
    features: Sequence[str],
    others: Sequence[PlottedFace] = (),
) -> Chart:
    """The chart of a card; `features` are the model's features that are shown.

    Residual and skill have a thin dashed line for each of `others`; seven curves of each would not be told apart.
    """
    adjusted = ui.adjusted and history.known(Series("adjusted", ui.model))
    if card is Card.RESIDUAL:
        return _with_others(_residual(history, models, ui), "raw", "adjusted", history, ui, others)
    if card is Card.SKILL:
        return _with_others(_skill(history, models, ui), "skill", "skill adjusted", history, ui, others)
    if card is Card.POSE:
        return _pose()
    if card is Card.REGIONS:
        return _of_model(_regions(ui.model, adjusted), models, ui)
    if card is Card.EMOTIONS:
        return _of_model(_features(ui.model, features), models, ui)
    if card is Card.PARTS:
        calibrated = history.known(Series("own_neutral", ui.model))
        tracker = history.known(Series("parts", ui.model, "tracker"))
        return _of_model(_parts(ui.model, calibrated, tracker), models, ui)
    return _of_model(_pins(ui, adjusted), models, ui)


def _residual(history: History, models: Sequence[Caption], ui: ViewState) -> Chart:
    own = (Curve(Series("own_neutral", ui.model), ("own neutral", "neutral", "own"), theme.SERIES_NEUTRAL, _THIN),)
    mean = (Curve(Series("mean_mesh", ui.model), ("mean face", "mean"), theme.SERIES_MEAN, _THIN),)
    if len(models) == 1:
        raw = Curve(Series("raw"), ("raw",), theme.SERIES_RAW)
        adjusted = Curve(Series("adjusted"), ("adjusted", "adj."), theme.SERIES_ADJUSTED)
        return Chart(("Residual over time",), (UNIT, "%"), (adjusted, raw, *mean, *own), 2.0, " %")
    curves, how = _for_each("raw", "adjusted", history, models, ui)
    baselines = () if models[-1].beside else (*mean, *own)
    return Chart(("Residual over time",), (f"{how}, {UNIT}", UNIT, "%"), (*curves, *baselines), 2.0, " %")


def _skill(history: History, models: Sequence[Caption], ui: ViewState) -> Chart:
    titles = ("Skill over time", "Skill")
    if len(models) > 1:
        curves, how = _for_each("skill", "skill adjusted", history, models, ui)
        notes: tuple[str, ...] = (f"{how}, 1 = perfect, 0 = baseline", "1 = perfect, 0 = baseline", how)
    else:
        curves = (
            Curve(
                Series("skill adjusted"),
                ("adjusted vs own neutral", "vs own neutral", "adjusted"),
                theme.SERIES_ADJUSTED,
            ),
            Curve(Series("skill"), ("raw vs mean face", "vs mean face", "raw"), theme.SERIES_RAW),
        )
        notes = ("1 = perfect, 0 = baseline", "1 = perfect")
    return Chart(titles, notes, curves, 1.0, digits=2, sign=True, floor=_LOWEST_SKILL)


def _with_others(
    chart: Chart, raw: str, adjusted: str, history: History, ui: ViewState, others: Sequence[PlottedFace]
) -> Chart:
    """With a line of the same quantity for each of other faces, adjusted where it has a neutral."""
    lines = []
    for other in others:
        kind = adjusted if history.known(Series(adjusted, ui.model, face=other.key)) else raw
        number = other.name.rpartition(" ")[2]
        labels = (f"{other.name}, {'adjusted' if kind == adjusted else 'raw'}", other.name, number)
        lines.append(Curve(Series(kind, ui.model, face=other.key), labels, other.color, _THIN, dashed=True))
    return replace(chart, curves=(*chart.curves, *lines))


def _for_each(
    raw: str, adjusted: str, history: History, models: Sequence[Caption], ui: ViewState
) -> tuple[tuple[Curve, ...], str]:
    """A curve per model, and whether they are raw or adjusted."""
    taken_out = ui.adjusted and any(history.known(Series(adjusted, at)) for at in range(len(models)))
    curves = []
    for at, (caption, color) in enumerate(zip(models, theme.MODELS, strict=False)):
        kind = adjusted if taken_out and history.known(Series(adjusted, at)) else raw
        curves.append(
            Curve(Series(kind, at), (*caption.names, f"model {at + 1}", str(at + 1)), color, dashed=caption.beside)
        )
    return tuple(curves), "adjusted" if taken_out else "raw"


def _pose() -> Chart:
    colors = (theme.SEVEN["yellow"], theme.SEVEN["cyan"], theme.SEVEN["purple"])
    curves = (
        Curve(Series("pose", 0, angle), (angle,), ink)
        for angle, ink in zip(("pitch", "yaw", "roll"), colors, strict=True)
    )
    return Chart(
        ("Head pose",), ("degrees, + up and to the subject's right", "degrees"), tuple(curves), 10.0, "°", sign=True
    )


_REGIONS = {
    "forehead": "purple", "brows": "yellow", "eyes": "cyan", "nose": "gray", "cheeks": "green", "mouth": "red",
    "jaw": "blue",
}  # fmt: skip


def _regions(model: int, adjusted: bool) -> Chart:
    kind = "regions adjusted" if adjusted else "regions"
    how = "adjusted" if adjusted else "raw"
    curves = tuple(
        Curve(Series(kind, model, region), (region, region, region[:4]), theme.SEVEN[ink])
        for region, ink in _REGIONS.items()
    )
    return Chart(("Residual by region", "By region"), (f"{how}, {UNIT}", f"{how}, %"), curves, 2.0, " %")


def _features(model: int, names: Sequence[str]) -> Chart:
    emotions = set(names) <= set(EMOTIONS)
    free = list(theme.SEVEN.values())
    curves = []
    for at, name in enumerate(names):
        ink = emotion_color(name) if emotions else free[at % len(free)]
        short = next((name.removesuffix(end) + mark for end, mark in _SIDES.items() if name.endswith(end)), name)
        curves.append(
            Curve(Series("features", model, name), (name, short, name[:3]) if emotions else (name, short), ink)
        )
    titles = ("Emotions over time", "Emotions") if emotions else ("Strongest features",)
    return Chart(titles, ("from 0 to 1", "0 to 1"), tuple(curves), 0.2, digits=2)


_MERGED = ("identity + tracker", "identity", "id.")
_PART_NAMES = (
    ("tracker or sample offset", "tracker", "trk."),
    ("identity", "identity", "id."),
    ("pose",),
    ("emotion", "emotion", "emo."),
    ("residual", "resid."),
    ("noise",),
)


def _parts(model: int, calibrated: bool, tracker: bool) -> Chart:
    """`tracker`: its offset is known; otherwise it cannot be told from identity, and the legend says so."""
    inks = (
        theme.PART_TRACKER, theme.PART_IDENTITY, theme.PART_POSE, theme.ACCENT, theme.SERIES_RAW, theme.PART_NOISE,
    )  # fmt: skip
    curves = tuple(
        Curve(Series("parts", model, part), _MERGED if part == "identity" and not tracker else names, ink)
        for part, names, ink in zip(PARTS, _PART_NAMES, inks, strict=True)
        if tracker or part != "tracker"
    )
    titles = ("Variance decomposition", "Decomposition")
    notes: tuple[str, ...] = ("sum of squares, model units²", "model units²", "units²")
    if not calibrated:  # then identity counts as unexplained, and emotion starts at the mean face instead of neutral
        notes = ("not calibrated, model units²", "not calibrated, units²", *notes[1:])
    return Chart(titles, notes, curves, 1.0, " units²", digits=0, stacked=True)


def _pins(ui: ViewState, adjusted: bool) -> Chart:
    kind, how = ("adjusted", "adjusted") if adjusted else ("raw", "raw")
    curves = tuple(
        Curve(Series(kind, ui.model, vertex=vertex), (f"vertex {vertex}", str(vertex)), ink)
        for vertex, ink in zip(ui.pins, theme.PINS, strict=False)
    )
    hint = () if curves else ("Click a vertex of a face to plot it here", "Click a vertex to plot it")
    return Chart(("Pinned vertices", "Pins"), (f"{how}, {UNIT}", f"{how}, %"), curves, 2.0, " %", hint=hint)


def _of_model(chart: Chart, models: Sequence[Caption], ui: ViewState) -> Chart:
    """With several models, whose values these are."""
    if len(models) == 1:
        return chart
    name, short = models[ui.model].names
    return replace(chart, notes=(f"{name}, {chart.notes[0]}", f"{short}, {chart.notes[-1]}", *chart.notes))


def stack(values: FloatArray) -> list[tuple[int, FloatArray, FloatArray]]:
    """Stacked bands (parts, n): for each part its index, lower and upper edge (n,), from the first up.

    Positive numbers are stacked above zero, negative ones below. Unknown values have no height.
    """
    known = np.nan_to_num(values)
    bands = []
    for side in (np.maximum(known, 0.0), np.minimum(known, 0.0)):
        edges = np.concatenate([np.zeros((1, side.shape[1]), np.float32), np.cumsum(side, axis=0, dtype=np.float32)])
        bands += [(at, edges[at], edges[at + 1]) for at in range(len(side)) if side[at].any()]
    return bands
