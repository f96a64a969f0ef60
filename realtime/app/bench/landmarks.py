"""The tracker `openvino` beside bare FaceLandmarker: the same file, the same frames, one face, in one run."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np

from realtime.app.bench.bare_mediapipe import bare_mediapipe
from realtime.app.bench.child import measured_in_child
from realtime.app.bench.clip_frames import again
from realtime.app.bench.four_faces import FourFacesReport, four_faces
from realtime.app.bench.quantiles import measured
from realtime.capture import open_source
from realtime.core.config import Config
from realtime.core.errors import SourceError
from realtime.core.process import Notify, available_cores
from realtime.core.report import Report, described
from realtime.core.run_report import Quantiles
from realtime.core.types import FloatArray, Frame
from realtime.detect import open_tracker
from realtime.detect.landmarks.landmarker_file import required_task
from realtime.detect.landmarks.mediapipe_graph import EMPTY_PICTURE, redirect_native_stderr

_SETTLING = 5  # frames after a change from one to the other, while the processor's caches fill
_LONGEST_S = 300.0
_FILES_S = 3.0  # for which each process follows the clip, again and again
BARE, OWN = "FaceLandmarker", "openvino"


class LandmarkTimesReport(Report):
    """Times of one of the two."""

    ms: Annotated[Quantiles, described("a frame, one at a time", "ms")]
    processor_ms: Annotated[float, described("processor time of a frame of all threads", "ms")]
    files_per_s: Annotated[
        float, described("frames a second of all processes, one a core, each with a clip of its own, decoded before")
    ]
    files_processor_ms: Annotated[float, described("processor time of a frame in them", "ms")]


class LandmarkStartReport(Report):
    """A process that does nothing but follow the face of the clip with `openvino`."""

    first_start_s: Annotated[float, described("starting the tracker when nothing was kept by an earlier start", "s")]
    start_s: Annotated[float, described("starting it later", "s")]
    start_processor_s: Annotated[float, described("processor time of that start", "s")]
    memory_mb: Annotated[float | None, described("the whole process at its most; null: unknown", "MB")]
    above_mb: Annotated[float | None, described("the same less what it had before the tracker", "MB")]


class LandmarkSpeedReport(Report):
    """The tracker `openvino` beside bare FaceLandmarker."""

    clip: Annotated[str, described("the clip")]
    frames: Annotated[int, described("its frames, of which each was followed as often as there were rounds")]
    processes: Annotated[int, described("processes of `files_per_s`")]
    times: Annotated[dict[str, LandmarkTimesReport], described("by name")]
    ratio: Annotated[float, described("median of `openvino` by that of FaceLandmarker")]
    processor_ratio: Annotated[float, described("the same of the processor time")]
    files_ratio: Annotated[float, described("frames a second of `openvino` by those of FaceLandmarker")]
    median_px: Annotated[float, described("distance in x and y between both in the first round, median", "px")]
    outer_px: Annotated[float, described("... and 99.9th percentile", "px")]
    four_faces: Annotated[FourFacesReport, described("four faces in one picture")]
    start: Annotated[LandmarkStartReport | None, described("null where it could not be measured")]


def landmark_speed(config: Config, clip: Path, rounds: int, notify: Notify) -> LandmarkSpeedReport:
    """Follow the clip `rounds` times by either, in turn, so that a machine that slows down slows both.

    Raises ModelFileError where the file is not there, TrackerError and SourceError.
    """
    task = required_task(config.detect.task_file)
    frames = _decoded(clip)
    taken: dict[str, list[float]] = {BARE: [], OWN: []}
    processor = {BARE: 0.0, OWN: 0.0}
    meshes: dict[str, list[FloatArray]] = {BARE: [], OWN: []}
    notify("the tracker 'openvino' beside FaceLandmarker")
    with _bare(task) as bare, _own(task) as own:
        followers = {BARE: bare, OWN: own}
        for turn in range(rounds):
            for who in (BARE, OWN) if turn % 2 else (OWN, BARE):
                begun = time.process_time()
                for number, frame in enumerate(again(frames, turn + 1)):
                    start = time.perf_counter()
                    mesh = followers[who](frame)
                    if number >= _SETTLING:
                        taken[who].append(1e3 * (time.perf_counter() - start))
                    if turn == 0:
                        meshes[who].append(mesh)
                processor[who] += time.process_time() - begun
    apart = np.abs(np.subtract(meshes[BARE], meshes[OWN]))[..., :2]
    cores = available_cores()
    of_files: dict[str, list[tuple[float, float]]] = {BARE: [], OWN: []}
    for who in (BARE, OWN, OWN, BARE):
        notify(f"{cores} clips at a time by {who}")
        with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
            of_files[who] += pool.map(_rate, *zip(*[(who, clip, task)] * cores, strict=True))
    files = {who: cores * float(np.mean([rate for rate, _ in found])) for who, found in of_files.items()}
    times = {
        who: LandmarkTimesReport(
            ms=measured(taken[who]),
            processor_ms=1e3 * processor[who] / (rounds * len(frames)),
            files_per_s=files[who],
            files_processor_ms=float(np.mean([used for _, used in of_files[who]])),
        )
        for who in taken
    }
    notify("its start and its memory")
    return LandmarkSpeedReport(
        clip=clip.name,
        frames=len(frames),
        processes=cores,
        times=times,
        ratio=times[OWN].ms.median / times[BARE].ms.median,
        processor_ratio=times[OWN].processor_ms / times[BARE].processor_ms,
        files_ratio=files[OWN] / files[BARE],
        median_px=float(np.median(apart)),
        outer_px=float(np.quantile(apart, 0.999)),
        four_faces=four_faces(config, frames, rounds, notify),
        start=_start(config, clip),
    )


def landmark_targets(found: LandmarkSpeedReport) -> list[tuple[str, float | None, float, str]]:
    """Name, measured, its target, and on which side of that it has to be."""
    start = found.start
    return [
        ("tracker openvino / FaceLandmarker, time", found.ratio, 0.5, "at most"),
        ("... frames a second of files", found.files_ratio, 2.5, "at least"),
        ("... distance, median px", found.median_px, 0.1, "at most"),
        ("... distance, 99.9th percentile px", found.outer_px, 0.5, "at most"),
        ("four faces: tracker openvino / FaceLandmarker, time", found.four_faces.ratio, 0.5, "at most"),
        ("... frames a second with appearance for all", found.four_faces.appearance_per_s, 30.0, "at least"),
        ("start of tracker openvino, s", None if start is None else start.start_s, 0.3, "at most"),
        ("memory of tracker openvino, MB", None if start is None else start.above_mb, 150.0, "at most"),
    ]


def _decoded(clip: Path) -> list[Frame]:
    with open_source(str(clip)) as source:
        return list(source)


@contextmanager
def _bare(task: Path | None) -> Iterator[Callable[[Frame], FloatArray]]:
    """Gives the landmarks (478, 3) of a frame, pixels, by bare FaceLandmarker. A frame without a face is an error."""
    with ExitStack() as stack:
        with redirect_native_stderr():
            detect = stack.enter_context(bare_mediapipe("task", task))
            detect(Frame(EMPTY_PICTURE, 0, 0, 0))  # the last of its start messages

        def follow(frame: Frame) -> FloatArray:
            width, height = frame.size
            return _only(detect(frame), frame) * np.array([width, height, width], dtype=np.float32)

        yield follow


@contextmanager
def _own(task: Path | None) -> Iterator[Callable[[Frame], FloatArray]]:
    """The same by the tracker `openvino`."""
    with closing(open_tracker("openvino", task_file=task, max_faces=1)) as tracker:
        yield lambda frame: _only([face.points_px for face in tracker.track_all(frame)], frame)


_FOLLOWERS = {BARE: _bare, OWN: _own}


def _only(faces: list[FloatArray], frame: Frame) -> FloatArray:
    if not faces:
        raise SourceError(f"Frame {frame.index} of the clip shows no face.")
    return faces[0]


def _rate(who: str, clip: Path, task: Path | None) -> tuple[float, float]:
    """Frames a second of one process that follows the clip over and over, and milliseconds of the processor a frame.

    Decoding and starting do not count.
    """
    frames = _decoded(clip)
    with _FOLLOWERS[who](task) as follow:
        for frame in again(frames, 1):  # the first face starts threads
            follow(frame)
        begun, used, count = time.perf_counter(), time.process_time(), 0
        for turn in itertools.count(2):
            for frame in again(frames, turn):
                follow(frame)
            count += len(frames)
            if time.perf_counter() - begun > _FILES_S:
                break
        return count / (time.perf_counter() - begun), 1e3 * (time.process_time() - used) / count


def _start(config: Config, clip: Path) -> LandmarkStartReport | None:
    """The start in two processes with a cache of their own, of which the second finds what the first has kept."""
    with tempfile.TemporaryDirectory(prefix="meshmirror-landmarks-") as home:
        settings = json.dumps({"task_file": str(required_task(config.detect.task_file)), "home": home})
        first, later = (
            measured_in_child("realtime.app.bench.landmark_process", str(clip), settings, _LONGEST_S) for _ in range(2)
        )
    if "error" in first or "error" in later:
        return None
    before, peak = later["before_mb"], later["peak_mb"]
    return LandmarkStartReport(
        first_start_s=first["start_s"],
        start_s=later["start_s"],
        start_processor_s=later["processor_s"],
        memory_mb=peak,
        above_mb=None if before is None or peak is None else round(peak - before, 1),
    )
