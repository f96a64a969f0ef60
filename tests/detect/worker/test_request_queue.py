"""The request queue against a naive one, over random histories."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker.protocol import ProtocolError, Request, Result
from realtime.detect.worker.request_queue import RequestQueue
from realtime.detect.worker.shared_memory import SharedFrames

CROP = Crop(0.0, 0.0, 10.0, 100, 100)
HISTORY = st.lists(st.sampled_from(["put", "put", "send", "send", "answer", "die", "take"]), max_size=80)


@pytest.fixture(scope="module")
def slots() -> Iterator[SharedFrames]:
    made = SharedFrames.made(4)
    yield made
    made.close()


def result(request: Request) -> Result:
    return Result(request.serial, 0.0, 0.0, np.zeros(1, dtype=np.float32))


@settings(max_examples=300)
@given(HISTORY, st.integers(1, 4))
def test_in_step_everything_is_answered_once_and_in_order(slots: SharedFrames, history: list[str], count: int) -> None:
    queue: RequestQueue[int] = RequestQueue(slots, count, live=False)
    given_, taken, with_worker = 0, [], []
    for event in [*history, *(["die"] + ["send", "answer"] * 8 + ["take"] * 80)]:
        if event == "put" and not queue.full:
            queue.put(np.full((3, 4, 3), given_ % 256, dtype=np.uint8), CROP, given_, 0)
            given_ += 1
        elif event == "send" and (request := queue.to_send()) is not None:
            with_worker.append(request)
        elif event == "answer" and with_worker:
            request = with_worker.pop(0)
            shown = slots.view(request.slot, request.shape)
            before = queue.counts.answers
            queue.answered(result(request))
            assert (shown == before % 256).all()  # the picture was still in its slot
        elif event == "die":
            queue.worker_died()
            with_worker.clear()
        elif event == "take" and (answer := queue.take()) is not None:
            taken.append(answer.context)
    assert taken == list(range(given_))
    assert queue.idle and not queue.full


@settings(max_examples=300)
@given(HISTORY)
def test_live_the_newest_wins_and_every_picture_is_counted(slots: SharedFrames, history: list[str]) -> None:
    queue: RequestQueue[int] = RequestQueue(slots, 2, live=True)
    given_, taken, with_worker = 0, [], []
    for event in history:
        if event == "put":
            queue.put(np.full((3, 4, 3), given_ % 256, dtype=np.uint8), CROP, given_, 0)
            given_ += 1
        elif event == "send" and (request := queue.to_send()) is not None:
            assert not with_worker
            assert (slots.view(request.slot, request.shape) == (given_ - 1) % 256).all()  # the newest
            with_worker.append((request, given_ - 1))
        elif event == "answer" and with_worker:
            request, number = with_worker.pop()
            assert (slots.view(request.slot, request.shape) == number % 256).all()
            queue.answered(result(request))
        elif event == "die":
            queue.worker_died()
            with_worker.clear()
        elif event == "take" and (answer := queue.take()) is not None:
            taken.append(answer.context)
    assert taken == sorted(set(taken))
    for request, _ in with_worker:
        queue.answered(result(request))
    counts, waiting = queue.counts, queue.to_send() is not None
    assert counts.answers + counts.replaced + counts.lost + waiting == given_


def test_an_answer_to_another_picture_is_refused(slots: SharedFrames) -> None:
    queue: RequestQueue[int] = RequestQueue(slots, 4, live=False)
    with pytest.raises(ProtocolError):
        queue.answered(Result(1, 0.0, 0.0, np.zeros(1)))
    for number in range(2):
        queue.put(np.zeros((3, 4, 3), dtype=np.uint8), CROP, number, 0)
        queue.to_send()
    with pytest.raises(ProtocolError):
        queue.answered(Result(2, 0.0, 0.0, np.zeros(1)))
