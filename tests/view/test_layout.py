"""Nothing overlaps, nothing leaves the window, and text has room, at all sizes that are promised."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.view.mirror.header import fit_badges
from realtime.view.mirror.layout import Layout, arrange
from realtime.view.paint.layout import Rect

PROMISED = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0), ((960, 540), 1.0)]


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def frames(layout: Layout) -> list[Rect]:
    return [layout.header, *(panel.frame for panel in (*layout.tiles, *layout.cards))]


@pytest.mark.parametrize("models", [1, 2, 3])
@pytest.mark.parametrize(("size", "scale"), PROMISED)
def test_nothing_overlaps_and_nothing_is_cut(size: tuple[int, int], scale: float, models: int) -> None:
    layout = arrange(size, scale, tiles=2 + models)
    assert len(layout.tiles) == 2 + models and len(layout.cards) == 3
    assert len({(panel.frame.w, panel.frame.h) for panel in layout.tiles}) == 1
    for a, b in combinations(frames(layout), 2):
        assert not overlap(a, b)
    for rect in frames(layout):
        assert rect.x >= 0 and rect.y >= 0 and rect.right <= size[0] and rect.bottom <= size[1]
    for panel in (*layout.tiles, *layout.cards):
        assert not any(overlap(a, b) for a, b in combinations((panel.title, panel.body, panel.footer), 2))
        for part in (panel.title, panel.body, panel.footer):
            assert panel.frame.x < part.x and part.right < panel.frame.right
            assert panel.frame.y <= part.y and part.bottom <= panel.frame.bottom
            assert part.w > 0
        assert panel.title.h >= round(17.5 * layout.unit)


@pytest.mark.parametrize(("size", "scale"), PROMISED)
def test_the_three_faces_have_the_same_size_and_seven_rows_have_room(size: tuple[int, int], scale: float) -> None:
    layout = arrange(size, scale)
    shapes = {(panel.frame.w, panel.frame.h, panel.frame.y) for panel in layout.tiles}
    assert len(shapes) == 1
    assert layout.cards[0].body.h / 7 >= round(15.5 * layout.unit)
    assert layout.tiles[1].body.h >= 0.35 * size[1]  # the faces stay the largest thing


def test_the_bar_of_a_replay_keeps_its_place_and_the_cards_make_way_for_it() -> None:
    size = (1280, 720)
    bars = {arrange(size, transport=True, tiles=n, controls=panel).transport for n in (1, 3) for panel in (False, True)}
    assert len(bars) == 1
    low, lower = (arrange((640, height), transport=True) for height in (480, 360))
    assert len(low.cards) == 3 and lower.cards == ()
    assert lower.tiles[0].body.h > 0.35 * 360


def test_the_unit_follows_the_window_and_the_display() -> None:
    assert arrange((1280, 720)).unit == 1.0
    assert arrange((2560, 1440), 2.0).unit == 2.0
    assert arrange((960, 540)).unit == pytest.approx(0.85)


@given(st.integers(0, 5000), st.integers(0, 4000), st.sampled_from([1.0, 1.5, 2.0]), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_no_size_makes_a_negative_rectangle(width: int, height: int, scale: float, models: int) -> None:
    layout = arrange((width, height), scale, tiles=2 + models, transport=True)
    assert layout.transport is not None and layout.transport.w >= 0 and layout.transport.h >= 0
    for panel in (*layout.tiles, *layout.cards):
        for part in (panel.frame, panel.title, panel.body, panel.footer):
            assert part.w >= 0 and part.h >= 0


def test_a_picture_is_fitted_without_changing_its_shape() -> None:
    assert Rect(10, 20, 400, 400).fitted(640, 360) == Rect(10, 20 + 87, 400, 225)
    assert Rect(0, 0, 400, 100).fitted(100, 100) == Rect(150, 0, 100, 100)


def test_badges_are_shortened_before_any_is_dropped() -> None:
    widths, ranks = [[100, 40], [100, 60], [80]], [0, 2, 1]
    assert fit_badges(widths, ranks, 10, 300) == [0, 0, 0]
    assert fit_badges(widths, ranks, 10, 265) == [0, 1, 0]
    assert fit_badges(widths, ranks, 10, 205) == [1, 1, 0]
    assert fit_badges(widths, ranks, 10, 130) == [1, None, 0]
    assert fit_badges(widths, ranks, 10, 30) == [None, None, None]


@given(st.sampled_from(PROMISED), st.integers(1, 8), st.integers(0, 4), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_number_of_tiles_and_cards_has_room(
    size_scale: tuple[tuple[int, int], float], tiles: int, cards: int, controls: bool, presentation: bool, replay: bool
) -> None:
    size, scale = size_scale
    layout = arrange(
        size, scale, tiles=tiles, cards=cards, controls=controls, presentation=presentation, transport=replay
    )
    assert len(layout.tiles) == tiles and len(layout.cards) == (0 if presentation else cards)
    assert (layout.controls is not None) == (controls and not presentation)
    assert (layout.transport is not None) == replay
    more = (layout.controls, layout.caption, layout.transport)
    every = [*frames(layout), *(rect for rect in more if rect is not None)]
    for a, b in combinations(every, 2):
        assert not overlap(a, b)
    for rect in every:
        assert rect.x >= 0 and rect.y >= 0 and rect.right <= size[0] and rect.bottom <= size[1]
        assert rect.w > 0 and rect.h > 0
    assert len({(panel.body.w, panel.body.h) for panel in layout.tiles}) == 1
