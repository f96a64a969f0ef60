"""The panel's section on saved layouts: a name is typed and saved, a click loads, the cross deletes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hand import OFFERS, Hand
from imgui_bundle import imgui

from realtime.core.commands import UseLayout
from realtime.core.status import Status
from realtime.view.mirror.controls.control_panel import ITEMS
from realtime.view.mirror.controls.saved_layouts import FIELD
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

LONG = "a layout with quite a long name, number 4"


@pytest.fixture
def hand(model_facts: ModelFacts) -> Iterator[Hand]:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        view.input.panel.folded = set(ITEMS) - {"Layouts"}
        found = Hand(screen, view)
        found.status = Status(offers=replace(OFFERS, layouts=("bench", LONG)))
        found.frame(2)
        yield found
        view.close()


def test_a_name_is_typed_and_saved_with_enter_or_the_button(hand: Hand) -> None:
    hand.click(FIELD)
    assert hand.view.input.typing, "the keys are not the mirror's"
    hand.write("wall")
    hand.press(imgui.Key.enter)
    hand.click(FIELD)
    hand.write("desk")
    hand.click("save layout")
    assert hand.asked == [UseLayout("save", "wall"), UseLayout("save", "desk")]
    hand.click("save layout")  # with nothing typed: the answer says what is missing
    assert hand.asked[2:] == [UseLayout("save", "")]


def test_a_click_loads_and_the_cross_deletes(hand: Hand) -> None:
    hand.click("layout bench")
    hand.click(f"delete layout {LONG}")
    assert hand.asked == [UseLayout("load", "bench"), UseLayout("delete", LONG)]
