"""The effective number of frames: known for autoregressive series, by plain loops, and with gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime.geometry.autocorrelation import effective_size, lagged_products

F64 = npt.NDArray[np.float64]


def autoregressive(rng: np.random.Generator, n: int, rho: float) -> F64:
    noise = rng.normal(size=n)
    found = np.empty(n)
    found[0] = noise[0] / np.sqrt(1 - rho**2)
    for at in range(1, n):
        found[at] = rho * found[at - 1] + noise[at]
    return found


def naive(values: F64, valid: npt.NDArray[np.bool_]) -> float:
    """The variance of the mean pair by pair, up to the first pair of lags whose sum is not positive."""
    n = int(valid.sum())
    mean = values[valid].mean()
    sums = []
    for lag in range(len(values)):
        pairs = [
            (values[t] - mean) * (values[t + lag] - mean)
            for t in range(len(values) - lag)
            if valid[t] and valid[t + lag]
        ]
        sums.append((sum(pairs), len(pairs)))
    total = -sums[0][0]
    sums += [(0.0, 0)] * (len(sums) % 2)
    for one, other in zip(sums[::2], sums[1::2], strict=True):
        if one[1] + other[1] and one[0] + other[0] <= 0:
            break
        total += 2 * (one[0] + other[0])
    return n / max(1.0, total / sums[0][0])


@pytest.mark.parametrize("n", [40, 41])
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_it_is_what_plain_loops_give(n: int, share: float, rng: np.random.Generator) -> None:
    for rho in (0.0, 0.9):
        values, valid = autoregressive(rng, n, rho), rng.random(n) < share
        found = effective_size(np.where(valid, values, np.nan), valid)
        assert found is not None and found.effective == pytest.approx(naive(values, valid), rel=1e-9)
        assert found.frames == valid.sum() and found.time == pytest.approx(found.frames / found.effective)


def test_lags_without_any_pair_of_frames_end_nothing(rng: np.random.Generator) -> None:
    """Bursts of six frames every 25, of which two in a row are alike."""
    values = np.repeat([1.0, 1.0, -1.0, -1.0], 25) + 0.1 * rng.normal(size=100)
    valid = np.arange(100) % 25 < 6
    found = effective_size(values, valid)
    assert found is not None and found.effective == pytest.approx(naive(values, valid), rel=1e-9)
    assert found.time > 6.0  # longer than a burst


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.98])
def test_an_autoregressive_series_has_its_known_time(rho: float, rng: np.random.Generator) -> None:
    found = effective_size(autoregressive(rng, 60_000, rho))
    assert found is not None and found.time == pytest.approx((1 + rho) / (1 - rho), rel=0.2)


def test_gaps_are_gaps(rng: np.random.Generator) -> None:
    """A burst of 20 frames every 200: of a slow series each burst is worth a frame, not each frame."""
    values = autoregressive(rng, 60_000, 0.97)
    valid = np.arange(60_000) % 200 < 20
    found, joined = effective_size(values, valid), effective_size(values[valid])
    assert found is not None and joined is not None and found.frames == 6000
    means = np.array([burst.mean() for burst in np.split(values[valid], 300)])
    expected = values[valid].var() / (means.var() / len(means))  # bursts are independent
    assert found.effective == pytest.approx(expected, rel=0.25)
    # Every other frame of a series is half as many frames apart, and not twice as dependent.
    every, half = effective_size(values), effective_size(values, np.arange(60_000) % 2 == 0)
    assert every is not None and half is not None and half.effective == pytest.approx(every.effective, rel=0.1)


def test_of_nothing_and_of_what_does_not_vary() -> None:
    assert effective_size([]) is None and effective_size([1.0, 2.0], [False, False]) is None
    still, one = effective_size(np.full(100, 0.1)), effective_size([3.0])
    assert still is not None and (still.effective, still.time) == (1.0, 100.0)
    assert one is not None and one.effective == 1.0
    with pytest.raises(ValueError, match="not finite"):
        effective_size([1.0, np.nan])


def test_products_by_lag_are_those_of_numpy(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 33, 3))
    expected = sum(np.correlate(a[:, at], b[:, at], "full")[32:] for at in range(3))
    assert lagged_products(a, b) == pytest.approx(expected, abs=1e-12)
