"""Pictures whose answers are known, and supervisors of workers that fail."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from child import known

from realtime.core.types import ByteArray
from realtime.detect.pyfeat.crop import Crop
from realtime.detect.worker import Answer, WorkerSupervisor

CHILD = Path(__file__).with_name("child.py")
PROGRAM = Path(__file__).with_name("program.py")


def command(*faults: str) -> list[str]:
    return [sys.executable, str(CHILD), *faults]


class Pictures:
    """Noise of several sizes, with crops inside, across an edge, and larger than the picture."""

    def __init__(self) -> None:
        random = np.random.default_rng(11)
        self._all: list[tuple[ByteArray, Crop]] = []
        for width, height, x, y, side in (
            (320, 240, 60.0, 20.0, 181.5), (640, 360, -40.0, 30.0, 300.0), (200, 200, 90.25, 90.0, 40.0),
            (1280, 720, 300.0, -50.0, 800.0), (64, 64, -20.0, -20.0, 120.0), (700, 700, 100.0, 100.0, 512.0),
        ):  # fmt: skip
            # Blocks, since noise of single pixels is averaged to the same grey everywhere.
            coarse = random.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
            image = np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8))[:height, :width]
            self._all.append((np.ascontiguousarray(image), Crop(x, y, side, width, height)))
        self._rows = [known(crop.network_input(crop.patch(image))[None])[0] for image, crop in self._all]

    def __getitem__(self, number: int) -> tuple[ByteArray, Crop, int]:
        """Picture, crop and context."""
        return *self._all[number % len(self._all)], number

    def right(self, answer: Answer[int]) -> bool:
        """Whether the answer is that to the picture of its context, and to no other."""
        near = [np.allclose(answer.row, row, rtol=1e-3, atol=0.5) for row in self._rows]
        want = answer.context % len(self._all)
        return near == [at == want for at in range(len(self._all))] and answer.crop == self._all[want][1]


class LiveLoop:
    """A caller that gives and takes a hundred times a second, as a camera's would; every answer is compared."""

    def __init__(self, supervisor: WorkerSupervisor[int], pictures: Pictures, every_s: float = 0.01) -> None:
        self.supervisor, self.pictures, self.every_s = supervisor, pictures, every_s
        self.offered = 0
        self.answers: list[Answer[int]] = []
        self.longest_s = 0.0  # that a call took
        self.answering: list[bool] = []

    def run(self, until: Callable[[], bool], limit_s: float = 30.0) -> None:
        began = time.monotonic()
        while not until():
            assert time.monotonic() - began < limit_s, (
                self.supervisor.state,
                self.supervisor.reason,
                self.supervisor.counts,
            )
            before = time.perf_counter()
            self.supervisor.offer(*self.pictures[self.offered])
            answer = self.supervisor.take()
            self.longest_s = max(self.longest_s, time.perf_counter() - before)
            self.offered += 1
            self.answering.append(self.supervisor.answering)
            if answer is not None:
                assert self.pictures.right(answer), answer.context
                assert not self.answers or self.answers[-1].context < answer.context
                self.answers.append(answer)
            time.sleep(self.every_s)

    def until_answers(self, more: int, limit_s: float = 30.0) -> None:
        want = len(self.answers) + more
        self.run(lambda: len(self.answers) >= want, limit_s)


def in_step(supervisor: WorkerSupervisor[int], pictures: Pictures, first: int, last: int, ahead: int = 4) -> None:
    """Pictures `first` to `last` - 1, all of them answered rightly and in order."""
    for number in range(first, last + ahead):
        if number < last:
            supervisor.submit(*pictures[number])
        if number - ahead >= first:
            answer = supervisor.wait()
            assert answer.context == number - ahead
            assert pictures.right(answer)


def eventually(what: Callable[[], bool], limit_s: float = 20.0) -> bool:
    """Whether it becomes true before the limit."""
    end = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
