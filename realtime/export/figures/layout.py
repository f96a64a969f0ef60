"""Layout of a sheet of faces: a pure function from counts to rectangles. No GL, no imgui."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from realtime.view.paint.layout import Rect

# Design units; a face is 300 of them wide, so that type grows with the faces.
_FACE = 300
_MARGIN, _GAP, _PAD = 22, 12, 14
_CARD_TITLE, _CARD_NOTE, _FACE_LABEL, _CARD_END = 40, 25, 28, 8
# Units of the heading, which grows with the sheet so that it is read first.
_HEADING, _LINE, _HEAD_GAP = 42, 25, 18
_BAR_CAPTION, _BAR, _BAR_TICKS, _BAR_NOTE = 27, 15, 25, 21
_BAR_WIDTH, _BESIDE = 470, 1000  # below this width of the sheet the colour bar is below the text
_HEAD_WIDTH, _HEAD_SMALLEST, _HEAD_LEAST = 1650, 0.7, 0.62  # of the cards' unit; pixels: below, type is not read
_FOOT, _FOOT_LINE = 8, 22
_TARGET_SHAPE = 1.6  # width over height


@dataclass(frozen=True, slots=True)
class SheetShape:
    """What the layout has to place."""

    cards: int
    faces: int  # side by side in each card
    notes: int  # lines under a card's title
    labels: bool  # a line under each face
    scale: bool  # a colour scale in the heading
    face_px: int  # width of a face
    ratio: float  # height over width of a face
    columns: int


@dataclass(frozen=True, slots=True)
class TextLines:
    """Line counts of the wrapped texts around the cards."""

    title: int = 1
    heading: int = 1  # under the title
    caption: int = 1  # above the colour scale
    note: int = 1  # below it
    footer: int = 1


@dataclass(frozen=True, slots=True)
class TextWidths:
    """Widths available for those texts, in pixels, and the unit of their type."""

    heading: int
    scale: int
    footer: int
    unit: float


@dataclass(frozen=True, slots=True)
class CardPlace:
    """One card, in pixels of the sheet."""

    frame: Rect
    title: Rect
    notes: tuple[Rect, ...]
    faces: tuple[Rect, ...]
    labels: tuple[Rect, ...]  # one per face, or none

    def moved(self, dy: int) -> CardPlace:
        """The same card elsewhere."""
        return CardPlace(
            _moved(self.frame, dy),
            _moved(self.title, dy),
            *(tuple(_moved(rect, dy) for rect in rects) for rects in (self.notes, self.faces, self.labels)),
        )


@dataclass(frozen=True, slots=True)
class ScalePlace:
    """The colour bar: caption above, bar, tick labels, note below."""

    caption: tuple[Rect, ...]
    bar: Rect
    ticks: Rect
    note: tuple[Rect, ...]

    def moved(self, dy: int) -> ScalePlace:
        """The same scale elsewhere."""
        return ScalePlace(
            tuple(_moved(rect, dy) for rect in self.caption),
            _moved(self.bar, dy),
            _moved(self.ticks, dy),
            tuple(_moved(rect, dy) for rect in self.note),
        )


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """All rectangles of a sheet, in pixels; both sides are even, as video encoders require."""

    size: tuple[int, int]
    unit: float  # pixels in one unit of the cards
    head_unit: float  # pixels in one unit of heading and footer
    title: tuple[Rect, ...]
    lines: tuple[Rect, ...]
    scale: ScalePlace | None
    cards: tuple[CardPlace, ...]
    footer: tuple[Rect, ...]

    def moved(self, dy: int) -> SheetLayout:
        """Everything `dy` pixels further down: a strip of a sheet is the sheet moved up."""
        return replace(
            self,
            title=tuple(_moved(rect, dy) for rect in self.title),
            lines=tuple(_moved(rect, dy) for rect in self.lines),
            scale=None if self.scale is None else self.scale.moved(dy),
            cards=tuple(card.moved(dy) for card in self.cards),
            footer=tuple(_moved(rect, dy) for rect in self.footer),
        )


def _moved(rect: Rect, dy: int) -> Rect:
    return replace(rect, y=rect.y + dy)


def columns_for(shape: SheetShape) -> int:
    """The number of columns for a sheet of about a screen's shape with few empty places."""
    width, height = _card_units(shape)

    def cost(columns: int) -> float:
        rows = math.ceil(shape.cards / columns)
        outline = (columns * (width + _GAP)) / (rows * (height + _GAP) + 140)
        return abs(math.log(outline / _TARGET_SHAPE)) + 3.0 * (rows * columns - shape.cards) / shape.cards

    return min(range(1, shape.cards + 1), key=cost)


def text_widths(shape: SheetShape) -> TextWidths:
    """Widths available for the texts around the cards."""
    width, unit, head_unit = _widths(shape)
    room = width - 2 * round(_MARGIN * unit)
    if shape.scale and width >= _BESIDE * head_unit:
        bar = round(_BAR_WIDTH * head_unit)
        return TextWidths(room - bar - round(2 * _HEAD_GAP * head_unit), bar, room, head_unit)
    return TextWidths(room, room, room, head_unit)


def arrange_sheet(shape: SheetShape, counts: TextLines) -> SheetLayout:
    """A heading with the colour scale at its right, or below where that is too narrow; the cards; a footer."""
    width, unit, head_unit = _widths(shape)

    def px(value: float) -> int:
        return round(value * unit)

    def head(value: float) -> int:
        return round(value * head_unit)

    margin, gap = px(_MARGIN), px(_GAP)
    room = text_widths(shape)
    title = _lines(Rect(margin, margin, room.heading, head(_HEADING)), counts.title)
    lines = _lines(Rect(margin, title[-1].bottom, room.heading, head(_LINE)), counts.heading)
    bottom = title[-1].bottom + sum(line.h for line in lines)
    scale = None
    if shape.scale:
        beside = room.scale < room.footer
        left, top = (width - margin - room.scale, margin + head(4)) if beside else (margin, bottom + head(10))
        scale = _scale(Rect(left, top, room.scale, 0), counts, head_unit)
        bottom = max(bottom, scale.note[-1].bottom if scale.note else scale.ticks.bottom)

    top = bottom + head(_HEAD_GAP)
    card_width, card_height = (px(part) for part in _card_units(shape))
    cards = []
    for at in range(shape.cards):
        row, column = divmod(at, shape.columns)
        frame = Rect(margin + column * (card_width + gap), top + row * (card_height + gap), card_width, card_height)
        cards.append(_card(shape, frame, unit))
    rows = math.ceil(shape.cards / shape.columns)
    top += rows * (card_height + gap) + head(_FOOT)
    footer = _lines(Rect(margin, top, room.footer, head(_FOOT_LINE)), counts.footer)
    height = top + sum(line.h for line in footer) + margin // 2
    return SheetLayout((width, height + height % 2), unit, head_unit, title, lines, scale, tuple(cards), footer)


def ticks(highest: float) -> list[float]:
    """Three to eight numbers, round ones from 0 up and `highest` at the end."""
    magnitude = 10.0 ** math.floor(math.log10(highest))
    steps = [magnitude * part for part in (0.1, 0.2, 0.5, 1.0, 2.0) if highest / (magnitude * part) < 6.6]
    step = next((step for step in steps if abs(highest / step - round(highest / step)) < 1e-6), steps[0])
    return [at * step for at in range(math.ceil(highest / step - 0.4))] + [highest]


def _lines(first: Rect, count: int) -> tuple[Rect, ...]:
    return tuple(_moved(first, at * first.h) for at in range(count))


def _card_units(shape: SheetShape) -> tuple[float, float]:
    label = _FACE_LABEL if shape.labels else 0
    height = _CARD_TITLE + shape.notes * _CARD_NOTE + _FACE * shape.ratio + label + _CARD_END
    return shape.faces * _FACE + 2 * _PAD, height


def _widths(shape: SheetShape) -> tuple[int, float, float]:
    """Width of the sheet in pixels, unit of the cards, unit of the heading."""
    unit = shape.face_px / _FACE
    card, gap = round(_card_units(shape)[0] * unit), round(_GAP * unit)
    width = shape.columns * (card + gap) - gap + 2 * round(_MARGIN * unit)
    return width + width % 2, unit, max(width / _HEAD_WIDTH, _HEAD_SMALLEST * unit, _HEAD_LEAST)


def _scale(top: Rect, counts: TextLines, unit: float) -> ScalePlace:
    caption = _lines(replace(top, h=round(_BAR_CAPTION * unit)), counts.caption)
    bar = Rect(top.x, top.y + sum(line.h for line in caption), top.w, round(_BAR * unit))
    numbers = Rect(top.x, bar.bottom, top.w, round(_BAR_TICKS * unit))
    return ScalePlace(
        caption, bar, numbers, _lines(replace(numbers, y=numbers.bottom, h=round(_BAR_NOTE * unit)), counts.note)
    )


def _card(shape: SheetShape, frame: Rect, unit: float) -> CardPlace:
    pad = round(_PAD * unit)
    left, inner = frame.x + pad, frame.w - 2 * pad
    title = Rect(left, frame.y + round(5 * unit), inner, round((_CARD_TITLE - 5) * unit))
    note = round(_CARD_NOTE * unit)
    notes = tuple(Rect(left, title.bottom + at * note, inner, note) for at in range(shape.notes))
    top = notes[-1].bottom if notes else title.bottom
    label = round(_FACE_LABEL * unit) if shape.labels else 0
    height = frame.bottom - round(_CARD_END * unit) - label - top
    face = min(shape.face_px, inner // shape.faces)
    faces = tuple(Rect(left + at * face, top, face, height) for at in range(shape.faces))
    labels = tuple(Rect(rect.x, rect.bottom, rect.w, label) for rect in faces) if shape.labels else ()
    return CardPlace(frame, title, notes, faces, labels)
