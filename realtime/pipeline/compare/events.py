"""The course of the errors of a recording about its marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.geometry.event_average import about_marks, event_grid
from realtime.pipeline.compare.frame_series import FrameSeries
from realtime.pipeline.compare.setups import F64

GRID = event_grid(2.0, 5.0, 0.1)  # times from a mark, s


@dataclass(frozen=True, slots=True, eq=False)
class EventSeries:
    """A recording about one of its marks; (m,) each, NaN where no frame is."""

    nme: F64
    sse: F64
    baseline: F64
    events: int


def event_series(series: FrameSeries, marks: Sequence[Sequence[Any]]) -> dict[str, EventSeries]:
    """By the label of the marks, which are [label, time in ns on the clock of the frames]."""
    found = {}
    seconds = series.common("stamp_ns") / 1e9
    for label in dict.fromkeys(str(label) for label, _ in marks if label):
        times = np.array([stamp / 1e9 for other, stamp in marks if other == label])
        courses = [
            about_marks(seconds, values, series.scored, times, GRID)
            for values in (series.nme, series.sse, series.baseline_sse)
        ]
        found[label] = EventSeries(courses[0][0], courses[1][0], courses[2][0], courses[0][1])
    return found
