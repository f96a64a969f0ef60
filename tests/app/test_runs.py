"""From one run to the next: what a pause becomes."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from common import needs_bundled

from realtime import LinearMeshModel, Pipeline, load_config, load_model
from realtime.app.actions import ActionHandler
from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.notifications import Notifications
from realtime.app.questions import Questions
from realtime.app.runs import Runs
from realtime.core.commands import Action
from realtime.core.config import Config
from realtime.core.types import Frame
from realtime.core.undo_history import UndoHistory
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
    history = UndoHistory()
    watch = CalibrationWatch(notifications, "", history)
    actions = ActionHandler(
        Config(),
        threading.Event(),
        ViewState(),
        unused,
        unused,
        notifications,
        runs,
        watch,
        history,
        Questions(),
        unused,
        unused,
    )
    runs.current.paused = True
    after(runs)
    actions.handle(Action.CALIBRATE, None, None)
    runs.arrive()
    assert not runs.current.paused, "it needs the coming seconds"


def turned() -> LinearMeshModel:
    """The built-in model in another frame: axes swapped, moved far away."""
    model = load_model("emotion@built-in")
    axes = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)

    def directions(flat: np.ndarray) -> np.ndarray:
        meshes = np.swapaxes(flat.reshape(*flat.shape[:-1], 3, 478), -1, -2)
        return np.swapaxes(meshes @ axes.T, -1, -2).reshape(flat.shape)

    def points(mesh: np.ndarray) -> np.ndarray:
        return mesh @ axes.T + [50.0, -20.0, 300.0]

    return model.replaced(
        name="turned", coef=directions(model.coef.astype(float)),
        intercept=directions(model.intercept) + np.repeat([50.0, -20.0, 300.0], 478), mean_mesh=points(model.mean_mesh),
        neutral_mesh=points(model.neutral_mesh), anchors=points(model.anchors),
    )  # fmt: skip


@needs_bundled
@pytest.mark.parametrize("person", ["", "ben"])
def test_a_neutral_that_a_model_cannot_use_is_there_again_for_the_next_one_that_can(
    single_face: list[Frame], person: str
) -> None:
    """Of the same person; "ben" sits down in between."""
    config = load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"])
    with ExitStack() as stack:

        def opened(*models: LinearMeshModel) -> Any:
            pipeline = stack.enter_context(Pipeline.from_config(config, models))
            made = run("camera")
            made.pipeline = pipeline
            return made

        plain, other = load_model("emotion@built-in"), turned()
        first, second, third = opened(plain), opened(other), opened(other, plain)
        first.pipeline.calibrate(0.6)
        for frame in single_face[:25]:
            first.pipeline.step(frame)
        neutral = first.pipeline.predictors[0].identities()
        assert neutral, first.pipeline.calibration.note
        runs = Runs(first, replay=False)
        transition = runs.change(SimpleNamespace(source=None), lambda *_: second, by_itself=False)  # type: ignore[arg-type]
        assert transition.neutral == "dropped" and transition.reasons == ("turned has another frame",)
        second.pipeline.calibration.person = person
        transition = runs.change(SimpleNamespace(source=None), lambda *_: third, by_itself=False)  # type: ignore[arg-type]
        assert transition.neutral == ("none" if person else "kept")
        assert transition.reasons == (() if person else ("turned has another frame",))
        without, again = third.pipeline.predictors
        assert not without.identities() and bool(again.identities()) is not bool(person)
        for mode, identity in again.identities().items():
            np.testing.assert_allclose(identity.offset_canon, neutral[mode].offset_canon, atol=1e-4)
