"""The pose input under way: what is said of pose rows that are not identified."""

from __future__ import annotations

from pathlib import Path

from common import Runner, clip, needs_bundled
from pose_responses import respond
from replaying import record

from realtime.app.mirror import Mirror
from realtime.core.commands import Action, Choose
from realtime.core.wording import POSE_NOT_IDENTIFIED


@needs_bundled
def test_the_key_names_the_models_whose_pose_rows_are_not_identified(tmp_path: Path) -> None:
    """P goes from the model's default to live, where it is said once, and on to zero."""

    def press(mirror: Mirror) -> None:
        mirror._actions.handle(Action.POSE, None, None)

    def choose(mirror: Mirror) -> None:
        mirror._actions.handle(Choose("pose", "zero"), None, None)

    said = record(
        tmp_path / "session", str(clip("single_face.mp4")), "record.video=false", during={2: press, 4: choose},
        until=lambda mirror: mirror.runs.current.statistics.frames > 8,
    )  # fmt: skip
    assert [line for line in said if POSE_NOT_IDENTIFIED in line] == [f"emotion@built-in: {POSE_NOT_IDENTIFIED}."]


@needs_bundled
def test_looking_around_begins_with_a_rest_and_then_belongs_to_the_neutral(tmp_path: Path) -> None:
    """Without a neutral both steps are taken; with one it is extended. Its response replaces the pose input."""
    steps: list[str] = []

    def look(mirror: Mirror) -> None:
        mirror._actions.handle(Action.LOOK_AROUND, None, None)
        steps.append(type(mirror.runs.current.pipeline.calibration.step).__name__)

    def calibrate(mirror: Mirror) -> None:
        mirror.runs.current.pipeline.calibrate(0.6)

    def respond_and_choose(mirror: Mirror) -> None:
        assert all(map(respond, mirror.runs.current.pipeline.predictors))
        mirror._actions.handle(Choose("pose", "live"), None, None)

    said = record(
        tmp_path / "session", str(clip("single_face.mp4")), "record.video=false",
        during={2: look, 4: calibrate, 30: look, 50: respond_and_choose},
    )  # fmt: skip
    assert steps == ["RestStep", "LookAroundStep"]
    assert [line for line in said if "look left, right, up and down" in line] == [
        "Keep your face at rest and look left, right, up and down."
    ]
    assert any("Your own response to the head pose replaces the model's pose input" in line for line in said)
    assert not any(POSE_NOT_IDENTIFIED in line for line in said)


def test_the_commands_say_it_too(meshmirror: Runner) -> None:
    for command in ("show", "check"):
        done = meshmirror("models", command, "emotion@built-in")
        assert POSE_NOT_IDENTIFIED in " ".join(done.stdout.split()).lower(), command
