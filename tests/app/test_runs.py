"""From one run to the next: what a pause becomes."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from realtime.app.actions import ActionHandler
from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.notifications import Notifications
from realtime.app.runs import Runs
from realtime.core.commands import Action
from realtime.core.config import Config
from realtime.core.view_state import ViewState


def run(source: object) -> Any:
    """As much of a run as a transition asks for."""
    calibration = SimpleNamespace(state="idle", step=object(), person="", adopt=lambda found: None)
    pipeline = SimpleNamespace(
        identity=None, calibration=calibration, calibrate=lambda seconds, look_around_s=None: None, predictors=(),
        tracker=SimpleNamespace(name="bundled"),
    )  # fmt: skip
    return SimpleNamespace(
        source=source, models=(), pipeline=pipeline, paused=False, running=True, start=lambda first: None
    )


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


def test_a_calibration_that_is_asked_for_during_a_change_is_not_paused_by_it() -> None:
    runs = Runs(run("camera"), replay=False)
    unused: Any = None
    notifications = Notifications(lambda text: None)
    watch = CalibrationWatch(notifications, "")
    actions = ActionHandler(Config(), threading.Event(), ViewState(), unused, unused, notifications, runs, watch)
    runs.current.paused = True
    after(runs)
    actions.handle(Action.CALIBRATE, None, None)
    runs.arrive()
    assert not runs.current.paused, "it needs the coming seconds"
