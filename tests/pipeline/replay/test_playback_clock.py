"""The transport, beside a naive one that walks the clock in small steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.core.errors import UsageError
from realtime.core.view_options import SPEEDS
from realtime.pipeline.replay.playback_clock import PlaybackClock

MS = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


class Naive:
    """Walks millisecond by millisecond of the recorded clock, at speeds that are whole numbers."""

    def __init__(self, times_ms: list[int]) -> None:
        self.times = times_ms
        self.head, self.speed, self.playing, self.loop = times_ms[0], 1, False, False
        self.start, self.end = times_ms[0], times_ms[-1]

    @property
    def row(self) -> int:
        return sum(time <= self.head for time in self.times) - 1

    def wait(self, ms: int) -> None:
        last = self.settle()
        for _ in range(ms * self.speed):
            self.head += self.playing
            last = self.settle(last)

    def settle(self, last: int | None = None) -> int:
        """Who plays and has come to the end begins again, or rests; from behind the out point that is the very end."""
        last = last or (self.end if self.head <= self.end else self.times[-1])
        if self.playing and self.head >= last:
            if self.loop and self.end > self.start:
                self.head = self.start
                return self.end
            self.head, self.playing = last, False
        return last

    def play(self) -> None:
        if not self.playing and not self.start <= self.head < self.end:
            self.head = self.start
        self.playing = True

    def go(self, row: int) -> None:
        self.playing = False
        self.head = self.times[min(max(row, 0), len(self.times) - 1)]


ACTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 400)),
    st.tuples(st.just("play"), st.just(0)),
    st.tuples(st.just("pause"), st.just(0)),
    st.tuples(st.just("step"), st.sampled_from([-10, -1, 1, 10])),
    st.tuples(st.just("seek"), st.integers(-50, 900)),
    st.tuples(st.just("speed"), st.sampled_from([1, 2, 4, 8])),
    st.tuples(st.just("loop"), st.just(0)),
    st.tuples(st.just("in"), st.just(0)),
    st.tuples(st.just("out"), st.just(0)),
)


@given(st.lists(st.integers(1, 120), min_size=1, max_size=12), st.lists(ACTS, max_size=25))
@settings(max_examples=300, deadline=None)
def test_it_stands_where_a_naive_one_stands(gaps: list[int], acts: list[tuple[str, int]]) -> None:
    times = [0, *np.cumsum(gaps).tolist()]
    clock, naive = Clock(), Naive(times)
    player = PlaybackClock(np.array(times) * MS, clock=clock)
    for act, value in acts:
        if act == "wait":
            # At once: a playhead that is asked seldom stands where one stands that is asked often.
            clock.now += value * MS
            naive.wait(value)
        elif act == "play":
            player.play(), naive.play()
        elif act == "pause":
            player.pause()
            naive.playing = False
        elif act == "step":
            row = naive.row
            player.step(value), naive.go(row + value)
        elif act == "seek":
            player.seek(value * MS)
            naive.head = min(max(value, times[0]), times[-1])
        elif act == "speed":
            player.set_speed(float(value))
            naive.speed = value
        elif act == "loop":
            player.loop = naive.loop = not naive.loop
        elif act == "in":
            player.set_in()
            naive.start = times[0] if naive.head == naive.start else naive.head
            naive.end = naive.end if naive.end > naive.start else times[-1]
        else:
            player.set_out()
            naive.end = times[-1] if naive.head == naive.end else naive.head
            naive.start = naive.start if naive.start < naive.end else times[0]
        naive.settle()
        assert (player.range.start_ns, player.range.end_ns) == (naive.start * MS, naive.end * MS), (act, value)
        assert (player.time_ns, player.row) == (naive.head * MS, naive.row), (act, value)
        assert player.playing_now == naive.playing, (act, value)


def test_each_row_is_due_at_its_time_and_taken_once() -> None:
    clock = Clock()
    player = PlaybackClock(np.array([0, 100, 250, 400]) * MS, clock=clock)
    assert (player.take(), player.take(), player.wait_s) == (0, None, None)
    player.play()
    taken = []
    while (wait := player.wait_s) is not None:
        assert player.take() is None
        clock.now += round(wait * 1e9)
        taken.append((clock.now // MS, player.take()))
    assert taken == [(100, 1), (250, 2), (400, 3)]
    assert not player.playing
    player.again()
    assert (player.take(), player.take()) == (3, None)


def test_at_high_speed_rows_are_passed_over_and_never_queued() -> None:
    clock = Clock()
    player = PlaybackClock(np.arange(1000) * 10 * MS, speed=8.0, clock=clock)
    player.play()
    taken = []
    for _ in range(20):
        clock.now += 50 * MS  # somebody who needs 50 ms for a row, in which 40 come
        taken.append(player.take())
    assert taken == list(range(40, 840, 40))


def test_slowly_each_row_stays_as_long_as_it_has_to() -> None:
    clock = Clock()
    player = PlaybackClock(np.arange(5) * 100 * MS, speed=0.1, clock=clock)
    player.play()
    assert player.take() == 0
    assert player.wait_s == pytest.approx(1.0)
    clock.now += 999 * MS
    assert player.take() is None
    clock.now += 1 * MS
    assert player.take() == 1


def test_speeds_step_through_the_sensible_ones_from_any() -> None:
    player = PlaybackClock(np.arange(5) * MS, speed=3.0)
    player.faster()
    assert player.speed == 4.0
    for _ in range(9):
        player.slower()
    assert player.speed == SPEEDS[0]
    for _ in range(9):
        player.faster()
    assert player.speed == SPEEDS[-1]
    for speed in (0.0, 0.05, 9.0, float("nan")):
        with pytest.raises(UsageError, match=r"0\.1 to 8"):
            PlaybackClock(np.arange(5) * MS, speed=speed)


def test_a_range_begins_and_ends_with_rows_and_must_have_one() -> None:
    player = PlaybackClock(np.arange(5) * 100 * MS)
    player.set_range(130 * MS, 350 * MS)
    assert (player.range.start_ns, player.range.end_ns, player.row) == (200 * MS, 300 * MS, 2)
    for start, end in ((130, 190), (300, 200), (500, None), (None, -1)):
        with pytest.raises(UsageError, match=r"no frame; the recording goes from 0 s to 0\.4 s"):
            player.set_range(None if start is None else start * MS, None if end is None else end * MS)


def test_a_recording_of_one_row_has_nothing_to_play() -> None:
    clock = Clock()
    player = PlaybackClock(np.array([0]), loop=True, clock=clock)
    player.play()
    clock.now += MS
    assert (player.take(), player.playing_now, player.wait_s) == (0, False, None)
