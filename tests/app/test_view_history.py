"""What the user changes in the view becomes steps with names, whatever it was changed with."""

from __future__ import annotations

import pytest

from realtime.app.view_history import TOGETHER_S, ViewHistory
from realtime.core.commands import Action, Request, Show
from realtime.core.undo_history import UndoHistory
from realtime.core.view_changes import UNDOABLE, change_text, snapshot
from realtime.core.view_options import Card, Style, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.view_actions import apply


class At:
    """A view, its history, and a clock."""

    def __init__(self) -> None:
        self.ui = ViewState(views=(View.CAMERA, View.OBSERVED, View.PREDICTED), colour_auto=False, panel=False)
        self.history, self.now = UndoHistory(), 10.0
        self.watch = ViewHistory(self.ui, self.history, lambda: self.now)

    def ask(self, *requests: Request) -> None:
        for request in requests:
            assert apply(self.ui, request, 2)
            self.watch.watch()
            self.now += 2 * TOGETHER_S


def changes_the_view(request: Request) -> bool:
    """Beyond what is open for a moment: help, explanations."""
    ui = ViewState()
    before = snapshot(ui)
    return apply(ui, request, 2) and (snapshot(ui) != before or request in (Action.RESET, Action.UNPIN))


COMMANDS = (*Action, Show(View.HEAT), Show(View.HEAT, alone=True), Show(View.CAMERA))
VIEW_COMMANDS = [request for request in COMMANDS if changes_the_view(request)]


@pytest.mark.parametrize("request_", VIEW_COMMANDS, ids=str)
def test_every_command_of_the_view_is_one_step_back_and_forth(request_: Request) -> None:
    at = At()
    at.ui.pins, at.ui.orbit_deg, at.ui.exaggeration = (3, 5), (10.0, 2.0), 2.0
    at.watch.accept()
    before = snapshot(at.ui)
    at.ask(request_)
    after = snapshot(at.ui)
    assert after != before
    step = at.history.undo()
    assert step is not None and step.name
    assert snapshot(at.ui) == before and at.history.newest is None
    at.watch.watch()
    assert at.history.redo() is step and snapshot(at.ui) == after


def test_names_of_steps() -> None:
    at = At()
    named = {
        Show(View.WIPE): "wipe shown", Show(View.CAMERA): "camera hidden", Show(View.HEAT, alone=True):
        "heat map shown alone", Action.STYLE: "surface shaded", Action.RANGE:
        f"automatic range {'off' if at.ui.colour_auto else 'on'}",
        Action.ANCHORS: "alignment anchors on", Action.PANEL: "panel on",
    }  # fmt: skip
    for request, name in named.items():
        at.ask(request)
        assert at.history.newest is not None and at.history.newest.name == name
    cards = Card.FEATURES, Card.RESIDUAL, Card.NUMBERS
    before, after = ({**snapshot(at.ui), "cards": shown} for shown in (cards, cards[::-1]))
    assert change_text(before, after) == "plots swapped"


def test_a_drag_is_one_step_and_a_later_one_another() -> None:
    at = At()
    for degrees in range(1, 31):
        at.ui.orbit_deg = (float(degrees), 0.0)
        at.watch.watch()
        at.now += 0.02
    at.now += 2 * TOGETHER_S
    at.ui.orbit_deg = (90.0, 0.0)
    at.watch.watch()
    at.history.undo()
    assert at.ui.orbit_deg == (30.0, 0.0)
    at.history.undo()
    assert at.ui.orbit_deg == (0.0, 0.0) and at.history.newest is None


def test_what_the_program_changes_is_no_step_and_stays() -> None:
    at = At()
    at.ask(Action.STYLE)
    at.ui.mirrored = True  # of another source
    at.watch.accept()
    assert at.history.undo() is not None
    assert at.ui.style is Style.TESSELLATION and at.ui.mirrored
    assert at.history.undo() is None


def test_what_is_undone_is_all_that_the_user_sets() -> None:
    fields = set(ViewState.__dataclass_fields__)
    assert fields - set(UNDOABLE) == {"help", "explained", "introduced", "colour_end", "output", "actions"}
