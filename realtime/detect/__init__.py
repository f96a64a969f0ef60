"""Landmarks and features of a picture: trackers, py-feat's network and its process. No GL.

Foreign conventions (names, axes, signs, color order) end here."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from realtime.core.errors import ModelFileError, TrackerError
from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND, TASK_NAME, find_task
from realtime.detect.landmarks.largest_face import LargestFace
from realtime.detect.landmarks.telemetry_notice import notify_once
from realtime.detect.landmarks.tracker import MultiTracker, Tracker

log = logging.getLogger("meshmirror")

__all__ = ["Tracker", "bundled_available", "open_multi_tracker", "open_tracker"]

T = TypeVar("T")


def bundled_available() -> bool:
    """Whether the installed mediapipe still carries FaceMesh; by its version, since its import takes seconds."""
    try:
        version = importlib.metadata.version("mediapipe")
    except importlib.metadata.PackageNotFoundError:
        return False
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    return numbers < (0, 10, 30)


def open_tracker(
    kind: Literal["auto", "bundled", "task"] = "auto",
    *,
    task_file: Path | None = None,
    max_faces: int = 4,
    detection_confidence: float = 0.5,
    tracking_confidence: float = 0.5,
) -> Tracker:
    """Start a tracker. `auto` takes `task` where its file is, else `bundled`.

    With `max_faces` 1 faces are not counted: MediaPipe's own choice is taken. Raises TrackerError or ModelFileError
    with what to do.
    """
    build = _builder(kind, task_file, detection_confidence, tracking_confidence)
    return _started(lambda: LargestFace(build(1), build(max_faces) if max_faces > 1 else None))


def open_multi_tracker(
    kind: Literal["auto", "bundled", "task"] = "auto", *, task_file: Path | None = None, max_faces: int = 10
) -> MultiTracker:
    """Start a tracker that gives all faces of a picture, as `open_tracker` does."""
    build = _builder(kind, task_file, 0.5, 0.5)
    return _started(lambda: build(max_faces))


def _builder(
    kind: str, task_file: Path | None, detection_confidence: float, tracking_confidence: float
) -> Callable[[int], MultiTracker]:
    """What starts a tracker of this kind for so many faces. Raises TrackerError or ModelFileError."""
    task = find_task(task_file) if kind != "bundled" else None
    if kind == "task" and task is None:
        raise ModelFileError(f"{TASK_NAME} is not installed. `{FETCH_COMMAND}` downloads it (3.8 MB, Apache-2.0).")
    if task is None and not bundled_available():
        raise TrackerError(
            f"The installed mediapipe carries no face models. `{FETCH_COMMAND}` downloads {TASK_NAME} "
            "(3.8 MB, Apache-2.0)."
        )

    notify_once(log.warning)

    def build(faces: int) -> MultiTracker:
        if task is not None:
            from realtime.detect.landmarks.face_landmarker import TaskTracker

            return TaskTracker(task, faces, detection_confidence, tracking_confidence)
        from realtime.detect.landmarks.face_mesh import BundledTracker

        return BundledTracker(faces, detection_confidence, tracking_confidence)

    return build


def _started(start: Callable[[], T]) -> T:
    try:
        return start()
    except (RuntimeError, ValueError, OSError) as error:
        raise TrackerError(f"MediaPipe could not be started: {error}. `meshmirror doctor` shows more.") from error
