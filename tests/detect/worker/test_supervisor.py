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
    supervisor = keep(live=False)
    in_step(supervisor, pictures, 0, 40)
    assert supervisor.counts.answers == 40
    assert (supervisor.counts.replaced, supervisor.counts.lost, supervisor.counts.restarts) == (0, 0, 0)
    with pytest.raises(LookupError):
        supervisor.wait()


def test_live_the_newest_picture_wins_and_the_others_are_counted(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("slow=0.05")
    loop = LiveLoop(supervisor, pictures)
    loop.until_answers(8)
    assert supervisor.answering
    assert eventually(lambda: supervisor.counts.answers + supervisor.counts.replaced == loop.offered)
    assert supervisor.counts.replaced > 8  # a hundred pictures a second, twenty answers
    last = supervisor.take()  # without another offer the last picture is answered, too
    assert last is not None and last.context == loop.offered - 1
    assert supervisor.take() is None


def test_a_batch_of_any_size_and_one_picture_at_a_time(keep: Keep, pictures: Pictures) -> None:
    for slots, ahead in ((1, 1), (3, 3), (9, 9), (4, 1)):
        with keep(live=False, slots=slots) as supervisor:
            in_step(supervisor, pictures, 0, 20, ahead)


def test_answers_wait_for_a_caller_that_gives_without_taking(keep: Keep, pictures: Pictures) -> None:
    """`submit` waits for a slot, not for a `wait`: one thread alone can give more than there are slots."""
    supervisor = keep(live=False, slots=2)
    for number in range(10):
        supervisor.submit(*pictures[number])
    answers = [supervisor.wait() for _ in range(10)]
    assert [answer.context for answer in answers] == list(range(10))
    assert all(pictures.right(answer) for answer in answers)


def test_an_answer_says_how_long_it_took(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("slow=0.2")
    assert eventually(lambda: supervisor.state == "running")
    began = time.perf_counter()
    supervisor.offer(*pictures[0])
    found: list[Answer[int]] = []
    assert eventually(lambda: (answer := supervisor.take()) is not None and not found.append(answer))  # type: ignore[func-returns-value]
    took_ms = (time.perf_counter() - began) * 1e3
    assert found[0].inference_ms >= 200
    assert found[0].inference_ms + found[0].waited_ms <= took_ms
    with pytest.raises(ValueError, match="read-only"):
        found[0].row[0] = 1


def test_what_it_tells_of_itself(keep: Keep) -> None:
    said: list[str] = []
    supervisor = keep("say=2", notify=said.append)
    assert supervisor.layout is None and supervisor.runtime_name == ""
    assert eventually(lambda: supervisor.state == "preparing")
    assert supervisor.reason == "making something that takes a while"
    assert eventually(lambda: supervisor.state == "running")
    assert supervisor.layout == HEADS
    assert supervisor.runtime_name == "known function"
    assert supervisor.reason == ""
    assert supervisor.start_ms["all"] >= 600 > supervisor.start_ms["warm-up"] > 0
    assert said == ["making something that takes a while"] * 2


def test_it_comes_back_at_once_and_answers_what_was_offered_meanwhile(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep()
    assert supervisor.state == "starting"
    assert not supervisor.answering
    LiveLoop(supervisor, pictures).until_answers(1)
    assert supervisor.answering


def test_what_a_library_prints_does_not_spoil_the_line(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("print=2", live=False)
    in_step(supervisor, pictures, 0, 12)
    assert supervisor.counts.restarts == 0


def test_the_pictures_have_no_name_and_one_reader(keep: Keep, pictures: Pictures) -> None:
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()  # noqa: PTH112, PTH208
    supervisor = keep(live=False)
    in_step(supervisor, pictures, 0, 4)
    about = os.fstat(supervisor._frames.descriptor or -1)
    assert stat.S_IMODE(about.st_mode) == 0o600
    assert about.st_nlink == 0
    if os.path.isdir("/dev/shm"):  # noqa: PTH112
        assert set(os.listdir("/dev/shm")) <= before  # noqa: PTH208


def test_several_threads_may_call_it(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep()
    right: list[bool] = []

    def call() -> None:
        end = time.monotonic() + 30
        for number in itertools.count():
            if len(right) >= 20 or time.monotonic() > end:
                return
            supervisor.offer(*pictures[number])
            answer = supervisor.take()
            if answer is not None:
                right.append(pictures.right(answer))
            time.sleep(0.005)

    assert eventually(lambda: supervisor.state == "running")
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
    supervisor = keep(live=False)
    in_step(supervisor, pictures, 0, 4)
    process = os.fork()
    if process == 0:
        refused = 0
        for use in (
            supervisor.take,
            supervisor.wait,
            lambda: supervisor.offer(*pictures[0]),
            lambda: supervisor.submit(*pictures[0]),
        ):
            try:
                use()
            except NetworkError as error:
                refused += "forked" in str(error)
        supervisor.close()  # does nothing: the worker is not its own
        os._exit(refused)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 4
    in_step(supervisor, pictures, 4, 8)
    assert supervisor.counts.restarts == 0


def test_a_closed_keeper_is_refused(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep(live=False)
    supervisor.submit(*pictures[0])
    supervisor.close()
    supervisor.close()
    for use in (
        supervisor.take,
        supervisor.wait,
        lambda: supervisor.offer(*pictures[0]),
        lambda: supervisor.submit(*pictures[0]),
    ):
        with pytest.raises(NetworkError, match="closed"):
            use()
    assert not supervisor.answering


def test_close_wakes_those_who_wait(keep: Keep, pictures: Pictures) -> None:
    supervisor = keep("slow=3", live=False, slots=1)
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

    supervisor.submit(*pictures[0])
    threads = [run(supervisor.wait), run(lambda: supervisor.submit(*pictures[1]))]
    time.sleep(0.1)
    supervisor.close()
    for thread in threads:
        thread.join(5)
    assert len(ended) == 2 and all("closed" in text for text in ended)


def test_a_command_that_is_not_there() -> None:
    said: list[str] = []
    with WorkerSupervisor[int](["/no/such/program", *command()], live=True, notify=said.append) as supervisor:
        assert eventually(lambda: supervisor.state == "failed")
        assert "could not be started" in supervisor.reason and "/no/such/program" in supervisor.reason
    assert len(said) == 3
