"""A question to the user over the tiles, with its two answers as buttons."""

from __future__ import annotations

from imgui_bundle import imgui

from realtime.core.commands import Answer
from realtime.core.status import Question
from realtime.core.view_state import ViewState
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_WIDE, _PAD, _TITLE, _LINE, _GAP, _BUTTON = 420, 16, 26, 20, 12, 32  # design units
_SMALLEST = 0.4
_KEY_NAMES = {"Escape": "Esc"}


def draw_question(p: Painter, area: Rect, size_px: tuple[int, int], question: Question, ui: ViewState) -> Rect:
    """Draw the card over everything, in the middle of an area as far as the window allows, smaller only where the
    window itself is; clicks answer. The card.
    """
    p = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
    window = Rect(0, 0, *size_px)
    share = 1.0
    while share > _SMALLEST and (p.px(_WIDE * share) > window.w or _height(p, share, question) > window.h):
        share *= 0.94
    p = p.with_unit(p.unit * share)
    wide, high = min(p.px(_WIDE), window.w), _height(p, 1.0, question)
    x, y = area.x + (area.w - wide) // 2, area.y + (area.h - high) // 2
    card = Rect(max(0, min(x, window.w - wide)), max(0, min(y, window.h - high)), wide, high)
    p.fill(card, theme.GROUND_BOTTOM, 12 * p.unit)
    p.frame(card, theme.WARN.faded(0.7), 12 * p.unit, max(1.0, p.unit))
    inside = card.inset(p.px(_PAD), p.px(_PAD))
    title = Rect(inside.x, inside.y, inside.w, p.px(_TITLE))
    left = p.text(f"{question.seconds_left} s", title, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right")
    title = Rect(title.x, title.y, title.w - round(left) - p.px(8), title.h)
    p.text(question.text, title, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold)
    for at, line in enumerate(question.details):
        row = Rect(inside.x, inside.y + p.px(_TITLE) + at * p.px(_LINE), inside.w, p.px(_LINE))
        p.text(line, row, theme.TEXT_SOFT, theme.SIZE_SMALL)
    _draw_answers(p, Rect(inside.x, inside.bottom - p.px(_BUTTON), inside.w, p.px(_BUTTON)), question, ui)
    return card


def _height(p: Painter, share: float, question: Question) -> int:
    return p.px(share * (2 * _PAD + _TITLE + len(question.details) * _LINE + _GAP + _BUTTON))


def _draw_answers(p: Painter, row: Rect, question: Question, ui: ViewState) -> None:
    gap = p.px(10)
    wide = (row.w - gap) // 2
    other = "any key" if "Escape" in question.yes_keys else "Esc"
    key = _KEY_NAMES.get(question.yes_keys[0], question.yes_keys[0])
    for yes, label, cap, x in ((True, question.yes, key, row.x), (False, question.no, other, row.right - wide)):
        box = Rect(x, row.y, wide, row.h)
        ink = theme.WARN if yes else theme.CARD_EDGE
        hovered = p.hovered(box)
        p.fill(box, ink.faded(0.45 if hovered else 0.28), 7 * p.unit)
        p.frame(box, ink.faded(0.9), 7 * p.unit, max(1.0, p.unit))
        cap_w = p.keycap_width(cap)
        text_w = round(min(p.width(label, theme.SIZE_BODY, p.fonts.bold), box.w - cap_w - p.px(24)))
        left = box.x + (box.w - text_w - cap_w - p.px(8)) // 2
        p.text(label, Rect(left, box.y, text_w, box.h), theme.TEXT, theme.SIZE_BODY, p.fonts.bold)
        p.keycap(cap, left + text_w + p.px(8), box.y + box.h // 2)
        if hovered and p.clicked(box):
            ui.actions.append(Answer(yes))
