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


def parts(layout: Layout) -> list[Rect]:
    """Everything that has a place of its own."""
    below = (layout.sentence, layout.timeline, layout.controls, layout.caption, layout.narration)
    cards = [card.frame for card in layout.cards]
    return [rect for rect in (layout.header, layout.faces, *cards, *below) if rect is not None and rect.h > 0]


def inside(part: Rect, whole: Rect) -> bool:
    return part.x >= whole.x and part.y >= whole.y and part.right <= whole.right and part.bottom <= whole.bottom


SIZES = st.tuples(st.integers(320, 3840), st.integers(240, 2160))


@given(
    SIZES, st.sampled_from([1.0, 1.5, 2.0]), st.integers(1, 8), st.integers(0, 4),
    st.fixed_dictionaries({
        name: st.booleans() for name in ("controls", "presentation", "sentence", "strip", "replayed", "timeline")
    }),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_nothing_overlaps_and_nothing_is_cut(
    size: tuple[int, int], scale: float, tiles: int, cards: int, flags: dict[str, bool]
) -> None:
    layout = arrange(size, scale, tiles=tiles, cards=cards, **flags)
    window = Rect(0, 0, *size)
    every = parts(layout)
    for rect in every:
        assert inside(rect, window), rect
    for a, b in combinations(every, 2):
        assert not overlap(a, b), (a, b)
    assert len(layout.tiles) == tiles
    assert len({(panel.body.w, panel.body.h) for panel in layout.tiles}) == 1  # one size of all faces
    stations = [panel.frame for panel in layout.tiles] + ([layout.strip] if layout.strip else [])
    for rect in stations:
        assert inside(rect, layout.faces), (rect, layout.faces)
    for a, b in combinations(stations, 2):
        assert not overlap(a, b), (a, b)
    assert (layout.timeline is not None) or not flags["replayed"]  # a replay always has its controls
    for panel in (*layout.tiles, *layout.cards):
        assert not any(overlap(a, b) for a, b in combinations((panel.title, panel.body, panel.footer), 2))


@pytest.mark.parametrize("controls", [False, True])
@pytest.mark.parametrize(("size", "scale"), PROMISED)
def test_all_parts_have_room_where_it_is_promised(size: tuple[int, int], scale: float, controls: bool) -> None:
    layout = arrange(size, scale, controls=controls)
    assert layout.sentence is not None and layout.timeline is not None
    assert layout.tiles[1].body.h >= 0.3 * size[1]  # the faces stay the largest thing
    assert layout.timeline.w == size[0] - 2 * layout.header.x
    wide = size[0] / layout.unit - (314 if controls else 0)
    assert (layout.strip is not None) == (wide - 32 >= 3 * 215 + 156)
    assert len({panel.frame.y for panel in layout.tiles}) == 1  # one eye line


def test_a_low_window_keeps_the_faces_and_lets_the_rest_go() -> None:
    low = arrange((480, 320), cards=3)
    assert low.header.h == 0 and low.cards == () and low.strip is None
    assert low.timeline is not None and low.timeline.h == round(24 * low.unit)
    assert low.tiles[0].body.h > 0.4 * 320
    tiny = arrange((320, 200))
    assert tiny.tiles[0].frame.h > 0.5 * 200
    with_cards, without = arrange((1280, 720), cards=3), arrange((1280, 720))
    assert with_cards.timeline is not None and without.timeline is not None
    assert with_cards.timeline.h < without.timeline.h and len(with_cards.cards) == 3


def test_one_face_alone_takes_the_window() -> None:
    usual, alone = arrange((1280, 720)), arrange((1280, 720), tiles=1, solo=True)
    assert min(alone.tiles[0].body.w, alone.tiles[0].body.h) > 1.4 * min(usual.tiles[0].body.w, usual.tiles[0].body.h)
    assert alone.strip is None and alone.sentence is not None


def test_the_controls_of_a_replay_keep_their_place() -> None:
    size = (1280, 720)
    bars = {arrange(size, replayed=True, tiles=n, controls=panel).timeline for n in (1, 3) for panel in (False, True)}
    assert len(bars) == 1


def test_the_unit_follows_the_window_and_the_display() -> None:
    assert arrange((1280, 720)).unit == 1.0
    assert arrange((2560, 1440), 2.0).unit == 2.0
    assert arrange((960, 540)).unit == pytest.approx(0.85)


@given(st.integers(0, 5000), st.integers(0, 4000), st.sampled_from([1.0, 1.5, 2.0]), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_no_size_makes_a_negative_rectangle(width: int, height: int, scale: float, models: int) -> None:
    layout = arrange((width, height), scale, tiles=2 + models, cards=3, replayed=True)
    assert layout.timeline is not None and layout.timeline.w >= 0 and layout.timeline.h >= 0
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
