"""Where everything stands on a sheet: nothing overlaps, nothing leaves it, at any number of cards."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import pytest

from realtime.export.figures.layout import (
    SheetLayout,
    SheetShape,
    TextLines,
    arrange_sheet,
    columns_for,
    text_widths,
    ticks,
)
from realtime.view.paint.layout import Rect


def shape_of(cards: int, faces: int = 1, face_px: int = 300, **changes: object) -> SheetShape:
    shape = SheetShape(cards, faces, 1, faces > 1, True, face_px, 1.2, 1)
    shape = dataclasses.replace(shape, **changes)
    return dataclasses.replace(shape, columns=columns_for(shape)) if "columns" not in changes else shape


def apart(rects: Sequence[Rect], within: Rect) -> bool:
    inside = all(
        within.x <= r.x and within.y <= r.y and r.right <= within.right and r.bottom <= within.bottom for r in rects
    )
    return inside and not any(
        a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom
        for a, b in itertools.combinations(rects, 2)
    )


def in_order(layout: SheetLayout) -> bool:
    """Whether no rectangle leaves the sheet or lies on another, and every card keeps its parts to itself."""
    scale = layout.scale
    bar = () if scale is None else (*scale.caption, scale.bar, scale.ticks, *scale.note)
    outer = [*layout.title, *layout.lines, *bar, *(card.frame for card in layout.cards), *layout.footer]
    return apart(outer, Rect(0, 0, *layout.size)) and all(
        apart([card.title, *card.notes, *card.faces, *card.labels], card.frame) for card in layout.cards
    )


@pytest.mark.parametrize("face_px", [160, 233, 300, 521])
@pytest.mark.parametrize("faces", [1, 2, 3])
def test_nothing_overlaps_or_leaves_the_sheet(faces: int, face_px: int) -> None:
    for cards in range(1, 61):
        for words, notes, scale in (
            (TextLines(1, 0, 0, 0, 0), 0, False), (TextLines(), 1, True), (TextLines(2, 4, 3, 2, 3), 3, True),
        ):  # fmt: skip
            shape = shape_of(cards, faces, face_px, notes=notes, scale=scale)
            layout = arrange_sheet(shape, words)
            assert in_order(layout), (cards, faces, face_px)
            assert layout.size[0] % 2 == 0 == layout.size[1] % 2
            assert len(layout.cards) == cards
            for card in layout.cards:
                assert len(card.faces) == faces and len({(rect.w, rect.h) for rect in card.faces}) == 1
                assert card.faces[0].w == pytest.approx(face_px, abs=1)
                assert card.faces[0].h == pytest.approx(1.2 * face_px, rel=0.02)


def test_any_number_of_columns_can_be_asked_for() -> None:
    for columns in range(1, 21):
        assert in_order(arrange_sheet(shape_of(20, columns=columns), TextLines(1, 2)))


def test_the_check_sees_what_overlaps_and_what_sticks_out() -> None:
    layout = arrange_sheet(shape_of(7), TextLines(1, 2))
    assert in_order(layout)
    card = layout.cards[3]
    assert not in_order(dataclasses.replace(layout, cards=(*layout.cards, card)))
    assert not in_order(dataclasses.replace(layout, cards=(dataclasses.replace(card, title=card.faces[0]),)))
    assert not in_order(layout.moved(-layout.title[0].y - 1))


@pytest.mark.parametrize(("cards", "faces", "columns"), [(1, 1, 1), (7, 1, 4), (20, 1, 7), (52, 1, 11), (52, 2, 9)])
def test_a_sheet_has_the_shape_of_a_screen(cards: int, faces: int, columns: int) -> None:
    assert columns_for(shape_of(cards, faces)) == columns


def test_the_scale_stands_beside_the_words_where_there_is_room_and_else_below() -> None:
    wide, narrow = arrange_sheet(shape_of(7), TextLines()), arrange_sheet(shape_of(1), TextLines())
    assert wide.scale is not None and narrow.scale is not None
    assert wide.scale.bar.x > wide.title[0].right and wide.scale.caption[0].y < wide.lines[-1].bottom
    assert narrow.scale.caption[0].y >= narrow.lines[-1].bottom
    assert text_widths(shape_of(7)).heading == wide.title[0].w


@pytest.mark.parametrize(
    "highest", [0.01, 0.35, 1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 12, 15, 30, 37.3, 60, 1000]
)
def test_the_scale_has_few_round_numbers_from_zero(highest: float) -> None:
    found = ticks(highest)
    assert 3 <= len(found) <= 8
    assert found[0] == 0 and found[-1] == highest  # the upper end has its own number
    assert found == sorted(found) and min(b - a for a, b in itertools.pairwise(found)) > 0.08 * highest
    assert all(len(f"{value:g}") <= 5 for value in found)
