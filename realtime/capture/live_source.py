"""A live source: newest picture wins, losses are noticed and the device is reopened."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from realtime.capture.device_thread import NO_PICTURE, DeviceOwner
from realtime.capture.frame_checks import PictureChecks
from realtime.capture.opencv_device import Opener, rgb_from_cv
from realtime.capture.source import SECOND_NS, FrameMaker, OpenSource, SourceOptions, check_frame, check_size
from realtime.core.errors import SourceError
from realtime.core.types import Frame, SourceInfo, SourceState

BACKOFF_S = (0.5, 1.0, 2.0, 4.0)  # before each further attempt to reopen; the last one repeats
MAX_STRAYS = 3  # threads that hang in a driver; beyond that no further one is risked

# A clock that continues while the machine sleeps, where there is one; the monotonic clock stops on Linux and macOS.
_AWAKE_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def _slept_ns() -> int:
    """How long the machine has slept, up to a constant; 0 where the monotonic clock counts sleep itself."""
    return time.clock_gettime_ns(_AWAKE_CLOCK) - time.monotonic_ns() if _AWAKE_CLOCK is not None else 0


class LiveReader(OpenSource):
    """Reads a live device through a slot of one frame.

    A supervisor thread watches the age of the newest frame, not what `read` returns: a device may fail, hang or
    deliver the past. Lost means: no new frame for `stall_s`, or 15 failed reads in a row. The device is then always
    dropped and reopened after 0.5, 1, 2 and then every 4 s.

    Raises:
        SourceError: the first opening failed, or gave no picture within `open_timeout_s`; not with `wait`.
    """

    def __init__(
        self,
        opener: Opener,
        name: str,
        options: SourceOptions | None = None,
        now_ns: Callable[[], int] = time.monotonic_ns,
        hint: Callable[[], str] = str,
    ) -> None:
        """Open the device.

        `now_ns` gives the time of a grab. `hint` gives what is added to the error of a device that gives no picture.
        """
        self._options = options or SourceOptions()
        self._opener, self._now_ns, self._hint = opener, now_ns, hint
        # A camera at one frame a second is not lost after one second.
        self._stall_s = self._options.silence_s
        self._changed = threading.Condition()  # guards everything below
        self._info = SourceInfo(name, True, None, self._options.fps, None)
        self._state: SourceState = "opening"
        self._reason = ""
        self._retry_at: float | None = None
        self._slot: Frame | None = None
        self._skipped = 0
        self._failed_reads = 0
        self._reopened = False  # the next frame is the first of a reopened device
        self._slept_ns = _slept_ns()
        self._maker = FrameMaker()
        self._checks = PictureChecks()
        self._failure: SourceError | None = None  # of the device's pictures, for the consumer
        self._owner: DeviceOwner | None = None
        self._strays: list[DeviceOwner] = []
        self._wake = threading.Event()
        self._closed = False
        self._resting = False
        self._supervisor = threading.Thread(target=self._supervise, name="capture-watch", daemon=True)
        self._supervisor.start()
        if not self._options.wait:
            self._await_first()

    @property
    def info(self) -> SourceInfo:
        """What is known of it; the size is that of the newest frame."""
        with self._changed:
            return self._info

    @property
    def state(self) -> SourceState:
        """First "opening", from the first frame on "live" or "lost", once closed "ended"."""
        with self._changed:
            return self._state

    @property
    def note(self) -> str:
        """Why it is lost and when it is tried again, or that another size came than was asked for."""
        with self._changed:
            if self._failure is not None:
                return str(self._failure)
            if self._state in ("lost", "opening") and self._reason:
                if self._retry_at is None:
                    return f"{self._reason}; still trying"
                return f"{self._reason}; retry in {max(0, math.ceil(self._retry_at - time.monotonic()))} s"
            asked, size = (self._options.width, self._options.height), self._info.size
            differs = size is not None and any(a not in (None, s) for a, s in zip(asked, size, strict=True))
            if self._state == "live" and size is not None and differs:
                return f"asked for {asked[0] or 'any'}x{asked[1] or 'any'}, the device gives {size[0]}x{size[1]}"
            return ""

    @property
    def skipped(self) -> int:
        """Frames that a newer one replaced before they were delivered."""
        return self._skipped

    @property
    def corrections(self) -> int:
        """Times that were moved to stay strictly increasing."""
        return self._maker.clock.corrections

    @property
    def damaged(self) -> int:
        """Half-decoded pictures and failed reads."""
        owner = self._owner
        return self._checks.torn + self._failed_reads + (owner.failed_reads if owner is not None else 0)

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The newest frame not yet delivered, waiting at most `timeout` seconds; None when none came.

        Raises:
            SourceError: the device's pictures cannot be used at all (too large, too small).
        """
        with self._changed:
            self._changed.wait_for(lambda: self._slot is not None or self._closed or self._failure is not None, timeout)
            frame, self._slot = self._slot, None
            if frame is None and self._failure is not None and not self._closed:
                raise self._failure
            return frame

    def rest(self, on: bool) -> None:
        """The device keeps running and is reopened when lost, as always; its frames are not decoded."""
        with self._changed:
            self._resting = on
            if self._owner is not None:
                self._owner.resting = on

    def reopen(self, opener: Opener, options: SourceOptions) -> None:
        """Release the device and open it again in another way: with another size, rate or exposure."""
        with self._changed:
            self._opener, self._options, self._stall_s = opener, options, options.silence_s
            self._info = replace(self._info, rate=options.fps)
            owner = self._owner
            if owner is not None:
                owner.failure = "opened again with other settings"
                owner.stop.set()
        self._wake.set()

    def close(self, timeout: float = 0.5) -> None:
        """Stop reading. A device that hangs keeps its thread and is released when it returns; close does not wait."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._closed = True
            self._state = "ended"
            self._slot = None
            owner = self._owner
            self._changed.notify_all()
        if owner is not None:
            owner.stop.set()
        self._wake.set()
        self._supervisor.join(max(0.0, deadline - time.monotonic()))
        if owner is not None:
            owner.join(deadline - time.monotonic())

    def _await_first(self) -> None:
        """Wait until the first frame, or raise why there is none.

        Raises:
            SourceError: there is none.
        """
        with self._changed:
            while self._state == "opening" and self._failure is None and not self._reason:
                self._changed.wait(0.25)  # in short waits, so that Ctrl-C works on every platform
            failure = self._failure or (SourceError(self._reason) if self._state == "opening" else None)
        if failure is not None:
            self.close()
            raise failure

    def _supervise(self) -> None:
        attempts = 0
        while not self._closed and self._failure is None:
            owner = self._start_owner()
            reason = self._watch(owner) if owner is not None else "the driver does not answer"
            attempts = 0 if owner is not None and owner.frames else attempts
            if owner is not None:
                self._drop(owner)
            delay = BACKOFF_S[min(attempts, len(BACKOFF_S) - 1)]
            attempts += 1
            with self._changed:
                if self._closed or self._failure is not None:
                    return
                if self._state != "opening":
                    self._state = "lost"
                self._reason = reason
                self._retry_at = time.monotonic() + delay
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closed, delay)
                self._retry_at = None

    def _start_owner(self) -> DeviceOwner | None:
        """A new owner; None when closed, and while too many old ones hang."""
        self._strays = [stray for stray in self._strays if stray.alive]
        if len(self._strays) >= MAX_STRAYS:
            return None
        self._wake.clear()
        owner = DeviceOwner(self._opener, self._deliver, self._wake.set, self._stall_s, self._now_ns)
        with self._changed:
            if self._closed:
                return None
            self._owner = owner
            owner.resting = self._resting
            self._reopened = self._state != "opening"
            self._checks.reset()
            owner.start()
        return owner

    def _watch(self, owner: DeviceOwner) -> str:
        """Wait until the source is closed ("") or this owner's device is lost (why)."""
        while True:
            limit = self._stall_s if owner.frames else self._options.open_timeout_s
            left = owner.last_sign + limit - time.monotonic()
            if left > 0:
                self._wake.wait(left if owner.frames else min(left, 0.05))  # the first picture shortens the limit
                self._wake.clear()
            if self._closed or self._failure is not None:
                return ""
            if owner.done or (owner.failure and owner.stop.is_set()):
                return self._explain(owner)
            if owner.last_sign + limit > time.monotonic():
                continue
            if owner.opened:
                return self._explain(owner)
            # A second opening beside one that hangs gains nothing: a driver would hang again, and a pipe would be
            # read by both. So it is only reported.
            with self._changed:
                self._reason = self._explain(owner)
                self._changed.notify_all()
            self._wake.wait(0.25)
            self._wake.clear()

    def _explain(self, owner: DeviceOwner) -> str:
        """Why this owner's device counts as lost."""
        name = self._info.name
        if owner.error is not None:
            return owner.failure if isinstance(owner.error, SourceError) else f"{name}: {owner.failure}"
        if owner.frames:
            return f"{name}: {owner.failure or f'no picture for {self._stall_s:g} s'}"
        limit = self._options.open_timeout_s
        stage = "opened, but gave no picture" if owner.opened else "did not open"
        within = f" within {limit:g} s"
        if owner.failure:
            within = "" if owner.failure == NO_PICTURE else f": {owner.failure}"
        return " ".join(part for part in (f"{name} {stage}{within}.", self._hint()) if part)

    def _drop(self, owner: DeviceOwner) -> None:
        """Abandon an owner: it releases its device by itself, now or when its read returns."""
        owner.stop.set()
        with self._changed:
            self._owner = None
            self._failed_reads += owner.failed_reads
        # A moment, so that a camera that one process at a time may hold is free before it is opened again.
        if not owner.join(0.05):
            self._strays.append(owner)

    def _deliver(self, owner: DeviceOwner, picture: Any, taken_ns: int) -> None:
        """Put a picture into the slot; called by the owner's thread."""
        name = self._info.name
        try:
            height, width = picture.shape[:2]
            check_size(width, height, name, self._options.force)
            image = check_frame(rgb_from_cv(picture, name), name)
        except SourceError as error:
            with self._changed:
                self._failure = error
                self._state = "lost" if self._state == "live" else self._state
                self._changed.notify_all()
            owner.stop.set()
            return
        with self._changed:
            if owner is not self._owner or self._closed:
                return  # came back from a hang; another owner has taken over
            slept_ns = _slept_ns()
            broken = self._reopened or slept_ns - self._slept_ns > SECOND_NS
            self._slept_ns, self._reopened = slept_ns, False
            flags = self._checks.flags(image, taken_ns)
            frame = self._maker.make(image, taken_ns, taken_ns, broken, flags)
            if self._slot is not None:
                self._skipped += 1
            self._slot = frame
            self._state, self._reason = "live", ""
            if self._info.size != frame.size:
                self._info = replace(self._info, size=frame.size)
            if self._checks.wants_reopening():
                owner.failure = "the picture is frozen"
                owner.stop.set()
                self._wake.set()
            self._changed.notify_all()
