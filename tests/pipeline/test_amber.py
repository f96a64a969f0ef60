"""Frames with a turned head: shown, stored, counted, and every mean with and without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from common import one_face
from remade import NEUTRAL_S, RECORDED, StoredTracker, written
from scipy.spatial.transform import Rotation

import realtime.session
from realtime import load_model
from realtime.app.snapshot_text import measurements_text
from realtime.cli import print_run
from realtime.core.frame_result import Estimate, Face, FrameResult
from realtime.core.status import Status
from realtime.core.types import Frame, Validity
from realtime.detect.feature_sources import open_feature_source
from realtime.geometry import ValidityLimits
from realtime.pipeline.build import Pipeline
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.summary import RunStatistics
from realtime.view.mirror.header import badges
from realtime.view.paint import theme

LEVEL, TURNED = 0.0, 16.0  # degrees of yaw that the recorded faces are turned by


def turned(points_px: np.ndarray, yaw_deg: float) -> np.ndarray:
    """Landmarks turned about the vertical through their middle."""
    middle = points_px.mean(axis=0)
    turn = Rotation.from_euler("y", yaw_deg, degrees=True).as_matrix()
    return ((points_px - middle) @ turn.T + middle).astype(np.float32)


@pytest.fixture(scope="module")
def results() -> list[FrameResult]:
    """Thirty recorded faces, calibrated over the first nineteen; of the last nine every third is turned."""
    with realtime.session.open(RECORDED) as session:
        rows = [session[row] for row in range(len(session)) if session[row].landmarks is not None][:30]
    rows = [
        replace(row, landmarks=replace(row.landmarks, points_px=turned(row.landmarks.points_px, yaw)))
        for row, yaw in zip(rows, [LEVEL] * 21 + [LEVEL, TURNED, LEVEL] * 3, strict=True)
    ]
    tracker, model = StoredTracker(rows), load_model("emotion@built-in")
    source = open_feature_source("inverse", model, tracker, network=False)
    image = np.zeros((360, 640, 3), np.uint8)
    with Pipeline(tracker, [Predictor(model, source)]) as pipeline:
        pipeline.calibrate(NEUTRAL_S)
        return [pipeline.step(Frame(image, row.stamp_ns, row.frame, 0, row.segment)) for row in rows]


def statistics(shown: list[FrameResult]) -> RunStatistics:
    found = RunStatistics([load_model("emotion@built-in")])
    for result in shown:
        found.accept(result)
    return found


def amber(result: FrameResult) -> bool:
    return bool(result.validity.amber)


def test_turned_frames_are_amber_and_valid(results: list[FrameResult]) -> None:
    assert list(map(amber, results)) == [False] * 21 + [False, True, False] * 3
    assert all(result.validity.ok for result in results) and results[20].residual_adjusted is not None
    why = results[22].validity.amber
    assert why.startswith("head turned (yaw 1") and "° from rest): beyond 10°" in why


def test_every_mean_is_given_with_and_without_them(results: list[FrameResult]) -> None:
    """Without them: what a run of the other frames alone gives, to the last digit."""
    every, level = statistics(results), statistics([one for one in results if not amber(one)])
    whole, alone = every.report().to_json(), level.report().to_json()
    assert whole["amber"] == 3 and alone["amber"] == 0
    without = whole["without_amber"]
    assert without["averaged"] == alone["averaged"] == whole["averaged"] - 3
    assert {"nme", "nme_adjusted", "skill", "r2", "mae", "floor", "gain", "with_gain", "emotions"} <= set(without)
    assert without == {name: alone[name] for name in without}
    assert without == {name: alone["without_amber"][name] for name in without}
    assert whole["nme_adjusted"] != without["nme_adjusted"] and whole["emotions"] != without["emotions"]
    (model,), (other,) = (one.models for one in (every, level))
    found, expected = model.report().to_json(), other.report().to_json()
    assert found["without_amber"] == {name: expected[name] for name in found["without_amber"] if name != "averaged"} | {
        "averaged": alone["averaged"]
    }


def test_where_every_frame_is_amber_there_are_no_means_without(results: list[FrameResult]) -> None:
    found = statistics([one for one in results if amber(one)]).report()
    assert (found.amber, found.averaged, found.without_amber) == (3, 3, None)


def test_a_limit_of_90_degrees_has_no_amber(results: list[FrameResult]) -> None:
    tracker = StoredTracker([SimpleNamespace(stamp_ns=r.stamp, landmarks=r.landmarks) for r in results])
    model = load_model("emotion@built-in")
    source = open_feature_source("inverse", model, tracker, network=False)
    with Pipeline(tracker, [Predictor(model, source)], ValidityLimits(amber_deg=90)) as pipeline:
        assert not any(amber(pipeline.step(one.frame)) for one in results)


def test_they_are_stored(results: list[FrameResult], tmp_path: Path) -> None:
    with realtime.session.open(written(tmp_path / "session", [results])) as session:
        assert [session[row].amber for row in range(len(session))] == list(map(amber, results))
        assert session.column("amber")[:].tolist() == list(map(amber, results))
        assert "30 rows in the models' range, 3 of them amber" in str(session)
    with realtime.session.open(RECORDED) as session:
        assert session[12].amber is None and "which are amber was not recorded" in str(session)


def test_they_are_shown(results: list[FrameResult]) -> None:
    """The badge is green in range, amber where the head is turned, red out of range; the reason beside it."""

    def badge(result: FrameResult) -> tuple[str, theme.Color]:
        (found,) = (b for b in badges(result, Status()) if "range" in b.wordings[0])
        return found.wordings[0], found.color

    text, color = badge(results[22])
    assert text == f"in range, {results[22].validity.amber}" and color == theme.WARN
    assert badge(results[21]) == ("in range", theme.GOOD)
    face = results[21].faces[0]
    beyond = Estimate(face.estimate.stamp_ns, face.estimate.models, validity=Validity(False, ("yaw 52° beyond 40°",)))
    out = replace(results[21], faces=(Face(1, face.landmarks, beyond),))
    assert badge(out) == ("out of range: yaw 52° beyond 40°", theme.BAD)
    assert f"amber\t{results[22].validity.amber}\t\n" in measurements_text("clip", results[22])
    assert "amber" not in measurements_text("clip", results[21])
    assert one_face(results[21].frame, face.landmarks).validity.amber == ""


def test_the_terminal_has_both(results: list[FrameResult]) -> None:
    report = statistics(results).report()
    table = print_run._lines(SimpleNamespace(**dict(report)))  # type: ignore[arg-type]
    names = [str(cell) for cell in table.columns[0].cells]
    at = names.index(f"  without amber: {report.averaged - 3} frames")
    assert names[at - 1] == "predicted face, identity-adjusted"
    assert str(list(table.columns[1].cells)[at]) == f"{report.without_amber.nme_adjusted:.2f} %"
    assert not any("amber" in str(cell) for cell in print_run._lines(
        SimpleNamespace(**dict(statistics(results[:21]).report()))  # type: ignore[arg-type]
    ).columns[0].cells)  # fmt: skip
