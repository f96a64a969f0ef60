"""When to draw, told by a clock that the test turns: no window, no waiting."""

from __future__ import annotations

import pytest

from realtime.app.draw_scheduler import IDLE_S, INPUT_S, SETTLE_FRAMES, DrawScheduler


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scheduler(clock: Clock) -> DrawScheduler:
    return DrawScheduler(clock)


def frames_until_idle(scheduler: DrawScheduler) -> int:
    """How many frames are drawn until nothing is requested any more."""
    drawn = 0
    while scheduler.due():
        scheduler.drawn()
        drawn += 1
        assert drawn < 100
    return drawn


def test_nothing_is_drawn_unasked_and_the_loop_sleeps(scheduler: DrawScheduler, clock: Clock) -> None:
    for _ in range(5):
        assert not scheduler.due() and not scheduler.due(results_come=True)
        assert scheduler.sleep_s() == scheduler.sleep_s(results_come=True) == IDLE_S
        clock.now += 3600


def test_a_request_is_drawn_at_once_and_only_so_often(scheduler: DrawScheduler) -> None:
    scheduler.request()
    assert scheduler.due() and scheduler.sleep_s() == 0
    assert frames_until_idle(scheduler) == 1
    scheduler.settle()
    assert frames_until_idle(scheduler) == SETTLE_FRAMES


def test_requests_do_not_add_up(scheduler: DrawScheduler) -> None:
    """A hundred movements of the mouse between two frames are one change of the picture."""
    for _ in range(100):
        scheduler.request()
        scheduler.settle()
        scheduler.request(2)
    assert scheduler.requested == SETTLE_FRAMES
    assert frames_until_idle(scheduler) == SETTLE_FRAMES


def test_a_frame_that_is_drawn_for_another_reason_counts(scheduler: DrawScheduler) -> None:
    scheduler.settle()
    scheduler.drawn()  # a result came
    assert scheduler.requested == SETTLE_FRAMES - 1
    for _ in range(10):
        scheduler.drawn()
    assert scheduler.requested == 0, "and never less than none"


def test_while_results_come_a_request_waits_for_the_next_one_but_not_long(
    scheduler: DrawScheduler, clock: Clock
) -> None:
    scheduler.drawn()
    scheduler.request()
    assert not scheduler.due(results_come=True)
    assert scheduler.due(), "without results it is drawn at once"
    clock.now += 0.4 * INPUT_S
    assert not scheduler.due(results_come=True)
    assert scheduler.sleep_s(results_come=True) == pytest.approx(0.6 * INPUT_S)
    clock.now += 0.6 * INPUT_S + 1e-9
    assert scheduler.due(results_come=True) and scheduler.sleep_s(results_come=True) == 0


def test_the_first_frame_waits_for_no_result(scheduler: DrawScheduler) -> None:
    scheduler.request()
    assert scheduler.due(results_come=True)


def test_the_sleep_is_never_longer_than_it_may_be(scheduler: DrawScheduler, clock: Clock) -> None:
    assert scheduler.sleep_s(most=0.01) == 0.01
    scheduler.drawn()
    scheduler.request()
    assert scheduler.sleep_s(results_come=True, most=0.01) == 0.01
    clock.now += 100
    assert scheduler.sleep_s(results_come=True, most=0.01) == 0
