"""Cheap checks of a live picture: is it black, frozen, or half decoded.

Drivers report success in all three cases, so only the pixels show it. Every check samples a grid of about 60x80 pixels:
about 0.1 ms at 1280x720.
"""

from __future__ import annotations

import zlib
from collections import deque

import numpy as np

from realtime.capture.source import SECOND_NS
from realtime.core.types import ByteArray

BLACK_MEAN, BLACK_STD = 8.0, 3.0  # of 255; a covered lens with its sensor noise stays below both
BLACK_AFTER_NS = SECOND_NS
# Equal pictures: 1 s and 3 s at 30 frames a second. Sensor noise makes no two pictures of a camera equal; OpenCV goes
# on delivering the last picture of a stream whose size has changed.
FROZEN_AFTER, REOPEN_AFTER = 30, 90
TORN_SHARE = 8  # the lowest 1/8 of the rows is checked


class PictureChecks:
    """Checks consecutive pictures of one device; `reset` after reopening it."""

    def __init__(self) -> None:
        self.torn = 0  # half-decoded pictures so far
        self._stuck_hash: int | None = None  # a frozen picture that stayed although the device was reopened for it
        self.reset()

    def reset(self) -> None:
        """Forget past pictures, but not the one for which the device was reopened."""
        self._black_since: int | None = None
        self._hash: int | None = None
        self._equal = 0
        self._previous: deque[ByteArray] = deque(maxlen=3)

    def flags(self, image: ByteArray, stamp_ns: int) -> frozenset[str]:
        """The subset of {"black", "frozen", "torn"} that holds for this picture (height, width, 3)."""
        step = max(1, min(image.shape[:2]) // 64)
        grid = np.ascontiguousarray(image[::step, ::step])
        found = set()
        if self._is_black(grid, stamp_ns):
            found.add("black")
        if self._is_frozen(grid):
            found.add("frozen")
        # A decoder that runs out of data leaves the rest flat, or as the buffer had it from one of the last pictures.
        if _is_flat_below(image, step) or any(_is_old_below(grid, previous) for previous in self._previous):
            found.add("torn")
            self.torn += 1
        self._previous.append(grid)
        return frozenset(found)

    def wants_reopening(self) -> bool:
        """Whether the picture has been frozen for so long that the device should be reopened.

        Once for each picture: a source that still shows the same one after that is a still source, a test card or a
        virtual camera, and no dead driver.
        """
        if self._equal < REOPEN_AFTER or self._hash == self._stuck_hash:
            return False
        self._stuck_hash = self._hash
        return True

    def _is_black(self, grid: ByteArray, stamp_ns: int) -> bool:
        if grid.mean() >= BLACK_MEAN or grid.std() >= BLACK_STD:
            self._black_since = None
            return False
        if self._black_since is None:
            self._black_since = stamp_ns
        return stamp_ns - self._black_since >= BLACK_AFTER_NS

    def _is_frozen(self, grid: ByteArray) -> bool:
        now = zlib.adler32(grid.data)
        self._equal = self._equal + 1 if now == self._hash else 1
        self._hash = now
        return self._equal >= FROZEN_AFTER


def _is_flat_below(image: ByteArray, step: int) -> bool:
    """Whether the lowest rows have one colour that the uppermost rows have not.

    The black bars of a letter box are flat too, but they are above the picture as well.
    """
    rows = max(2, image.shape[0] // TORN_SHARE)
    lower = image[-rows :: max(1, step // 2), ::step]
    color = lower[-1, -1]
    if not (lower == color).all():
        return False
    upper = image[0 : rows : max(1, step // 2), ::step]
    return not (upper == color).all()


def _is_old_below(grid: ByteArray, previous: ByteArray) -> bool:
    """Whether the lowest rows are those of an earlier picture, bit by bit, while nearly all above them is new.

    A still background is no such case: there the rows above repeat in places as well.
    """
    lowest = len(grid) // TORN_SHARE
    if grid.shape != previous.shape or (grid[-lowest:] != previous[-lowest:]).any():
        return False
    changed = (grid[..., 1] != previous[..., 1]).mean(axis=1)  # share of new pixels in each row; green alone suffices
    new_rows = int(np.flatnonzero(changed)[-1]) + 1 if changed.any() else 0
    return new_rows > 0 and bool((changed[:new_rows] > 0.5).mean() >= 0.9)
