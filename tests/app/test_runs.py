"""From one run to the next: what a pause becomes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from realtime.app.runs import Runs


def run(source: object) -> Any:
    """As much of a run as a transition asks for."""
    nothing = SimpleNamespace(identity=None, calibrating=None)
    return SimpleNamespace(source=source, models=(), pipeline=nothing, paused=False, start=lambda first: None)


def after(runs: Runs) -> None:
    """Change the emotions."""
    runs.change(SimpleNamespace(source=None), lambda opened, old: run(old.source), by_itself=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [1, 2])
def test_a_pause_is_carried_over_to_the_first_result(changes: int) -> None:
    runs = Runs(run("camera"), replay=False)
    before = runs.current
    before.paused = True
    for _ in range(changes):
        after(runs)
        assert not runs.current.paused, "it would never show its first result"
    transition = runs.arrive()
    assert transition is not None and transition.old is before and transition.new is runs.current
    assert runs.current.paused


def test_a_run_without_a_window_is_not_paused_by_a_change_that_was_under_way() -> None:
    """Nothing could ever resume it."""
    runs = Runs(run("camera"), replay=False)
    runs.current.paused = True
    after(runs)
    runs.resume()
    assert runs.arrive() is not None
    assert not runs.current.paused
