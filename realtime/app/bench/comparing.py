"""How fast recordings are compared, beside the bare MediaPipe loop on the same videos, and how much memory it takes."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

from realtime.app.bench.beside_bare_loop import bare_loops, children_processor_s, copies, tracker_beside
from realtime.app.bench.child import measured_in_child
from realtime.app.bench.compare_report_time import CompareReportTimeReport, compare_report_time, report_time_targets
from realtime.app.bench.comparing_network import CompareNetworkReport, network_speed, network_targets
from realtime.app.bench.timed_compare import timed_compare
from realtime.app.compare import CompareOptions
from realtime.core.compare_report import CompareReport
from realtime.core.config import Config
from realtime.core.errors import NetworkError, SourceError
from realtime.core.process import Notify, available_cores
from realtime.core.report import Report, described
from realtime.core.resources import pyfeat_file
from realtime.pipeline.compare.neutrals import NeutralWish

CLIPS = ("tests/data/WolfgangLanger_Pexels.mp4", "tests/data/single_face.mp4")  # 472 and 72 frames of 640 x 360
LONGER = 10  # so many times the first of them, for the growth of memory
_LONGEST_S = 1800.0
_MIB_OF_MEMORY = 600.0


class CompareRateReport(Report):
    """Comparisons whose model one source drives."""

    frames_a_second: Annotated[
        float, described("frames that are compared in a second, from the start to the end of the last recording")
    ]
    scores_s: Annotated[float, described("from then on: scores over all recordings, tables and the page", "s")]
    ratio: Annotated[float, described("the rate by that of the bare loop")]
    compared: Annotated[int, described("frames in the scores")]
    processor_ms: Annotated[
        float | None, described("processor time of a frame in the processes that compare; null on Windows", "ms")
    ]


class CompareMemoryReport(Report):
    """The memory of a process that compares one video, from its frames to the page."""

    frames: Annotated[int, described("frames of the video")]
    models_mb: Annotated[float | None, described("with libraries, tracker and models loaded; null: unknown", "MB")]
    peak_mb: Annotated[float | None, described("the most until its end", "MB")]
    above_mb: Annotated[float | None, described("the second less the first", "MB")]


class CompareSpeedReport(Report):
    """Comparisons of copies of clips beside the bare loop."""

    clips: Annotated[tuple[str, ...], described("the clips of which the videos are copies")]
    videos: Annotated[int, described("videos")]
    frames: Annotated[int, described("frames of all of them")]
    processes: Annotated[int, described("processes of either, one a core")]
    tracker: Annotated[str, described("what finds the faces of the comparison")]
    bare_frames_a_second: Annotated[
        float, described("frames a second of the bare loop: decoding and the tracker's own network by MediaPipe")
    ]
    bare_processor_ms: Annotated[float | None, described("processor time of a frame of it; null on Windows", "ms")]
    sources: Annotated[dict[str, CompareRateReport], described("by the source that drives the model")]
    network: Annotated[
        CompareNetworkReport | None,
        described("with py-feat's network beside the network alone; null where it cannot be run"),
    ]
    network_error: Annotated[str | None, described("why it cannot")]
    memory: Annotated[
        tuple[CompareMemoryReport, ...], described(f"of the first clip, and of a video of {LONGER} times the clip")
    ]
    report: Annotated[CompareReportTimeReport, described("scores, tables, figures and page of long recordings")]


def compare_speed(config: Config, rounds: int, notify: Notify) -> CompareSpeedReport:
    """Compare `rounds` copies of clips for each core, driven by `appearance` and by the inverse, and run the bare loop.

    In turn, each twice: bare, appearance, inverse, inverse, appearance, bare, so that a machine that slows down slows
    all. Then driven by py-feat's network, between two runs of the network alone; memory; and the time of a report.
    Raises ModelFileError where the classifier is not installed, and SourceError where a video cannot be compared.
    """
    cores, turns = available_cores(), ("bare", "appearance", "inverse", "inverse", "appearance", "bare")
    tracker = tracker_beside(config)
    given = config.with_detect(tracker=tracker, pose_source="mesh")
    seconds, processor, scores = (dict.fromkeys(turns, 0.0) for _ in range(3))
    reports: dict[str, CompareReport] = {}
    with tempfile.TemporaryDirectory(prefix="meshmirror-compare-") as made:
        videos = list(copies(CLIPS, Path(made), max(2, rounds * cores)))
        for turn, who in enumerate(turns):
            notify("the bare loop" if who == "bare" else f"{len(videos)} videos on {cores} cores, driven by {who}")
            used = children_processor_s()
            if who == "bare":
                begun = time.perf_counter()
                counts = bare_loops(videos, cores, tracker, config.detect.task_file, blendshapes=False)
                seconds[who] += time.perf_counter() - begun
            else:
                options = CompareOptions(given.with_detect(emotion=who), (who,), NeutralWish("none"), workers=cores)
                timed = timed_compare(videos, Path(made) / f"out-{turn}", options)
                reports[who] = timed.report
                seconds[who] += timed.recordings_s
                scores[who] += timed.scores_s
            processor[who] += children_processor_s() - used
        frames = sum(found for found, _ in counts)
        try:
            network, network_error = network_speed(config, videos, Path(made), notify), None
        except NetworkError as error:  # the rest is measured
            network, network_error = None, str(error)
        memory = tuple(_memory(Path(made), times, config, notify) for times in (1, LONGER))
    bare = 2 * frames / seconds["bare"]
    return CompareSpeedReport(
        clips=tuple(Path(clip).name for clip in CLIPS),
        videos=len(videos),
        frames=frames,
        processes=cores,
        tracker=tracker,
        bare_frames_a_second=bare,
        bare_processor_ms=1e3 * processor["bare"] / (2 * frames) or None,
        sources={
            who: CompareRateReport(
                frames_a_second=2 * report.frames / seconds[who],
                scores_s=scores[who] / 2,
                ratio=2 * report.frames / seconds[who] / bare,
                compared=report.overall.frames,
                processor_ms=1e3 * processor[who] / (2 * report.frames) or None,
            )
            for who, report in reports.items()
        },
        network=network,
        network_error=network_error,
        memory=memory,
        report=compare_report_time(config, notify),
    )


def compare_targets(found: CompareSpeedReport) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, its target, and on which side of that it has to be."""
    clip, longer = found.memory
    grown = None if clip.above_mb is None or longer.above_mb is None else longer.above_mb - clip.above_mb
    return [
        *(
            (f"comparison with {who} / bare MediaPipe", one.ratio, 0.8, "at least")
            for who, one in found.sources.items()
        ),
        *(network_targets(found.network) if found.network is not None else ()),
        *report_time_targets(found.report),
        ("memory of a comparison above the models, MB", longer.above_mb, _MIB_OF_MEMORY, "at most"),
        (f"... and how much more it is over {LONGER} times the length, MB", grown, 0.1 * _MIB_OF_MEMORY, "at most"),
    ]


def _memory(folder: Path, times: int, config: Config, notify: Notify) -> CompareMemoryReport:
    """The memory of a comparison of a video that is so many times the first clip."""
    notify(f"the memory of a comparison of {times} x {Path(CLIPS[0]).name}")
    video = folder / f"times-{times}.mp4"
    repeat_video(pyfeat_file(CLIPS[0]), video, times)
    given: dict[str, Any] = {
        "video": str(video),
        "folder": str(folder / f"memory-{times}"),
        "settings": {
            "detect.tracker": config.detect.tracker,
            "detect.task_file": None if config.detect.task_file is None else str(config.detect.task_file),
            "detect.pose_source": "mesh",
            "model.names": list(config.model.names),
        },
    }
    found = measured_in_child("realtime.app.bench.compare_process", "appearance", json.dumps(given), _LONGEST_S)
    if "error" in found:
        raise SourceError(f"A comparison that was to be measured failed: {found['error']}")
    peak, models = found["peak_mb"], found["models_mb"]
    return CompareMemoryReport(**found, above_mb=None if peak is None or models is None else round(peak - models, 1))


def repeat_video(clip: Path, path: Path, times: int) -> None:
    """Write a video that shows a clip so many times, of the same encoded pictures."""
    import av

    with av.open(str(path), "w") as made:
        target = None
        for turn in range(times):
            with av.open(str(clip)) as container:
                stream = container.streams.video[0]
                target = target or made.add_stream_from_template(stream)
                moved = turn * (stream.duration or 0)
                for packet in container.demux(stream):
                    if packet.pts is None or packet.dts is None:  # the end
                        continue
                    packet.pts += moved
                    packet.dts += moved
                    packet.stream = target
                    made.mux(packet)
