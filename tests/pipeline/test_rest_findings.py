"""What a calibration says of the face that it was given."""

from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pytest
from common import clip, needs_bundled

from realtime import Pipeline, load_config, load_model, open_source
from realtime.core.neutral import Finding, findings_of
from realtime.core.types import Aligned, Array, Frame, Identity, Pose
from realtime.geometry import eye_aspect_ratio, lip_gap, smile_extent
from realtime.pipeline.rest_findings import RestFindings

SETTINGS = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"]


def calibrated(frames: list[Frame], seconds: float) -> Identity:
    with Pipeline.from_config(load_config(None, SETTINGS)) as pipeline:
        pipeline.calibrate(seconds)
        for frame in frames:
            pipeline.step(frame)
        assert pipeline.identity is not None, pipeline.calibration.note
        return pipeline.identity


def kinds(identity: Identity) -> set[str]:
    assert identity.info is not None
    return {finding.kind for finding in identity.info.findings}


@needs_bundled
def test_a_face_at_rest_has_no_findings(single_face: list[Frame]) -> None:
    identity = calibrated(single_face[:20], 0.5)
    assert kinds(identity) == set()
    assert identity.info is not None and identity.info.tracker == "bundled" and not identity.info.saved


@needs_bundled
def test_a_steady_smile_is_found_without_any_classifier(single_face: list[Frame]) -> None:
    identity = calibrated(single_face[30:], 1.2)
    assert identity.motion_nme < 3, "its motion alone would not show it"
    assert {"smile", "open_mouth"} <= kinds(identity)


@needs_bundled
def test_a_hand_over_the_mouth_and_closed_eyes_are_found() -> None:
    with open_source(str(clip("WolfgangLanger_Pexels.mp4"))) as source:
        frames = [frame for frame in source if 4.0 <= frame.stamp_ns / 1e9 < 5.2]
    assert {"mouth_hidden", "closed_eyes"} <= kinds(calibrated(frames, 1.0))


@needs_bundled
def test_two_people_who_are_told_apart_are_no_finding(single_face: list[Frame]) -> None:
    """Each is followed by itself, so that the other one is not in its neutral: it is the same as that of one alone."""
    beside = [replace(frame, image=np.concatenate([frame.image] * 2, axis=1)) for frame in single_face[:20]]
    identity, alone = calibrated(beside, 0.5), calibrated(single_face[:20], 0.5)
    assert kinds(identity) == set()
    apart = np.linalg.norm(identity.neutral_canon - alone.neutral_canon, axis=1).mean()
    assert apart < 1.0, "of 112 model units between the outer canthi"


def at_rest(mesh: Array, pose: Pose | None = None) -> Aligned:
    return Aligned(mesh, None, 0.0, pose or Pose(0.0, 0.0, 0.0))  # type: ignore[arg-type]


def findings(faces: list[Aligned], **seen: object) -> dict[str, Finding]:
    gathered = RestFindings()
    with_what = {"implausible": False, "faces": 1, "emotions": None, "source": "", **seen}
    for face in faces:
        gathered.add(face, **with_what)  # type: ignore[arg-type]
    return {finding.kind: finding for finding in gathered.finish()}


@pytest.fixture(scope="module")
def quiet() -> Array:
    """A mesh whose lips are closed and whose eyes are open."""
    mesh = load_model("emotion@built-in").mean_mesh.copy()
    for upper, lower in ((82, 87), (13, 14), (312, 317)):
        mesh[lower] = mesh[upper] + 0.1 * (mesh[lower] - mesh[upper])
    return mesh


def with_lips(mesh: Array, gap: float) -> Array:
    """The inner lips apart by so many % of the outer-canthal distance, straight down the face."""
    unit = float(np.linalg.norm(mesh[33] - mesh[263]))
    down = mesh[152] - mesh[10]
    mesh, down = mesh.copy(), down / np.linalg.norm(down)
    for upper, lower in ((82, 87), (13, 14), (312, 317)):
        mesh[lower] = mesh[upper] + gap / 100 * unit * down
    return mesh


def test_a_talking_face_is_found_and_one_that_swallows_once_is_not(quiet: Array) -> None:
    """Four openings a second of a few millimetres move the mean distance of the mesh by little: motion misses it."""
    gaps = 2.5 + 2.5 * np.sin(2 * np.pi * 4 * np.arange(90) / 30)
    found = findings([at_rest(with_lips(quiet, gap)) for gap in gaps])
    assert found["talking"].value == pytest.approx(5, abs=0.3) and found["talking"].limit == 3
    once = np.where(np.arange(90) < 8, 5.0, 0.5)
    assert findings([at_rest(with_lips(quiet, gap)) for gap in once]) == {}


def test_a_blink_is_no_closed_eye_and_half_the_time_is(quiet: Array) -> None:
    shut = quiet.copy()
    for upper, lower in ((160, 144), (158, 153), (387, 373), (385, 380)):
        shut[lower] = shut[upper]
    assert findings([at_rest(shut)] * 6 + [at_rest(quiet)] * 84) == {}
    found = findings([at_rest(shut)] * 45 + [at_rest(quiet)] * 45)
    assert set(found) == {"closed_eyes"} and found["closed_eyes"].value < found["closed_eyes"].limit


def test_a_turned_head_and_a_turning_one_are_told_apart(quiet: Array) -> None:
    away = Pose(0.0, radians(16), 0.0)
    assert set(findings([at_rest(quiet, away)] * 40)) == {"head_turned"}
    swing = [Pose(radians(angle), 0.0, 0.0) for angle in np.linspace(-8, 8, 40)]
    assert set(findings([at_rest(quiet, pose) for pose in swing])) == {"head_turning"}
    assert findings([at_rest(quiet, Pose(0.0, 0.0, radians(20)))] * 40) == {}, "alignment takes roll out"


@pytest.mark.parametrize(("frames", "found"), [(24, False), (26, True)])
def test_what_holds_in_less_than_a_quarter_of_the_frames_does_not_reach_the_neutral(
    quiet: Array, frames: int, found: bool
) -> None:
    gathered = RestFindings()
    for at in range(100):
        gathered.add(at_rest(quiet), implausible=False, faces=1 + (at < frames), emotions=None, source="")
    assert [finding.kind for finding in gathered.finish()] == ["several_faces"] * found


def test_an_expression_is_that_of_a_source_that_looks_at_the_picture(quiet: Array) -> None:
    faces = [at_rest(quiet)] * 20
    found = findings(faces, emotions={"happiness": 0.7, "neutral": 0.3}, source="appearance")
    assert set(found) == {"expression"} and "appearance sees happiness, mean 0.70" in found["expression"].text
    assert findings(faces, emotions={"sadness": 0.9, "neutral": 0.1}, source="appearance") == {}, "not dependable"


def test_the_measures_do_not_depend_on_frame_scale_or_position(quiet: Array) -> None:
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    moved = 7.3 * quiet.astype(float) @ turn.T + [5.0, -40.0, 3.0]
    for measure in (lip_gap, eye_aspect_ratio, smile_extent):
        assert measure(moved) == pytest.approx(measure(quiet.astype(float)), rel=1e-9)


def test_findings_survive_json_and_others_are_refused() -> None:
    one = Finding("smile", "smile: 0.9", 0.9, 0.5, "full smiles")
    assert findings_of([one.as_json()]) == (one,)
    for wrong in ({**one.as_json(), "kind": "\x1b[2J"}, {**one.as_json(), "value": "1"}, {"kind": "smile"}, 3):
        with pytest.raises(ValueError):
            findings_of([wrong])
