"""How fast a data set is extracted, beside the bare MediaPipe loop on the same videos with as many processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from realtime.app.bench.beside_bare_loop import bare_loops, children_processor_s, copies, tracker_beside
from realtime.core.config import Config
from realtime.core.errors import SourceError
from realtime.core.process import Notify, available_cores
from realtime.core.progress import Progress, no_progress
from realtime.core.report import Report, described
from realtime.core.study_reports import ExtractReport
from realtime.dataset.extract import ExtractOptions, extract
from realtime.dataset.recording import Sampling
from realtime.dataset.shards import SHARD_RECORDINGS

CLIP = "tests/data/WolfgangLanger_Pexels.mp4"  # 472 frames of 640 x 360, one face in most of them


class ExtractSpeedReport(Report):
    """An extraction of copies of a clip beside the bare loop, both from the start of their processes to the end."""

    clip: Annotated[str, described("the clip of which the videos are copies")]
    videos: Annotated[int, described("videos")]
    frames: Annotated[int, described("frames of all of them")]
    processes: Annotated[int, described("processes of either, one a core")]
    tracker: Annotated[str, described("what finds the faces of the extraction")]
    emotions: Annotated[str, described("source of the emotions that are extracted as well")]
    rows: Annotated[int, described("rows that were extracted")]
    frames_a_second: Annotated[float, described("frames that are extracted in a second")]
    bare_faces: Annotated[int, described("faces that the bare loop found")]
    bare_frames_a_second: Annotated[
        float, described("frames a second of the bare loop: decoding and the tracker's own network by MediaPipe")
    ]
    ratio: Annotated[float, described("the first rate by the second")]
    processor_ms: Annotated[
        float | None, described("processor time of a frame that is extracted; null on Windows", "ms")
    ]
    bare_processor_ms: Annotated[float | None, described("the same of the bare loop", "ms")]
    lost_at_most: Annotated[
        int, described("recordings that a killed run has to do again at most, besides those that are under way")
    ]


def extract_speed(config: Config, rounds: int, notify: Notify) -> ExtractSpeedReport:
    """Extract `rounds` copies of a clip for each core with the classifier `appearance`, and run the bare loop on them.

    In turn, each twice: bare, extraction, extraction, bare, so that a machine that slows down slows both. Raises
    ModelFileError where the classifier is not installed, and SourceError where a video cannot be extracted.
    """
    cores, tracker = available_cores(), tracker_beside(config)
    options = ExtractOptions(
        config.with_detect(emotion="appearance", tracker=tracker, pose_source="mesh"), Sampling(), cores
    )
    seconds, processor = {"bare": 0.0, "extract": 0.0}, {"bare": 0.0, "extract": 0.0}
    with tempfile.TemporaryDirectory(prefix="meshmirror-extract-") as made:
        videos = list(copies([CLIP], Path(made), max(2, rounds * cores)))
        for turn, who in enumerate(("bare", "extract", "extract", "bare")):
            notify("the bare loop" if who == "bare" else f"an extraction, {len(videos)} videos on {cores} cores")
            begun, used = time.perf_counter(), children_processor_s()
            if who == "bare":
                counts = bare_loops(videos, cores, tracker, config.detect.task_file, blendshapes=True)
            else:
                report = _extracted(videos, Path(made) / f"faces-{turn}", options)
            seconds[who] += time.perf_counter() - begun
            processor[who] += children_processor_s() - used
    frames = sum(found for found, _ in counts)
    return ExtractSpeedReport(
        clip=Path(CLIP).name,
        videos=len(videos),
        frames=report.frames,
        processes=cores,
        tracker=tracker,
        emotions=report.emotions,
        rows=report.rows,
        frames_a_second=2 * report.frames / seconds["extract"],
        bare_faces=sum(faces for _, faces in counts),
        bare_frames_a_second=2 * frames / seconds["bare"],
        ratio=(report.frames / seconds["extract"]) / (frames / seconds["bare"]),
        processor_ms=1e3 * processor["extract"] / (2 * report.frames) or None,
        bare_processor_ms=1e3 * processor["bare"] / (2 * frames) or None,
        lost_at_most=SHARD_RECORDINGS,
    )


def extract_targets(found: ExtractSpeedReport) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, its target, and on which side of that it has to be."""
    return [("extraction with appearance / bare MediaPipe", found.ratio, 0.8, "at least")]


def _extracted(videos: list[Path], folder: Path, options: ExtractOptions) -> ExtractReport:
    report = extract([str(video) for video in videos], folder, options, _hidden)
    if report.bad:
        raise SourceError(f"{report.bad[0].recording}: {report.bad[0].reason}")
    return report


@contextmanager
def _hidden(label: str) -> Iterator[Progress]:
    yield no_progress
