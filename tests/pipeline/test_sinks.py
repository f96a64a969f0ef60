"""The screen's rule when it is full: live the newest result wins, of a file the run waits; closing frees either."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame
from realtime.pipeline.sinks import ScreenSink

IMAGE = np.zeros((16, 16, 3), np.uint8)


def result(index: int, stamp_ns: int = 0) -> FrameResult:
    return FrameResult(Frame(IMAGE, stamp_ns, index, 0))


def test_live_the_newest_result_replaces_the_one_before_and_is_counted() -> None:
    woken = []
    screen = ScreenSink(lambda: woken.append(1), newest_only=True, paced=False)
    for index in range(5):
        screen.accept(result(index))
    taken = screen.take()
    assert taken is not None and taken.frame.index == 4
    assert screen.take() is None and screen.replaced == 4 and len(woken) == 5


def test_of_a_file_the_run_waits_until_a_result_was_taken() -> None:
    screen = ScreenSink(lambda: None, newest_only=False, paced=False)
    taken = []
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: [screen.accept(result(index)) for index in range(20)])
        while len(taken) < 20:
            if (one := screen.take()) is not None:
                taken.append(one.frame.index)
        done.result(timeout=20)
    assert taken == list(range(20)) and screen.replaced == 0


@pytest.mark.parametrize("paced", [False, True])
def test_closing_frees_a_run_that_waits_and_is_not_woken_for(paced: bool) -> None:
    woken = []
    screen = ScreenSink(lambda: woken.append(1), newest_only=False, paced=paced)
    screen.accept(result(0))
    running = threading.Thread(target=lambda: screen.accept(result(1, stamp_ns=int(3600e9))))
    running.start()
    screen.close()
    running.join(20)
    assert not running.is_alive() and len(woken) == 1
    assert (first := screen.take()) is not None and first.frame.index == 0, "what is there can still be taken"
    screen.close()
