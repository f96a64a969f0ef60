"""Choosing one of several faces: keys and clicks before a real pipeline, undo, a calibration that belongs to one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from common import needs_task, task_file
from moved_people import Place, frame_of, person, scene

from realtime import Pipeline, load_config
from realtime.app.calibration_watch import CalibrationWatch
from realtime.app.face_commands import FaceCommands
from realtime.app.notifications import Notifications
from realtime.core.commands import BY_KEY, Action, ChooseFace
from realtime.core.frame_result import FrameResult
from realtime.core.undo_history import UndoHistory

pytestmark = needs_task


class Room:
    """Two or one before a pipeline, and the commands beside it."""

    def __init__(self) -> None:
        sets = ["detect.tracker=openvino", "model.names=emotion@built-in", "detect.emotion=inverse"]
        self.pipeline = Pipeline.from_config(load_config(None, sets, {"detect.task_file": str(task_file())}))
        self.history, self.said = UndoHistory(), list[str]()
        notifications = Notifications(self.said.append)
        runs: Any = SimpleNamespace(current=SimpleNamespace(pipeline=self.pipeline))
        self.runs = runs
        self.commands = FaceCommands(runs, self.history, notifications, lambda: None)
        self.watch = CalibrationWatch(notifications, "", self.history)
        self.number = 0
        self.shown: FrameResult | None = None

    def see(self, frames: int, *, both: bool = True) -> FrameResult:
        people = person("single_face.mp4"), person("WolfgangLanger_Pexels.mp4")
        for _ in range(frames):
            places = [Place(people[0], 180, 190, 120), Place(people[1], 450, 180, 90, self.number // 8)]
            self.shown = self.pipeline.step(frame_of(scene(places[: 1 + both]), self.number))
            self.watch.update(self.pipeline, attended=False)
            self.number += 1
        assert self.shown is not None
        return self.shown

    def ask(self, request: Any) -> FrameResult:
        assert self.commands.handle(request, self.shown)
        return self.see(2)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("MESHMIRROR_HOME", str(tmp_path))  # where neutrals of people are kept
    made = Room()
    yield made
    made.pipeline.close()


def chosen(result: FrameResult) -> tuple[int, bool]:
    assert result.chosen is not None
    return result.chosen.track_id, result.chosen.by_user


def test_keys_go_round_and_back_to_the_program_and_each_is_a_step_to_undo(room: Room) -> None:
    first = chosen(room.see(20))
    assert first[1] is False and len(room.shown.faces) == 2  # type: ignore[union-attr]
    second = next(face.track_id for face in room.shown.others)  # type: ignore[union-attr]
    assert chosen(room.ask(BY_KEY["Tab"])) == (second, True)
    assert chosen(room.ask(BY_KEY["Tab"])) == (first[0], True)
    assert chosen(room.ask(BY_KEY["Shift+Tab"])) == (second, True)
    assert chosen(room.ask(BY_KEY["Shift+F"])) == first
    assert room.history.undo() is not None and chosen(room.see(2)) == (second, True)
    assert room.said[-1].endswith(f"Face {second} is chosen.")
    assert room.history.undo() is not None and chosen(room.see(2)) == (first[0], True)
    assert room.history.redo() is not None and chosen(room.see(2)) == (second, True)
    assert chosen(room.ask(ChooseFace(first[0]))) == (first[0], True)
    room.runs.current = SimpleNamespace(pipeline=None)
    room.history.undo()
    assert "another run" in room.said[-1] and chosen(room.see(2)) == (first[0], True)


def test_with_one_face_there_is_nothing_to_choose_and_that_is_said(room: Room) -> None:
    first = chosen(room.see(10, both=False))
    assert room.commands.handle(Action.NEXT_FACE, room.shown)
    assert "F9" in room.said[-1] and room.history.newest is None
    assert chosen(room.see(2, both=False)) == first
    assert not room.commands.handle(Action.PAUSE, room.shown)


def test_a_calibration_and_its_undo_are_of_the_face_that_was_chosen(room: Room) -> None:
    """Whichever face is shown when it ends, and when it is undone."""
    first = chosen(room.see(20))[0]
    second = next(face.track_id for face in room.shown.others)  # type: ignore[union-attr]

    def with_a_neutral() -> set[int]:
        faces = room.see(2).faces
        return {face.track_id for face in faces if face.estimate.models[0].identity is not None}

    room.pipeline.calibration.person = "Anna"
    room.pipeline.calibrate(0.5)
    room.ask(Action.NEXT_FACE)
    assert room.pipeline.calibration.state == "collecting"
    room.see(30)
    assert room.pipeline.calibration.state == "idle" and with_a_neutral() == {first}
    assert any("Neutral calibrated" in text for text in room.said), room.said
    assert chosen(room.see(1))[0] == second and room.pipeline.calibration.person == "", "the other face is not named"
    step = room.history.undo()
    assert step is not None and step.kind == "neutral" and with_a_neutral() == set()
    room.history.redo()
    assert with_a_neutral() == {first}
