"""How long the scores, tables, figures and the page of a comparison take once its frames are done."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from realtime.app.bench.simulated_part import FPS, REST_S, SimulatedRecording, make_part
from realtime.app.bench.timed_compare import timed_compare
from realtime.app.compare import PAGE, PARTS, CompareOptions, compare_settings, recording_job
from realtime.core.config import Config
from realtime.core.process import Notify, available_cores
from realtime.core.report import Report, described
from realtime.pipeline.cluster import Task, in_processes
from realtime.pipeline.compare.neutrals import NeutralWish
from realtime.pipeline.compare.recordings import Entry, Recording, recordings_of

RECORDINGS, PEOPLE, MINUTES = 10, 5, 10.0
MOST_S, MOST_MB = 20.0, 8.0


class CompareReportTimeReport(Report):
    """A comparison of simulated recordings from the end of the frames on."""

    recordings: Annotated[int, described("recordings, whose faces are simulated and summed up as those of videos are")]
    frames: Annotated[int, described("frames of each")]
    compared: Annotated[int, described("frames in the scores over all recordings")]
    seconds: Annotated[float, described("scores over all recordings, tables, the page and figures for papers", "s")]
    figures: Annotated[bool, described("whether figures are among them, which need matplotlib")]
    page_mb: Annotated[float, described("the page", "MB")]


def compare_report_time(config: Config, notify: Notify) -> CompareReportTimeReport:
    """Make the parts of simulated recordings on all cores, then measure the rest of their comparison.

    Raises FeatureError for a model that seven emotions do not drive.
    """
    frames, figures = round(MINUTES * 60 * FPS), find_spec("matplotlib") is not None
    with tempfile.TemporaryDirectory(prefix="meshmirror-report-") as made:
        names = {Path(made) / f"recording-{at:02d}.mp4": f"recording-{at:02d}" for at in range(RECORDINGS)}
        for path, name in names.items():
            path.write_text(name)
        entries = {name: Entry(f"person {at % PEOPLE}") for at, name in enumerate(names.values())}
        options = CompareOptions(
            config, ("appearance",), NeutralWish("first", end_s=REST_S - 1.0), entries, figures=figures
        )
        folder = Path(made) / "out"
        notify(f"{RECORDINGS} simulated recordings of {frames:,} frames")
        _make_parts(recordings_of(names, entries)[0], frames, options, folder / PARTS)
        notify("the scores, tables, figures and the page of them")
        timed = timed_compare(list(names), folder, options)
        return CompareReportTimeReport(
            recordings=RECORDINGS,
            frames=frames,
            compared=timed.report.overall.frames,
            seconds=timed.scores_s,
            figures=figures,
            page_mb=(folder / PAGE).stat().st_size / 1e6,
        )


def _make_parts(recordings: Sequence[Recording], frames: int, options: CompareOptions, parts: Path) -> None:
    settings = compare_settings(options, recordings)
    parts.mkdir(parents=True)
    simulated = [
        SimulatedRecording(recording_job(one, options), frames, person=at % PEOPLE, seed=at)
        for at, one in enumerate(recordings)
    ]
    with in_processes(available_cores()) as cluster:
        for _ in cluster.in_order(Task(one.job.name, make_part, (one, settings, parts)) for one in simulated):
            pass


def report_time_targets(found: CompareReportTimeReport) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, its target, and on which side of that it has to be."""
    what = f"{found.recordings} recordings of {found.frames:,} frames"
    return [
        (f"scores, tables and page of {what}, s", found.seconds, MOST_S, "at most"),
        ("... and the size of the page, MB", found.page_mb, MOST_MB, "at most"),
    ]
