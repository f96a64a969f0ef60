"""A scripted camera with the methods of cv2.VideoCapture that are used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from mjpeg_server import numbered_picture

Step = Any  # a BGR picture; False (a failed read); an exception (raised); a function (called, gives one of these)


def until(condition: Callable[[], bool], timeout: float = 5.0) -> bool:
    """Poll a condition; whether it came true before the deadline."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def pictures(period: float = 0.01, size: tuple[int, int] = (320, 180)) -> Iterator[np.ndarray]:
    """Numbered pictures without end, one every `period` seconds."""
    number = 0
    while True:
        number += 1
        time.sleep(period)
        yield numbered_picture(number, *size)


def hang(until_set: threading.Event) -> Callable[[], bool]:
    """A step whose read does not return before the event is set."""

    def wait() -> bool:
        until_set.wait()
        return False

    return wait


class FakeDevice:
    """Plays a script; a script that is over reads as False."""

    def __init__(self, script: Iterable[Step]) -> None:
        self._script = iter(script)
        self._step: Step = False
        self.reader: int | None = None  # thread that grabs
        self.reading = False
        self.releases = 0
        self.wrong_thread = False

    def grab(self) -> bool:
        self.reader = self.reader or threading.get_ident()
        self.wrong_thread |= threading.get_ident() != self.reader
        self.reading = True
        try:
            step = next(self._script, False)
            self._step = step() if callable(step) else step
        finally:
            self.reading = False
        if isinstance(self._step, Exception):
            raise self._step
        return self._step is not False

    def retrieve(self) -> tuple[bool, Any]:
        return True, self._step

    def release(self) -> None:
        self.wrong_thread |= self.reading or (self.reader is not None and threading.get_ident() != self.reader)
        self.releases += 1


class FakeCamera:
    """An opener; each opening plays the next script, the last one again and again. A script may be an exception."""

    def __init__(self, *scripts: Callable[[], Iterable[Step]] | Exception) -> None:
        self._scripts = scripts
        self.devices: list[FakeDevice] = []
        self.opened_at: list[float] = []

    def __call__(self) -> FakeDevice:
        script = self._scripts[min(len(self.opened_at), len(self._scripts) - 1)]
        self.opened_at.append(time.monotonic())
        if isinstance(script, Exception):
            raise script
        device = FakeDevice(script())
        self.devices.append(device)
        return device

    @property
    def sound(self) -> bool:
        """Whether every device was touched by its own thread alone and released at most once."""
        return all(not device.wrong_thread and device.releases <= 1 for device in self.devices)
