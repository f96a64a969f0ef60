"""Every number of every frame, and every score of the run, from the stored landmarks with plain numpy."""

from __future__ import annotations

import json
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common import Runner, clip, needs_bundled

import realtime.session
from realtime import load_model
from realtime.geometry import CanonicalFrame, regions

pytestmark = needs_bundled
NAME = "emotion@built-in"
AMBER_DEG = 2.0  # so that the small movements of this clip are beyond it


@pytest.fixture(scope="module")
def model() -> Any:
    return load_model(NAME)


def umeyama(src: np.ndarray, dst: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Umeyama 1991, written out: dst = scale * rotation @ src + translation."""
    a, b = src - src.mean(axis=0), dst - dst.mean(axis=0)
    u, values, vt = np.linalg.svd(b.T @ a)
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ sign @ vt
    scale = float((values * np.diag(sign)).sum() / (a**2).sum())
    return scale, rotation, dst.mean(axis=0) - scale * rotation @ src.mean(axis=0)


def interquartile(values: np.ndarray) -> np.ndarray:
    cut = len(values) // 4
    return np.sort(values, axis=0)[cut : len(values) - cut].mean(axis=0)


@pytest.mark.parametrize("pose_mode", [pytest.param("zero", marks=pytest.mark.slow), "live"])
def test_all_numbers_follow_from_the_stored_landmarks(
    meshmirror: Runner, tmp_path: Path, model: Any, pose_mode: str
) -> None:
    done = meshmirror(
        "live", "--source", str(clip("single_face.mp4")), "--headless", "--neutral", "0.6", "--pose", pose_mode,
        "--record", "anna", "--json", "--emotion", "inverse", "--set", "detect.tracker=bundled",
        "--set", "record.video=false", "--set", f"model.amber_deg={AMBER_DEG}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    with realtime.session.open(tmp_path / "anna") as session:
        table = session.table(meshes=True).to_pylist()
        identity = session[len(session) - 1].models[0].identity
    assert identity is not None
    k = len(model.feature_columns)
    coef, intercept = model.coef.astype(float), model.intercept.astype(float)
    mean, anchors, at = model.mean_mesh.astype(float), model.anchors.astype(float), list(model.anchor_indices)
    percent = 100 / np.linalg.norm(mean[263] - mean[33])
    axes = CanonicalFrame.of(model.mean_mesh).axes

    def mesh(features: dict[str, float], pose: np.ndarray) -> np.ndarray:
        row = np.array([features.get(name, 0.0) for name in model.feature_columns])
        return (row @ coef[:k] + pose @ coef[k:] + intercept).reshape(3, 478).T

    def nme(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.linalg.norm(one - other, axis=1).mean() * percent)

    def features(row: dict[str, Any], group: str) -> dict[str, float]:
        return {name: row[f"{group}.{name}"] for name in model.feature_columns}

    frames, neutral_rows = [], []
    for row in table:
        points = np.array(row["landmarks"]).reshape(478, 3)
        scale, rotation, translation = umeyama(points[at], anchors)
        seen = scale * points @ rotation.T + translation
        assert row["scale"] == pytest.approx(scale, rel=1e-4)
        assert np.abs(np.array(row["canonical"]).reshape(478, 3) - seen).max() < 2e-3
        assert row["anchor_residual"] == pytest.approx(
            np.linalg.norm(seen[at] - anchors, axis=1).max() * percent, abs=1e-3
        )
        # The head in (image right, up, towards the camera) is Ry(-yaw) Rx(-pitch) Rz(roll).
        head = np.diag([1.0, -1.0, -1.0]) @ (axes @ rotation).T
        pose = np.array(
            [np.arcsin(head[1, 2]), -np.arctan2(head[0, 2], head[2, 2]), np.arctan2(head[1, 0], head[1, 1])]
        )
        assert [row["pitch"], row["yaw"], row["roll"]] == pytest.approx(pose, abs=1e-4)
        given = pose if pose_mode == "live" else np.zeros(3)
        predicted, rest = mesh(features(row, "features"), given), mesh({"neutral": 1.0}, given)
        assert np.abs(np.array(row["predicted"]).reshape(478, 3) - predicted).max() < 5e-3
        assert row["nme"] == pytest.approx(nme(seen, predicted), abs=1e-3)
        sse, around = ((seen - predicted) ** 2).sum(), ((seen - mean) ** 2).sum()
        assert row["skill"] == pytest.approx(1 - sse / around, abs=1e-4)
        distance = np.linalg.norm(seen - predicted, axis=1) * percent
        for name, vertices in regions().items():
            assert row[f"regions.{name}"] == pytest.approx(distance[vertices].mean(), abs=1e-3)
        floor = mesh(features(row, "floor_features"), given)
        assert row["floor_nme"] == pytest.approx(nme(seen, floor), abs=1e-3)
        assert (
            row["floor_sse"] == pytest.approx(((seen - floor) ** 2).sum(), rel=1e-4)
            and row["floor_sse"] <= sse * 1.0001
        )
        if not row["calibrated"]:
            neutral_rows.append((seen, rest, pose))
            assert row["amber"] == bool((np.abs(np.degrees(pose[:2])) > AMBER_DEG).any())
            continue
        frames.append((row, seen, predicted, rest, mesh({"neutral": 1.0}, np.zeros(3))))

    # The identity, from the frames before it was complete.
    count = identity.frames
    observed = np.array([seen for seen, *_ in neutral_rows[-count:]])
    offset = interquartile(observed - np.array([rest for _, rest, _ in neutral_rows[-count:]]))
    at_pose = interquartile(np.array([pose for *_, pose in neutral_rows[-count:]]))
    level_pose = identity.rest
    assert level_pose is not None
    assert [level_pose.pitch, level_pose.yaw, level_pose.roll] == pytest.approx(at_pose, abs=1e-4)
    assert np.abs(identity.offset_canon - offset).max() < 2e-3
    own = interquartile(observed)
    assert np.abs(identity.neutral_canon - own).max() < 2e-3
    steps = np.linalg.norm(np.diff(observed, axis=0), axis=2).mean(axis=1)
    assert identity.noise_nme == pytest.approx(np.median(steps) / 2**0.5 * percent, abs=1e-3)

    assert identity.info is not None and identity.info.repeatability_nme == 0.30  # of the tracker `bundled`
    noise = 478 * 3 * pi / 8 * (max(identity.noise_nme, 0.30) / percent) ** 2
    terms = {name: np.zeros(0) for name in ("rest", "along", "displaced")}
    sums = {"delivered": 0.0, "own": 0.0, "floor": 0.0}
    apart, saw, amber, errors = [], [], [], []
    for row, seen, predicted, rest, level in frames:
        mine = seen - offset
        assert row["nme_adjusted"] == pytest.approx(nme(mine, predicted), abs=2e-3)
        sse, baseline = ((mine - predicted) ** 2).sum(), ((seen - own) ** 2).sum()
        assert row["skill_adjusted"] == pytest.approx(1 - sse / baseline, abs=2e-3 * (1 + sse / baseline))
        floor = mesh(features(row, "floor_features_adjusted"), _given(row))
        assert row["floor_sse_adjusted"] == pytest.approx(((mine - floor) ** 2).sum(), rel=2e-3)
        r, d = mine - rest, predicted - rest
        for name, value in {"rest": (r * r).sum(), "along": (r * d).sum(), "displaced": (d * d).sum()}.items():
            assert row[f"gain_terms.{name}"] == pytest.approx(value, rel=2e-3, abs=5.0)
            terms[name] = np.append(terms[name], value)
        assert row["gain_terms.noise"] == pytest.approx(noise, rel=1e-3)
        total, held = ((seen - mean) ** 2).sum(), (r**2).sum()
        at_rest = ((mine - level) ** 2).sum()
        parts = {"identity": total - at_rest, "pose": at_rest - held, "emotion": held - sse}
        parts |= {"noise": min(sse, noise), "unexplained": sse - min(sse, noise)}
        for name, value in parts.items():
            assert row[f"parts.{name}"] == pytest.approx(value, rel=5e-3, abs=2e-3 * total), name
        sums["delivered"] += sse
        sums["own"] += baseline
        sums["floor"] += ((mine - floor) ** 2).sum()
        apart.append(mine - predicted)
        saw.append(seen)
        errors.append((sse, baseline))
        turned = np.degrees([row["pitch"] - at_pose[0], row["yaw"] - at_pose[1]])
        amber.append(bool((np.abs(turned) > AMBER_DEG).any()))
        assert row["amber"] == amber[-1]

    counted = [row["valid"] for row, *_ in frames]
    assert all(counted) and report["averaged"] == len(frames)
    variation = ((np.array(saw) - np.mean(saw, axis=0)) ** 2).sum()
    gain = terms["along"].sum() / terms["displaced"].sum()
    gained = (terms["rest"] - 2 * gain * terms["along"] + gain**2 * terms["displaced"]).sum()
    assert gain > 0 and report["gain"] == pytest.approx(gain, abs=2e-3)
    for name, sse in {
        "delivered": sums["delivered"],
        "with_gain": gained,
        "floor": sums["floor"],
        "constant_face": variation,
    }.items():
        scores = report if name == "delivered" else report[name]
        assert scores["skill"] == pytest.approx(1 - sse / sums["own"], abs=2e-3), name
        assert scores["r2"] == pytest.approx(1 - sse / variation, abs=2e-2), name
    assert report["mae"] == pytest.approx(np.abs(apart).mean(), abs=2e-3)
    assert report["mae_percent"] == pytest.approx(np.abs(apart).mean() * percent, abs=2e-3)
    within = np.array(apart) - np.mean(apart, axis=0)
    assert report["r2_within"] == pytest.approx(1 - (within**2).sum() / variation, abs=2e-2)

    again = json.loads(meshmirror("replay", "anna", "--headless", "--json").stdout)
    assert again["recomputed"]["missing"] == 0 and again["amber"] == report["amber"]
    steady = ~np.array(amber)
    assert 5 < steady.sum() < len(frames) - 2 and report["amber"] == sum(row["amber"] for row in table)
    kept, (sse, baseline) = report["without_amber"], np.array(errors)[steady].sum(axis=0)
    assert kept["averaged"] == steady.sum() and kept["skill"] == pytest.approx(1 - sse / baseline, abs=2e-3)
    assert kept["mae"] == pytest.approx(np.abs(np.array(apart)[steady]).mean(), abs=2e-3)
    among = np.array(saw)[steady]
    assert kept["r2"] == pytest.approx(1 - sse / ((among - among.mean(axis=0)) ** 2).sum(), abs=5e-2)


def _given(row: dict[str, Any]) -> np.ndarray:
    given = [row[f"given_pose.{name}"] for name in ("pitch", "yaw", "roll")]
    return np.zeros(3) if given[0] is None else np.array(given)
