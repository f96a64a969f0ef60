"""LSL's clock as a function of this machine's monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable

_TRIES = 20
_AGAIN_NS = 10_000_000_000
_JUMP_S = 1e-3  # a difference between both clocks beyond this is no error of measurement


class LslClock:
    """Converts times of the monotonic clock to LSL's. On most systems both are one clock, and the offset is nothing.

    The offset is measured again every ten seconds and kept unless one of both clocks has jumped, so that the stamps of
    a recording share one offset.
    """

    def __init__(self, local_clock: Callable[[], float], monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """`local_clock`: LSL's, in seconds."""
        self._local_clock, self._now_ns = local_clock, monotonic_ns
        self.jumps = 0
        self._offset_s, self.error_s = self._measure()
        self._measured_ns = monotonic_ns()

    def at(self, monotonic_ns: int) -> float:
        """The time on LSL's clock, in seconds."""
        now_ns = self._now_ns()
        if abs(now_ns - self._measured_ns) > _AGAIN_NS:
            self._measured_ns = now_ns
            offset_s, error_s = self._measure()
            if abs(offset_s - self._offset_s) > _JUMP_S + error_s + self.error_s:
                self._offset_s, self.error_s = offset_s, error_s
                self.jumps += 1
        return monotonic_ns / 1e9 + self._offset_s

    def monotonic_ns(self, at_s: float) -> int:
        """The time on this machine's monotonic clock, of one on LSL's."""
        return round((at_s - self._offset_s) * 1e9)

    def _measure(self) -> tuple[float, float]:
        """The offset by the narrowest of several readings between two of the other clock, and half its width."""
        narrowest = None
        for _ in range(_TRIES):
            before_ns = self._now_ns()
            local_s = self._local_clock()
            after_ns = self._now_ns()
            width_ns = abs(after_ns - before_ns)
            if narrowest is None or width_ns < narrowest[0]:
                narrowest = width_ns, local_s - (before_ns + after_ns) / 2e9
        assert narrowest is not None
        return narrowest[1], narrowest[0] / 2e9
