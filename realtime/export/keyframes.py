"""From the rows of a session to the keyframes of an animation: when, of which row, and where there is nothing to see.

A value is interpolated from keyframe to keyframe. Where a face is missing, the node is hidden and the last values are
held; nothing is interpolated over a gap in which no rows were recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array

Index = npt.NDArray[np.int64]
LONGEST_STEP_S = 1.0  # between rows, or two of their periods where that is more; beyond it is a gap


@dataclass(frozen=True, slots=True, eq=False)
class Keyframes:
    """Times from 0 on, strictly increasing also as float32, and the row of each."""

    seconds: Array  # (n,) float32 since the first row
    rows: Index  # (n,) places among the given rows; -1: a gap begins


def keyframes(times_ns: Array, fps: float | None = None) -> Keyframes:
    """The keyframes of rows with these times (n,); `fps`: no more than so many a second.

    Where rows are more than a second apart, a gap begins one period after the former.
    """
    since = (times_ns - times_ns[0]) / 1e9
    kept = np.arange(len(since))
    if fps is not None:
        ticks = np.floor(since * fps + 1e-6)
        kept = np.flatnonzero(np.r_[True, np.diff(np.maximum.accumulate(ticks)) > 0])
    seconds, rows = since[kept], kept
    steps = np.diff(seconds)
    period = float(np.median(steps)) if len(steps) else 0.0
    gaps = np.flatnonzero(steps > max(LONGEST_STEP_S, 2 * period))
    seconds = np.insert(seconds, gaps + 1, seconds[gaps] + period)
    rows = np.insert(rows, gaps + 1, -1)
    exact = np.asarray(seconds, np.float32)
    later = np.r_[True, exact[1:] > np.maximum.accumulate(exact)[:-1]]  # a damaged table, or days at 1000 rows a second
    return Keyframes(exact[later], rows[later])


def held(rows: Index, present: Array) -> Index:
    """(n,) for each keyframe the row whose values it has: its own, else the last with values, else the first.

    `present` (rows,) says which rows have values; at least one does.
    """
    there = (rows >= 0) & present[np.maximum(rows, 0)]
    places = np.where(there, np.arange(len(rows)), -1)
    last = np.maximum.accumulate(places)
    last[last < 0] = np.flatnonzero(there)[0]
    found: Index = rows[last]
    return found


def shown(rows: Index, present: Array) -> Array:
    """(n,) bool, whether there is something to see at each keyframe."""
    found: Array = (rows >= 0) & present[np.maximum(rows, 0)]
    return found
