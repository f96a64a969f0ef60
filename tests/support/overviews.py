"""Overviews of recordings that nobody has recorded: every lane has something, and its numbers are known."""

from __future__ import annotations

import numpy as np

from realtime.core.overview import (
    COLUMNS,
    FIRST_EMOTION,
    FIRST_USABLE,
    FROM_MEAN,
    MOVED,
    N_EMOTIONS,
    N_FROM_MEAN,
    N_MOVED,
    NOISE,
    PREDICTED,
    Change,
    Overview,
    Usable,
)
from realtime.core.types import EMOTIONS, Array


def rows_to(times_s: Array, rows: Array, *changes: Change) -> Overview:
    """An overview of rows (n, COLUMNS)."""
    return Overview(times_s, np.vstack([np.zeros(COLUMNS), rows.cumsum(axis=0)]), changes)


def made_overview(duration_s: float = 80.0, rate: float = 30.0, *, emotions: bool = True, seed: int = 0) -> Overview:
    """A face that moves: not calibrated in the first tenth; no face, turned, out of range and no frames later on."""
    random = np.random.default_rng(seed)
    times_s = np.arange(0.0, duration_s, 1 / rate)
    times_s = times_s[(times_s < 0.6 * duration_s) | (times_s > 0.65 * duration_s)]
    count = len(times_s)
    part = times_s / duration_s
    rows = np.zeros((count, COLUMNS))
    moved = 2.0 + np.sin(31 * part) + random.uniform(0, 0.3, count)
    rows[:, MOVED], rows[:, NOISE], rows[:, N_MOVED] = moved**2, 0.2, 1
    rows[:, PREDICTED] = (0.35 + 0.3 * np.sin(17 * part)) * moved**2
    before = part < 0.1
    rows[before, : N_MOVED + 1] = 0
    rows[before, FROM_MEAN], rows[before, N_FROM_MEAN] = 30.0, 1
    if emotions:
        values = random.uniform(0, 1, (count, len(EMOTIONS))) + 1.0 + np.sin(part[:, None] * np.arange(3, 10) * 5)
        rows[:, FIRST_EMOTION:N_EMOTIONS] = values / values.sum(axis=1, keepdims=True)
        rows[:, N_EMOTIONS] = 1
    usable = np.full(count, Usable.YES)
    usable[(part > 0.3) & (part < 0.4)] = Usable.NO_FACE
    usable[(part > 0.7) & (part < 0.8)] = Usable.TURNED
    usable[(part > 0.85) & (part < 0.9)] = Usable.OUT_OF_RANGE
    rows[usable == Usable.NO_FACE, :FIRST_USABLE] = 0
    rows[np.arange(count), FIRST_USABLE + usable] = 1
    return rows_to(times_s, rows, Change(0.1 * duration_s, "neutral face measured"))
