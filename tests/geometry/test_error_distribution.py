"""Bins of errors: percentiles and areas as from the errors themselves, and the same however frames are split."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.geometry.error_distribution import BIN_PERCENT, ErrorDistribution


@pytest.fixture()
def errors(rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rng.gamma(3.0, 1.5, 4001)


def test_percentiles_and_areas_are_within_half_a_bin(errors: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    found = ErrorDistribution.of(errors)
    assert found.frames == 4001
    assert found.percentiles() is not None and list(found.percentiles() or {}) == [50, 75, 90, 95, 99]
    for percent, value in (found.percentiles((0, 1, 50, 75, 90, 95, 99, 100)) or {}).items():
        exact = np.percentile(errors, percent, method="inverted_cdf")
        assert abs(value - exact) <= BIN_PERCENT / 2 + 1e-9, percent
    assert found.area(8.0) == pytest.approx(np.maximum(0.0, 1 - errors / 8.0).mean(), abs=BIN_PERCENT / 8)
    assert found.failure_rate(8.0) == pytest.approx((errors >= 8.0).mean())
    assert found.share_below(2.5) == pytest.approx((errors < 2.5).mean())


def test_any_split_gives_the_same_counts(errors: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    whole, parts = ErrorDistribution.of(errors), ErrorDistribution()
    for part in np.array_split(errors, 7):
        parts.merge(ErrorDistribution.of(part))
    assert (whole.counts == parts.counts).all()
    assert (ErrorDistribution(whole.trimmed).counts == whole.counts).all() and whole.trimmed[-1] > 0


def test_of_no_frames_and_beyond_the_bins() -> None:
    nothing = ErrorDistribution()
    assert (nothing.percentiles(), nothing.area(8.0), nothing.failure_rate(8.0), nothing.trimmed) == (
        None,
        None,
        None,
        [],
    )
    far = ErrorDistribution.of([0.0, 1e9, np.inf])
    assert far.percentile(50) == 100.0 and far.failure_rate(8.0) == pytest.approx(2 / 3)
    assert far.area(8.0) == pytest.approx(1 / 3, abs=1e-3) and far.percentile(10) == 0.005
    for wrong in (-0.1, np.nan):
        with pytest.raises(ValueError, match="not a number"):
            far.add([wrong])
