"""The clock of a video over several sources."""

from __future__ import annotations

from realtime.session.write import Timeline

SECOND = 1_000_000_000


def test_the_times_of_another_source_follow_those_of_the_one_before() -> None:
    now = [100 * SECOND]
    timeline = Timeline(lambda: now[0])
    assert [timeline.of(stamp) for stamp in (7 * SECOND, 8 * SECOND)] == [7 * SECOND, 8 * SECOND]
    timeline.another()
    now[0] += SECOND // 5
    first, second = timeline.of(0), timeline.of(40)
    assert first - 8 * SECOND == SECOND // 5
    assert second - first == 40
    timeline.another()
    now[0] += 3
    assert timeline.of(now[0]) - second == 3
