"""A mesh counts only where a whole, upright face is: not on its side, in profile, upside down or behind a hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from common import Runner, clip, needs_bundled, needs_task, task_file
from covered_faces import behind_hand, in_profile, tilted
from made_videos import ffmpeg

import realtime.session
from realtime import Pipeline, load_config, open_source
from realtime.capture import turned_clockwise
from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame, Rotation

BUILT_IN = ("model.names=emotion@built-in", "detect.emotion=inverse")
BASE = (
    "--model",
    "emotion@built-in",
    "--emotion",
    "inverse",
    "--set",
    "detect.tracker=bundled",
    "--headless",
    "--json",
)
TRANSPOSED = {90: "transpose=1", 180: "transpose=1,transpose=1", 270: "transpose=2"}
ENOUGH = 0.9  # of frames without a sound face that have to be invalid

Results = Callable[..., list[FrameResult]]


@pytest.fixture(params=[pytest.param("bundled", marks=needs_bundled), pytest.param("task", marks=needs_task)])
def results(request: pytest.FixtureRequest) -> Iterator[Results]:
    """Runs frames through a pipeline with one of the trackers."""
    sets = [*BUILT_IN, f"detect.tracker={request.param}", "detect.max_faces=1"]
    options = {"detect.task_file": task_file()} if request.param == "task" else {}

    def run(frames: Sequence[Frame], **more: object) -> list[FrameResult]:
        with Pipeline.from_config(load_config(None, sets, {**options, **more})) as pipeline:
            return list(pipeline.run(frames))

    yield run


@pytest.fixture(scope="module")
def crying() -> list[Frame]:
    """A woman who wipes her face: a hand over her mouth in frames 76 to 228, upright and whole from 240 on."""
    with open_source(str(clip("WolfgangLanger_Pexels.mp4"))) as source:
        return [frame for frame in source if 60 <= frame.index < 280]


def invalid(found: Sequence[FrameResult]) -> float:
    """Share of frames that do not count."""
    return float(np.mean([not result.validity.ok for result in found]))


def test_a_sound_clip_is_neither_turned_nor_loses_a_frame(results: Results, single_face: list[Frame]) -> None:
    found = results(single_face)
    assert all(result.validity.ok and result.frame.rotation == 0 for result in found)
    assert [result.frame.segment for result in found] == [frame.segment for frame in single_face]


@pytest.mark.parametrize("hangs", [180, 270])
def test_a_camera_that_hangs_otherwise_is_turned_and_agrees_with_rotate(
    results: Results, single_face: list[Frame], hangs: Rotation
) -> None:
    frames = [replace(frame, image=turned_clockwise(frame.image, hangs)) for frame in single_face[:40]]
    right = 360 - hangs
    by_itself, chosen = results(frames), results(frames, **{"source.rotate": right})
    assert all(result.frame.rotation == right and result.validity.ok for result in chosen)
    assert not any(result.validity.ok and result.frame.rotation != right for result in by_itself)
    valid = [result.validity.ok for result in by_itself]
    assert sum(valid) >= 25 and all(valid[-25:])
    for one, other in zip(by_itself[-10:], chosen[-10:], strict=True):
        assert one.landmarks is not None and other.landmarks is not None
        assert np.array_equal(one.frame.image, other.frame.image)
        np.testing.assert_allclose(one.landmarks.points_px[:, :2], other.landmarks.points_px[:, :2], atol=1.5)


@pytest.mark.parametrize("tilt_deg", [45, 135, 300])
def test_heads_that_hang_to_the_side_do_not_count(results: Results, single_face: list[Frame], tilt_deg: int) -> None:
    found = results([replace(frame, image=tilted(frame.image, tilt_deg)) for frame in single_face[:20]])
    assert invalid([result for result in found if result.frame.rotation == 0]) >= ENOUGH
    for result in found:  # or rightly turned, so that the tilt that remains is small
        assert not result.validity.ok or abs((tilt_deg + result.frame.rotation + 180) % 360 - 180) <= 40


def test_a_mouth_behind_a_drawn_hand_is_not_seen(results: Results, single_face: list[Frame]) -> None:
    plain = results(single_face[:30])
    frames = [
        replace(result.frame, image=behind_hand(result.frame.image, result.landmarks.points_px, number))
        for number, result in enumerate(plain)
        if result.landmarks is not None
    ]
    covered = results(frames)
    assert invalid(covered) >= ENOUGH
    assert all(result.frame.rotation == 0 for result in covered)
    reasons = [reason for result in covered for reason in result.validity.reasons if result.landmarks is not None]
    assert all(reason.startswith("mouth not seen: match ") for reason in reasons)


def test_a_mouth_behind_a_real_hand_is_not_seen_and_counts_again_after_it(
    results: Results, crying: list[Frame]
) -> None:
    found = results(crying)
    assert invalid(found[16:169]) >= ENOUGH
    assert invalid(found[180:]) == 0
    assert {result.frame.rotation for result in found} == {0}


def test_a_face_in_profile_does_not_count(results: Results, single_face: list[Frame]) -> None:
    plain = [result for result in results(single_face[:24]) if result.landmarks is not None]

    def turned_to(yaw_deg: float) -> list[FrameResult]:
        made = []
        for at, result in enumerate(plain[::3]):
            assert result.landmarks is not None
            picture = in_profile(result.frame.image, result.landmarks.points_px, yaw_deg + at % 5)
            made.append(replace(result.frame, image=picture))
        return results(made)

    assert invalid([*turned_to(65), *turned_to(-80)]) >= ENOUGH
    assert invalid(turned_to(5)) == 0  # made the same way and looking ahead it is a face


@needs_bundled
def test_json_session_and_replay_agree_about_the_turned_picture(meshmirror: Runner, tmp_path: Path) -> None:
    hanging = tmp_path / "hanging.mp4"
    ffmpeg("-i", clip("single_face.mp4"), "-vf", TRANSPOSED[90], "-c:v", "libx264", "-crf", "12", hanging)
    done = meshmirror(*BASE, "--source", str(hanging), "--record", "anna", "--set", "record.view=false")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rotation"] == 270 and report["frames"] == 72 and report["valid"] >= 58
    assert report["outside"].keys() <= {"roll", "mouth not seen"} and abs(report["pose_deg"]["roll"]) < 10
    assert done.stderr.count("--rotate 270") == 1  # said once

    chosen = json.loads(meshmirror(*BASE, "--source", str(hanging), "--rotate", "270").stdout)
    assert chosen["rotation"] == 270 and chosen["valid"] == 72 and not chosen["outside"]
    assert chosen["pose_deg"]["roll"] == pytest.approx(report["pose_deg"]["roll"], abs=1.0)

    with realtime.session.open(tmp_path / "anna") as session:
        assert [part.info.rotation for part in session.parts] == [0, 270]
        sizes = [part.info.image_size for part in session.parts]
        assert sizes[0] == sizes[1][::-1]
        assert sum(session[row].valid for row in range(72)) == report["valid"]
        assert any("roll" in reason for reason in session[3].reasons)
    replayed = json.loads(meshmirror("replay", "anna", "--headless", "--json").stdout)
    assert (replayed["rotation"], replayed["valid"], replayed["outside"]) == (270, report["valid"], report["outside"])
    assert replayed["recomputed"]["missing"] == 0 and replayed["recomputed"]["observed"] < 1e-6
    again = json.loads(meshmirror("replay", "anna", "--redetect", "--headless", "--json").stdout)
    assert again["rotation"] == 270 and abs(again["valid"] - report["valid"]) <= 4


@needs_bundled
def test_what_was_invalid_for_its_picture_is_so_in_the_replay_of_a_session_without_pictures(
    meshmirror: Runner, tmp_path: Path
) -> None:
    upside_down = tmp_path / "down.mp4"
    ffmpeg("-i", clip("single_face.mp4"), "-vf", TRANSPOSED[180], "-frames:v", "20", "-crf", "12", upside_down)
    done = meshmirror(*BASE, "--source", str(upside_down), "--rotate", "0", "--record", "bo", "--no-video")
    report = json.loads(done.stdout)
    assert (report["rotation"], report["valid"]) == (0, 0) and report["outside"]["mouth not seen"] == report["faces"]
    replayed = json.loads(meshmirror("replay", "bo", "--headless", "--json").stdout)
    assert (replayed["valid"], replayed["outside"]) == (0, report["outside"])
    assert replayed["recomputed"]["missing"] == 0
    unchecked = meshmirror(*BASE, "--source", str(upside_down), "--rotate", "0", "--set", "detect.min_mouth_match=0")
    assert json.loads(unchecked.stdout)["valid"] > 0


def test_other_angles_are_refused(meshmirror: Runner) -> None:
    done = meshmirror("--source", str(clip("single_face.mp4")), "--headless", "--rotate", "45")
    assert done.returncode == 2 and "source.rotate" in done.stderr and "270" in done.stderr
