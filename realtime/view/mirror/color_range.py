"""Automatic upper end of the colour scale."""

from __future__ import annotations

from collections import deque

import numpy as np

from realtime.core.types import FloatArray
from realtime.view.mirror.view_actions import RANGES

_SPAN_NS = 6_000_000_000  # window over which values count
_SHARE = 0.97  # of the vertices lie within the scale
_FRAMES = 0.9  # of the frames of the window as well: one bad frame, or half a second of them, moves nothing
_ROOM = 0.8  # hysteresis: a smaller end is used once the values stay below this share of it
_LEAST = 3.0  # %: a smaller end would paint the tremble of a landmark in the colours of a real difference


class ColorRange:
    """Picks one of RANGES by the last seconds: slow in both directions, and slower downwards."""

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
        seen.append((stamp_ns, _quantile(values, _SHARE)))
        while stamp_ns - seen[0][0] > _SPAN_NS:
            seen.popleft()
        level = _quantile(np.array([one for _, one in seen]), _FRAMES)
        if self.end is None or level > self.end:
            self.end = _at_least(level)
        else:
            self.end = min(self.end, _at_least(level / _ROOM))
        return self.end


def _quantile(values: FloatArray, share: float) -> float:
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def _at_least(value: float) -> float:
    return next((end for end in RANGES if end >= max(value, _LEAST)), RANGES[-1])
