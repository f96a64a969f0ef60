"""One clock for what is recorded of several sources."""

from __future__ import annotations

import time
from collections.abc import Callable


class Timeline:
    """One growing clock for a recording, of the times of several sources one after the other."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock_ns = clock_ns
        self._shift_ns: int | None = 0  # added to a source's times; None: the first of another one comes next
        self._newest: tuple[int, int] | None = None  # its time here, and the monotonic clock then

    def another(self) -> None:
        """What comes next is of another source."""
        self._shift_ns = None

    def of(self, stamp_ns: int) -> int:
        """The time here: the time between two sources is what has passed in between."""
        now = self._clock_ns()
        if self._shift_ns is None:
            before = self._newest
            self._shift_ns = 0 if before is None else before[0] + (now - before[1]) - stamp_ns
        here = stamp_ns + self._shift_ns
        self._newest = here, now
        return here
