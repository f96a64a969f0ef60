"""When the keyframes are, and what is held where there is nothing."""

from __future__ import annotations

import numpy as np

from realtime.export.keyframes import held, keyframes, shown

S = 1_000_000_000


def test_every_row_is_a_keyframe_at_its_own_time() -> None:
    times = np.array([5.0, 5.04, 5.07, 5.2]) * S
    found = keyframes(times.astype(np.int64))
    assert found.rows.tolist() == [0, 1, 2, 3]
    assert np.allclose(found.seconds, [0, 0.04, 0.07, 0.2]) and found.seconds.dtype == np.float32


def test_a_gap_begins_a_period_after_its_last_row() -> None:
    times = np.array([0, S // 10, 2 * S // 10, 3 * S, 3 * S + S // 10])
    found = keyframes(times)
    assert found.rows.tolist() == [0, 1, 2, -1, 3, 4]
    assert np.allclose(found.seconds, [0, 0.1, 0.2, 0.3, 3.0, 3.1])
    everywhere = np.ones(5, bool)
    assert held(found.rows, everywhere).tolist() == [0, 1, 2, 2, 3, 4]
    assert shown(found.rows, everywhere).tolist() == [True, True, True, False, True, True]


def test_what_is_missing_is_held_and_hidden() -> None:
    rows = keyframes(np.arange(6) * S // 30).rows
    present = np.array([False, True, True, False, False, True])
    assert held(rows, present).tolist() == [1, 1, 2, 2, 2, 5]
    assert shown(rows, present).tolist() == present.tolist()


def test_fewer_a_second_are_the_first_rows_of_their_ticks() -> None:
    times = np.arange(60) * S // 30
    found = keyframes(times, 10.0)
    assert found.rows.tolist() == list(range(0, 60, 3))
    assert keyframes(times, 100.0).rows.tolist() == list(range(60))


def test_times_increase_strictly_in_the_file() -> None:
    damaged = np.array([0, 2, 1, 3, 3, 4]) * S // 10
    long = np.r_[0, 40 * 3600 * S + np.arange(300) * S // 120]  # beyond what float32 tells apart
    for times, fewest in ((damaged, 4), (long, 100)):
        seconds = keyframes(times).seconds
        assert (np.diff(seconds) > 0).all() and fewest <= len(seconds) < len(times) + 2
