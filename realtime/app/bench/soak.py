"""Hours of the real mirror: a looped clip, a window drawn offscreen, a recording that begins and ends again and again.

What a user would notice after a day is measured: memory per hour, open files and threads.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from realtime.app.bench.bench_report import SoakReport, SoakStateReport
from realtime.app.bench.own_window import OwnWindow
from realtime.app.bench.window_cost import resident_mib
from realtime.core.commands import Action, CloseWindow, Request
from realtime.core.config import Config
from realtime.core.process import Notify
from realtime.core.resources import pyfeat_file
from realtime.core.run_report import RunReport
from realtime.core.view_state import ViewState
from realtime.view.screen.offscreen import Offscreen

CLIP = "tests/data/single_face.mp4"
SIZE = (640, 360)  # of the window: the memory that is kept does not depend on it
HOURS = 8.0
# What is done once a minute in turn. What is switched on is switched off again.
ACTIONS = (
    Action.STYLE, Action.CARD, Action.HELP, Action.HELP, Action.PANEL, Action.PANEL, Action.OVERLAY, Action.SIGNED,
    Action.SIGNED, Action.SCREENSHOT, Action.COPY, Action.EVENT, Action.PAUSE, Action.PAUSE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process has at one time."""

    at_s: float  # since the first picture
    recording: bool
    mb: float | None  # resident memory; None where the system does not tell
    files: int | None
    threads: int | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a soak, in seconds; a short one has shorter phases."""

    total: float

    @property
    def phase(self) -> float:
        """From one beginning or end of a recording to the next."""
        return min(300.0, self.total / 12)

    @property
    def warm_up(self) -> float:
        """Left out of the slope: caches fill, and both states were there once."""
        return min(4 * self.phase, self.total / 3)

    @property
    def settle(self) -> float:
        """Left out of each phase: files are completed and threads end."""
        return min(20.0, self.phase / 3)

    @property
    def sample(self) -> float:
        """From one measurement to the next."""
        return min(10.0, self.phase / 6)

    @property
    def act(self) -> float:
        """From one action in the window to the next."""
        return min(60.0, self.phase / 5)


class SoakWindow(Offscreen):
    """A window without a display and a user who records and looks around; `samples` has what was measured meanwhile."""

    def __init__(self, schedule: Schedule, folder: Path, notify: Notify, **options: Any) -> None:
        super().__init__(SIZE, **options)
        self.visible = True  # the panel and all that belongs to a display is drawn
        self.samples: list[Sample] = []
        self._script = self._act(schedule, folder, notify)

    def poll(self, ui: ViewState) -> list[Request]:
        """The requests of widgets, and those of the script."""
        return super().poll(ui) + next(self._script, [])

    def _act(self, schedule: Schedule, folder: Path, notify: Notify) -> Iterator[list[Request]]:
        start = time.monotonic()
        recording, settled, actions = False, schedule.settle, cycle(ACTIONS)
        due = {"phase": schedule.phase, "sample": 0.0, "act": schedule.act, "note": 600.0}
        while (at := time.monotonic() - start) < schedule.total:
            requests: list[Request] = []
            if at >= due["sample"]:
                due["sample"] = at + schedule.sample
                if at >= settled:
                    self.samples.append(sample(at, recording))
            if at >= due["note"]:
                due["note"] += 600.0
                notify(f"{at / 3600:.1f} h, {_in_words(self.samples)}")
            if at >= due["phase"]:
                due["phase"] += schedule.phase
                settled = at + schedule.settle
                recording = not recording
                if recording:
                    _empty(folder)
                requests.append(Action.RECORD)
            elif at >= due["act"]:
                due["act"] = at + schedule.act
                requests.append(next(actions))
            yield requests
        yield [CloseWindow()]  # Q would ask first while something is recorded


def soak(config: Config, hours: float, notify: Notify) -> SoakReport:
    """Run the mirror for `hours` and measure; what was measured until then after a signal, too."""
    schedule = Schedule(hours * 3600)
    with tempfile.TemporaryDirectory(prefix="meshmirror-soak-") as name:
        source = config.source.model_copy(update={"path": str(pyfeat_file(CLIP)), "loop": True})
        record = config.record.model_copy(update={"path": None, "folder": Path(name)})
        settings = config.model_copy(update={"source": source, "record": record})

        own = OwnWindow(lambda *_, **__: SoakWindow(schedule, Path(name), notify))
        report = own.run(settings)
    if own.error or own.window is None:
        return SoakReport(error=own.error)
    return summarized(own.window.samples, schedule, report)


def sample(at_s: float, recording: bool) -> Sample:
    """Memory, open files and threads of this process now; Linux alone tells them without a library."""
    mib = resident_mib()
    counts = [len(os.listdir(f"/proc/self/{name}")) for name in ("fd", "task")] if _linux() else [None, None]  # noqa: PTH208
    return Sample(at_s, recording, None if mib is None else mib * 2**20 / 1e6, *counts)


def summarized(samples: Sequence[Sample], schedule: Schedule, report: RunReport) -> SoakReport:
    """Slope and growth of what was measured after the warm-up."""
    kept = [one for one in samples if one.at_s >= schedule.warm_up]
    states = {}
    for name, recording in (("idle", False), ("recording", True)):
        of_state = [one for one in kept if one.recording is recording]
        if of_state:
            first, last = _halves(of_state)
            states[name] = SoakStateReport(
                samples=len(of_state),
                mb=_both(first, last, "mb"),
                files=_both(first, last, "files"),
                threads=_both(first, last, "threads"),
            )
    slope = mb_an_hour(kept, schedule.phase)
    return SoakReport(
        hours=round(samples[-1].at_s / 3600, 4) if samples else 0.0,
        warm_up_hours=round(schedule.warm_up / 3600, 4),
        frames=report.frames,
        recordings=len(report.sessions),
        rows=report.recorded,
        rows_dropped=report.dropped,
        mb_an_hour=None if slope is None else round(slope, 2),
        files_grown=_grown(states, "files"),
        threads_grown=_grown(states, "threads"),
        states=states,
        minutes=_minutes(samples),
        failures=report.failures,
        interrupted=report.interrupted,
    )


def mb_an_hour(samples: Sequence[Sample], phase_s: float) -> float | None:
    """Robust slope of the memory: the median over pairs of samples of one state (Theil 1950, Sen 1968).

    Pairs of different states would measure what a recording needs, and pairs of one recording how it begins; so pairs
    are of different phases, which are `phase_s` long.
    """
    slopes = []
    for recording in (False, True):
        points = np.array([(one.at_s, one.mb) for one in samples if one.recording is recording and one.mb is not None])
        if len(points) < 2:
            continue
        first, second = np.triu_indices(len(points), 1)
        run, rise = (points[second] - points[first]).T
        apart = run >= phase_s
        slopes.append(rise[apart] / run[apart])
    every = np.concatenate(slopes) if slopes else np.empty(0)
    return float(np.median(every) * 3600) if len(every) else None


def soak_targets(found: SoakReport) -> list[tuple[str, float | None, float]]:
    """The targets of a soak, as (name, measured, at most)."""
    return [
        (f"memory over {found.hours or 0:.1f} hours, MB an hour", found.mb_an_hour, 10.0),
        ("  open files grown", found.files_grown, 0.0),
        ("  threads grown", found.threads_grown, 0.0),
    ]


def _halves(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    middle = (len(samples) + 1) // 2
    return samples[:middle], samples[middle:] or samples[:middle]


def _both(first: Sequence[Sample], last: Sequence[Sample], name: str) -> tuple[float, float] | None:
    """The medians of the first and of the last half."""
    medians = []
    for half in (first, last):
        values = [value for one in half if (value := getattr(one, name)) is not None]
        if not values:
            return None
        medians.append(round(float(np.median(values)), 1))
    return medians[0], medians[1]


def _grown(states: dict[str, SoakStateReport], name: str) -> float | None:
    """The largest growth of any state from the first half to the last."""
    both = [found for state in states.values() if (found := getattr(state, name)) is not None]
    return max((last - first for first, last in both), default=None)


def _minutes(samples: Sequence[Sample]) -> list[tuple[int, bool, float | None, int | None, int | None]]:
    """The last sample of every minute."""
    last = {int(one.at_s // 60): one for one in samples}
    return [
        (minute, one.recording, None if one.mb is None else round(one.mb, 1), one.files, one.threads)
        for minute, one in last.items()
    ]


def _in_words(samples: Sequence[Sample]) -> str:
    if not samples or samples[-1].mb is None:
        return "memory is not measured on this system"
    last = samples[-1]
    return f"{last.mb:.0f} MB, {last.files} files, {last.threads} threads"


def _empty(folder: Path) -> None:
    """Remove what was recorded before: hours of it would fill the disk."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _linux() -> bool:
    return sys.platform.startswith("linux")
