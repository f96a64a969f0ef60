"""What cards have in common: the line of the title, the colour scale, the sides, a state over a picture."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.view_options import ColorMap, SignedMap
from realtime.core.view_state import ViewState
from realtime.view.paint import theme
from realtime.view.paint.layout import Panel, Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

UNIT = "% of eye distance"  # between the outer corners of the eyes


def title(
    p: Painter, panel: Panel, text: str, *notes: str, color: Color | None = None, mark: str = "", term: str = ""
) -> None:
    """A panel's title with an optional badge after it, and on the right the first of `notes` that fits."""
    taken = p.text(text, panel.title, theme.TEXT, theme.SIZE_TITLE, p.fonts.bold, term=term)
    if mark:
        left = round(taken) + p.px(9) if text else 0
        beside = Rect(panel.title.x + left, panel.title.y, max(0, panel.title.w - left), panel.title.h)
        taken = left + p.fitting((mark,), beside, theme.ACCENT, theme.SIZE_BODY, p.fonts.bold)
    note = p.first_fitting(notes, panel.title.w - taken - p.px(12), theme.SIZE_SMALL)
    p.text(note, panel.title, color or theme.TEXT_FAINT, theme.SIZE_SMALL, side="right")


def scale(
    p: Painter,
    rect: Rect,
    highest: float,
    colors: ColorMap | SignedMap = ColorMap.INFERNO,
    *,
    flat: float = 0.0,
    automatic: bool | None = None,
    name: str = "",
) -> None:
    """A colour bar from 0 to `highest` % with its unit; diverging maps range from -`highest` to +`highest`.

    Magnitudes up to `flat` % have the colour of zero. `automatic`: whether the end follows what is seen or is held;
    None says neither. `name` says what is shown where it is not the difference of the tile's title.
    """
    both = isinstance(colors, SignedMap)
    low, plus = (f"−{highest:g}", "+") if both else ("0", "")
    if name:
        taken = p.text(p.first_fitting((name,), 0.5 * rect.w, theme.SIZE_SMALL), rect, theme.TEXT, theme.SIZE_SMALL)
        rect = Rect.between(rect.x + round(taken) + (p.px(10) if taken else 0), rect.y, rect.right, rect.bottom)
    end, held = f"{plus}{highest:g}", "" if automatic is None else ", automatic" if automatic else ", held"
    wordings = (f"{end} {UNIT}{held}", f"{end} %{held}", f"{end} {UNIT}", f"{end} %")
    high = p.first_fitting(wordings, 0.6 * rect.w, theme.SIZE_SMALL) or wordings[-1]
    left, right = p.width(low, theme.SIZE_SMALL), p.width(high, theme.SIZE_SMALL)
    if left + right + p.px(24) > rect.w:  # no bar: its ends alone
        ends = f"±{highest:g} %" if both else f"0–{highest:g} %"
        p.fitting((ends,), rect, theme.TEXT_SOFT, theme.SIZE_SMALL, term="eye distance")
        return
    p.text(low, rect, theme.TEXT_SOFT, theme.SIZE_SMALL)
    p.text(high, rect, theme.TEXT_SOFT, theme.SIZE_SMALL, side="right", term="eye distance")
    gap = p.px(8)
    start = rect.x + round(left) + gap
    bar = Rect(start, rect.y + (rect.h - p.px(8)) // 2, rect.right - round(right) - gap - start, p.px(8))
    p.color_scale(bar, colors, flat / highest)
    if both:
        middle = bar.x + bar.w / 2
        p.rule(middle, bar.y - p.px(3), middle, bar.bottom + p.px(3), theme.TEXT_SOFT, max(1.0, p.unit))


def sides(p: Painter, body: Rect, ui: ViewState) -> None:
    """R and L, the subject's right and left, in the corners, as on a medical picture."""
    line = Rect(body.x, body.bottom - p.px(20), body.w, p.px(20))
    left, right = ("L", "R") if ui.mirrored else ("R", "L")
    p.text(left, line, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.bold)
    p.text(right, line, theme.TEXT_FAINT, theme.SIZE_SMALL, p.fonts.bold, "right")


def chip(p: Painter, over: Rect, variants: Sequence[str], color: Color) -> None:
    """A line on a ground of its own in the lower part of a picture: the longest variant that fits, if any does."""
    text = p.first_fitting(variants, over.w - p.px(28), theme.SIZE_BODY, p.fonts.bold)
    if not text or over.h < p.px(30):
        return
    width = round(p.width(text, theme.SIZE_BODY, p.fonts.bold)) + p.px(28)
    box = Rect(over.x + (over.w - width) // 2, max(over.y, over.bottom - p.px(44)), width, p.px(30))
    p.fill(box, theme.CARD.faded(0.95), box.h / 2)
    p.frame(box, color.faded(0.5), box.h / 2, max(1.0, p.unit))
    p.text(text, box, color, theme.SIZE_BODY, p.fonts.bold, "center")
