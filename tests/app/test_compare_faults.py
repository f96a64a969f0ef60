"""Faults that are put into a comparison show in its report as the cause that they are.

The recordings are made: faces that the built-in model makes of known emotions, of people with faces of their own, whose
heads turn a little. What a session would give is replaced by them; all the rest is the program's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from comparing import compared, sessions

from realtime import load_model
from realtime.core.compare_report import CompareReport
from realtime.geometry import Aligner, CanonicalFrame
from realtime.geometry.random_fields import random_alike
from realtime.pipeline.compare import comparison
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry
from realtime.pipeline.compare.session_rows import StoredSession
from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.compare.tracking import Tracked
from realtime.session import open as open_session

F64 = npt.NDArray[np.float64]
MODEL = load_model("emotion@built-in")
NAMES = MODEL.feature_columns
REST = [name.lower() for name in NAMES].index("neutral")
N, AT_REST, FPS = 180, 22, 25
Fault = Callable[[str, F64, F64, F64], tuple[F64, F64, F64]]  # person, features (N, 7), faces (N, 478, 3), pose (N, 3)


def _slow(rng: np.random.Generator, count: int, width: int) -> F64:
    return np.stack(
        [np.convolve(rng.normal(size=N + width - 1), np.hanning(width + 2)[1:-1], "valid") for _ in range(count)],
        axis=1,
    )


def _identity(person: str) -> F64:
    rng = np.random.default_rng(ord(person))
    rows = MODEL.coef[: len(NAMES)].reshape(-1, 3, 478).swapaxes(1, 2)
    return random_alike((rows[:1] - rows[REST]) * 0.5, rng)[0]


def _scene(fault: Fault) -> Callable[[Path, Spool], StoredSession]:
    def spool_scene(folder: Path, spool: Spool) -> StoredSession:
        person = folder.name
        rng = np.random.default_rng(sum(folder.name.encode()))
        weights = np.exp(1.5 * _slow(rng, len(NAMES), 9))
        weights[:, REST] *= 4
        weights[:AT_REST] = np.eye(len(NAMES))[REST]
        features = weights / weights.sum(axis=1, keepdims=True)
        faces = MODEL.predict(features).astype(np.float64) + _identity(person) + 0.15 * rng.normal(size=(N, 478, 3))
        yaw = 0.03 * _slow(rng, 1, 25)[:, 0]
        features, faces, pose = fault(person, features, faces, np.stack([0 * yaw, -yaw, 0 * yaw], axis=1))
        canonical = CanonicalFrame.of(MODEL.mean_mesh)
        with open_session(folder) as session:
            px_from_canon = Aligner(MODEL.anchors, canonical)(session[0].landmarks.points_px).canon_from_px.inverse()
        for at in range(N):
            turn = np.array([[np.cos(yaw[at]), 0, np.sin(yaw[at])], [0, 1, 0], [-np.sin(yaw[at]), 0, np.cos(yaw[at])]])
            turned = (faces[at] - canonical.origin) @ (canonical.axes.T @ turn @ canonical.axes).T + canonical.origin
            points = px_from_canon.apply(turned)
            measured = {"appearance": dict(zip(NAMES, features[at].tolist(), strict=True))}
            stamp = round(at * 1e9 / FPS)
            spool.add(
                SeenFrame(stamp, at, points, tuple(pose[at]), valid=True, faces_seen=1, face=0, measured=measured)
            )
        return StoredSession(Tracked("bundled", 0, ()), person, None, ())

    return spool_scene


def _report(monkeypatch: pytest.MonkeyPatch, folder: Path, fault: Fault) -> CompareReport:
    monkeypatch.setattr(comparison, "stored_session", _scene(fault))
    return compared(
        sessions(folder, "a", "b"), folder / "out", emotions=("appearance",), neutral=NeutralWish.parsed("first:0.8"),
        entries={name: Entry(person=name) for name in "ab"},
    )  # fmt: skip


def _no_fault(person, features, faces, pose):
    return features, faces, pose


def _late(frames: int) -> Fault:
    def fault(person, features, faces, pose):
        return np.roll(features, frames, axis=0), faces, pose

    return fault


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
    return features, faces.reshape(N, 3, 478).swapaxes(1, 2), pose


def _other_neutral(person, features, faces, pose):
    if person == "b":
        faces[:AT_REST] += _identity("a") - _identity("b")
    return features, faces, pose


def _states(report: CompareReport) -> dict[str, str]:
    return {check.name: check.state for check in report.checks}


def _adds(report: CompareReport) -> dict[str, float]:
    return {step.cause: step.adds for step in report.overall.waterfall if not step.removed and step.adds is not None}


def test_without_a_fault_nothing_is_found(monkeypatch, tmp_path):
    report = _report(monkeypatch, tmp_path, _no_fault)
    assert set(_states(report).values()) == {"ok"}, report.checks
    overall = report.overall
    assert overall.skill > 0.95 and overall.lag.peak == 0 and overall.gain == pytest.approx(1.0, abs=0.05)
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
    report = _report(monkeypatch, tmp_path, _late(frames))
    assert report.overall.lag.peak == frames and report.overall.lag.peak_ms == pytest.approx(40 * frames, abs=10)
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Features and meshes in step"}


@pytest.mark.slow
def test_permuted_labels(monkeypatch, tmp_path):
    report = _report(monkeypatch, tmp_path, _permuted_labels)
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Labels of the features"}
    found = next(check.found for check in report.checks if check.name == "Labels of the features")
    assert "anger as happiness, happiness as anger" in found
    adds = _adds(report)
    assert adds["source"] > 0.2 and max(adds, key=adds.__getitem__) == "source"


@pytest.mark.slow
def test_half_the_amplitude(monkeypatch, tmp_path):
    report = _report(monkeypatch, tmp_path, _half_amplitude)
    adds = _adds(report)
    assert report.overall.gain == pytest.approx(2.0, abs=0.1)
    assert adds["gain"] > 0.2 and max(adds, key=adds.__getitem__) == "gain"
    assert "bad" not in _states(report).values()


@pytest.mark.slow
def test_the_neutral_of_another_person(monkeypatch, tmp_path):
    report = _report(monkeypatch, tmp_path, _other_neutral)
    assert {name for name, state in _states(report).items() if state == "bad"} == {"Neutral of the same person"}
    adds = _adds(report)
    assert adds["identity"] > 0.1 and max(adds, key=adds.__getitem__) == "identity"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "name"), [(_degrees, "Unit of the head pose"), (_other_order, "Vertices and axes of the faces")]
)
def test_pose_in_degrees_and_vertices_in_another_order(fault, name, monkeypatch, tmp_path):
    report = _report(monkeypatch, tmp_path, fault)
    assert {found for found, state in _states(report).items() if state == "bad"} == {name}
