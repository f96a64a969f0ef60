"""Averages of a series about events: marks of recordings, aligned on each other, per group, with bands."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64
from realtime.geometry.bootstrap import DRAWS, LEVEL, mean_of, percentile_interval, resample_people

_FEWEST = 3  # recordings under which there is no band
_STEPS = 1.5  # steps of the grid beyond which two frames are no neighbours


@dataclass(frozen=True, slots=True, eq=False)
class AlignedEvent:
    """The series of one recording about its marks, the mean of its events at each time."""

    recording: str
    person: str | None
    group: Hashable
    values: F64  # (m,) NaN where no event has a frame
    events: int


@dataclass(frozen=True, slots=True, eq=False)
class EventBand:
    """The mean of the recordings of a group at each time, with its band."""

    group: Hashable
    mean: F64  # (m,) NaN where no recording has a value
    low: F64  # (m,) NaN with fewer than three recordings
    high: F64
    recordings: int
    events: int
    level: float  # confidence level of the band, at each time and not of the whole course


def event_grid(before: float, after: float, step: float) -> F64:
    """(m,) times from the mark, s, from -before to after in steps, 0 among them."""
    return np.arange(-round(before / step), round(after / step) + 1) * step


def about_marks(
    times: npt.ArrayLike, values: npt.ArrayLike, valid: npt.ArrayLike, marks: npt.ArrayLike, grid: npt.ArrayLike
) -> tuple[F64, int]:
    """The mean of a series at times from its marks, and how many marks had any frame.

    times
        (n,) of the frames, s, increasing.
    values, valid
        (n,) the series, and whether a frame counts.
    marks
        (e,) times of the events, s.
    grid
        (m,) times from a mark, evenly spaced, as `event_grid` gives them.

    Between two frames that count the series is a straight line, across a gap it has no value: where the frames around
    are farther apart than twice their usual distance and than one and a half steps of the grid.
    """
    at, counts, offsets = np.asarray(times, np.float64), np.asarray(valid, bool), np.asarray(grid, np.float64)
    usual = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    at, series = at[counts], np.asarray(values, np.float64)[counts]
    if not len(at):
        return np.full(len(offsets), np.nan), 0
    step = float(offsets[1] - offsets[0]) if len(offsets) > 1 else 0.0
    reach = max(2.0 * usual, _STEPS * step) + 1e-9
    wanted = np.asarray(marks, np.float64)[:, None] + offsets
    right = np.clip(np.searchsorted(at, wanted), 0, len(at) - 1)
    left = np.maximum(right - (at[right] > wanted), 0)
    inside = (wanted >= at[0] - 1e-9) & (wanted <= at[-1] + 1e-9) & (at[right] - at[left] <= reach)
    found = np.where(inside, np.interp(wanted, at, series), np.nan)
    count = inside.sum(axis=0)
    mean: F64 = np.divide(np.nansum(found, axis=0), count, out=np.full(len(offsets), np.nan), where=count > 0)
    return mean, int(inside.any(axis=1).sum())


def event_bands(events: Sequence[AlignedEvent], draws: int = DRAWS, seed: int = 0) -> list[EventBand]:
    """The mean and band of each group, in the order in which the groups come.

    A recording counts once, however many marks it has. Bands are of the bootstrap over the people and recordings of the
    group, as `resample_people` draws them; of fewer than three recordings there is none.
    """
    found = []
    for group in dict.fromkeys(event.group for event in events):
        own = [event for event in events if event.group == group and event.events]
        if not own:
            continue
        values = np.stack([event.values for event in own])
        there = np.isfinite(values)
        total, count = np.where(there, values, 0.0), there.astype(np.float64)
        mean = mean_of(np.stack([total.sum(axis=0), count.sum(axis=0)], axis=-1))
        low, high, level = np.full(len(mean), np.nan), np.full(len(mean), np.nan), LEVEL
        if len(own) >= _FEWEST:
            drawn = resample_people([event.person for event in own], draws, seed)
            counts, level = drawn.counts.astype(np.float64), drawn.level
            means = mean_of(np.stack([counts @ total, counts @ count], axis=-1))
            for at in np.flatnonzero(there.sum(axis=0) >= _FEWEST):
                known = means[np.isfinite(means[:, at]), at]
                low[at], high[at] = percentile_interval(known, drawn.units, level)
        found.append(EventBand(group, mean, low, high, len(own), sum(event.events for event in own), level))
    return found
