"""The program that owns a worker is stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from workers import PROGRAM, eventually

GONE_S = 2.0


class Program:
    """The program, and what it says."""

    def __init__(self, *faults: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *faults], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.worker = psutil.Process(self.next("worker"))
        self.next("state")

    def next(self, what: str) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said: dict[str, Any] = json.loads(line)
            if what in said:
                return said[what]
        pytest.fail(f"the program ended before it told its {what}")

    def worker_is_gone(self) -> bool:
        return not self.worker.is_running() or self.worker.status() == psutil.STATUS_ZOMBIE

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        if self.worker.is_running():
            self.worker.kill()


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def one(*faults: str) -> Program:
        made.append(Program(*faults))
        return made[-1]

    yield one
    for program in made:
        program.end()


@pytest.mark.parametrize("faults", [(), ("slow=2.5",), ("hang=3",), ("say=50",)], ids=lambda faults: str(faults))
def test_the_worker_dies_with_the_program(start: Callable[..., Program], faults: tuple[str, ...]) -> None:
    program = start(*faults)
    assert not program.worker_is_gone()
    program.process.kill()
    assert eventually(program.worker_is_gone, GONE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child that cannot look for its parent's end")
@pytest.mark.parametrize("way", ["stopped", "hold"])
def test_a_worker_that_cannot_look_dies_with_the_program(start: Callable[..., Program], way: str) -> None:
    program = start("hold=3") if way == "hold" else start()
    if way == "stopped":
        program.worker.suspend()
    else:
        program.next("answers")
    program.process.kill()
    assert eventually(program.worker_is_gone, GONE_S)


def test_nothing_is_left_when_all_of_them_are_killed_at_once(start: Callable[..., Program]) -> None:
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()  # noqa: PTH112, PTH208
    program = start()
    os.killpg(program.process.pid, signal.SIGKILL)
    program.process.wait()
    assert eventually(program.worker_is_gone, GONE_S)
    if os.path.isdir("/dev/shm"):  # noqa: PTH112
        assert set(os.listdir("/dev/shm")) <= shared  # noqa: PTH208


def test_a_program_that_was_stopped_does_not_blame_its_worker(start: Callable[..., Program]) -> None:
    alone, both = start(), start()
    alone.process.send_signal(signal.SIGSTOP)
    both.worker.suspend()
    time.sleep(0.3)  # until the program has heard the last of it
    both.process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    both.process.send_signal(signal.SIGCONT)
    alone.process.send_signal(signal.SIGCONT)
    time.sleep(0.5)  # the program is awake first
    both.worker.resume()
    for program in (alone, both):
        before = program.next("answers")
        while program.next("answers") < before + 20:
            pass
        assert program.next("restarts") == 0
        assert not program.worker_is_gone()


def test_an_ended_program_takes_its_worker_along(start: Callable[..., Program]) -> None:
    program = start()
    program.process.send_signal(signal.SIGINT)
    assert eventually(program.worker_is_gone, GONE_S)
