"""The clock of two recordings, beside one that compares every row with every row."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.core.types import Array
from realtime.pipeline.replay.common_clock import CommonClock

MS = 1_000_000

grown = st.lists(st.integers(1, 60), min_size=0, max_size=12).map(lambda steps: np.cumsum([0, *steps]) * MS)


def pairs_of(first: Array, second: Array) -> set[tuple[int, int]]:
    """Rows that are each other's nearest and at most half a period of the slower recording apart."""
    periods = [float(np.median(np.diff(times))) for times in (first, second) if len(times) > 1]
    half = max(periods, default=0.0) / 2
    found = set()
    for one, time in enumerate(first):
        other = min(range(len(second)), key=lambda row: abs(int(second[row]) - int(time)))
        back = min(range(len(first)), key=lambda row: abs(int(first[row]) - int(second[other])))
        if back == one and abs(int(second[other]) - int(time)) <= half:
            found.add((one, other))
    return found


@settings(max_examples=300, deadline=None)
@given(grown, grown, st.integers(0, 400), st.integers(0, 400))
def test_every_row_has_a_tick_and_pairs_are_those_of_all_with_all(a: Array, b: Array, at_a: int, at_b: int) -> None:
    clock = CommonClock.of(a, b, at_a * MS, at_b * MS)
    shift_a, shift_b = clock.spans_ns[0][0] - a[0], clock.spans_ns[1][0] - b[0]
    assert min(clock.spans_ns[0][0], clock.spans_ns[1][0]) == 0
    assert shift_a + at_a * MS == shift_b + at_b * MS == clock.aligned_ns, "both are aligned there"
    for rows, times in zip(clock.rows, (a, b), strict=True):
        assert list(np.unique(rows)) == list(range(len(times))), "none is left out"
        assert (np.diff(rows) >= 0).all()
    assert (np.diff(clock.times_ns) >= 0).all()
    paired = {(int(one), int(other)) for one, other in clock.rows[:, clock.paired].T}
    assert paired == pairs_of(a + shift_a, b + shift_b) and len(paired) == clock.pairs
    assert len(clock.times_ns) == len(a) + len(b) - clock.pairs
    for tick, (row_a, row_b) in enumerate(clock.rows.T):
        time = clock.times_ns[tick]
        assert time in (a[row_a] + shift_a, b[row_b] + shift_b)
        if not clock.paired[tick]:  # a row that is shown is not of the future, but for one that was a pair's already
            shown = np.flatnonzero((clock.rows == [[row_a], [row_b]]).any(axis=0))[0] < tick
            assert shown or max(a[row_a] + shift_a, b[row_b] + shift_b) <= time or 0 in (row_a, row_b)


def test_two_rates_share_the_frames_of_the_slower_one() -> None:
    fast, slow = np.arange(60) * 1_000_000_000 // 60, np.arange(24) * 1_000_000_000 // 24
    clock = CommonClock.of(fast, slow, 0, 0)
    assert clock.pairs == 24 and len(clock.times_ns) == 60
    apart = fast[clock.rows[0, clock.paired]] - slow[clock.rows[1, clock.paired]]
    assert np.abs(apart).max() <= 1_000_000_000 / 60 / 2 + 1
