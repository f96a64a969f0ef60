"""Four faces in a picture: the tracker `openvino` beside bare FaceLandmarker, and the whole step with `appearance`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Annotated

import numpy as np

from realtime.app.bench.bare_mediapipe import bare_mediapipe
from realtime.app.bench.clip_frames import again
from realtime.app.bench.quantiles import measured
from realtime.core.config import Config
from realtime.core.errors import MeshmirrorError, SourceError
from realtime.core.process import Notify
from realtime.core.report import Report, described
from realtime.core.run_report import Quantiles
from realtime.core.types import Frame
from realtime.detect import open_tracker
from realtime.detect.landmarks.landmarker_file import required_task
from realtime.detect.landmarks.mediapipe_graph import EMPTY_PICTURE, redirect_native_stderr
from realtime.pipeline.build import Pipeline

FACES = 4
_SETTLING = 5  # frames until all four are followed
_APART = 18  # frames by which the tiles show the clip later than one another


class FourFacesReport(Report):
    """A picture of two by two tiles of the clip, each at another time of it."""

    facelandmarker_ms: Annotated[Quantiles, described("FaceLandmarker with num_faces = 4, a frame", "ms")]
    openvino_ms: Annotated[Quantiles, described("the tracker `openvino`, a frame", "ms")]
    ratio: Annotated[float, described("the median of `openvino` by that of FaceLandmarker")]
    processor_ratio: Annotated[float, described("the same of the processor time of a frame")]
    look_share: Annotated[
        float, described("processor time of one face that looks for others take, as a part of that without them")
    ]
    appearance_per_s: Annotated[
        float | None, described("frames a second of the step with `appearance` for all four; null: it is not here")
    ]


class _Times:
    """Times of the frames of one tracker."""

    def __init__(self) -> None:
        self.ms: list[float] = []
        self.processor_s = 0.0

    def follow(self, frames: Iterable[Frame], find: Callable[[Frame], Sequence[object]], faces: int) -> None:
        """Find so many faces in each frame. Raises SourceError where others are found."""
        used = time.process_time()
        for number, frame in enumerate(frames):
            start = time.perf_counter()
            found = len(find(frame))
            if number < _SETTLING:
                used = time.process_time()
                continue
            self.ms.append(1e3 * (time.perf_counter() - start))
            if found != faces:
                raise SourceError(f"Frame {frame.index} shows {found} faces, not {faces}.")
        self.processor_s += time.process_time() - used


def four_faces(config: Config, clip: Sequence[Frame], rounds: int, notify: Notify) -> FourFacesReport:
    """Follow the tiles `rounds` times by either, in turn. Raises ModelFileError, TrackerError and SourceError."""
    task = required_task(config.detect.task_file)
    notify("four faces by the tracker 'openvino' beside FaceLandmarker")
    frames = tiles(clip)
    bare, own, alone, among = _Times(), _Times(), _Times(), _Times()
    with ExitStack() as stack:
        with redirect_native_stderr():
            detect = stack.enter_context(bare_mediapipe("task", task, faces=FACES))
            detect(Frame(EMPTY_PICTURE, 0, 0, 0))  # the last of its start messages
        several, second, single = (
            stack.enter_context(closing(open_tracker("openvino", task_file=task, max_faces=faces)))
            for faces in (FACES, FACES, 1)
        )
        for turn in range(rounds):
            order = 1 if turn % 2 else -1
            for times, find in ((bare, detect), (own, several.track_all))[::order]:
                times.follow(again(frames, turn + 1), find, FACES)
            for times, find in ((alone, single.track_all), (among, second.track_all))[::order]:
                times.follow(again(clip, turn + 1), find, 1)
    bare_ms, own_ms = measured(bare.ms), measured(own.ms)
    return FourFacesReport(
        facelandmarker_ms=bare_ms,
        openvino_ms=own_ms,
        ratio=own_ms.median / bare_ms.median,
        processor_ratio=own.processor_s / bare.processor_s,
        look_share=among.processor_s / alone.processor_s - 1,
        appearance_per_s=_with_appearance(config, frames, rounds),
    )


def tiles(clip: Sequence[Frame]) -> list[Frame]:
    """Two by two tiles of the middle half of the clip's pictures."""
    quarter = clip[0].size[0] // 4
    images = [frame.image[:, quarter : 3 * quarter] for frame in clip]
    rows = [[images[(at + _APART * tile) % len(images)] for tile in range(FACES)] for at in range(len(images))]
    return [
        replace(frame, image=np.vstack([np.hstack(row[:2]), np.hstack(row[2:])]))
        for frame, row in zip(clip, rows, strict=True)
    ]


def _with_appearance(config: Config, frames: Sequence[Frame], rounds: int) -> float | None:
    """Frames a second, one after the other."""
    detect = config.with_detect(tracker="openvino", emotion="appearance", pose_source="mesh", max_faces=FACES)
    try:
        with Pipeline.from_config(detect) as pipeline:
            for frame in again(frames, 1):
                pipeline.step(frame)
            start = time.perf_counter()
            for turn in range(rounds):
                for frame in again(frames, turn + 2):
                    pipeline.step(frame)
            return rounds * len(frames) / (time.perf_counter() - start)
    except MeshmirrorError:  # it is not installed, or does not drive this model
        return None
