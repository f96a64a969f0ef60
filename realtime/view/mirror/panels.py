"""Text and bars in the cards of the lower row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from realtime.core.frame_result import FrameResult, GainLine, ModelResult, Residual
from realtime.core.status import Status
from realtime.core.types import EMOTIONS
from realtime.core.view_options import ColorMap
from realtime.core.view_state import ViewState
from realtime.core.wording import BASELINE_NAMES, feature_source_notes, signed, skill_sentence
from realtime.view.paint import colormap, theme
from realtime.view.paint.card import UNIT, title
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter

_SHOWN_EMOTIONS = ("neutral", *(name for name in EMOTIONS if name != "neutral"))
_MOST_BARS = 7


def shown_residual(result: FrameResult | None, ui: ViewState) -> tuple[Residual | None, bool]:
    """The residual that is shown, and whether it is the identity-adjusted one."""
    model = shown_model(result, ui.model)
    return (None, False) if model is None else residual_of(model, ui)


def shown_model(result: FrameResult | None, at: int) -> ModelResult | None:
    """The result of one model; None if there is no face."""
    if result is None or not result.models:
        return None
    return result.models[at]


def residual_of(model: ModelResult, ui: ViewState) -> tuple[Residual | None, bool]:
    """The same for one model: the adjusted residual where it is selected and known, else the raw one."""
    if ui.adjusted and model.residual_adjusted is not None:
        return model.residual_adjusted, True
    return model.residual, False


def family(values: Mapping[str, float]) -> str:
    """What the features of a model are called, in the plural."""
    return "emotions" if set(values) & set(EMOTIONS) else "features"


# The lower row ------------------------------------------------------------------------------------------------------


def emotion(p: Painter, panel: Panel, result: FrameResult | None, status: Status) -> None:
    """One bar per emotion, or per strongest feature of other models."""
    features = result.features if result is not None else None
    values: Mapping[str, float] = features.values if features is not None else {}
    source = features.source if features is not None else status.emotion_source
    is_emotion = not values or family(values) == "emotions"
    notes = feature_source_notes(source)
    if source == "inverse" and status.emotion_hint:
        notes = (f"inverse; better: {status.emotion_hint}", *notes)
    title(p, panel, "Emotions" if is_emotion else "Strongest features", *notes)
    names = shown_features(values, _MOST_BARS) if values else list(_SHOWN_EMOTIONS)
    _bars(p, panel.body, names, values)


def shown_features(values: Mapping[str, float], most: int) -> list[str]:
    """All emotions in a fixed order, or the strongest of other features."""
    if family(values) == "emotions":
        return [name for name in _SHOWN_EMOTIONS if name in values][:most]
    return sorted((name for name in values if name != "_neutral"), key=lambda name: -values[name])[:most]


def _bars(p: Painter, rect: Rect, names: Sequence[str], values: Mapping[str, float]) -> None:
    strongest = max(names, key=lambda name: values.get(name, 0.0)) if values and names else ""
    label = max((p.width(name) for name in names), default=0)
    number = p.width("-0.00", theme.SIZE_MONO, p.fonts.mono)
    for at, name in enumerate(names):
        row = _row(rect, at, max(len(names), _MOST_BARS))
        bright = name == strongest
        left = Rect(row.x, row.y, min(round(label) + 1, row.w // 2), row.h)
        p.text(p.elide_middle(name, left.w), left, theme.TEXT if bright else theme.TEXT_SOFT, side="right")
        height = p.px(10)
        start, end = left.right + p.px(12), row.right - round(number) - p.px(10)
        bar = Rect(start, row.y + (row.h - height) // 2, max(0, end - start), height)
        value = values.get(name)
        p.bar(bar, value or 0.0, theme.ACCENT if bright else theme.MUTED_BAR)
        shown = "–" if value is None else f"{value:.2f}"
        p.text(shown, row, theme.TEXT if bright else theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")


_ROW_NAMES = (
    ("raw", "identity-adjusted, gain 1", "floor, fitted to the face", *BASELINE_NAMES.values()),
    ("raw", "identity-adjusted", "floor (fitted)", "mean face", "own neutral", "landmark noise"),
    ("raw", "adjusted", "floor", "mean face", "own neutral", "noise"),
    ("raw", "adj.", "floor", "mean", "own", "noise"),
)


def gain_names(line: GainLine | None) -> tuple[str, ...]:
    """What the line with gain is called, from long to short: its gain, or why there is none."""
    if line is None:
        return "with gain: not calibrated", "gain: not calibrated", "with gain", "gain"
    if line.gain is None:
        return "with gain: moves less than the noise", "gain: below noise", "with gain", "gain"
    gain = f"gain {signed(line.gain, 2).removeprefix('+')}"
    if line.gain < 0:
        return f"with {gain}, applied as 0", f"{gain}, at 0", f"with {gain}", gain
    if round(line.gain, 2) > 1:
        return f"with {gain}, beyond the model's full expression", f"{gain}, beyond full", f"with {gain}", gain
    return f"with {gain}", gain


def residual_notes(result: FrameResult | None) -> tuple[str, ...]:
    """Unit and tracker of a residual, from long to short: no residual is without the tracker that it is of."""
    if result is None or result.landmarks is None:
        return UNIT, "%"
    tracker = result.landmarks.tracker
    return (
        f"this frame, {UNIT}, tracker {tracker}",
        f"{UNIT}, tracker {tracker}",
        f"%, tracker {tracker}",
        f"%, {tracker}",
        tracker,
    )


def frame_wordings(sentences: Sequence[str]) -> tuple[str, ...]:
    """A sentence about a single frame that says so, in variants: the number below the faces is another one, pooled over
    a second and with the session's gain.
    """
    said = [sentence[:1].lower() + sentence[1:] for sentence in sentences]
    whole = (f"This frame, as delivered: {said[0]}", *(f"This frame: {sentence}" for sentence in said))
    return (*whole, f"Frame: {said[-1]}")


def residual(
    p: Painter, panel: Panel, result: FrameResult | None, ui: ViewState, highest: float, flat: float = 0.0
) -> None:
    """The residual table with baselines, the regions, and the skill as a sentence.

    `highest` is the upper end of the colour scale, and up to `flat` it has the colour of zero; %.
    """
    current, adjusted = shown_residual(result, ui)
    title(p, panel, "Residual", *residual_notes(result))
    sentence_h = p.px(30)
    body = Rect(panel.body.x, panel.body.y, panel.body.w, panel.body.h - sentence_h)
    gap = p.px(24)
    wide = p.width("00.0", theme.SIZE_MONO, p.fonts.mono)
    left = Rect(body.x, body.y, round(body.w * 0.53) - gap // 2, body.h)
    beside = p.px(15) + max(map(p.width, _ROW_NAMES[-1])) + p.px(4) + wide <= left.w
    if not beside:  # no room for the regions: a name is never cut
        left = body
    right = Rect.between(left.right + gap, body.y, body.right, body.bottom)

    raw = result.residual if result is not None else None
    other = result.residual_adjusted if result is not None else None
    known = {**(raw.baselines if raw else {}), **(other.baselines if other else {})}
    start = left.x + p.px(15)
    room = max(0, left.right - round(wide) - start - p.px(4))
    names = next((row for row in _ROW_NAMES if max(map(p.width, row)) <= room), _ROW_NAMES[-1])
    line = None if result is None or not result.models else result.models[0].gain_line
    with_gain = gain_names(line)
    rows = (
        (names[0], raw.nme if raw else None, theme.SERIES_RAW, not adjusted),
        (names[1], other.nme if other else None, theme.SERIES_ADJUSTED, adjusted),
        (p.first_fitting(with_gain, room) or with_gain[-1], None if line is None else line.nme, None, False),
        (names[2], _floor(result, adjusted), None, False),
        (names[3], known.get("mean_mesh"), theme.SERIES_MEAN, False),
        (names[4], known.get("own_neutral"), theme.SERIES_NEUTRAL, False),
        (names[5], known.get("noise"), None, False),
    )
    for at, (name, value, color, bright) in enumerate(rows):
        row = _row(left, at, len(rows))
        middle = row.y + row.h / 2
        if color is not None:
            p.dot(row.x + p.px(4), middle, 3.5 * p.unit, color if value is not None else theme.TRACK)
        ink = theme.TEXT if bright and value is not None else theme.TEXT_SOFT if value is not None else theme.TEXT_FAINT
        shown = "–" if value is None else f"{value:.1f}"
        p.text(name, Rect(start, row.y, room, row.h), ink)
        p.text(shown, row, ink, theme.SIZE_MONO, p.fonts.mono, "right")

    if beside:
        _regions(p, right, current, (highest, flat), ui.colours)
    below = Rect(panel.body.x, body.bottom, panel.body.w, sentence_h)
    p.rule(below.x, below.y, below.right, below.y, theme.CARD_EDGE, max(1.0, p.unit))
    if result is not None and current is not None:
        source = None if result.features is None else result.features.source
        sentences, good = skill_sentence(current.skill, current.baseline_name, source)
        wordings = frame_wordings(sentences)
        text = p.first_fitting(wordings, below.w, theme.SIZE_TITLE, p.fonts.bold) or wordings[-1]
        p.text(
            text,
            Rect(below.x, below.y + p.px(3), below.w, below.h - p.px(3)),
            theme.ACCENT if good else theme.WARN,
            theme.SIZE_TITLE,
            p.fonts.bold,
        )


def _floor(result: FrameResult | None, adjusted: bool) -> float | None:
    """The NME below which no features bring the residual that is shown; %."""
    floor = result.models[0].floor if result is not None and result.models else None
    if floor is None:
        return None
    fit = floor.adjusted if adjusted else floor.raw
    return None if fit is None else fit.nme


def _regions(p: Painter, rect: Rect, current: Residual | None, ends: tuple[float, float], colors: ColorMap) -> None:
    if current is None or not current.regions:
        return
    label = max(p.width(name, theme.SIZE_SMALL) for name in current.regions)
    number = p.width("00.0", theme.SIZE_MONO, p.fonts.mono)
    for at, (name, value) in enumerate(current.regions.items()):
        row = _row(rect, at, len(current.regions))
        p.text(name, Rect(row.x, row.y, round(label) + 1, row.h), theme.TEXT_SOFT, theme.SIZE_SMALL)
        height = p.px(7)
        start, end = row.x + round(label) + p.px(10), row.right - round(number) - p.px(8)
        bar = Rect(start, row.y + (row.h - height) // 2, max(0, end - start), height)
        share = float(colormap.share(np.array(value), *ends))
        # The darkest colours of a dark map would not be seen on the bar's track.
        color = colormap.at(share if colormap.light_zero(colors) else max(0.18, share), colors)
        p.bar(bar, value / max(ends[0], 1e-6), color)
        p.text(f"{value:.1f}", row, theme.TEXT_SOFT, theme.SIZE_MONO, p.fonts.mono, "right")


def _row(rect: Rect, at: int, of: int) -> Rect:
    top, bottom = (rect.y + round(rect.h * part / of) for part in (at, at + 1))
    return Rect(rect.x, top, rect.w, bottom - top)
