"""What is drawn of an overview: one value a column of pixels at most. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.overview import (
    FIRST_EMOTION,
    FIRST_USABLE,
    FROM_MEAN,
    MOVED,
    N_EMOTIONS,
    N_FROM_MEAN,
    N_MOVED,
    NOISE,
    PREDICTED,
    Overview,
    Usable,
)
from realtime.core.types import EMOTIONS, Array, FloatArray
from realtime.view.mirror.history import LONGEST_STEP_S


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Values by time, oldest first; NaN where nothing is known. Distances are root mean squares over the vertices and
    the frames of a column, in % of the outer-canthal distance.
    """

    times_s: FloatArray  # (n,) float64
    moved: FloatArray  # (n,) float32, distance from the subject's face at rest
    predicted: FloatArray  # (n,) float32, as much of that height as of the squared movement is predicted
    noise: FloatArray  # (n,) float32
    from_mean: FloatArray  # (n,) float32, distance from the mean face, where no rest is known
    emotions: FloatArray  # (7, n) float32, in the order of `EMOTIONS`, stacked at most 1


@dataclass(frozen=True, slots=True)
class UsableRun:
    """An interval of one kind; None: there were no frames."""

    start_s: float
    end_s: float
    usable: Usable | None


def columns_of(overview: Overview, start_s: float, end_s: float, count: int) -> Columns:
    """Means over at most `count` columns of an interval, and the row before and behind it.

    The borders of the columns are multiples of their width, so that nothing flickers while time passes.
    """
    index, step = _slices(overview, start_s, end_s, count)
    sums, times_s = _sums(overview, index)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = sums[:, MOVED] / sums[:, N_MOVED]
        share = np.clip(sums[:, PREDICTED] / sums[:, MOVED], 0.0, 1.0)
        noise = sums[:, NOISE] / sums[:, N_MOVED]
        from_mean = sums[:, FROM_MEAN] / sums[:, N_FROM_MEAN]
        emotions = sums[:, FIRST_EMOTION:N_EMOTIONS] / sums[:, [N_EMOTIONS]]
    height = np.sqrt(moved)
    lines = np.vstack([height, height * np.nan_to_num(share), np.sqrt(noise), np.sqrt(from_mean), emotions.T])
    lines[1, np.isnan(height)] = np.nan
    total = np.maximum(lines[4:].sum(axis=0), 1.0)
    lines[4:] /= total
    gaps = np.flatnonzero(np.diff(times_s) > max(LONGEST_STEP_S, 1.5 * step)) + 1
    if len(gaps):
        times_s = np.insert(times_s, gaps, times_s[gaps])
        lines = np.insert(lines, gaps, np.nan, axis=1)
    lines = np.ascontiguousarray(lines, np.float32)
    return Columns(times_s, lines[0], lines[1], lines[2], lines[3], lines[4 : 4 + len(EMOTIONS)])


def usable_runs(overview: Overview, start_s: float, end_s: float, count: int) -> list[UsableRun]:
    """What the frames of an interval can be used for, in at most `count` columns: of each what most of its frames are,
    the worse of two that are equal.
    """
    index, step = _slices(overview, start_s, end_s, count)
    sums, times_s = _sums(overview, index)
    kinds = sums[:, FIRST_USABLE : FIRST_USABLE + len(Usable)].argmax(axis=1).tolist()
    longest = max(LONGEST_STEP_S, 1.5 * step)
    runs: list[UsableRun] = []
    for time_s, kind in zip(times_s.tolist(), map(Usable, kinds), strict=True):
        if not runs:
            runs.append(UsableRun(time_s, time_s, kind))
            continue
        before = runs[-1]
        if time_s - before.end_s > longest:
            runs += [UsableRun(before.end_s, time_s, None), UsableRun(time_s, time_s, kind)]
        elif kind is before.usable:
            runs[-1] = UsableRun(before.start_s, time_s, kind)
        else:
            runs[-1] = UsableRun(before.start_s, time_s, before.usable)
            runs.append(UsableRun(time_s, time_s, kind))
    if runs:  # the newest column is as wide as the others
        runs[-1] = UsableRun(runs[-1].start_s, runs[-1].end_s + step, runs[-1].usable)
    return runs


def _slices(overview: Overview, start_s: float, end_s: float, count: int) -> tuple[Array, float]:
    """Borders between the rows of each column, (columns + 1,), and the width of a column in seconds."""
    step = max((end_s - start_s) / max(count, 1), 1e-6)
    first = np.floor(start_s / step)
    borders = (first + np.arange(count + 2)) * step
    index = np.searchsorted(overview.times_s, borders, side="left")
    outer = np.concatenate([[max(index[0] - 1, 0)], index, [min(index[-1] + 1, len(overview.times_s))]])
    return np.unique(outer), step


def _sums(overview: Overview, index: Array) -> tuple[Array, Array]:
    """The sums between borders and the mean time of each, (columns, COLUMNS) and (columns,)."""
    if len(index) < 2:
        return np.zeros((0, overview.sums_before.shape[1])), np.zeros(0)
    times = overview.times_s
    return np.diff(overview.sums_before[index], axis=0), (times[index[:-1]] + times[index[1:] - 1]) / 2.0
