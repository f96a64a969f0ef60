"""What a run amounts to: nothing of different sources in one mean, nothing counted twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from common import needs_bundled, with_estimate, with_first, with_landmarks

from realtime import Pipeline, load_config, load_model
from realtime.core.frame_result import FrameResult
from realtime.core.types import Features, Frame, NetworkOutput, Pose
from realtime.pipeline.calibration import CalibrationFrame
from realtime.pipeline.summary import RunStatistics

pytestmark = needs_bundled


@pytest.fixture(scope="module")
def results(single_face: list[Frame]) -> list[FrameResult]:
    config = load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"])
    with Pipeline.from_config(config) as pipeline:
        return list(pipeline.run(single_face[10:25]))


def spoken(result: FrameResult, happy: float) -> FrameResult:
    """The same frame, as if the network had spoken of it."""
    assert result.features is not None
    values = {**dict.fromkeys(result.features.values, 0.0), "happiness": happy}
    output = NetworkOutput(
        {"Happy": happy}, {}, 0.5, 0.0, Pose(0.1, 0.0, 0.0), (), 0.0, 0.0, None, np.zeros((478, 3)), result.stamp
    )
    return with_estimate(with_first(result, features=Features(values, "pyfeat", result.stamp)), network=output)


def report(shown: list[FrameResult]) -> dict:
    summary = RunStatistics([load_model("emotion@built-in")])
    for result in shown:
        summary.accept(result)
    return summary.report().to_json()


def test_a_stand_ins_numbers_are_in_no_mean_of_the_source(results: list[FrameResult]) -> None:
    network = [spoken(result, 0.75) for result in results[:10]]
    mixed, alone = report([*network, *results[10:]]), report(network)
    assert mixed["emotion_source"] == "pyfeat" and mixed["emotions"]["happiness"] == 0.75
    assert mixed["emotion_sources"] == {"pyfeat": 10, "inverse": 5} and mixed["averaged"] == 10
    for name in ("emotions", "nme", "regions", "skill", "pose_deg", "network_means"):
        assert mixed[name] == alone[name], name
    assert mixed["frames"] == 15 and mixed["pose_sources"] == {"zero": 15}


def test_a_pair_that_is_shown_again_is_counted_once(results: list[FrameResult]) -> None:
    pairs = [spoken(result, happy) for result, happy in zip(results[:3], (0.2, 0.4, 0.9), strict=True)]
    shown = [pairs[0], pairs[1]]
    # Newer pictures beside the second pair.
    shown += [with_landmarks(replace(pairs[1], frame=late.frame), late.landmarks) for late in results[2:8]]
    shown.append(pairs[2])
    told = report(shown)
    assert told["averaged"] == 3 and told["frames"] == 9
    assert told["emotions"]["happiness"] == pytest.approx(0.5)
    assert told["network_means"]["Happy"] == pytest.approx(0.5)
    assert told["emotion_age_ms"]["median"] > 0


def test_a_calibration_waits_for_the_pose_that_predictions_are_given(single_face: list[Frame]) -> None:
    """Else the offset would be measured against one pose and used with another."""
    sets = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in", "model.pose=live"]
    with Pipeline.from_config(load_config(None, sets)) as pipeline:
        (predictor,) = pipeline.predictors
        predictor.pose_source = "pyfeat"
        results = list(pipeline.run(single_face[:25]))
        pipeline.calibrate(0.5)
        for result in results:
            pipeline.calibration.add(CalibrationFrame(result.stamp, aligned=(result.aligned,), pending=True))
        assert pipeline.identity is None and pipeline.calibration.progress == 0
        output = spoken(results[0], 0.5).network
        for result in results:
            pipeline.calibration.add(CalibrationFrame(result.stamp, aligned=(result.aligned,), network=output))
        assert pipeline.identity is not None
        neutral = predictor.model.predict_neutral(output.pose)
    seen = np.mean([result.aligned.mesh_canon for result in results[:15]], axis=0)
    assert np.abs(pipeline.identity.offset_canon - (seen - neutral)).mean() < 0.3


def test_a_row_that_is_played_again_counts_once(results: list[FrameResult]) -> None:
    rows = [replace(result, frame=replace(result.frame, row=at)) for at, result in enumerate(results)]
    once, looped = report(rows), report([*rows, *rows, *rows[:4]])
    for name in (
        "frames",
        "faces",
        "valid",
        "averaged",
        "emotions",
        "emotion_sources",
        "nme",
        "skill",
        "r2",
        "outside",
    ):
        assert looped[name] == once[name], name
    assert once["frames"] == len(results)
    assert report([*results, *results])["frames"] == 2 * len(results), "frames of a live source are all new"


def test_several_faces_are_counted_and_no_mean_is_of_another_than_the_chosen_one(results: list[FrameResult]) -> None:
    alone, beside = (RunStatistics([load_model("emotion@built-in")]) for _ in range(2))
    for at, result in enumerate(results):
        alone.accept(result)
        other = replace(results[-1 - at].faces[0], track_id=7 + at // 10)
        beside.accept(replace(result, faces=(*result.faces, other)) if at % 2 else result)
    one, two = alone.report(), beside.report()
    assert (one.several, one.followed, two.several, two.followed) == (0, 1, 7, 3)
    assert (one.faces, one.valid, one.nme, one.emotions) == (two.faces, two.valid, two.nme, two.emotions)
