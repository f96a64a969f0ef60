"""Automatic upper end of the colour scale."""

from __future__ import annotations

from collections import deque

import numpy as np

from realtime.core.types import FloatArray
from realtime.view.mirror.view_actions import RANGES

_SPAN_NS = 4_000_000_000  # window over which values count
_SHARE = 0.98  # of the vertices lie within the scale
_ROOM = 0.85  # hysteresis: a smaller end is used once the values stay below this share of it


class ColorRange:
    """Picks one of RANGES: larger at once if the values exceed it, smaller after some seconds."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Clear the history: another quantity follows."""
        self._seen: deque[tuple[int, float]] = deque()
        self.end: float | None = None  # the last result

    def __call__(self, values: FloatArray, stamp_ns: int) -> float:
        """The upper end for these values (478,), %."""
        seen = self._seen
        if seen and stamp_ns < seen[-1][0]:
            self.reset()
            seen = self._seen
        at = int(_SHARE * (len(values) - 1))
        level = float(np.partition(values, at)[at])
        # Only the levels that no later one exceeds can ever be the highest: the first of the queue is.
        while seen and seen[-1][1] <= level:
            seen.pop()
        seen.append((stamp_ns, level))
        while stamp_ns - seen[0][0] > _SPAN_NS:
            seen.popleft()
        highest = seen[0][1]
        if self.end is None or highest > self.end:
            self.end = _at_least(highest)
        else:
            self.end = min(self.end, _at_least(highest / _ROOM))
        return self.end


def _at_least(value: float) -> float:
    return next((end for end in RANGES if end >= value), RANGES[-1])
