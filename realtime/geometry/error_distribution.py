"""The distribution of errors over frames in bins of fixed width: percentiles, the cumulative curve, its area.

The bins are the same for everyone, so the counts of any frames can be added exactly, whatever was counted where. The
cumulative error distribution, the area under it and the failure rate are those by which landmark detectors are compared
(Sagonas et al. 2016).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
import numpy.typing as npt

BIN_PERCENT = 0.01
_BINS = 10_000  # up to 100 %; what lies beyond is counted together
PERCENTILES = (50, 75, 90, 95, 99)


class ErrorDistribution:
    """Frames by their NME, % of the outer-canthal distance, in bins of 0.01 %.

    Bin i holds the errors in [i, i + 1) times 0.01 %. Errors of 100 % and more are counted as beyond.
    """

    __slots__ = ("counts",)

    def __init__(self, counts: npt.ArrayLike | None = None) -> None:
        """`counts` (at most 10,001,): frames by bin, as `trimmed` gave them; None: no frames."""
        given = np.zeros(0, np.int64) if counts is None else np.asarray(counts, np.int64)
        self.counts = np.zeros(_BINS + 1, np.int64)
        self.counts[: len(given)] = given

    @classmethod
    def of(cls, errors: npt.ArrayLike) -> Self:
        """Of the errors (n,) of frames, %. Raises ValueError for one that is negative or not a number."""
        found = cls()
        found.add(errors)
        return found

    def add(self, errors: npt.ArrayLike) -> None:
        """Add frames by their errors (n,), %."""
        values = np.asarray(errors, np.float64)
        if not (values >= 0).all():
            raise ValueError("an error is negative or not a number")
        at = np.minimum(values / BIN_PERCENT, _BINS).astype(np.int64)
        self.counts += np.bincount(at, minlength=_BINS + 1)

    def merge(self, other: Self) -> None:
        """Add the frames of another distribution."""
        self.counts += other.counts

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return int(self.counts.sum())

    @property
    def trimmed(self) -> list[int]:
        """Frames by bin from 0 on, without the empty bins at the end."""
        used = np.flatnonzero(self.counts)
        found: list[int] = self.counts[: used[-1] + 1].tolist() if len(used) else []
        return found

    def percentile(self, percent: float) -> float | None:
        """The error that so many percent of the frames have at most: the middle of the bin, so half a bin off at most.

        100 where it lies beyond the bins; None without frames.
        """
        if not self.frames:
            return None
        rank = max(1, int(np.ceil(percent / 100.0 * self.frames - 1e-9)))
        at = int(np.searchsorted(np.cumsum(self.counts), rank))
        return 100.0 if at >= _BINS else round((at + 0.5) * BIN_PERCENT, 3)

    def percentiles(self, which: Iterable[int] = PERCENTILES) -> dict[int, float] | None:
        """Some percentiles; None without frames."""
        found = {percent: self.percentile(percent) for percent in which}
        return {percent: value for percent, value in found.items() if value is not None} or None

    def share_below(self, error: float) -> float | None:
        """Share of the frames whose error lies in a bin below this one; None without frames."""
        at = min(round(error / BIN_PERCENT), _BINS)
        return float(self.counts[:at].sum() / self.frames) if self.frames else None

    def failure_rate(self, threshold: float) -> float | None:
        """Share of the frames with this error (a multiple of 0.01 %) or more; None without frames."""
        below = self.share_below(threshold)
        return None if below is None else 1.0 - below

    def area(self, limit: float) -> float | None:
        """Area under the cumulative curve from 0 to a limit as a share of it: 1 for frames without error.

        That is the mean over the frames of 1 - error / limit, 0 for those beyond it, with the middles of the bins.
        None without frames.
        """
        if not self.frames:
            return None
        bins = min(round(limit / BIN_PERCENT), _BINS)
        middles = (np.arange(bins) + 0.5) * BIN_PERCENT
        return float(self.counts[:bins] @ (1.0 - middles / limit) / self.frames)
