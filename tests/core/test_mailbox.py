"""The slot between two threads: the newest live, everything of a file, and never a hang."""

from __future__ import annotations

import threading
import time

from common import HANG_S

from realtime.core.mailbox import Mailbox
from realtime.core.pacing import FramePacer


def test_live_the_newest_wins_and_the_rest_is_counted() -> None:
    slot: Mailbox[int] = Mailbox(lossy=True)
    for number in range(10):
        assert slot.put(number)
    assert slot.take(0) == 9
    assert slot.take(0) is None
    assert slot.replaced == 9


def test_of_a_file_every_item_goes_the_whole_way() -> None:
    slot: Mailbox[int] = Mailbox(lossy=False)
    giver = threading.Thread(target=lambda: [slot.put(number) for number in range(200)])
    giver.start()
    taken = []
    while len(taken) < 200:
        item = slot.take(1.0)
        assert item is not None
        taken.append(item)
    giver.join(1.0)
    assert taken == list(range(200))
    assert slot.replaced == 0


def test_closing_frees_a_giver_that_waits_and_keeps_what_was_given() -> None:
    slot: Mailbox[int] = Mailbox(lossy=False)
    slot.put(1)
    answers: list[bool] = []
    giver = threading.Thread(target=lambda: answers.append(slot.put(2)))
    giver.start()
    slot.close()
    giver.join(1.0)
    assert answers == [False]
    assert slot.take(0) == 1
    assert not slot.put(3)


def test_a_taker_wakes_up_when_it_closes() -> None:
    slot: Mailbox[int] = Mailbox(lossy=True)
    threading.Timer(0.05, slot.close).start()
    start = time.monotonic()
    assert slot.take(10 * HANG_S) is None
    assert time.monotonic() - start < HANG_S


class Waits(threading.Event):
    """A run that nobody stops; a wait moves its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = 7_000_000_000

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.now_ns += round(timeout * 1e9)
        return False


def test_pace_keeps_a_files_own_speed_and_forgives_a_pause() -> None:
    waits = Waits()
    pace = FramePacer(waits, lambda: waits.now_ns)
    begin = waits.now_ns
    for number in range(5):
        pace.wait(number * 20_000_000)
        assert waits.now_ns - begin == number * 20_000_000
    waits.now_ns += 500_000_000  # a pause: the next frames are not raced through
    begin = waits.now_ns
    for number in range(5, 10):
        pace.wait(number * 20_000_000)
        assert waits.now_ns - begin == (number - 5) * 20_000_000


def test_pace_ends_when_the_run_is_stopped() -> None:
    stop = threading.Event()
    pace = FramePacer(stop)
    pace.wait(0)
    stop.set()
    start = time.monotonic()
    pace.wait(600_000_000_000)
    assert time.monotonic() - start < HANG_S
