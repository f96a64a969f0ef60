"""How long each stage of a step took."""

from __future__ import annotations

import time


class Stopwatch:
    """Milliseconds from lap to lap; laps of one name add up."""

    def __init__(self) -> None:
        self.laps_ms: dict[str, float] = {}
        self._last = time.perf_counter_ns()

    def lap(self, name: str) -> None:
        """Add the time since the last lap to the stage `name`."""
        now = time.perf_counter_ns()
        self.laps_ms[name] = self.laps_ms.get(name, 0.0) + (now - self._last) / 1e6
        self._last = now
