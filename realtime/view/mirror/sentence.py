"""The strip of the one sentence: its number, its bar, and the buttons of a calibration.

    reader = HeadlineReader([facts.caption for facts in models])          # once, with the models of the results
    headline = reader.push(result, status)                                # in every frame that is drawn
    places = draw_sentence(p, rect, headline, status, ui, size="full")    # into a card that is there already

`rect` is the inside of a card that somebody else has drawn. It draws what fits: with less room a shorter wording comes
first, then labels go in the order of their importance. Nothing is cut, and nothing leaves the rectangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.calibration import draw_directions
from realtime.view.mirror.headline import Headline, Ink, State
from realtime.view.mirror.headline_words import Wording, signed_percent
from realtime.view.mirror.movement_shares import MovementShares
from realtime.view.mirror.neutral_review import draw_neutral
from realtime.view.mirror.share_bar import draw_share_bar, draw_share_labels
from realtime.view.mirror.strip_buttons import ButtonRow
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

Size = Literal["full", "stage", "small"]
Places = dict[str, Rect]  # of what was drawn: "sentence", those of the bar's labels, actions' names

HEIGHT = 94  # of the full strip, design units; what follows is in them, too
_LEAST_HEIGHT = 82  # lower strips are drawn small
_PAD, _GAP = 16, 24
_SIZES, _SMALL_SIZES = (26.0, 24.5, 23.0, 21.5, 20.0), (18.5, 17.5, 16.5, 15.5)
_LINE, _BAR_Y, _BAR_H, _LABELS_Y, _LABELS_H = (8, 36), 50, 12, 66, 22
_FACE, _FACE_ROOM = (64, 78), 560  # of a new neutral; width from which there is room for it
_DIGIT, _SMALL_DIGIT = 52.0, 22.0
_PROGRESS_LEAST = 60
_TERMS = {  # of the sentence, in the glossary
    State.NOT_CALIBRATED: "rest", State.CALIBRATING: "rest", State.REVIEW: "rest", State.REVIEW_FOUND: "rest",
    State.AT_REST: "share", State.PREDICTS: "share", State.WORSE: "share", State.FLOOR_ONLY: "floor",
    State.UNUSABLE: "turned",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """A wording that fits."""

    wording: Wording
    size: float
    width: int  # pixels


def draw_sentence(
    p: Painter, rect: Rect, headline: Headline, status: Status, ui: ViewState, size: Size = "full"
) -> Places:
    """Draw the headline into a rectangle; clicks on its buttons request what their keys request.

    "full" is the strip of the window, "stage" the same as large as the rectangle allows, "small" one line over a thin
    bar. A full strip that is too low is drawn small. Returns where each part stands, in pixels.
    """
    if not ui.introduced:  # behind the sentence stands its number in the notes of the first start
        headline = replace(headline, notes=())
    if size == "stage":
        p = _staged(p, rect, headline)
    if size == "small" or rect.h < p.px(_LEAST_HEIGHT):
        return _draw_small(p, rect, headline, ui)
    return _draw_full(p, rect, headline, status, ui)


def _staged(p: Painter, rect: Rect, headline: Headline) -> Painter:
    """As large as the height allows, unless the long sentence then is too wide."""
    most = max(p.unit, rect.h / HEIGHT)
    buttons = ButtonRow(p, headline.buttons, 0, theme.SIZE_TITLE).width
    pixels = _width(p, headline.wordings[0], _SIZES[-1]) + (buttons + p.px(_GAP) if buttons else 0)
    wide = pixels / p.unit  # design units, as good as independent of how large they are
    return p.with_unit(max(p.unit, min(most, rect.w / (wide + 2 * _PAD))))


def _draw_full(p: Painter, rect: Rect, headline: Headline, status: Status, ui: ViewState) -> Places:
    top = rect.y + (rect.h - p.px(HEIGHT)) // 2
    inside = rect.inset(p.px(_PAD), 0)
    if status.review is not None and inside.w >= p.px(_FACE_ROOM):
        wide, high = map(p.px, _FACE)
        face = Rect(inside.x, rect.y + (rect.h - high) // 2, wide, high)
        draw_neutral(p, face, status.review, mirrored=ui.mirrored)
        inside = Rect.between(face.right + p.px(_PAD), rect.y, inside.right, rect.bottom)
    shares, said = _of_model(headline, ui.model)
    if shares is not None and said is not None:
        line = Rect(inside.x, top + p.px(_LINE[0]), inside.w, p.px(_LINE[1]))
        places = _draw_line(p, line, headline, _SIZES)
        bar = Rect(inside.x, top + p.px(_BAR_Y), inside.w, p.px(_BAR_H))
        draw_share_bar(p, bar, shares)
        row = Rect(inside.x, top + p.px(_LABELS_Y), inside.w, p.px(_LABELS_H))
        return places | draw_share_labels(p, row, bar, shares, said)
    left, places = _draw_right(p, inside, headline, ui, _SIZES, p.px(44), _DIGIT)
    room = Rect.between(inside.x, inside.y, left, inside.bottom)
    has_details = bool(p.first_fitting(headline.details, room.w))
    line = Rect(room.x, top + p.px(16 if has_details else 29), room.w, p.px(_LINE[1]))
    places |= _draw_line(p, line, headline, _SIZES)
    detail = Rect(room.x, top + p.px(54), room.w, p.px(22))
    p.text(p.first_fitting(headline.details, room.w), detail, theme.TEXT_SOFT)
    return places


def _draw_small(p: Painter, rect: Rect, headline: Headline, ui: ViewState) -> Places:
    inside = rect.inset(p.px(min(12, _PAD)), 0)
    shares, said = _of_model(headline, ui.model)
    thin = p.px(8)
    has_bar = (shares is not None or headline.progress is not None) and rect.h >= p.px(36)
    line_h = min(p.px(24), rect.h)
    top = rect.y + (rect.h - line_h - (thin + p.px(6) if has_bar else 0)) // 2
    below = Rect(inside.x, top + line_h + p.px(6), inside.w, thin)
    row = Rect(inside.x, top, inside.w, line_h)
    if has_bar and shares is not None:
        draw_share_bar(p, below, shares)
    elif has_bar:
        p.bar(below, headline.progress or 0.0, theme.ACCENT)
    if said is not None and said.best is not None and not said.fitted and headline.note_ink == "soft" and ui.introduced:
        best = signed_percent(said.best)
        return _draw_line(p, row, headline, _SMALL_SIZES, (f"at best {best}",))
    left, places = _draw_right(p, row, headline, ui, _SMALL_SIZES, min(p.px(28), rect.h), _SMALL_DIGIT, bar=False)
    return places | _draw_line(p, Rect.between(row.x, row.y, left, row.bottom), headline, _SMALL_SIZES)


def _of_model(headline: Headline, at: int) -> tuple[MovementShares | None, MovementShares | None]:
    """The shares of the model that is shown, now and as they are said."""
    if at >= len(headline.shares) or at >= len(headline.said):
        return None, None
    return headline.shares[at], headline.said[at]


# The line -------------------------------------------------------------------------------------------------------------


def _width(p: Painter, wording: Wording, size: float) -> int:
    return sum(ceil(p.width(run, size, p.fonts.bold)) for run in wording if run)


def _fitting(p: Painter, wordings: Sequence[Wording], room: int, sizes: Sequence[float]) -> _Line | None:
    """The longest wording that fits, as large as it can be; None where none does."""
    for wording in wordings:
        for size in sizes:
            width = _width(p, wording, size)
            if width <= room:
                return _Line(wording, size, width)
    return None


def _draw_line(
    p: Painter, row: Rect, headline: Headline, sizes: Sequence[float], notes: tuple[str, ...] | None = None
) -> Places:
    """The sentence at the left, a note at the right where there is room for it."""
    line = _fitting(p, headline.wordings, row.w, sizes)
    if line is None:
        return {}
    x = row.x
    for at, run in enumerate(line.wording):
        if not run:
            continue
        wide = ceil(p.width(run, line.size, p.fonts.bold))
        ink = theme.ACCENT if at % 2 else theme.WARN if headline.warns else theme.TEXT
        p.text(run, Rect(x, row.y, wide, row.h), ink, line.size, p.fonts.bold, term=_TERMS.get(headline.state, ""))
        x += wide
    places = {"sentence": Rect.between(row.x, row.y, x, row.bottom)}
    room = Rect.between(x + p.px(_GAP), row.y, row.right, row.bottom)
    note = p.first_fitting(headline.notes if notes is None else notes, room.w, theme.SIZE_SMALL)
    if note:
        p.text(note, room, _ink(headline.note_ink), theme.SIZE_SMALL, side="right")
        wide = ceil(p.width(note, theme.SIZE_SMALL))
        places["note"] = Rect(room.right - wide, room.y, wide, room.h)
    return places


def _ink(ink: Ink) -> theme.Color:
    return {"soft": theme.TEXT_SOFT, "good": theme.GOOD, "warn": theme.WARN}[ink]


# At its right end -----------------------------------------------------------------------------------------------------


def _draw_right(
    p: Painter,
    row: Rect,
    headline: Headline,
    ui: ViewState,
    sizes: Sequence[float],
    button_h: int,
    digit: float,
    *,
    bar: bool = True,
) -> tuple[int, Places]:
    """Buttons, or the countdown: where the sentence has to end, and the places of the buttons."""
    middle = row.y + row.h // 2
    if headline.buttons:
        buttons = _button_row(p, row.w, headline, sizes)
        return row.right - buttons.width - p.px(_GAP), buttons.draw(row.right, middle, button_h, ui)
    if headline.progress is None:
        return row.right, {}
    right = row.right
    if headline.countdown is not None:
        text = f"{headline.countdown}"
        wide = ceil(p.width(text, digit, p.fonts.bold))
        p.text(text, Rect(right - wide, row.y, wide, row.h), theme.ACCENT, digit, p.fonts.bold)
        right -= wide + p.px(_GAP)
    elif headline.missing is not None and bar:
        radius = p.px(9)
        draw_directions(p, right - radius - p.px(16), middle, radius, headline.missing)
        right -= 2 * radius + p.px(32 + _GAP)
    left = max(row.x + round(0.47 * row.w), right - p.px(520))
    if not bar or right - left < p.px(_PROGRESS_LEAST):
        return right, {}
    p.bar(Rect.between(left, middle - p.px(5), right, middle + p.px(5)), headline.progress, theme.ACCENT)
    return left - p.px(_GAP), {}


def _button_row(p: Painter, room: int, headline: Headline, sizes: Sequence[float]) -> ButtonRow:
    """The longest labels beside which a wording of the sentence fits; else the shortest ones."""
    level = 0
    while True:
        row = ButtonRow(p, headline.buttons, level, theme.SIZE_TITLE)
        beside = room - row.width - p.px(_GAP)
        if level >= row.last or _fitting(p, headline.wordings, beside, sizes) is not None:
            return row
        level += 1
