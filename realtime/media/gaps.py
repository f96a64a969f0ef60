"""Gaps between frames, which are cut in drawn videos."""

from __future__ import annotations

import numpy as np

from realtime.core.types import Array

LONGEST_GAP_S = 10  # a picture stays for so long at most


def without_gaps(times_ns: Array) -> tuple[Array, str]:
    """Times (n,) int64 ns since the first, longer gaps cut to `LONGEST_GAP_S`, and a note about them, "" without any.

    A time that lies before an earlier one, as in a damaged table, becomes equal to it.
    """
    steps = np.diff(np.maximum.accumulate(times_ns))
    longest_ns = LONGEST_GAP_S * 1_000_000_000
    gaps = steps[steps > longest_ns]
    since = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.minimum(steps, longest_ns))])
    if not len(gaps):
        return since, ""
    what = "A gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
    lost = f"{float((gaps / 1e9 - LONGEST_GAP_S).sum()):.0f} s in all are not drawn"
    return since, f"{what} of more than {LONGEST_GAP_S} s between frames cut to {LONGEST_GAP_S} s in the video: {lost}."
