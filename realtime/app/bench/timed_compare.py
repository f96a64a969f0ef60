"""A comparison whose recordings and scores are timed apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.app.compare import CompareOptions, run_compare
from realtime.core.compare_report import CompareReport
from realtime.core.errors import SourceError
from realtime.core.progress import JobProgress, JobState


@dataclass(frozen=True, slots=True)
class TimedCompare:
    """What was compared, and the seconds that it took."""

    report: CompareReport
    recordings_s: float  # from the start of the processes to the end of the last recording
    scores_s: float  # from then on: scores over all recordings, tables, figures and the page


def timed_compare(recordings: Sequence[Path], folder: Path, options: CompareOptions) -> TimedCompare:
    """Compare recordings. Raises what `run_compare` raises, and SourceError where a recording cannot be compared."""
    done: list[float] = []

    def show(state: JobState) -> None:
        if state.phase == "scores" and not done:
            done.append(time.perf_counter())

    began = time.perf_counter()
    report = run_compare([str(one) for one in recordings], folder, options, JobProgress(show))
    ended = time.perf_counter()
    if report.errors:
        raise SourceError(f"{report.errors[0].recording}: {report.errors[0].reason}")
    return TimedCompare(report, done[0] - began, ended - done[0])
