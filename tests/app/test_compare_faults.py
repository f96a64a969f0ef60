"""Faults that are put into a comparison show in its report as the cause that they are.

The recordings are made of known emotions, of people with faces of their own, whose heads turn a little.
"""

from __future__ import annotations

import numpy as np
import pytest
from made_recordings import AT_REST, MODEL, NAMES, REST, identity, late, made_comparison, no_fault

from realtime.core.compare_report import CompareReport
from realtime.core.compare_scores import WaterfallStep
from realtime.core.config import load_config
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model.file import write_model
from realtime.pipeline.compare.neutrals import NeutralWish


def _permuted_labels(person, features, faces, pose):
    order = np.arange(len(NAMES))
    order[[0, 3]] = 3, 0
    return features[:, order], faces, pose


def _half_amplitude(person, features, faces, pose):
    rest = np.eye(len(NAMES))[REST]
    return rest + 0.5 * (features - rest), faces, pose


def _degrees(person, features, faces, pose):
    return features, faces, np.degrees(pose)


def _other_order(person, features, faces, pose):
    return features, faces.reshape(-1, 3, 478).swapaxes(1, 2), pose


def _other_neutral(person, features, faces, pose):
    if person == "b":
        faces[:AT_REST] += identity("a") - identity("b")
    return features, faces, pose


def _states(report: CompareReport) -> dict[str, str]:
    return {check.name: check.state for check in report.checks}


def _adds(report: CompareReport) -> dict[str, float]:
    return {step.cause: step.adds for step in report.overall.waterfall if not step.removed and step.adds is not None}


def test_without_a_fault_nothing_is_found(monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, no_fault)
    assert set(_states(report).values()) == {"ok"}, report.checks
    overall = report.overall
    assert (
        overall.skill > 0.95
        and overall.lag.peak == pytest.approx(0, abs=0.1)
        and overall.gain == pytest.approx(1.0, abs=0.05)
    )
    assert all(abs(add) < 0.02 for add in _adds(report).values()), _adds(report)
    for name, value in {
        "nme": overall.nme,
        "gain": overall.gain,
        "r2": overall.r2,
        "r2_within": overall.r2_within,
    }.items():
        found = overall.intervals[name]
        assert found.low <= value + 1e-9 and found.high >= value - 1e-9 and found.over == "recordings", name
        assert name.startswith("r2") or report.recordings[0].intervals[name].over == "blocks"
    assert overall.floor.null.highest < 0.6 < overall.floor.null.skill and overall.floor.null.p == pytest.approx(1 / 31)


@pytest.mark.parametrize("frames", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_late_features(frames, monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, late(frames))
    assert report.overall.lag.peak == pytest.approx(frames, abs=0.1) and report.overall.lag.peak_ms == pytest.approx(
        40 * frames, abs=10
    )
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Features and meshes in step"}


def test_a_lag_is_seen_in_the_measured_pose_as_well(monkeypatch, tmp_path):
    """A model whose expressions change with the pose, of heads that turn: the null and the lag have its own rows."""
    k = len(NAMES)
    rows = MODEL.coef[:k].reshape(k, 3, 478).swapaxes(1, 2)
    turning = np.zeros((3, k, 3 * 478))
    other = np.roll(rows, 1, axis=0) - rows[REST]  # turned, an expression becomes another one
    other[REST] = 0.0
    turning[1] = 4.0 * other.swapaxes(1, 2).reshape(k, -1)
    full = np.vstack([MODEL.coef[: k + 3], turning.reshape(3 * k, -1)])
    model = MODEL.replaced(name="turning", coef_full=full, metadata={}, label_repair={})
    write_model(model, tmp_path / "turning.npz")
    config = load_config(options={
        "model.names": str(tmp_path / "turning.npz"), "model.pose": "live", "detect.tracker": "bundled",
    })  # fmt: skip
    made = {"model": model, "live": True, "turned": 0.06, "frames": 420, "config": config}
    report = made_comparison(monkeypatch, tmp_path / "made", late(5), **made)
    lag = report.overall.lag
    assert lag.pose_mode == "live" and lag.peak == pytest.approx(5, abs=0.1)
    assert lag.interval.low <= lag.peak <= lag.interval.high
    in_step = next(point.skill for point in lag.curve if point.frames == 5)
    assert in_step > 0.9
    for one in report.recordings:
        assert one.null.pose_mode == "live" and one.null.r2 == pytest.approx(one.with_gain.r2, abs=1e-6)
        found = one.lag
        assert found.interval.over == "blocks" and found.interval.low <= found.peak <= found.interval.high


def _removed(report: CompareReport) -> dict[str, WaterfallStep]:
    return {step.cause: step for step in report.overall.waterfall if step.removed}


@pytest.mark.parametrize("size", [0.0, 1.5])
def test_an_offset_that_ten_people_share_is_not_their_identity(size, monkeypatch, tmp_path):
    shared = size * identity("z")

    def fault(person, features, faces, pose):
        return features, faces + shared, pose

    people = "abcdefghij"
    report = made_comparison(monkeypatch, tmp_path, fault, people, frames=60)
    removed, shares = _removed(report), report.overall.decomposition.shares
    canonical = CanonicalFrame.of(MODEL.mean_mesh)
    rest = MODEL.predict_neutral().astype(np.float64)
    faces = np.stack([rest + identity(person) + shared for person in people])
    own = Aligner(MODEL.anchors, canonical).many(faces).meshes_canon - rest
    others = (own.sum(axis=0) - own) / (len(people) - 1)
    raw = np.square(own).sum() + len(people) * 0.15**2 * rest.size
    expected = (2 * others * own - others**2).sum() / raw if size else 0.0
    tracker, who = removed["tracker"], removed["identity"]
    assert expected > 0.4 or not size
    assert tracker.adds == pytest.approx(expected, abs=0.03) and "9 other people" in tracker.note
    assert tracker.interval.low <= tracker.adds <= tracker.interval.high and tracker.interval.over == "people"
    assert tracker.adds + who.adds > 0.8 and sum(shares.values()) == pytest.approx(1.0)
    assert shares["tracker"] > 0.1 if size else abs(shares["tracker"]) < 0.02
    assert (tracker.adds > who.adds) == (size > 0)
    assert all(abs(add) < 0.02 for add in _adds(report).values()), _adds(report)
    assert all(one.decomposition.shares["tracker"] != 0 or not size for one in report.people)


def test_too_few_people_have_no_offset_and_the_reason_is_said(monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, no_fault, frames=60, page=True)
    tracker = _removed(report)["tracker"]
    assert tracker.adds is None and "10 people or more" in tracker.note and "here 2 people" in tracker.note
    page = (tmp_path / "out" / "report.html").read_text()
    assert f"Tracker or sample offset has no number: {tracker.note}." in page
    assert report.overall.decomposition.shares["tracker"] == 0
    report = made_comparison(
        monkeypatch, tmp_path / "none", no_fault, frames=60, neutral=NeutralWish.parsed("none"), entries={}
    )
    first = report.overall.waterfall[0]
    assert first.cause == "tracker" and first.adds is None and "without a neutral" in first.note


@pytest.mark.slow
def test_permuted_labels(monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, _permuted_labels)
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Labels of the features"}
    found = next(check.found for check in report.checks if check.name == "Labels of the features")
    assert "anger as happiness, happiness as anger" in found
    adds = _adds(report)
    assert adds["source"] > 0.2 and max(adds, key=adds.__getitem__) == "source"


@pytest.mark.slow
def test_half_the_amplitude(monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, _half_amplitude)
    adds = _adds(report)
    assert report.overall.gain == pytest.approx(2.0, abs=0.1)
    assert adds["gain"] > 0.2 and max(adds, key=adds.__getitem__) == "gain"
    assert "bad" not in _states(report).values()


@pytest.mark.slow
def test_the_neutral_of_another_person(monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, _other_neutral)
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Neutral of the same person"}
    adds = _adds(report)
    assert adds["identity"] > 0.1 and max(adds, key=adds.__getitem__) == "identity"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "name"), [(_degrees, "Unit of the head pose"), (_other_order, "Vertices and axes of the faces")]
)
def test_pose_in_degrees_and_vertices_in_another_order(fault, name, monkeypatch, tmp_path):
    report = made_comparison(monkeypatch, tmp_path, fault)
    assert {found for found, state in _states(report).items() if state == "bad"} == {name}
