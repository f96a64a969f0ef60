"""Hysteresis, and the limit of a rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from realtime.stream.hysteresis import Hysteresis
from realtime.stream.rate_limit import RateLimit


def test_a_value_at_the_threshold_sets_off_one_event() -> None:
    events = Hysteresis(0.6, 0.4)
    values = [0.0, 0.59, 0.61, 0.59, 0.61, 0.41, 0.6, 0.39, 0.5, 0.59, 0.6, float("nan")]
    found = [(at, list(events.update({"joy": value}))) for at, value in enumerate(values)]
    assert [(at, one) for at, one in found if one] == [
        (2, [("joy", True)]), (7, [("joy", False)]), (10, [("joy", True)]), (11, [("joy", False)]),
    ]  # fmt: skip


def test_all_events_end_with_the_face() -> None:
    events = Hysteresis(0.6, 0.4)
    assert list(events.update({"a": 1.0, "b": 1.0, "c": 0.0})) == [("a", True), ("b", True)]
    assert sorted(events.update(None)) == [("a", False), ("b", False)]
    assert list(events.update(None)) == []


def test_a_rate_is_kept_on_average_and_never_exceeded() -> None:
    for rate in (7.0, 20.0, 29.0):
        limit = RateLimit(rate)
        times = np.arange(300) * (1e9 / 30)
        taken = [int(at) for at in times if limit.take(int(at))]
        assert abs(len(taken) - 10 * rate) <= 1, rate
        assert min(b - a for a, b in pairwise(taken)) >= 1e9 / 30 - 2


def test_without_a_rate_everything_is_due_and_a_clock_that_jumps_stops_nothing() -> None:
    assert all(RateLimit(0).take(at) for at in (5, 5, 3, 1 << 60))
    limit = RateLimit(10)
    assert limit.take(int(500e9)) and not limit.take(int(500.05e9))
    assert limit.take(int(3e9)), "back"
    assert not limit.take(int(3.05e9)) and limit.take(int(3.11e9))
    assert limit.take(1 << 60), "ahead"
