"""Borders that are dragged: parts grow and shrink, faces keep their room and one size, and the mouse says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hand import Hand
from hypothesis import given, settings
from hypothesis import strategies as st
from imgui_bundle import imgui

from realtime.core.view_options import Card
from realtime.view.mirror.layout import Layout, Shares, arrange
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.splitters import splitters_of
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

SHARES = st.builds(Shares, *[st.sampled_from([0.0, 0.01, 0.2, 0.35, 0.5, 0.8, 1.0]) | st.floats(0, 1)] * 3)
FLAGS = st.fixed_dictionaries(
    {name: st.booleans() for name in ("controls", "sentence", "replayed", "solo", "presentation")}
)
SIZES = st.tuples(st.integers(320, 3840), st.integers(240, 2160))


def parts(layout: Layout) -> list[Rect]:
    below = (layout.sentence, layout.timeline, layout.controls, layout.caption)
    return [layout.faces, *(card.frame for card in layout.cards), *(rect for rect in below if rect is not None)]


def overlap(a: Rect, b: Rect) -> bool:
    return a.overlap(b) > 0


@given(SIZES, st.integers(0, 4), FLAGS, SHARES)
@settings(max_examples=300, deadline=None)
def test_whatever_is_dragged_all_parts_stay_and_keep_apart(
    size: tuple[int, int], cards: int, flags: dict[str, bool], shares: Shares
) -> None:
    usual = arrange(size, cards=cards, **flags)
    layout = arrange(size, cards=cards, **flags, shares=shares)
    for a, b in combinations(parts(layout), 2):
        assert not overlap(a, b), (a, b)
    for rect in parts(layout):
        assert rect.x >= 0 and rect.right <= size[0] and rect.y >= 0 and rect.bottom <= size[1], rect
    assert (layout.sentence is None) == (usual.sentence is None) or layout.sentence is not None
    assert (layout.timeline is None) == (usual.timeline is None)
    assert len({(panel.body.w, panel.body.h) for panel in layout.tiles}) == 1, "one size of all faces"
    assert layout.faces.h >= min(usual.faces.h, 150 * layout.unit - 2)
    if flags["solo"] or flags["presentation"]:
        assert layout.faces.h == usual.faces.h
    for splitter in splitters_of(layout):
        assert not any(overlap(splitter.rect, part) for part in parts(layout))
        assert splitter.rect.w > 0 and splitter.rect.h > 0
    assert arrange(size, cards=cards, **flags, shares=Shares()) == usual


@given(SIZES, st.integers(0, 3), st.floats(0.03, 0.9), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_size_that_was_given_is_given_again(size: tuple[int, int], cards: int, share: float, replayed: bool) -> None:
    """What is remembered after a drag is the size on the screen: it gives the same layout."""
    layout = arrange(size, cards=cards, replayed=replayed, controls=True, shares=Shares(share, share, share))
    for splitter in splitters_of(layout):
        kept = dict.fromkeys(("timeline", "cards", "panel"), share)
        kept[splitter.name.removesuffix("_share")] = round(splitter.size_px / splitter.whole_px, 4)
        again = arrange(size, cards=cards, replayed=replayed, controls=True, shares=Shares(**kept))
        assert again == layout, splitter


def test_which_borders_there_are() -> None:
    def names(**more: Any) -> list[str]:
        return [one.name for one in splitters_of(arrange((1280, 720), **more))]

    assert names() == ["timeline_share", "timeline_share"]  # above the sentence, and below it
    assert names(cards=3) == ["cards_share", "cards_share", "timeline_share"]
    assert names(controls=True) == ["timeline_share", "timeline_share", "panel_share"]
    assert names(presentation=True) == names(solo=True) == []
    assert [one.name for one in splitters_of(arrange((480, 320), controls=True))] == ["panel_share"]


@pytest.fixture
def hand(model_facts: ModelFacts, faces: Any) -> Iterator[Hand]:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        yield Hand(screen, view, faces.result(), cards=(Card.NUMBERS, Card.SKILL))
        view.close()


def middle(hand: Hand, at: int) -> tuple[float, float]:
    rect = splitters_of(hand.view.layout)[at].rect
    return rect.x + rect.w / 3, rect.y + rect.h / 2


def test_a_drag_sizes_its_part_and_a_double_click_restores_it(hand: Hand) -> None:
    layout = hand.view.layout
    for at, name, (dx, dy) in (
        (1, "cards_share", (0, -30)),
        (2, "timeline_share", (0, 40)),
        (3, "panel_share", (-60, 0)),
    ):
        before = splitters_of(hand.view.layout)[at].size_px
        x, y = middle(hand, at)
        hand.drag((x, y), (x + dx, y + dy))
        after = splitters_of(hand.view.layout)[at].size_px
        assert after == pytest.approx(before - dx - dy, abs=1), name
        assert getattr(hand.ui, name) == pytest.approx(after / (1280 if dx else 720), abs=1e-4)
    assert hand.ui.orbit_deg == (0.0, 0.0) and hand.ui.pins == ()
    for at in (1, 2, 3):
        hand.double_click(splitters_of(hand.view.layout)[at].rect)
    hand.frame()
    assert hand.view.layout == layout
    assert (hand.ui.cards_share, hand.ui.timeline_share, hand.ui.panel_share) == (0.0, 0.0, 0.0)


def test_what_is_remembered_is_not_beyond_what_was_seen(hand: Hand) -> None:
    x, y = middle(hand, 2)
    hand.drag((x, y), (x, 5))
    shown = hand.view.layout
    assert shown.timeline is not None
    assert hand.ui.timeline_share == pytest.approx(shown.timeline.h / 720, abs=1e-4)
    assert shown.faces.h >= 150 * shown.unit - 2 and len(shown.cards) == 2


def test_the_pointer_says_what_can_be_dragged(hand: Hand) -> None:
    shapes = imgui.MouseCursor_
    for at, shape in ((1, shapes.resize_ns), (3, shapes.resize_ew)):
        hand.move(*middle(hand, at))
        assert imgui.get_mouse_cursor() == shape.value
    body = hand.view.layout.tiles[1].body
    hand.move(body.x + 20, body.y + 20)
    assert imgui.get_mouse_cursor() == shapes.arrow.value
    hand.ui.help = True
    hand.move(*middle(hand, 1))
    assert imgui.get_mouse_cursor() == shapes.arrow.value
