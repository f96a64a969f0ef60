"""The one thread that opens, reads and releases one live device."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from realtime.capture.opencv_device import Device, Opener
from realtime.core.errors import SourceError

FAILED_READS = 15  # in a row, before the device counts as lost; a burst of garbage recovers by itself
NO_PICTURE = "no picture"  # why a device is lost that says no more
_FAILED_READ_S = 0.02  # a failed read that returns at once is followed by a pause, or 15 of them pass in no time


class DeviceOwner:
    """Reads a device in a thread of its own until it fails or `stop` is set.

    Releasing an OpenCV device while another thread reads it crashes the process, so no other thread touches it. A
    read that hangs forever blocks only this (daemon) thread; the watcher of `last_sign` starts another owner with a
    fresh device. Should the read return after all, the device is released here.
    """

    def __init__(
        self,
        opener: Opener,
        deliver: Callable[[DeviceOwner, Any, int], None],
        ended: Callable[[], None],
        stall_s: float,
        now_ns: Callable[[], int],
    ) -> None:
        self.stop = threading.Event()
        self.resting = False  # pictures are taken off the device, and not decoded, after the first one
        self.opened = False
        self.done = False  # its device is released, or was never opened
        self.frames = 0  # pictures passed to `deliver`
        self.last_sign = time.monotonic()  # seconds: start, opened, or the last picture
        self.failure = ""  # why it ended
        self.error: Exception | None = None  # what the opener raised
        self.failed_reads = 0
        self._opener, self._deliver, self._ended = opener, deliver, ended
        self._stall_s, self._now_ns = stall_s, now_ns
        self._thread = threading.Thread(target=self._run, name="capture-device", daemon=True)

    def start(self) -> None:
        """Begin to open the device."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the thread; whether it has ended."""
        self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            device = self._opener()
        except Exception as error:  # whatever a driver throws ends this attempt, not the process
            self.error = error
            self.failure = str(error)
            self._finish()
            return
        try:
            self.last_sign = time.monotonic()
            self.opened = True
            self.failure = self._read(device) or self.failure
        finally:
            device.release()
            self._finish()

    def _finish(self) -> None:
        self.done = True
        self._ended()

    def _read(self, device: Device) -> str:
        """Read until stopped or lost; why it ended."""
        failed = 0
        reason = NO_PICTURE
        while not self.stop.is_set():
            asked = time.monotonic()
            try:
                taken = device.grab()
                now_ns = self._now_ns()  # the time of the grab counts; decoding comes after it
                if taken and self.resting and self.frames:
                    failed, self.last_sign = 0, time.monotonic()
                    continue
                good, picture = device.retrieve() if taken else (False, None)
            except SourceError as error:  # the stream has ended, and the device knows why
                self.failed_reads += 1
                return str(error)
            except Exception as error:  # cv2.error, or what a driver's binding throws
                good, picture, reason = False, None, f"read failed: {error}"
            if good and picture is not None and picture.size:
                failed = 0
                self._deliver(self, picture, now_ns)
                self.frames += 1
                self.last_sign = time.monotonic()
                continue
            failed += 1
            self.failed_reads += 1
            waited = time.monotonic() - asked
            # After one time-out OpenCV's handle stays dead although it reports that it is open.
            if failed >= FAILED_READS or waited >= 0.9 * self._stall_s:
                return reason
            if waited < _FAILED_READ_S:
                self.stop.wait(_FAILED_READ_S - waited)
        return ""
