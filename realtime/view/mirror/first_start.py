"""The first start: four notes that name the three faces and the one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgui_bundle import imgui

from realtime.core.view_options import View
from realtime.view.mirror.layout import Layout
from realtime.view.mirror.tile_labels import TITLES
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Hint, Painter

_Note = tuple[str, tuple[str, ...], tuple[str, ...]]
_NOTES: tuple[_Note, ...] = (  # term of the word that a note belongs to; its title and its text, from long to short
    (
        "you", TITLES[View.CAMERA],
        ("Your camera picture, level and sized so that all faces line up.", "Your camera picture."),
    ),
    (
        "predicted", TITLES[View.PREDICTED],
        ("A face drawn from seven numbers. The model never sees yours.", "Drawn from seven numbers."),
    ),
    (
        "difference", TITLES[View.HEAT],
        ("Your face again, coloured where the prediction misses it. Pale: it fits.", "Pale: it fits."),
    ),
    (
        "share", ("One number",),
        ("How much of your movement the emotions predict. It comes after the rest.", "It comes after the rest."),
    ),
)  # fmt: skip
_SENTENCE = ("share", "rest")  # what the sentence is about: before a calibration it has no number yet
_CLOSES = (
    "Any key or click closes this. Shift+H brings it back. Nothing is recorded until you press R.",
    "Any key or click closes this. Nothing is recorded until you press R.",
    "Any key or click closes this.",
)
_HEIGHT, _PAD, _LINE, _RADIUS, _AWAY = 168.0, 18.0, 20.0, 10.0, 3.0  # design units


def draw_first_start(p: Painter, layout: Layout, hints: Sequence[Hint]) -> None:
    """Notes over the lower part of the window, and the number of each at the word that it belongs to.

    Nothing else stands behind these words meanwhile.
    """
    over = Painter(p.fonts, p.unit, imgui.get_foreground_draw_list())
    margin, (width, height) = layout.header.x, layout.size
    found: Mapping[str, Rect] = {hint.term: hint.box for hint in reversed(hints)}
    said = [hint.box for hint in hints if hint.term in _SENTENCE]
    if said:  # in several pieces where it has a number in it
        found = {**found, "share": said[-1]}
    notes = [(at, *note) for at, note in enumerate(_NOTES, start=1)]
    box = Rect.between(margin, height - margin - min(p.px(_HEIGHT), height // 2), width - margin, height - margin)
    over.fill(box, theme.CARD_LIT, 10 * p.unit)
    over.frame(box, theme.ACCENT, 10 * p.unit, max(1.0, p.unit))
    inside = box.inset(p.px(_PAD), p.px(_PAD))
    foot = Rect(inside.x, inside.bottom - p.px(_LINE), inside.w, p.px(_LINE))
    over.text(over.first_fitting(_CLOSES, foot.w, theme.SIZE_SMALL), foot, theme.TEXT, theme.SIZE_SMALL)
    narrow = inside.w < p.px(700)
    columns = 2 if narrow else 4
    rows = -(-len(notes) // columns)
    cell_w, cell_h = inside.w // columns, (foot.y - p.px(8) - inside.y) // rows
    for at, term, titles, texts in notes:
        column, row = (at - 1) % columns, (at - 1) // columns
        cell = Rect(inside.x + column * cell_w, inside.y + row * cell_h, cell_w - p.px(20), cell_h)
        _number(over, at, cell.x + p.px(_RADIUS), cell.y + p.px(_LINE) / 2)
        head = Rect(cell.x + p.px(30), cell.y, max(0, cell.w - p.px(30)), p.px(_LINE))
        size = theme.SIZE_TITLE if over.width(titles[0], theme.SIZE_TITLE, p.fonts.bold) <= head.w else theme.SIZE_SMALL
        over.fitting(titles, head, theme.TEXT, size, p.fonts.bold)
        below = Rect.between(cell.x, head.bottom + p.px(6), cell.right, cell.bottom)
        for line_at, line in enumerate(_lines(over, texts, below)):
            place = Rect(below.x, below.y + line_at * p.px(_LINE), below.w, p.px(_LINE))
            over.text(line, place, theme.TEXT_SOFT, theme.SIZE_SMALL)
        if term in found and found[term].overlap(box) == 0:
            word = found[term]
            _number(over, at, word.right + p.px(_RADIUS + _AWAY), word.y + word.h / 2)


def _lines(p: Painter, texts: Sequence[str], room: Rect) -> tuple[str, ...]:
    """The lines of the longest text of which all fit; () where there is no room for any."""
    for text in texts:
        lines = p.wrap(text, room.w, theme.SIZE_SMALL)
        whole = all(p.width(line, theme.SIZE_SMALL) <= room.w for line in lines)
        if whole and len(lines) * p.px(_LINE) <= room.h:
            return lines
    return ()


def _number(p: Painter, number: int, x: float, y: float) -> None:
    radius = p.px(_RADIUS)
    p.dot(x, y, radius, theme.ACCENT)
    place = Rect(round(x) - radius, round(y) - radius, 2 * radius, 2 * radius)
    p.text(str(number), place, theme.GROUND_BOTTOM, theme.SIZE_SMALL, p.fonts.bold, "center")
