"""The calibration as a state machine: steps, review, acceptance, undo."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from common import needs_bundled

from realtime import Pipeline, load_config, load_model
from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame
from realtime.detect.feature_sources import InverseSource
from realtime.pipeline.calibration import Calibrated, Calibration, CalibrationError, CalibrationFrame
from realtime.pipeline.predictor import Predictor

pytestmark = needs_bundled

SETTINGS = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"]


@pytest.fixture(scope="module")
def results(single_face: list[Frame]) -> list[FrameResult]:
    with Pipeline.from_config(load_config(None, SETTINGS)) as pipeline:
        return list(pipeline.run(single_face[:40]))


@pytest.fixture
def predictor() -> Predictor:
    model = load_model("emotion@built-in")
    return Predictor(model, InverseSource(model))


def give(calibration: Calibration, results: list[FrameResult]) -> None:
    for result in results:
        assert result.aligned is not None
        calibration.add(CalibrationFrame(result.stamp, aligned=(result.aligned,)))


@dataclass
class Further:
    """A step that takes three frames and adds nothing, or fails."""

    reason: str = ""
    frames: int = 0
    prompts = ("look around", "look")

    @property
    def progress(self) -> float:
        return self.frames / 3

    def add(self, frame: CalibrationFrame) -> None:
        self.frames += 1

    def finish(self, found: Calibrated) -> Calibrated:
        if self.reason:
            raise CalibrationError(self.reason)
        return found


def test_without_a_review_it_is_accepted_at_once(predictor: Predictor, results: list[FrameResult]) -> None:
    calibration = Calibration([predictor])
    assert calibration.state == "idle" and not calibration.undo()
    calibration.start(0.5)
    assert calibration.state == "collecting" and calibration.progress == 0
    give(calibration, results[:20])
    assert calibration.state == "idle" and calibration.note == ""
    assert predictor.identity is not None and set(predictor.identities()) == {"live", "zero"}


def test_a_review_keeps_the_older_neutral_until_the_new_one_is_accepted(
    predictor: Predictor, results: list[FrameResult]
) -> None:
    calibration = Calibration([predictor], review=True)
    calibration.start(0.5)
    give(calibration, results[:20])
    assert calibration.state == "review" and predictor.identity is None
    calibration.accept()
    first = predictor.identity
    assert calibration.state == "idle" and first is not None
    calibration.start(0.5)
    give(calibration, results[20:40])
    assert calibration.candidate is not None and predictor.identity is first
    calibration.discard()
    assert calibration.state == "idle" and predictor.identity is first
    calibration.accept()
    assert predictor.identity is first, "there is nothing to accept"


def test_one_undo_brings_back_the_neutral_before_and_another_the_new_one(
    predictor: Predictor, results: list[FrameResult]
) -> None:
    calibration = Calibration([predictor])
    calibration.start(0.5)
    give(calibration, results[:20])
    first = predictor.identity
    calibration.start(0.5)
    give(calibration, results[20:40])
    second = predictor.identity
    assert second is not first and calibration.can_undo
    assert calibration.undo() and predictor.identity is first
    assert calibration.undo() and predictor.identity is second


def test_further_steps_follow_and_the_result_comes_after_the_last(
    predictor: Predictor, results: list[FrameResult]
) -> None:
    calibration = Calibration([predictor], review=True)
    given: list[Calibrated] = []
    step = Further()

    def make(found: Calibrated) -> Further:
        given.append(found)
        return step

    calibration.start(0.5, [make])
    give(calibration, results[:18])
    assert calibration.step is step and calibration.candidate is None and given[0].identities[0]["zero"].frames >= 15
    give(calibration, results[18:25])
    assert calibration.candidate is given[0]
    calibration.start(0.5, [lambda found: Further("it was dark")])
    give(calibration, results[:25])
    assert (calibration.state, calibration.note, calibration.candidate) == ("idle", "it was dark", None)


def test_what_is_cancelled_ends_with_its_reason(predictor: Predictor, results: list[FrameResult]) -> None:
    calibration = Calibration([predictor])
    calibration.start(0.5)
    give(calibration, results[:5])
    calibration.cancel("the replay went back")
    give(calibration, results[5:30])
    assert calibration.note == "the replay went back" and predictor.identity is None
