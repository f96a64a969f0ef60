"""At most so many a second, at an even mean rate."""

from __future__ import annotations


class RateLimit:
    """Whether something is due, by the times of the samples."""

    def __init__(self, rate: float) -> None:
        """`rate`: the most a second; 0: no limit."""
        self._step_ns = round(1e9 / rate) if rate > 0 else 0
        self._due_ns = 0

    def take(self, at_ns: int) -> bool:
        """Whether one is due at this time, which is then taken. Times that jump, back or ahead, begin anew."""
        early_ns = self._due_ns - at_ns
        if 0 < early_ns <= self._step_ns:
            return False
        begin_ns = self._due_ns if -self._step_ns < early_ns <= 0 else at_ns
        self._due_ns = begin_ns + self._step_ns
        return True
