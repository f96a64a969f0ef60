"""The slot between two threads: the newest live, everything of a file, and never a hang."""

from __future__ import annotations

import threading
import time

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
    assert slot.take(10.0) is None
    assert time.monotonic() - start < 5


def test_pace_keeps_a_files_own_speed_and_forgives_a_pause() -> None:
    pace = FramePacer(threading.Event())
    start = time.monotonic()
    for number in range(5):
        pace.wait(number * 20_000_000)
    assert time.monotonic() - start >= 0.075
    time.sleep(0.5)  # a pause: the next frames are not raced through
    start = time.monotonic()
    for number in range(5, 10):
        pace.wait(number * 20_000_000)
    assert time.monotonic() - start >= 0.075


def test_pace_ends_when_the_run_is_stopped() -> None:
    stop = threading.Event()
    pace = FramePacer(stop)
    pace.wait(0)
    stop.set()
    start = time.monotonic()
    pace.wait(60_000_000_000)
    assert time.monotonic() - start < 1
