"""The presentation layout: a thin line above the faces, and the one sentence in large type below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.core.wording import emotion_phrase
from realtime.view.mirror.header import NAME, Badge, amber_badge, dropped_badges, fit_badges, remote_badges
from realtime.view.mirror.headline import Headline
from realtime.view.mirror.model_facts import Caption
from realtime.view.mirror.panels import shown_model
from realtime.view.mirror.sentence import draw_sentence
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_EMOTION = 22.0  # size of the emotion's name, design units, which are larger in the presentation layout
_EMOTION_SHARE = 0.24  # of the caption's height


def draw_presentation(
    p: Painter,
    header: Rect,
    caption: Rect,
    headline: Headline,
    result: FrameResult | None,
    models: Sequence[Caption],
    status: Status,
    ui: ViewState,
    *,
    narrated: bool = False,
    emotions_beside: bool = True,
) -> None:
    """The line and the sentence; `narrated`: the line in few words, and no buttons in a video that explains itself.

    `emotions_beside`: the emotions stand beside the faces. Where they do not, what may be said of them in large type
    stands below the sentence.
    """
    _line(p, header, result, models, status, brief=narrated)
    if narrated:
        headline = replace(headline, buttons=())
    phrase = "" if emotions_beside else _emotion(result, ui.model)
    below = round(_EMOTION_SHARE * caption.h) if phrase else 0
    above = Rect(caption.x, caption.y, caption.w, caption.h - below)
    draw_sentence(p, above, headline, status, ui, "stage")
    p.text(phrase, Rect(caption.x, above.bottom, caption.w, below).inset(p.px(16), 0), theme.TEXT_SOFT, _EMOTION)


def _emotion(result: FrameResult | None, at: int) -> str:
    """What may be said in large type of the emotions that a model is given."""
    model = shown_model(result, at)
    return (
        ""
        if model is None or model.features is None
        else emotion_phrase(model.features.values, model.features.source)[0]
    )


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
    shown = [*dropped_badges(status), *remote_badges(status)]
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
    noted = [f"{model.name}, {model.note}" if model.note and model.warns else model.name for model in models]
    by = () if result is None or result.landmarks is None else (f"tracker {result.landmarks.tracker}",)
    name_sets = ([*noted, *by], noted, [m.name for m in models], [m.names[1] for m in models])
    every = [" · ".join(names) for names in name_sets]
    p.text(p.first_fitting(every, room.w, theme.SIZE_BODY), room, theme.TEXT_FAINT, theme.SIZE_BODY)
