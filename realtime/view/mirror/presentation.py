"""The presentation layout: header and captions in large type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.core.wording import ACTION_UNITS, feature_source_notes, skill_sentence
from realtime.view.mirror.header import NAME, Badge, amber_badge, dropped_badges, fit_badges
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import family, residual_of, shown_features, shown_model
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter, Side
from realtime.view.paint.theme import Color

# Design units, which are larger in the presentation layout.
_HUGE = (46.0, 42.0, 38.0, 34.0, 30.0, 26.0, 22.0)  # the largest that fits is used
_LARGE = (20.0, 18.5, 17.0, 15.5)
_PLAIN = (16.0, 15.0, 14.0)
_MOST_COLUMNS = 7
_TEXT_SHARE = 0.41  # share of the caption for text, beside the columns


@dataclass(frozen=True, slots=True)
class Notice:
    """A state shown instead of the captions."""

    text: str
    note: str
    color: Color
    progress: float | None = None


def draw_presentation(
    p: Painter,
    header: Rect,
    caption: Rect,
    result: FrameResult | None,
    models: Sequence[Caption],
    status: Status,
    ui: ViewState,
    *,
    narrated: bool = False,
) -> None:
    """A thin line above the faces, and captions below them; `narrated`: with the difference instead of the skill."""
    _line(p, header, result, models, status, brief=narrated)
    p.fill(caption, theme.CARD, 10 * p.unit)
    p.frame(caption, theme.CARD_EDGE, 10 * p.unit, max(1.0, p.unit))
    inside = caption.inset(p.px(20), p.px(12))
    state = notice(result, status)
    if state is not None:
        _draw_notice(p, inside, state)
    elif len(models) == 1:
        _one(p, inside, shown_model(result, 0), models[0], status, ui, narrated=narrated)
    else:
        gap = p.px(28)
        width = (inside.w - (len(models) - 1) * gap) // len(models)
        for at, model in enumerate(models):
            block = Rect(inside.x + at * (width + gap), inside.y, width, inside.h)
            _one_of_several(p, block, shown_model(result, at), model, theme.MODELS[at], status, ui)


def notice(result: FrameResult | None, status: Status) -> Notice | None:
    """The state that replaces the captions; None if there is a face to describe."""
    if status.source_state == "lost":
        return Notice("Source lost", status.source_note or status.source, theme.BAD)
    if status.source_state == "ended":
        return Notice("End of source", status.source, theme.TEXT_SOFT)
    if result is None or status.source_state == "opening":
        return Notice("Opening source", status.source, theme.TEXT_SOFT)
    if status.calibrating is not None:
        done = min(max(status.calibrating, 0.0), 1.0)
        looking = status.calibration_missing is not None
        what = "measuring the response to the head pose" if looking else "calibrating the neutral face"
        return Notice(status.calibration_prompts[0].capitalize(), what, theme.ACCENT, done)
    if result.landmarks is None:
        dark = "is the lens covered?" if "black" in result.frame.flags else "waiting for a face"
        return Notice("No face detected", dark, theme.TEXT_SOFT)
    if not result.models:
        return Notice("The face cannot be measured", "; ".join(result.validity.reasons), theme.TEXT_SOFT)
    return None


def _line(
    p: Painter, rect: Rect, result: FrameResult | None, models: Sequence[Caption], status: Status, *, brief: bool
) -> None:
    """Program and models on the left, warnings on the right, and a light while recording; `brief`: in few words."""
    middle, gap = rect.y + rect.h // 2, p.px(8)
    left = rect.x + round(p.text(NAME, rect, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold)) + p.px(14)
    x = rect.right
    if status.recording_s is not None:
        p.dot(x - p.px(6), middle, 5.0 * p.unit, theme.BAD)
        x -= p.px(12) + gap
    standing = status.paused if status.playback is None else not status.playback.playing
    shown = dropped_badges(status)
    if standing:
        shown.append(Badge(("paused",), theme.WARN, 0))
    if result is not None and result.landmarks is not None and not result.validity.ok:
        reason = "; ".join(result.validity.reasons)
        wordings = (f"out of range: {reason}",) if reason else ()
        shown.append(Badge((*wordings, "out of range"), theme.BAD, 1))
    elif result is not None and result.validity.amber:
        shown.append(amber_badge(result.validity.amber, 1))
    if brief:
        shown = [replace(badge, wordings=badge.wordings[-1:]) for badge in shown]
    widths = [[p.badge_width(text, badge.dot) for text in badge.wordings] for badge in shown]
    chosen = fit_badges(widths, [badge.rank for badge in shown], gap, 0.6 * (x - left))
    for badge, at in zip(shown, chosen, strict=True):
        if at is not None:
            x -= p.badge_width(badge.wordings[at], badge.dot)
            p.badge(badge.wordings[at], x, middle, badge.color, dot=badge.dot)
            x -= gap
    room = Rect.between(left, rect.y, x - gap, rect.bottom)
    noted = [f"{model.name}, {model.note}" if model.note else model.name for model in models]
    by = () if result is None or result.landmarks is None else (f"tracker {result.landmarks.tracker}",)
    name_sets = ([*noted, *by], noted, [m.name for m in models], [m.names[1] for m in models])
    every = [" · ".join(names) for names in name_sets]
    p.text(p.first_fitting(every, room.w, theme.SIZE_BODY), room, theme.TEXT_FAINT, theme.SIZE_BODY)


# Captions ----------------------------------------------------------------------------------------------------------


def _draw_notice(p: Painter, rect: Rect, state: Notice) -> None:
    top = Rect(rect.x, rect.y, rect.w, round(0.56 * rect.h))
    below = Rect(rect.x, top.bottom, rect.w, round(0.24 * rect.h))
    _fitted(p, (state.text,), top, _HUGE, state.color, "center")
    _fitted(p, (state.note,), below, _LARGE, theme.TEXT_SOFT, "center", bold=False)
    if state.progress is not None:
        width, height = min(p.px(420), rect.w), p.px(8)
        bar = Rect(rect.x + (rect.w - width) // 2, rect.bottom - height - p.px(2), width, height)
        p.bar(bar, state.progress, state.color)


def _one(
    p: Painter,
    rect: Rect,
    model: ModelResult | None,
    caption: Caption,
    status: Status,
    ui: ViewState,
    *,
    narrated: bool,
) -> None:
    """The only model: its strongest feature in large type, the skill, and all features."""
    text_rect = Rect(rect.x, rect.y, round(_TEXT_SHARE * rect.w), rect.h)
    top, middle, below = _rows(text_rect, (50, 34, 30))
    values: Mapping[str, float] = {} if model is None or model.features is None else model.features.values
    _strongest(p, top, values, caption.missing)
    (_difference if narrated else _sentence)(p, middle, model, ui)
    _origin(p, below, model, status)
    start = text_rect.right + p.px(24)
    _columns(p, Rect.between(start, rect.y, rect.right, rect.bottom), values)


def _one_of_several(
    p: Painter, rect: Rect, model: ModelResult | None, caption: Caption, color: Color, status: Status, ui: ViewState
) -> None:
    """One of several models, without room for all features: the strongest and the two after it."""
    name, top, others, middle, below = _rows(rect, (24, 38, 22, 26, 22))
    p.dot(name.x + p.px(5), name.y + name.h / 2, 5.0 * p.unit, color)
    beside = Rect.between(name.x + p.px(17), name.y, name.right, name.bottom)
    _fitted(p, caption.names, beside, _PLAIN, theme.TEXT_SOFT)
    values: Mapping[str, float] = {} if model is None or model.features is None else model.features.values
    ranked = _strongest(p, top, values, caption.missing)
    after = [" · ".join(_feature_labels(feature, values)[-1] for feature in ranked[1 : 1 + most]) for most in (2, 1)]
    _fitted(p, after, others, _PLAIN, theme.TEXT_SOFT, bold=False)
    _sentence(p, middle, model, ui)
    _origin(p, below, model, status)


def _rows(rect: Rect, shares: Sequence[float]) -> list[Rect]:
    """Rows with these relative heights, from the top."""
    ends = [rect.y + round(rect.h * sum(shares[:at]) / sum(shares)) for at in range(len(shares) + 1)]
    return [Rect(rect.x, top, rect.w, bottom - top) for top, bottom in pairwise(ends)]


def _fitted(
    p: Painter,
    wordings: Sequence[str],
    rect: Rect,
    sizes: Sequence[float],
    color: Color,
    side: Side = "left",
    *,
    bold: bool = True,
) -> None:
    """The longest variant that fits in one of the sizes, as large as possible; else the shortest one, truncated."""
    font = p.fonts.bold if bold else p.fonts.regular
    for text in wordings:
        for size in sizes:
            if p.width(text, size, font) <= rect.w and 1.15 * size * p.unit <= rect.h:
                p.text(text, rect, color, size, font, side)
                return
    if wordings:
        p.text(wordings[-1], rect, color, sizes[-1], font, side)


def _number(value: float, values: Mapping[str, float]) -> str:
    """Emotions are probabilities in %, other features intensities."""
    return f"{100 * value:.0f} %" if family(values) == "emotions" else f"{value:.2f}"


def _feature_labels(feature: str, values: Mapping[str, float]) -> tuple[str, ...]:
    """A feature with its value, from long to short; action units with their description where it fits."""
    number = _number(values[feature], values)
    unit = (f"{ACTION_UNITS[feature]} {number}",) if feature in ACTION_UNITS else ()
    return (*unit, f"{feature} {number}")


def _strongest(p: Painter, rect: Rect, values: Mapping[str, float], missing: str) -> list[str]:
    """The strongest feature with its value, `missing` without any; returns all features, strongest first."""
    ranked = sorted(shown_features(values, _MOST_COLUMNS), key=lambda name: -values[name]) if values else []
    wordings = _feature_labels(ranked[0], values) if ranked else (missing,)
    _fitted(p, wordings, rect, _HUGE, theme.TEXT if ranked else theme.TEXT_FAINT)
    return ranked


def _sentence(p: Painter, rect: Rect, model: ModelResult | None, ui: ViewState) -> None:
    """The skill of the model as a sentence."""
    residual = None if model is None else residual_of(model, ui)[0]
    if model is not None and residual is not None:
        source = None if model.features is None else model.features.source
        wordings, good = skill_sentence(residual.skill, residual.baseline_name, source)
        _fitted(p, wordings, rect, _LARGE, theme.ACCENT if good else theme.WARN)


def _difference(p: Painter, rect: Rect, model: ModelResult | None, ui: ViewState) -> None:
    """The mean distance between the two faces: what a skill is measured in, for those who do not know one."""
    residual = None if model is None else residual_of(model, ui)[0]
    if residual is not None:
        number = f"Difference {residual.nme:.1f} %"
        wordings = (f"{number} of the span of both eyes", number)
        _fitted(p, wordings, rect, _LARGE, theme.ACCENT)


def _origin(p: Painter, rect: Rect, model: ModelResult | None, status: Status) -> None:
    """The source of the features; a fallback must not pass for the requested source."""
    features = None if model is None else model.features
    source = status.emotion_source if features is None else features.source
    what = "emotions" if features is None else family(features.values)
    wordings = [f"{what}: {name}" for name in feature_source_notes(source)]
    if status.emotion_note:
        wordings = [f"{wordings[-1]}; {status.emotion_note}", *wordings]
    _fitted(p, wordings, rect, _PLAIN, theme.WARN if status.emotion_note else theme.TEXT_SOFT, bold=False)


def _columns(p: Painter, rect: Rect, values: Mapping[str, float]) -> None:
    """A column for each emotion, or for as many of the strongest features as fit."""
    names = shown_features(values, _MOST_COLUMNS)
    gap = p.px(4)
    size = _PLAIN[-1]
    while names:
        width = rect.w // len(names)
        size = next((s for s in _PLAIN if max(p.width(n, s) for n in names) <= width - gap), 0.0)
        if size or len(names) == 1:
            break
        names = names[:-1]
    strongest = max(names, key=lambda name: values[name], default="")
    for at, name in enumerate(names):
        number, room, label = _rows(Rect(rect.x + at * width, rect.y, width - gap, rect.h), (24, 76, 26))
        bright = name == strongest
        ink = theme.TEXT if bright else theme.TEXT_SOFT
        p.text(_number(values[name], values), number, ink, _PLAIN[0], p.fonts.bold, "center")
        _column(p, room.inset((room.w - p.px(30)) / 2, p.px(3)), values[name], bright)
        p.text(name, label, ink, size or _PLAIN[-1], side="center")


def _column(p: Painter, rect: Rect, share: float, bright: bool) -> None:
    """A vertical bar, filled to `share`, 0..1."""
    corner = min(6 * p.unit, rect.w / 2)
    p.fill(rect, theme.TRACK, corner)
    filled = round(rect.h * min(max(share, 0.0), 1.0))
    if filled > 0:
        height = max(filled, round(corner))
        color = theme.ACCENT if bright else theme.MUTED_BAR
        p.fill(Rect(rect.x, rect.bottom - height, rect.w, height), color, min(corner, height / 2))
