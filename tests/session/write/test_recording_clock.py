"""The clock of a video over several sources."""

from __future__ import annotations

import time

import pytest

from realtime.session.write import Timeline

SECOND = 1_000_000_000


def test_the_times_of_another_source_follow_those_of_the_one_before() -> None:
    timeline = Timeline()
    assert [timeline.of(stamp) for stamp in (7 * SECOND, 8 * SECOND)] == [7 * SECOND, 8 * SECOND]
    timeline.another()
    time.sleep(0.2)
    first, second = timeline.of(0), timeline.of(40)
    assert (first - 8 * SECOND) / SECOND == pytest.approx(0.2, abs=0.15)
    assert second - first == 40
    timeline.another()
    now = time.monotonic_ns()
    assert 0 <= timeline.of(now) - second < SECOND
