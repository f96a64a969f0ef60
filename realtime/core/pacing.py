"""Shows a file at its own speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# A pause, or a machine that is too slow: beyond this the clock is restarted instead of racing to catch up.
MAX_LATE_NS = 250_000_000


class FramePacer:
    """Waits until a frame is due; frames that are late are not waited for, and none is left out."""

    def __init__(self, stop: threading.Event, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._stop = stop
        self._clock_ns = clock_ns
        self._origin_ns: int | None = None  # monotonic time at which stamp 0 was, or would have been, due

    def wait(self, stamp_ns: int) -> None:
        """Return when the frame with this time is due, or the run is stopped."""
        now = self._clock_ns()
        if self._origin_ns is None or now - (self._origin_ns + stamp_ns) > MAX_LATE_NS:
            self._origin_ns = now - stamp_ns
        early_ns = self._origin_ns + stamp_ns - now
        if early_ns > 0:
            self._stop.wait(early_ns / 1e9)
