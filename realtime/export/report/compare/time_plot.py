"""The error of a recording in time, with the frames that can be looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.core.compare_view import NO_FACE, ShownFrame, Timeline
from realtime.core.wording import time_text
from realtime.export.report.figure import NARROW, WIDE
from realtime.export.report.markup import Markup
from realtime.export.report.series_chart import Plane, Series, Span, cursor, series_chart

F64 = npt.NDArray[np.float64]
BINS = 420  # points of a line at most: about two px each
_STEPS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_SHORTEST_GAP = 0.006  # of the recording: shorter gaps are not hatched


def time_plot(
    line: Timeline, frames: Sequence[ShownFrame], baseline: str, x_label: str
) -> tuple[tuple[Markup, Markup], float]:
    """The chart for both widths, and the seconds that a point of a line stands for."""
    end = max(float(line.seconds[-1]), 1e-3)
    edges = np.linspace(0.0, end, min(BINS, len(line.seconds)) + 1)
    at = np.clip(np.searchsorted(edges, line.seconds, "right") - 1, 0, len(edges) - 2)
    middle = ((edges[1:] + edges[:-1]) / 2.0).tolist()
    courses = [
        (name, color, _binned(values, at, len(middle)))
        for name, color, values in (
            (baseline, "neutral", line.baseline), ("floor", "floor", line.floor),
            ("as delivered", "delivered", line.delivered),
        )
    ]  # fmt: skip
    finite = np.concatenate([values[np.isfinite(values)] for _, _, values in courses])
    top = float(np.percentile(finite, 99.5)) * 1.12 if len(finite) else 1.0
    top = max(top, *(frame.nme * 1.05 for _, frame in _of(frames, line)), 1e-3) if frames else max(top, 1e-3)
    plane = Plane((0.0, end), (0.0, top), x_label, "NME, %", height=150, x_text=clock, x_ticks=_ticks(end))
    series = [Series(name, color, middle, values.tolist()) for name, color, values in courses]
    spans = [
        Span(start, stop, "no face" if stop - start > 0.05 * end else "") for start, stop in _gaps(line) if stop > start
    ]
    choices = [(frame.seconds, number) for number, frame in _of(frames, line)]
    charts = series_chart(
        f"Error in time of {line.recording}: {len(choices)} frames can be chosen",
        plane, series, spans, [cursor(width, plane, choices) for width in (WIDE, NARROW)],
    )  # fmt: skip
    return charts, end / len(middle)


def clock(seconds: float) -> str:
    """A tick of an axis in time: "1:30", and "0:01.5" where that is needed."""
    text = time_text(seconds)
    whole, _, hundredths = text.rpartition(".")
    return whole if hundredths == "00" else f"{whole}.{hundredths.rstrip('0')}"


def _ticks(end: float) -> tuple[float, ...]:
    """Times of a clock from 0 on, seven at most."""
    step = next((one for one in _STEPS_S if end / one <= 6), 600.0 * math.ceil(end / 3600.0))
    return tuple(step * at for at in range(int(end / step) + 1))


def _of(frames: Sequence[ShownFrame], line: Timeline) -> list[tuple[int, ShownFrame]]:
    return [(number, frame) for number, frame in enumerate(frames) if frame.recording == line.recording]


def _binned(values: npt.NDArray[np.float32], at: npt.NDArray[np.int64], bins: int) -> F64:
    """Means of the frames with a number in each bin; NaN where there is none."""
    known = np.isfinite(values)
    counts = np.bincount(at[known], minlength=bins)
    sums = np.bincount(at[known], weights=values[known].astype(np.float64), minlength=bins)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _gaps(line: Timeline) -> list[tuple[float, float]]:
    """The parts without a face that are long enough to be seen."""
    missing = np.concatenate([[False], line.state == NO_FACE, [False]])
    starts, ends = np.flatnonzero(missing[1:] & ~missing[:-1]), np.flatnonzero(~missing[1:] & missing[:-1])
    last = len(line.seconds) - 1
    shortest = _SHORTEST_GAP * float(line.seconds[-1])
    found = [(float(line.seconds[a]), float(line.seconds[min(b, last)])) for a, b in zip(starts, ends, strict=True)]
    return [(start, end) for start, end in found if end - start >= shortest]
