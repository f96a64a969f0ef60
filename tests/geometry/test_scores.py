"""Scores from sums: equal to scikit-learn's, to plain numpy, and the same however the frames are split."""

from __future__ import annotations

import numpy as np
import pytest
from common import STUDY

from realtime.core.frame_result import GainTerms
from realtime.core.types import FloatArray
from realtime.geometry import GainSums, ScoreSums, gain_terms, skill

N = 40


@pytest.fixture(scope="module")
def meshes() -> tuple[FloatArray, FloatArray, FloatArray]:
    """The mean mesh (478, 3), N observed and N predicted ones, far from the origin as in some files."""
    rng = np.random.default_rng(3)
    mean = rng.normal(size=(478, 3)) * 60 + 400
    observed = mean + rng.normal(size=(478, 3)) * 5 + rng.normal(size=(N, 478, 3))
    predicted = observed * 0.6 + mean * 0.4 + rng.normal(size=(N, 478, 3)) * 0.5
    return mean.astype(np.float32), observed.astype(np.float32), predicted.astype(np.float32)


def _scored(mean: FloatArray, observed: FloatArray, predicted: FloatArray) -> ScoreSums:
    sums = ScoreSums(mean)
    for seen, expected in zip(observed, predicted, strict=True):
        sums.add(seen, expected)
    return sums


def test_scores_are_scikit_learns(meshes: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason=STUDY)
    _, observed, predicted = meshes
    flat = [mesh.reshape(N, -1).astype(np.float64) for mesh in (observed, predicted)]
    sums = _scored(*meshes)
    assert sums.r2 == pytest.approx(metrics.r2_score(*flat, multioutput="variance_weighted"), abs=1e-12)
    assert sums.mae == pytest.approx(metrics.mean_absolute_error(*flat), rel=1e-12)
    within = [rows - rows.mean(axis=0) for rows in flat]
    assert sums.r2_within == pytest.approx(metrics.r2_score(*within, multioutput="variance_weighted"), abs=1e-10)
    assert sums.sse == pytest.approx(((flat[0] - flat[1]) ** 2).sum(), rel=1e-12)


def test_parts_add_up(meshes: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    mean, observed, predicted = meshes
    whole, first = _scored(*meshes), _scored(mean, observed[:13], predicted[:13])
    first.merge(_scored(mean, observed[13:], predicted[13:]))
    for name in ("frames", "r2", "r2_within", "mae", "sse", "variation"):
        assert getattr(first, name) == pytest.approx(getattr(whole, name), rel=1e-10), name
    with pytest.raises(ValueError, match="mean meshes"):
        first.merge(ScoreSums(mean + 1))


def test_without_variation_there_is_no_r2(meshes: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    mean, observed, predicted = meshes
    nothing, still = ScoreSums(mean), _scored(mean, np.repeat(observed[:1], 5, axis=0), predicted[:5])
    assert (nothing.r2, nothing.mae, nothing.r2_within) == (None, None, None)
    assert still.r2 is None and still.mae is not None
    assert skill(1.0, 0.0) is None and skill(1.0, 4.0) == 0.75


@pytest.mark.parametrize("factor", [0.3, 1.0, 1.7, -0.5])
def test_the_gain_is_the_least_squares_factor(factor: float) -> None:
    rng = np.random.default_rng(5)
    neutral = rng.normal(size=(478, 3)) * 50
    moves = rng.normal(size=(N, 478, 3))
    observed = neutral + factor * moves + rng.normal(size=(N, 478, 3)) * 0.1
    sums = GainSums()
    for seen, move in zip(observed, moves, strict=True):
        sums.add(gain_terms(seen, neutral, neutral + move, 1.0))
    expected = np.linalg.lstsq(moves.reshape(-1, 1), (observed - neutral).ravel(), rcond=None)[0][0]
    assert sums.gain == pytest.approx(expected, rel=1e-10)
    delivered = ((observed - neutral - moves) ** 2).sum()
    applied = max(0.0, expected)
    assert sums.sse == pytest.approx(((observed - neutral - applied * moves) ** 2).sum(), rel=1e-9)
    assert sums.sse is not None and sums.sse <= delivered * (1 + 1e-12)
    half, other = GainSums(), GainSums()
    for at, (seen, move) in enumerate(zip(observed, moves, strict=True)):
        (half if at % 2 else other).add(gain_terms(seen, neutral, neutral + move, 1.0))
    half.merge(other)
    assert half.gain == pytest.approx(sums.gain, rel=1e-12) and half.frames == N


def test_displacements_below_the_noise_have_no_gain() -> None:
    sums = GainSums()
    assert sums.gain is None and sums.sse is None
    sums.add(GainTerms(rest=4.0, along=1.0, displaced=1.0, noise=2.0))
    assert sums.gain is None and sums.sse is None
    sums.add(GainTerms(rest=4.0, along=3.0, displaced=7.0, noise=2.0))
    assert sums.gain == 0.5 and sums.sse == 8.0 - 4.0 + 2.0
