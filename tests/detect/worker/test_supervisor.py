"""A healthy worker: every answer belongs to its picture."""

from __future__ import annotations

import itertools
import os
import stat
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from child import HEADS
from workers import LiveLoop, Pictures, command, eventually, in_step

from realtime.core.errors import NetworkError
from realtime.detect.worker import Answer, WorkerSupervisor

Keep = Callable[..., WorkerSupervisor[int]]


def test_in_step_every_picture_is_answered_once_and_in_order(keep: Keep, pictures: Pictures) -> None:
    keeper = keep(live=False)
    in_step(keeper, pictures, 0, 40)
    assert keeper.counts.answers == 40
    assert (keeper.counts.replaced, keeper.counts.lost, keeper.counts.restarts) == (0, 0, 0)
    with pytest.raises(LookupError):
        keeper.wait()


def test_live_the_newest_picture_wins_and_the_others_are_counted(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("slow=0.05")
    loop = LiveLoop(keeper, pictures)
    loop.until_answers(8)
    assert keeper.answering
    assert eventually(lambda: keeper.counts.answers + keeper.counts.replaced == loop.offered)
    assert keeper.counts.replaced > 8  # a hundred pictures a second, twenty answers
    last = keeper.take()  # without another offer the last picture is answered, too
    assert last is not None and last.context == loop.offered - 1
    assert keeper.take() is None


def test_a_batch_of_any_size_and_one_picture_at_a_time(keep: Keep, pictures: Pictures) -> None:
    for slots, ahead in ((1, 1), (3, 3), (9, 9), (4, 1)):
        with keep(live=False, slots=slots) as keeper:
            in_step(keeper, pictures, 0, 20, ahead)


def test_answers_wait_for_a_caller_that_gives_without_taking(keep: Keep, pictures: Pictures) -> None:
    """`submit` waits for a slot, not for a `wait`: one thread alone can give more than there are slots."""
    keeper = keep(live=False, slots=2)
    for number in range(10):
        keeper.submit(*pictures[number])
    answers = [keeper.wait() for _ in range(10)]
    assert [answer.context for answer in answers] == list(range(10))
    assert all(pictures.right(answer) for answer in answers)


def test_an_answer_says_how_long_it_took(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("slow=0.2")
    assert eventually(lambda: keeper.state == "running")
    began = time.perf_counter()
    keeper.offer(*pictures[0])
    found: list[Answer[int]] = []
    assert eventually(lambda: (answer := keeper.take()) is not None and not found.append(answer))  # type: ignore[func-returns-value]
    took_ms = (time.perf_counter() - began) * 1e3
    assert found[0].inference_ms >= 200
    assert found[0].inference_ms + found[0].waited_ms <= took_ms
    with pytest.raises(ValueError, match="read-only"):
        found[0].row[0] = 1


def test_what_it_tells_of_itself(keep: Keep) -> None:
    said: list[str] = []
    keeper = keep("say=2", note=said.append)
    assert keeper.heads is None and keeper.runtime_name == ""
    assert eventually(lambda: keeper.state == "preparing")
    assert keeper.reason == "making something that takes a while"
    assert eventually(lambda: keeper.state == "running")
    assert keeper.heads == HEADS
    assert keeper.runtime_name == "known function"
    assert keeper.reason == ""
    assert keeper.start_ms["all"] >= 600 > keeper.start_ms["warm-up"] > 0
    assert said == ["making something that takes a while"] * 2


def test_it_comes_back_at_once_and_answers_what_was_offered_meanwhile(keep: Keep, pictures: Pictures) -> None:
    keeper = keep()
    assert keeper.state == "starting"
    assert not keeper.answering
    LiveLoop(keeper, pictures).until_answers(1)
    assert keeper.answering


def test_what_a_library_prints_does_not_spoil_the_line(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("print=2", live=False)
    in_step(keeper, pictures, 0, 12)
    assert keeper.counts.restarts == 0


def test_the_pictures_have_no_name_and_one_reader(keep: Keep, pictures: Pictures) -> None:
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()  # noqa: PTH112, PTH208
    keeper = keep(live=False)
    in_step(keeper, pictures, 0, 4)
    about = os.fstat(keeper._slots.descriptor or -1)
    assert stat.S_IMODE(about.st_mode) == 0o600
    assert about.st_nlink == 0
    if os.path.isdir("/dev/shm"):  # noqa: PTH112
        assert set(os.listdir("/dev/shm")) <= before  # noqa: PTH208


def test_several_threads_may_call_it(keep: Keep, pictures: Pictures) -> None:
    keeper = keep()
    right: list[bool] = []

    def call() -> None:
        end = time.monotonic() + 30
        for number in itertools.count():
            if len(right) >= 20 or time.monotonic() > end:
                return
            keeper.offer(*pictures[number])
            answer = keeper.take()
            if answer is not None:
                right.append(pictures.right(answer))
            time.sleep(0.005)

    assert eventually(lambda: keeper.state == "running")
    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(right) >= 20 and all(right)


def test_a_wrong_answer_would_be_seen(pictures: Pictures) -> None:
    row = pictures._rows[3]
    crop = pictures[3][1]
    assert pictures.right(Answer(3, row, crop, 0, 0))
    assert not pictures.right(Answer(4, row, crop, 0, 0))
    assert not pictures.right(Answer(3, np.roll(row, 1), crop, 0, 0))
    assert not pictures.right(Answer(3, row * 1.1, crop, 0, 0))


def test_a_forked_copy_is_refused(keep: Keep, pictures: Pictures) -> None:
    keeper = keep(live=False)
    in_step(keeper, pictures, 0, 4)
    process = os.fork()
    if process == 0:
        refused = 0
        for use in (keeper.take, keeper.wait, lambda: keeper.offer(*pictures[0]), lambda: keeper.submit(*pictures[0])):
            try:
                use()
            except NetworkError as error:
                refused += "forked" in str(error)
        keeper.close()  # does nothing: the worker is not its own
        os._exit(refused)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 4
    in_step(keeper, pictures, 4, 8)
    assert keeper.counts.restarts == 0


def test_a_closed_keeper_is_refused(keep: Keep, pictures: Pictures) -> None:
    keeper = keep(live=False)
    keeper.submit(*pictures[0])
    keeper.close()
    keeper.close()
    for use in (keeper.take, keeper.wait, lambda: keeper.offer(*pictures[0]), lambda: keeper.submit(*pictures[0])):
        with pytest.raises(NetworkError, match="closed"):
            use()
    assert not keeper.answering


def test_close_wakes_those_who_wait(keep: Keep, pictures: Pictures) -> None:
    keeper = keep("slow=3", live=False, slots=1)
    ended: list[str] = []

    def run(call: Callable[[], object]) -> threading.Thread:
        def body() -> None:
            try:
                call()
            except NetworkError as error:
                ended.append(str(error))

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    keeper.submit(*pictures[0])
    threads = [run(keeper.wait), run(lambda: keeper.submit(*pictures[1]))]
    time.sleep(0.1)
    keeper.close()
    for thread in threads:
        thread.join(5)
    assert len(ended) == 2 and all("closed" in text for text in ended)


def test_a_command_that_is_not_there() -> None:
    said: list[str] = []
    with WorkerSupervisor[int](["/no/such/program", *command()], live=True, note=said.append) as keeper:
        assert eventually(lambda: keeper.state == "failed")
        assert "could not be started" in keeper.reason and "/no/such/program" in keeper.reason
    assert len(said) == 3
