"""The lag curve: finds an injected lag, in several recordings, with gaps, and says where it cannot know."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime.geometry.bootstrap import resample_people
from realtime.geometry.lag import LagSums, lag_curve, lag_sums

F64 = npt.NDArray[np.float64]
ROWS = np.random.default_rng(7).normal(size=(4, 60))


def _recording(rng: np.random.Generator, lag: int, noise: float = 0.5, n: int = 240) -> LagSums:
    """A face that moves with the features, of which the delivered ones come `lag` frames late."""
    true = np.stack([np.convolve(rng.normal(size=n + 20), np.ones(5) / 5, "same") for _ in range(4)], axis=1)
    y = 0.6 * true[10:-10] @ ROWS + noise * rng.normal(size=(n, 60))
    f = true[10 - lag : n + 10 - lag]
    valid = np.ones(n, bool)
    valid[100:103] = False
    y[~valid] = np.nan
    f = np.where(valid[:, None], f, np.nan)
    sums = lag_sums(f, y @ ROWS.T, ROWS @ ROWS.T, (y**2).sum(axis=1), valid)
    assert sums is not None
    return sums


@pytest.mark.parametrize("lag", [-2, 0, 1, 5])
def test_an_injected_lag_is_found(lag: int, rng: np.random.Generator) -> None:
    recordings = [_recording(rng, lag) for _ in range(6)]
    curve = lag_curve(recordings, resample_people([None] * 6))
    assert curve is not None and curve.peak == pytest.approx(lag, abs=0.15) and not curve.at_end
    assert curve.shifts[curve.skill.argmax()] == lag
    assert curve.interval is not None and curve.interval.low <= lag + 0.1 and curve.interval.high >= lag - 0.1
    assert curve.interval.high - curve.interval.low < 0.5


def test_the_skill_at_each_shift_is_that_of_plain_loops(rng: np.random.Generator) -> None:
    n, reach = 60, 3
    f, y = rng.normal(size=(n, 4)), rng.normal(size=(n, 60))
    f[:-1] += y[1:] @ np.linalg.pinv(ROWS)  # the features of a frame are those of the next face
    valid = np.ones(n, bool)
    valid[20] = False
    sums = lag_sums(f, y @ ROWS.T, ROWS @ ROWS.T, (y**2).sum(axis=1), valid, reach)
    assert sums is not None
    curve = lag_curve([sums])
    assert curve is not None and curve.interval is None
    frames = [t for t in range(reach, n - reach) if all(valid[t + s] for s in range(-reach, reach + 1))]
    assert curve.frames == len(frames)
    for shift, skill in zip(curve.shifts, curve.skill, strict=True):
        moved, seen = np.array([f[t + shift] @ ROWS for t in frames]), y[frames]
        gain = max(0.0, (moved * seen).sum() / (moved**2).sum())
        assert skill == pytest.approx(1 - ((seen - gain * moved) ** 2).sum() / (seen**2).sum(), abs=1e-12)
    assert curve.shifts[curve.skill.argmax()] == -1


@pytest.mark.parametrize("count", [2, 4, 8])
def test_the_interval_holds_the_peak_of_all(count: int, rng: np.random.Generator) -> None:
    """Also of recordings whose own peaks lie to both sides of it, and of few of them."""
    for _ in range(20):
        recordings = [_recording(rng, int(rng.integers(-1, 2)), noise=3.0) for _ in range(count)]
        curve = lag_curve(recordings, resample_people([None] * count))
        assert curve is not None and curve.interval is not None and curve.peak is not None
        assert curve.interval.value == curve.peak
        assert curve.interval.low <= curve.peak + 1e-9 and curve.interval.high >= curve.peak - 1e-9


@pytest.mark.parametrize("peak", [-2.7, 1.3, 4.5])
def test_a_peak_between_two_frames_is_found(peak: float) -> None:
    shifts = np.arange(-6, 7)
    along = np.sqrt(0.9 - 0.005 * (shifts - peak) ** 2)
    curve = lag_curve([LagSums(along, np.ones(13), 1.0, 100)])
    assert curve is not None and curve.peak == pytest.approx(peak, abs=1e-9)


def test_a_lag_beyond_the_curve_is_said(rng: np.random.Generator) -> None:
    slow = np.stack([np.convolve(rng.normal(size=400), np.hanning(60), "same") for _ in range(4)], axis=1)
    y = slow @ ROWS
    late = np.roll(slow, 15, axis=0)
    sums = lag_sums(late, y @ ROWS.T, ROWS @ ROWS.T, (y**2).sum(axis=1), np.ones(400, bool))
    assert sums is not None
    curve = lag_curve([sums])
    assert curve is not None and curve.at_end and curve.peak == 10


def test_where_nothing_can_be_known(rng: np.random.Generator) -> None:
    f, y = rng.normal(size=(200, 4)), rng.normal(size=(200, 60))
    z, squares = y @ ROWS.T, (y**2).sum(axis=1)
    gaps = np.arange(200) % 15 > 0  # no frame has ten neighbours to both sides
    assert lag_sums(f, z, ROWS @ ROWS.T, squares, gaps) is None
    assert lag_sums(f[:15], z[:15], ROWS @ ROWS.T, squares[:15], gaps[:15]) is None
    assert lag_curve([]) is None
    still = lag_sums(np.zeros((200, 4)), z, ROWS @ ROWS.T, squares, np.ones(200, bool))
    assert still is not None
    curve = lag_curve([still])
    assert curve is not None and curve.peak is None and not curve.at_end


def test_blocks_of_a_recording_add_up_to_it(rng: np.random.Generator) -> None:
    f, y = rng.normal(size=(200, 4)), rng.normal(size=(200, 60))
    valid = np.arange(200) != 77
    z, squares = y @ ROWS.T, (y**2).sum(axis=1)
    whole = lag_sums(f, z, ROWS @ ROWS.T, squares, valid)
    parts = [lag_sums(f, z, ROWS @ ROWS.T, squares, valid, block=np.arange(200) // 100 == at) for at in (0, 1)]
    assert whole is not None and parts[0] is not None and parts[1] is not None
    assert parts[0].row + parts[1].row == pytest.approx(whole.row) and parts[0].frames + parts[1].frames == whole.frames
