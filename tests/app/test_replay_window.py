"""A replay under a hand: the real loop on an offscreen target that counts as a window, worked by its actions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from common import clip, needs_bundled
from mjpeg_server import MjpegServer
from replaying import Hand, record, replay

import realtime.session
from realtime.app.mirror import Mirror
from realtime.core.commands import Action, Answer, Choose, Seek, Show
from realtime.core.resources import pyfeat_file
from realtime.core.view_changes import snapshot
from realtime.core.view_options import View
from realtime.session.annotations import Annotations

pytestmark = needs_bundled
SMILE = str(clip("single_face.mp4"))
UNITS = str(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("window") / "session"
    record(folder, SMILE, "model.pose=live")
    return folder


@pytest.fixture
def start() -> Iterator[Callable[..., Hand]]:
    with ExitStack() as stack:
        yield lambda folder, *sets, **asked: Hand(folder, stack, *sets, **asked)


def test_a_step_shows_that_frame_and_computes_no_other(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session)
    hand.rests_at(30)
    before = len(hand.computed)
    row = 30
    for action, to in (
        (Action.STEP, 31), (Action.STEP_BACK, 30), (Action.JUMP, 40), (Action.JUMP_BACK, 30), (Action.LAST, 71),
        (Action.STEP, 71), (Action.FIRST, 0), (Action.STEP_BACK, 0),
    ):  # fmt: skip
        hand.ask(action)
        hand.shows(to)
        if to != row:
            before += 1
        row = to
        assert len(hand.computed) == before and hand.computed[-1] == to
        assert not hand.playback.playing and hand.mirror.status().paused
    hand.turns(1.0)
    assert len(hand.computed) == before, "nothing is computed while it rests"
    times = realtime.session.open(session).times
    hand.ask(Seek(float(times[50] + times[51]) / 2e9))
    hand.shows(50)
    assert hand.playback.rows == 72 and hand.playback.row == 50
    assert np.abs(hand.shown.frame.image.astype(int) - hand.replay._session.picture(50)).max() == 0  # type: ignore[operator]
    assert hand.replay.report().recomputed.predicted <= 1e-6


def test_it_plays_in_its_own_time_passes_over_and_stays_at_the_end(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session, speed=8.0)
    hand.until(lambda: not hand.playback.playing, "the end")
    hand.shows(71)
    assert hand.computed == sorted(hand.computed) and len(hand.computed) < 60, "eight times the speed leaves rows out"
    hand.turns(0.6)
    assert hand.mirror.runs.current.running
    hand.ask(Action.SLOWER, Action.SLOWER, Action.SLOWER)
    before = len(hand.computed)
    began = time.monotonic()
    hand.ask(Action.PAUSE)  # from the beginning
    hand.until(lambda: not hand.playback.playing, "the end again")
    took = time.monotonic() - began
    assert took > 0.95 * hand.playback.duration_s, "at speed 1 it takes the recorded time"
    assert len(hand.computed) - before > 20


def test_a_loop_stays_between_its_points(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session)
    hand.rests_at(20)
    hand.ask(Action.IN_POINT)
    hand.rests_at(26)
    hand.ask(Action.OUT_POINT, Action.LOOP)
    assert any("In and out points: " in line for line in hand.said)
    del hand.computed[:]
    hand.ask(Action.PAUSE)
    hand.turns(1.5)
    assert hand.playback.loop and hand.playback.playing
    assert set(hand.computed) <= set(range(20, 27)) and len(hand.computed) > 8
    assert min(np.diff(hand.computed)) < 0


def test_marks_are_set_with_keys_and_kept_beside_the_session(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session)
    hand.rests_at(12)
    hand.ask(Action.EVENT, Action.EXCLUDE)
    hand.rests_at(5)
    assert [(mark.kind, round(mark.start_s, 3), round(mark.end_s, 3)) for mark in hand.mirror.status().marks] == [
        ("exclude", *(round(float(hand.replay._session.times[row]) / 1e9, 3) for row in (5, 12))),
        ("event", *[round(float(hand.replay._session.times[12]) / 1e9, 3)] * 2),
    ]
    hand.ask(Action.EXCLUDE)
    kept = Annotations(session, pytest.fail).all
    assert [(mark.kind, mark.start_frame, mark.end_frame) for mark in kept] == [("exclude", 5, 12), ("event", 12, 12)]
    hand.rests_at(7)
    hand.ask(Action.EXCLUDE)
    hand.rests_at(12)
    hand.ask(Action.EVENT)
    assert hand.mirror.status().marks == () == Annotations(session, pytest.fail).all


def test_what_if_another_model_and_another_pose_while_it_rests(
    start: Callable[..., Hand], session: Path, tmp_path: Path
) -> None:
    hand = start(session, f"record.folder={tmp_path}")
    hand.rests_at(40)
    assert hand.shown.predicted is not None and hand.shown.predicted.pose is not None
    hand.ask(Choose("pose", "zero"))
    hand.until(lambda: hand.shown.predicted is not None and hand.shown.predicted.pose is None, "pose zero")
    hand.ask(Choose("pose", "auto"))
    hand.until(lambda: hand.shown.predicted is not None and hand.shown.predicted.pose is not None, "as recorded")
    hand.ask(Choose("models", ("emotion@built-in", UNITS)))
    hand.until(lambda: len(hand.shown.models) == 2, "the other model as well")
    hand.shows(40)
    assert "recomputed with au_to_mesh_pls_v4" in hand.playback.note
    assert hand.replay.report().recomputed.predicted <= 1e-6, "the recorded one is still exact"
    hand.ask(Choose("source", "0"))
    assert "This is a replay" in hand.said[-1]
    hand.ask(Action.NEXT_SOURCE)
    assert "This is a replay" in hand.said[-1]
    hand.ask(Choose("emotion", "pyfeat"))
    hand.until(lambda: any("No outputs of py-feat's network were recorded" in line for line in hand.said), "refused")
    hand.ask(Action.RECORD, Action.STEP)
    hand.shows(41)
    hand.ask(Action.STEP)
    hand.shows(42)
    hand.ask(Action.RECORD)
    hand.until(lambda: any(tmp_path.glob("meshmirror-*.mp4")), "a video of the window")
    hand.mirror.close()
    [video] = tmp_path.glob("meshmirror-*.mp4")
    assert int(cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FRAME_COUNT)) == 2


def test_defaults_are_restored_whole_and_undone(start: Callable[..., Hand], session: Path) -> None:
    """With what belongs to no settings: orbit, mirroring, frozen plots."""
    hand = start(session)
    hand.rests_at(10)
    ui = hand.mirror.ui
    hand.ask(Action.PANEL)
    delivered = snapshot(ui)
    hand.ask(Action.MIRROR, Action.FREEZE, Action.STYLE, Show(View.HEAT))
    ui.orbit_deg, ui.zoom = (30.0, 5.0), 1.5
    hand.turns(0.1)
    own = snapshot(ui)
    hand.ask(Action.DEFAULTS)
    assert {**snapshot(ui), "panel": False} == {**delivered, "panel": False}
    hand.ask(Action.DEFAULTS)
    assert snapshot(ui) == own
    hand.ask(Action.DEFAULTS)
    hand.ask(Action.UNDO)
    assert snapshot(ui) == own and hand.said[-1] == "Undone: defaults."


def test_steps_of_a_pause_are_no_rate(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session)
    hand.until(lambda: hand.mirror.status().fps is not None, "a rate")
    hand.rests_at(10)
    for row in range(11, 15):
        hand.ask(Action.STEP)
        hand.shows(row)
        assert hand.mirror.status().fps is None
    hand.ask(Action.PAUSE)
    hand.until(lambda: hand.mirror.status().fps is not None, "a rate again")


def test_a_calibration_in_the_replay_holds_from_then_on(start: Callable[..., Hand], session: Path) -> None:
    hand = start(session, "model.neutral_s=0.6", speed=0.25)  # slowly: a busy machine passes rows over
    hand.ask(Action.FIRST)
    hand.shows(0)
    assert hand.shown.models[0].identity is None
    hand.ask(Action.CALIBRATE)
    assert hand.playback.playing
    hand.until(lambda: hand.mirror.status().calibrated, "calibrated")
    hand.rests_at(10)
    assert hand.shown.models[0].identity is not None
    # A way back in the middle of one ends it in words.
    hand.rests_at(0)
    hand.ask(Action.CALIBRATE)
    question = hand.mirror.status().question
    assert question is not None and question.kind == "replace neutral" and not hand.playback.playing
    hand.ask(Answer(yes=True))
    hand.until(lambda: hand.playback.row >= 5, "some rows")
    hand.rests_at(2)
    hand.until(lambda: any("the replay went back" in line for line in hand.said), "said")
    assert hand.shown.models[0].identity is not None, "a failed attempt costs nothing that was there"


def test_a_calibration_that_comes_to_other_models_ends_with_a_reason(
    start: Callable[..., Hand], tmp_path: Path
) -> None:
    """The predictions that it is measured against are no longer computed."""
    folder = tmp_path / "session"

    def others(mirror: Mirror) -> None:
        mirror._actions.handle(Choose("models", (UNITS,)), None, None)

    def done(mirror: Mirror) -> bool:
        return mirror.runs.current.models[0].name == "au_to_mesh_pls_v4" and mirror.runs.current.statistics.frames > 10

    record(folder, SMILE, "source.loop=true", during={12: others}, until=done)
    with realtime.session.open(folder) as recorded:
        other = recorded.parts[1].first
    hand = start(folder, "model.neutral_s=5", speed=0.5)
    hand.rests_at(other - 5)
    hand.ask(Action.CALIBRATE)
    hand.until(lambda: hand.mirror.status().calibrating is not None, "calibrating")
    hand.until(lambda: hand.mirror.runs.shown.models[0].name == "au_to_mesh_pls_v4", "the other models")
    assert hand.said[-1] == "Calibration ended: the recording continues with other models or settings."
    assert hand.mirror.status().calibration_outcome is None


def test_live_marks_are_those_of_the_recording_and_steps_are_refused(camera: MjpegServer, tmp_path: Path) -> None:
    folder, done = tmp_path / "live", []

    def ask(*asked: Any) -> Callable[[Mirror], None]:
        def act(mirror: Mirror) -> None:
            for one in asked:
                mirror._actions.handle(one, None, mirror._shown)
            done.append(mirror._shown.frame.stamp_ns if mirror._shown else None)

        return act

    def enough(mirror: Mirror) -> bool:
        return mirror.runs.current.statistics.frames >= 40

    said = record(
        folder, camera.url, until=enough,
        during={8: ask(Action.EVENT), 16: ask(Action.EXCLUDE), 24: ask(Action.STEP, Seek(1.0))},
    )  # fmt: skip
    assert sum("Only a replay" in line for line in said) == 2
    with realtime.session.open(folder) as session:
        event, exclude = Annotations(folder, pytest.fail).all
        assert (event.kind, exclude.kind) == ("event", "exclude")
        for mark, stamp in ((event, done[0]), (exclude, done[1])):
            assert session[mark.start_frame].stamp_ns == stamp
            assert mark.start_s == pytest.approx(session.times[mark.start_frame] / 1e9, abs=1e-6)
        assert exclude.end_frame == len(session) - 1, "the end of the recording ends it"
    assert (folder / "annotations.csv").stat().st_mode & 0o077 == 0
    assert replay(folder)["recomputed"]["predicted"] <= 1e-6
