"""The three lines of a result: delivered, with gain, floor; recomputed with plain numpy, and in their order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from common import needs_bundled
from pose_responses import moved_by_loops, respond

from realtime import Pipeline, load_config, load_model
from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.types import Frame
from realtime.pipeline.summary import RunStatistics

pytestmark = needs_bundled
NAME = "emotion@built-in"


class _Random:
    """Features that have nothing to do with the face, on the simplex."""

    name = "random"

    def __init__(self) -> None:
        self._rng = np.random.default_rng(7)

    def features(self, face):  # type: ignore[no-untyped-def]
        from realtime.core.types import Features

        names = load_model(NAME).feature_columns
        values = dict(zip(names, self._rng.dirichlet(np.full(len(names), 0.5)).tolist(), strict=True))
        return Features(values, self.name, face.stamp_ns)


@pytest.fixture(scope="module", params=["inverse", "random", "response"])
def run(request: pytest.FixtureRequest, single_face: list[Frame]) -> Iterator[tuple[list[FrameResult], dict]]:
    sets = ["detect.tracker=bundled", "detect.emotion=inverse", f"model.names={NAME}", "model.pose=live"]
    with Pipeline.from_config(load_config(None, sets)) as pipeline:
        (predictor,) = pipeline.predictors
        if request.param != "inverse":
            predictor.source = _Random()
        pipeline.calibrate(0.5)
        results = []
        for frame in single_face:
            results.append(pipeline.step(frame))
            if request.param == "response":
                respond(predictor)
        statistics = RunStatistics([predictor.model])
        for result in results:
            statistics.accept(result)
        yield results, statistics.report().to_json()


def _calibrated(results: list[FrameResult]) -> list[ModelResult]:
    return [result.models[0] for result in results if result.validity.ok and result.models[0].identity is not None]


def test_no_frame_lies_below_its_floor(run: tuple[list[FrameResult], dict]) -> None:
    results, _ = run
    assert results[0].models[0].floor is not None and results[0].models[0].floor.adjusted is None
    for result in results:
        model = result.models[0]
        assert model.floor is not None and model.residual is not None
        assert model.floor.raw.sse <= model.residual.sse
        assert sum(model.floor.raw.features.values()) <= 1 + 1e-9
        if model.residual_adjusted is not None:
            assert model.floor.adjusted is not None and model.floor.adjusted.sse <= model.residual_adjusted.sse


def test_the_lines_recompute_with_plain_numpy_and_are_in_order(run: tuple[list[FrameResult], dict]) -> None:
    results, report = run
    frames, model = _calibrated(results), load_model(NAME)
    coef, intercept = model.coef.astype(float), model.intercept.astype(float)

    def mesh(features: dict[str, float], pose: tuple[float, float, float]) -> np.ndarray:
        row = np.array([features.get(name, 0.0) for name in model.feature_columns])
        return (row @ coef[: len(row)] + np.array(pose) @ coef[len(row) :] + intercept).reshape(3, 478).T

    observed, delivered, floor, rest, own = [], [], [], [], 0.0
    for frame in frames:
        assert frame.features and frame.predicted and frame.identity and frame.floor and frame.floor.adjusted
        at, moved = frame.predicted.pose, np.zeros((478, 3))
        if frame.identity.response is None:
            assert at is not None
            pose = (at.pitch, at.yaw, at.roll)
        else:
            assert at is None and frame.predicted.pose_source is None, "the model's own pose part is not added"
            pose, moved = (0.0, 0.0, 0.0), moved_by_loops(frame.identity.response, frame.aligned.pose)
        observed.append(frame.aligned.mesh_canon.astype(float) - frame.identity.offset_canon - moved)
        own += ((frame.aligned.mesh_canon - frame.identity.neutral_canon - moved) ** 2).sum()
        assert frame.predicted.adjusted_canon is not None and frame.residual_adjusted is not None
        adjusted = frame.predicted.mesh_canon + frame.identity.offset_canon + moved
        assert np.abs(frame.predicted.adjusted_canon - adjusted).max() < 1e-3
        assert frame.residual_adjusted.sse == pytest.approx(
            ((frame.aligned.mesh_canon - adjusted) ** 2).sum(), rel=1e-4
        )
        delivered.append(mesh(dict(frame.features.values), pose))
        floor.append(mesh(dict(frame.floor.adjusted.features), pose))
        rest.append(mesh({"neutral": 1.0}, pose))
    seen, drawn, fit, neutral = (np.stack(meshes) for meshes in (observed, delivered, floor, rest))
    assert report["averaged"] == len(frames)
    variation = ((seen - seen.mean(axis=0)) ** 2).sum()
    errors = {"delivered": seen - drawn, "floor": seen - fit}
    gain = ((seen - neutral) * (drawn - neutral)).sum() / ((drawn - neutral) ** 2).sum()
    errors["with_gain"] = seen - neutral - max(0.0, gain) * (drawn - neutral)
    sse = {name: (apart**2).sum() for name, apart in errors.items()}
    assert report["r2"] == pytest.approx(1 - sse["delivered"] / variation, abs=2e-4)
    assert report["mae"] == pytest.approx(np.abs(errors["delivered"]).mean(), abs=2e-4)
    assert report["gain"] == pytest.approx(gain, abs=2e-4)
    assert report["with_gain"]["r2"] == pytest.approx(1 - sse["with_gain"] / variation, abs=2e-4)
    assert report["floor"]["r2"] == pytest.approx(1 - sse["floor"] / variation, abs=2e-4)
    assert report["skill_baseline"] == "own_neutral"
    assert report["skill"] == pytest.approx(1 - sse["delivered"] / own, abs=2e-4)
    assert report["with_gain"]["skill"] == pytest.approx(1 - sse["with_gain"] / own, abs=2e-4)
    assert report["floor"]["skill"] == pytest.approx(1 - sse["floor"] / own, abs=2e-4)
    assert report["constant_face"] == {"skill": pytest.approx(1 - variation / own, abs=2e-4), "r2": 0.0}
    apart = errors["delivered"] - errors["delivered"].mean(axis=0)
    assert report["r2_within"] == pytest.approx(1 - (apart**2).sum() / variation, abs=2e-4)
    percent = 100 / np.linalg.norm(model.mean_mesh[263] - model.mean_mesh[33])
    assert report["mae_percent"] == pytest.approx(np.abs(errors["delivered"]).mean() * percent, abs=2e-4)
    # Each frame has the gain of the frames before it.
    along, displaced = ((drawn - neutral) * (seen - neutral)).sum((1, 2)), ((drawn - neutral) ** 2).sum((1, 2))
    assert frames[0].gain_line is not None and frames[0].gain_line.gain is None
    for at in range(5, len(frames)):
        line = frames[at].gain_line
        assert line is not None and line.gain == pytest.approx(along[:at].sum() / displaced[:at].sum(), rel=1e-4)
        scaled = neutral[at] + max(0.0, line.gain) * (drawn[at] - neutral[at])
        assert line.nme == pytest.approx(np.linalg.norm(seen[at] - scaled, axis=1).mean() * percent, abs=1e-4)
    assert sse["with_gain"] <= sse["delivered"] * (1 + 1e-9) and sse["floor"] <= sse["delivered"] * (1 + 1e-6)
    if 0 <= gain <= 1:
        assert sse["floor"] <= sse["with_gain"] * (1 + 1e-6)
    for name in ("skill", "r2"):
        assert report["floor"][name] >= report[name] and report["with_gain"][name] >= report[name]


def test_the_pose_term_is_what_the_response_takes_away(run: tuple[list[FrameResult], dict]) -> None:
    results, _ = run
    model, poses = load_model(NAME), []
    for frame in _calibrated(results):
        identity, sums = frame.identity, frame.parts
        assert identity is not None and sums is not None and frame.predicted is not None
        if identity.response is None:
            continue
        own = frame.aligned.mesh_canon - identity.offset_canon - model.predict_neutral()
        moved = moved_by_loops(identity.response, frame.aligned.pose)
        expected = (own**2).sum() - ((own - moved) ** 2).sum()
        assert sums.pose == pytest.approx(expected, rel=1e-3, abs=1e-3 * sums.total)
        assert sums.total == pytest.approx(((frame.aligned.mesh_canon - model.mean_mesh) ** 2).sum(), rel=1e-4)
        poses.append(frame.aligned.pose)
    response = next((frame.identity.response for frame in _calibrated(results) if frame.identity.response), None)
    if response is not None:
        assert len(poses) > 20
        assert min(p.yaw for p in poses) < response.low.yaw, "nothing of this clip would be clamped"


def test_before_a_calibration_there_is_no_gain(single_face: list[Frame]) -> None:
    sets = ["detect.tracker=bundled", "detect.emotion=inverse", f"model.names={NAME}"]
    with Pipeline.from_config(load_config(None, sets)) as pipeline:
        statistics = RunStatistics([pipeline.model])
        for result in pipeline.run(single_face[:5]):
            statistics.accept(result)
    report = statistics.report().to_json()
    assert report["gain"] is None and report["with_gain"] is None
    assert (report["r2"], report["mae"]) == (report["r2_raw"], report["mae_raw"]) and report["mae"] is not None
    assert report["floor"]["nme"] == pytest.approx(report["nme"]) and report["floor"]["nme_adjusted"] is None


@pytest.mark.parametrize("gain", ["2.0", "session"])
def test_the_gain_moves_what_is_drawn_and_no_number(gain: str, single_face: list[Frame]) -> None:
    def report(setting: str) -> tuple[dict, list[FrameResult]]:
        sets = ["detect.tracker=bundled", "detect.emotion=inverse", f"model.names={NAME}", f"model.gain={setting}"]
        with Pipeline.from_config(load_config(None, sets)) as pipeline:
            pipeline.predictors[0].source = _Random()
            pipeline.calibrate(0.5)
            results = list(pipeline.run(single_face[:40]))
            statistics = RunStatistics([pipeline.model])
            for result in results:
                statistics.accept(result)
        return statistics.report().to_json(), results

    plain, _ = report("1.0")
    found, results = report(gain)
    applied = found["gain_applied"]
    assert plain["gain_applied"] == 1.0 and applied == (2.0 if gain == "2.0" else pytest.approx(applied))
    if gain == "session":
        assert applied != 1.0 and results[5].predicted.gain == 1.0, "not before the calibration"
    for name in ("nme_adjusted", "skill", "r2", "mae", "gain", "floor", "with_gain"):
        assert found[name] == plain[name], name
    last = results[-1]
    neutral, offset = load_model(NAME).predict_neutral(), last.models[0].identity.offset_canon
    expected = neutral + last.predicted.gain * (last.predicted.mesh_canon - neutral)
    assert np.abs(last.predicted.drawn(adjusted=False) - expected).max() < 1e-3
    assert np.abs(last.predicted.drawn(adjusted=True) - expected - offset).max() < 1e-3
