"""The subject's own face, and the numbers that compare what is seen with what was predicted."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.types import Aligned, Identity, Pose, Similarity
from realtime.geometry import ANCHORS, Aligner, CanonicalFrame, NeutralCollector, regions, residual

STEP = 40_000_000


def aligned(mesh):
    return Aligned(mesh.astype(np.float32), Similarity(np.array(1.0), np.eye(3), np.zeros(3)), 1.0, Pose(0, 0, 0))


@pytest.fixture()
def frame(mean_mesh):
    return CanonicalFrame.of(mean_mesh)


def test_identity_recovers_a_known_offset_and_noise(mean_mesh, frame, rng):
    """The model's pose part differs from frame to frame and must not be booked as identity."""
    offset = rng.normal(size=(478, 3)) * 3
    pose_row = rng.normal(size=(478, 3)) * 5
    sigma = 0.4
    collector = NeutralCollector(4.0, frame)
    for at in range(101):
        prediction = mean_mesh + pose_row * np.sin(at / 9) * 0.2
        noisy = prediction + offset + rng.normal(size=(478, 3)) * sigma
        if at in (40, 41):
            noisy = noisy + 60.0  # a slipped landmark mesh
        collector.add(aligned(noisy), prediction, at * STEP)
    assert collector.progress == 1.0 and collector.done
    identity, reason = collector.finish()
    assert reason == "" and identity.frames == 101
    assert np.abs(identity.offset_canon - offset).max() < 5 * sigma * 1.2 / np.sqrt(101)
    # A mean of noise alone: the mean length of a normal vector in three dimensions is sigma * sqrt(8 / pi).
    still = NeutralCollector(4.0, frame)
    for at in range(101):
        still.add(aligned(mean_mesh + rng.normal(size=(478, 3)) * sigma), mean_mesh, at * STEP)
    noise = still.finish()[0].noise_nme
    assert noise == pytest.approx(100 * sigma * np.sqrt(8 / np.pi) / frame.unit, rel=0.02)


def test_neutral_and_offset_fit_together(mean_mesh, frame, rng):
    collector = NeutralCollector(1.0, frame)
    for at in range(30):
        collector.add(aligned(mean_mesh + 2 + rng.normal(size=(478, 3)) * 0.1), mean_mesh, at * STEP)
    identity, _ = collector.finish()
    np.testing.assert_allclose(identity.neutral_canon - identity.offset_canon, mean_mesh, atol=1e-3)
    assert identity.frames == 26  # a second of stamps; what came later was ignored
    with pytest.raises(ValueError, match="read-only"):
        identity.offset_canon[0] = 0


def test_progress_counts_the_stamps_of_the_face(mean_mesh, frame):
    collector = NeutralCollector(2.0, frame)
    collector.add(None, None, 0)
    collector.add(None, None, 5_000_000_000)
    assert collector.progress == 0.0  # nobody came yet
    collector.add(aligned(mean_mesh), mean_mesh, 6_000_000_000)
    collector.add(aligned(mean_mesh), mean_mesh, 6_500_000_000)
    assert collector.progress == pytest.approx(0.25)
    with pytest.raises(ValueError, match="grow"):
        collector.add(aligned(mean_mesh), mean_mesh, 6_500_000_000)
    with pytest.raises(ValueError, match="positive"):
        NeutralCollector(0.0, frame)


def test_too_few_frames(mean_mesh, frame):
    collector = NeutralCollector(1.0, frame)
    for at in range(6):
        collector.add(aligned(mean_mesh), mean_mesh, at * 5 * STEP)
    identity, reason = collector.finish()
    assert identity is None and "only 6 frames" in reason


def test_a_lost_face(mean_mesh, frame):
    collector = NeutralCollector(3.0, frame)
    for at in range(20):
        collector.add(aligned(mean_mesh), mean_mesh, at * STEP)
    for at in range(20, 50):
        collector.add(None, None, at * STEP)
    identity, reason = collector.finish()
    assert collector.done and identity is None and "lost" in reason


def test_a_short_gap_does_not_count_as_noise(mean_mesh, frame, rng):
    """Before and after the gap the face is still, but not at the same place: only neighbours tell about noise."""
    collector = NeutralCollector(2.0, frame)
    for at in range(51):
        gone = at % 2 == 1
        collector.add(None if gone else aligned(mean_mesh + at * 0.01), None if gone else mean_mesh, at * STEP)
    identity, _ = collector.finish()
    assert identity.frames == 26 and identity.noise_nme == 0.0


def test_too_much_motion(mean_mesh, frame):
    collector = NeutralCollector(2.0, frame)
    for at in range(51):
        collector.add(aligned(mean_mesh * (1 + 0.1 * np.sin(at))), mean_mesh, at * STEP)
    identity, reason = collector.finish()
    assert identity is None and "too much motion" in reason


def test_calibration_on_a_real_clip(clip_px, mean_mesh, frame):
    """Its first second is quiet; over the whole clip the expression changes, and that is no calibration."""
    aligner = Aligner(mean_mesh[list(ANCHORS)], frame)
    faces = [aligner(points) for points in clip_px]
    quiet = NeutralCollector(1.0, frame)
    for at, face in enumerate(faces):
        quiet.add(face, mean_mesh, at * STEP)
    identity, reason = quiet.finish()
    assert reason == "" and 0.02 < identity.noise_nme < 1.0
    whole = NeutralCollector(2.8, frame)
    for at, face in enumerate(faces):
        whole.add(face, mean_mesh, at * STEP)
    assert whole.finish()[0] is None


@pytest.mark.parametrize("adjusted", [False, True])
def test_residual_by_plain_loops(adjusted, mean_mesh, frame, rng):
    observed, predicted = (
        (mean_mesh + rng.normal(size=(478, 3)) * 4).astype(np.float32),
        (mean_mesh + rng.normal(size=(478, 3))).astype(np.float32),
    )
    neutral = (mean_mesh + 1).astype(np.float32)
    identity = Identity(neutral - mean_mesh.astype(np.float32), neutral, 0.7, 50)
    found = residual(
        observed,
        predicted,
        frame=frame,
        mean_mesh=mean_mesh,
        identity=identity if adjusted else None,
        adjusted=adjusted,
    )
    unit = sum((mean_mesh[33][i] - mean_mesh[263][i]) ** 2 for i in range(3)) ** 0.5

    def distance(a, b):
        return sum((float(a[i]) - float(b[i])) ** 2 for i in range(3)) ** 0.5

    def nme(other):
        return 100 * sum(distance(observed[v], other[v]) for v in range(478)) / 478 / unit

    def sse(other):
        return sum(distance(observed[v], other[v]) ** 2 for v in range(478))

    for v in (0, 33, 477):
        assert found.distance[v] == pytest.approx(100 * distance(observed[v], predicted[v]) / unit, rel=1e-5)
    np.testing.assert_allclose(found.vectors_canon, observed - predicted, atol=1e-4)
    assert found.nme == pytest.approx(nme(predicted), rel=1e-9)
    for name, members in regions().items():
        naive = 100 * sum(distance(observed[v], predicted[v]) for v in members) / len(members) / unit
        assert found.regions[name] == pytest.approx(naive, rel=1e-9)
    assert found.baselines["mean_mesh"] == pytest.approx(nme(mean_mesh), rel=1e-9)
    baseline = neutral if adjusted else mean_mesh
    assert found.sse == pytest.approx(sse(predicted), rel=1e-9)
    assert found.baseline_sse == pytest.approx(sse(baseline), rel=1e-9)
    assert found.skill == pytest.approx(1 - sse(predicted) / sse(baseline), rel=1e-9)
    assert found.baseline_name == ("own_neutral" if adjusted else "mean_mesh")
    if adjusted:
        assert found.baselines["own_neutral"] == pytest.approx(nme(neutral), rel=1e-9)
        assert found.baselines["noise"] == 0.7
    else:
        assert set(found.baselines) == {"mean_mesh"}


def test_an_exact_baseline_and_an_exact_model(mean_mesh, frame):
    mesh = mean_mesh.astype(np.float32)
    exact = residual(mesh, mesh, frame=frame, mean_mesh=mesh)
    assert exact.nme == 0 and np.isfinite(exact.skill) and all(v == 0 for v in exact.regions.values())
    assert np.isfinite(residual(mesh, mesh + 1, frame=frame, mean_mesh=mesh).skill)
    assert residual(mesh + 1, mesh + 1, frame=frame, mean_mesh=mesh).skill == 1.0


def test_what_cannot_be_compared_raises(mean_mesh, frame):
    hurt = mean_mesh.copy()
    hurt[100, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        residual(hurt, mean_mesh, frame=frame, mean_mesh=mean_mesh)
    with pytest.raises(ValueError, match="finite"):
        residual(mean_mesh, hurt, frame=frame, mean_mesh=mean_mesh)
    with pytest.raises(ValueError, match="calibrate"):
        residual(mean_mesh, mean_mesh, frame=frame, mean_mesh=mean_mesh, adjusted=True)
    with pytest.raises(ValueError, match="observed"):
        residual(mean_mesh[:468], mean_mesh, frame=frame, mean_mesh=mean_mesh)
