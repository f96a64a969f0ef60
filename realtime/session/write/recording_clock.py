"""One clock for frames of several sources."""

from __future__ import annotations

import time
from collections.abc import Callable


class Timeline:
    """Maps the times of several sources, one after the other, to one monotonic clock."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock_ns = clock_ns
        self._shift_ns: int | None = 0  # added to a source's times; None: the next time is the first of another source
        self._newest: tuple[int, int] | None = None  # its time here, and the monotonic clock then

    def another(self) -> None:
        """The next time is of another source."""
        self._shift_ns = None

    def of(self, stamp_ns: int) -> int:
        """The time on this clock; between two sources it advances by the time that passed."""
        now = self._clock_ns()
        if self._shift_ns is None:
            before = self._newest
            self._shift_ns = 0 if before is None else before[0] + (now - before[1]) - stamp_ns
        here = stamp_ns + self._shift_ns
        self._newest = here, now
        return here
