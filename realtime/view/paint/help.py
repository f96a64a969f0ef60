"""The overlay that names every key."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

KEYS = (
    ("N", "take your neutral face (rest for some seconds)"),
    ("A", "residual: raw or identity-adjusted"),
    ("P", "the model's pose: live or zero"),
    ("M", "several models: whose residual is shown"),
    ("D", "several models: how far they lie apart"),
    ("Space", "pause and go on"),
    ("S", "save a picture of the window"),
    ("R", "start and stop recording"),
    ("drag, wheel", "turn and enlarge both faces"),
    ("0, Home, double click", "the view from the front"),
    ("H, ?, F1", "this help"),
    ("Q, Esc, close button", "quit"),
)


def draw_help(p: Painter, size_px: tuple[int, int], keys_and_words: Sequence[tuple[str, str]] = KEYS) -> None:
    """A card in the middle over the dimmed window: each key and what it does."""
    whole = Rect(0, 0, *size_px)
    p.fill(whole, theme.GROUND_BOTTOM.faded(0.78))
    row, pad = p.px(29), p.px(26)
    keys = max(_cap_width(p, keys) for keys, _ in keys_and_words)
    words = max(p.width(what) for _, what in keys_and_words)
    width = min(round(keys + words) + p.px(24) + 2 * pad, whole.w)
    height = min(p.px(48) + len(keys_and_words) * row + 2 * pad, whole.h)
    card = Rect((whole.w - width) // 2, (whole.h - height) // 2, width, height)
    p.fill(card, theme.CARD, 12 * p.unit)
    p.frame(card, theme.CARD_EDGE, 12 * p.unit, max(1.0, p.unit))
    inside = card.inset(pad, pad)
    top = Rect(inside.x, inside.y, inside.w, p.px(34))
    p.text("Keys", top, theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
    p.text("H closes this", top, theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")
    for at, (names, what) in enumerate(keys_and_words):
        y = inside.y + p.px(48) + at * row
        cap = Rect(inside.x, y + p.px(2), round(_cap_width(p, names)), row - p.px(5))
        p.fill(cap, theme.TRACK, 5 * p.unit)
        p.text(names, cap, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "centre")
        left = inside.x + round(keys) + p.px(24)
        p.text(what, Rect(left, y, inside.right - left, row), theme.TEXT_SOFT)


def _cap_width(p: Painter, names: str) -> float:
    return p.width(names, theme.SIZE_SMALL, p.fonts.bold) + p.px(18)
