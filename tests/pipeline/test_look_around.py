"""The second step of a calibration: real landmarks, turned and moved by a response that is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from common import needs_bundled

from realtime import Pipeline, load_config
from realtime.core.types import Frame, Landmarks, Pose
from realtime.geometry import rotation_from_pose
from realtime.pipeline.calibration import CalibrationFrame
from realtime.pipeline.look_around import LookAroundStep

pytestmark = needs_bundled

FPS = 20
SETTINGS = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"]


@pytest.fixture(scope="module")
def neutral(single_face: list[Frame]) -> np.ndarray:
    """(478, 3) a real face at rest in the canonical frame."""
    with Pipeline.from_config(load_config(None, SETTINGS)) as pipeline:
        result = [pipeline.step(frame) for frame in single_face[:5]][-1]
    assert result.aligned is not None
    return result.aligned.mesh_canon.astype(float)


class Subject:
    """A face that follows its pose with known slopes on the mouth's height; the anchors stay, and so does the pose."""

    def __init__(self, pipeline: Pipeline, neutral: np.ndarray) -> None:
        self._pipeline, self._neutral = pipeline, neutral
        (self.predictor,) = pipeline.predictors
        self.slopes = np.zeros((3, 478, 3))
        free = np.setdiff1d(np.arange(478), self.predictor.model.anchor_indices)
        self.slopes[:2, free] = np.random.default_rng(3).normal(size=(2, len(free), 3)) * 30
        self._noise = np.random.default_rng(4)
        self.stamp_ns = 0

    def landmarks(self, turned: np.ndarray) -> Landmarks:
        """In a picture: turned by pitch, yaw, roll in degrees."""
        angles = np.radians(turned)
        mesh = self._neutral + np.einsum("k,kvi->vi", angles, self.slopes) + self._noise.normal(size=(478, 3)) * 0.1
        px_from_canon = rotation_from_pose(Pose(*angles), self.predictor.canonical).T
        return Landmarks((mesh @ px_from_canon.T * 1.5 + 300).astype(np.float32), (640, 640), 1, "bundled")

    def give(self, *turns: tuple[float, float, float], seconds: float, visible: bool = True) -> None:
        """Frames to the calibration: through these poses, one after the other."""
        count = round(seconds * FPS)
        for at in np.linspace(0, len(turns) - 1, count):
            turned = np.array([np.interp(at, range(len(turns)), angle) for angle in np.array(turns).T])
            found = self.landmarks(turned) if visible else None
            aligned = () if found is None else self._pipeline._aligner.align(found.points_px)
            self.stamp_ns += round(1e9 / FPS)
            self._pipeline.calibration.add(CalibrationFrame(self.stamp_ns, found, aligned))


REST = ((0.0, 0.0, 0.0),)
AROUND = ((0, 0, 0), (0, -16, 0), (0, -16, 0), (0, 16, 0), (0, 16, 0), (13, 0, 0), (13, 0, 0), (-13, 0, 0), (0, 0, 0))


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config(load_config(None, SETTINGS)) as made:
        yield made


@pytest.fixture
def subject(pipeline: Pipeline, neutral: np.ndarray) -> Subject:
    return Subject(pipeline, neutral)


def test_rest_then_looking_around_gives_a_neutral_with_its_response(pipeline: Pipeline, subject: Subject) -> None:
    pipeline.calibrate(1.0, 5.0)
    subject.give(*REST, seconds=1.2)
    step = pipeline.calibration.step
    assert isinstance(step, LookAroundStep) and pipeline.identity is None
    assert step.missing == ("up", "down", "left", "right")
    assert step.prompts[0] == "look up, down, left and right, keep your face at rest"
    subject.give(*AROUND[:4], seconds=2.0)
    assert step.missing == ("up", "down") and step.prompts[1] == "look up and down"
    subject.give(*AROUND[4:], seconds=3.2)
    identity = pipeline.identity
    assert pipeline.calibration.state == "idle" and identity is not None and identity.response is not None
    response = identity.response
    assert response.known == (True, True, False) and pipeline.pose_mode == "zero"
    assert response.held_out_percent > 60
    for axis in range(2):  # the ridge and the noise of a rest take a little
        assert np.corrcoef(response.slopes_canon[axis].ravel(), subject.slopes[axis].ravel())[0, 1] > 0.99
    assert pipeline.calibration.refused == ""
    assert pipeline.calibration.undo() and pipeline.identity is None, "one undo takes both"


def test_without_a_response_the_neutral_stays_and_says_why(pipeline: Pipeline, subject: Subject) -> None:
    pipeline.calibrate(1.0, 3.0)
    subject.give(*REST, seconds=1.2)
    subject.give(*REST, seconds=3.2)
    assert pipeline.identity is not None and pipeline.identity.response is None
    assert pipeline.calibration.note == ""
    assert pipeline.calibration.refused.startswith("the head was not turned far enough")


def test_the_neutral_in_use_is_extended(pipeline: Pipeline, subject: Subject) -> None:
    pipeline.look_around(5.0)
    assert pipeline.calibration.note == "there is no neutral; calibrate first" and pipeline.calibration.step is None
    pipeline.calibrate(1.0)
    subject.give(*REST, seconds=1.2)
    before = pipeline.identity
    assert before is not None and before.response is None
    pipeline.look_around(5.0)
    subject.give(*REST, seconds=5.2)
    assert pipeline.calibration.extends and "not turned far enough" in pipeline.calibration.note
    assert pipeline.identity is before
    pipeline.look_around(5.0)
    subject.give(*AROUND, seconds=5.2)
    after = pipeline.identity
    assert after is not None and after.response is not None
    assert np.array_equal(after.offset_canon, before.offset_canon) and after.info is before.info
    assert pipeline.calibration.undo() and pipeline.identity is before


def test_frames_out_of_range_do_not_count(pipeline: Pipeline, subject: Subject) -> None:
    """A head turned by 60 degrees is no face that the models, or this response, are for."""
    pipeline.calibrate(1.0, 5.0)
    subject.give(*REST, seconds=1.2)
    far = [(pitch, 4 * yaw, roll) for pitch, yaw, roll in AROUND]
    subject.give(*far, seconds=5.2)
    assert pipeline.identity is not None and pipeline.identity.response is not None
    response = pipeline.identity.response
    assert -40 <= np.degrees(response.low.yaw) < -25 and 25 < np.degrees(response.high.yaw) <= 40


def test_a_face_that_leaves_is_named(pipeline: Pipeline, subject: Subject) -> None:
    pipeline.calibrate(1.0, 5.0)
    subject.give(*REST, seconds=1.2)
    subject.give(*REST, seconds=0.5)
    subject.give(*REST, seconds=1.5, visible=False)
    assert pipeline.identity is not None
    assert "the face was lost for more than a second" in pipeline.calibration.refused
