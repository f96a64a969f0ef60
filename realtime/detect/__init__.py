"""Landmarks and features of a picture: trackers, py-feat's network and its process. No GL.

Foreign conventions (names, axes, signs, color order) end here."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from realtime.core.errors import TrackerError, UsageError
from realtime.core.missing_package import explain_missing
from realtime.core.system_packages import explain
from realtime.core.tracker_names import TrackerChoice
from realtime.detect.landmarks.census_tracker import CensusTracker
from realtime.detect.landmarks.landmarker_file import FETCH_COMMAND, TASK_NAME, find_task, required_task
from realtime.detect.landmarks.telemetry_notice import notify_once
from realtime.detect.landmarks.tracker import Tracker, largest_face

log = logging.getLogger("meshmirror")

__all__ = ["Tracker", "bundled_available", "chosen_tracker", "largest_face", "open_picture_tracker", "open_tracker"]

T = TypeVar("T")


def mediapipe_version() -> str | None:
    """The installed mediapipe's, read without its import, which takes seconds; None where there is none."""
    try:
        return importlib.metadata.version("mediapipe")
    except importlib.metadata.PackageNotFoundError:
        return None


def bundled_available() -> bool:
    """Whether the installed mediapipe still carries FaceMesh."""
    version = mediapipe_version()
    numbers = tuple(int(part) for part in (version or "").split(".")[:3] if part.isdigit())
    return version is not None and numbers < (0, 10, 30)


def open_tracker(
    kind: TrackerChoice = "auto",
    *,
    task_file: Path | None = None,
    max_faces: int = 4,
    detection_confidence: float = 0.5,
    tracking_confidence: float = 0.5,
    smooth: bool = True,
    blendshapes: bool = True,
) -> Tracker:
    """Start a tracker that follows up to `max_faces` faces from frame to frame. `auto` takes `openvino` where its file
    is, else `bundled`; `task` without OpenVINO.

    With `max_faces` 1 the network's own choice is taken. `smooth`: landmarks over time, as FaceLandmarker does; False:
    with `openvino` only. `blendshapes`: whether they are wanted where the tracker gives them. Raises TrackerError,
    ModelFileError or UsageError with what to do.
    """
    kind, task = chosen_tracker(kind, task_file)
    if not smooth and kind != "openvino":
        raise UsageError(
            f"detect.smooth=false: the tracker '{kind}' smooths inside MediaPipe. "
            "`--set detect.tracker=openvino` can do without."
        )
    if kind == "openvino":
        return _openvino(
            task, max_faces, detection_confidence, tracking_confidence, smooth=smooth, blendshapes=blendshapes
        )
    build = _mediapipe(kind, task, detection_confidence, tracking_confidence, blendshapes)
    return _started(lambda: CensusTracker(build(1), build(max_faces)) if max_faces > 1 else build(1))


def open_picture_tracker(
    kind: TrackerChoice = "auto", *, task_file: Path | None = None, max_faces: int = 10
) -> Tracker:
    """Start a tracker for pictures that are no video: it looks for faces in each of them. Raises as `open_tracker`."""
    kind, task = chosen_tracker(kind, task_file)
    if kind == "openvino":
        return _openvino(task, max_faces, 0.5, 0.5, smooth=False, blendshapes=True, look_every_s=0.0)
    return _started(lambda: _mediapipe(kind, task, 0.5, 0.5, True)(max_faces))


def _of_file() -> TrackerChoice:
    """Which tracker of the file `auto` takes: the one that needs no mediapipe, where OpenVINO is installed."""
    return "openvino" if importlib.util.find_spec("openvino") is not None else "task"


def chosen_tracker(kind: TrackerChoice, task_file: Path | None) -> tuple[TrackerChoice, Path | None]:
    """The tracker that is meant, and the file that it reads. Raises TrackerError and ModelFileError."""
    if kind in ("task", "openvino"):
        task: Path | None = required_task(task_file)
    else:
        task = find_task(task_file) if kind == "auto" else None
    chosen = kind if kind != "auto" else "bundled" if task is None else _of_file()
    if chosen == "bundled" and not bundled_available():
        what = "The installed mediapipe carries no face models." if mediapipe_version() else "There is no mediapipe."
        raise TrackerError(f"{what} `{FETCH_COMMAND}` downloads {TASK_NAME} (3.8 MB, Apache-2.0).")
    return chosen, task


def _openvino(
    task: Path | None,
    faces: int,
    detection_confidence: float,
    tracking_confidence: float,
    *,
    smooth: bool,
    blendshapes: bool,
    look_every_s: float | None = None,
) -> Tracker:
    from realtime.detect.landmarks.openvino_tracker import LOOK_EVERY_S, OpenVinoTracker
    from realtime.detect.landmarks.task_networks import open_networks

    assert task is not None
    every_s = LOOK_EVERY_S if look_every_s is None else look_every_s
    return _started(
        lambda: OpenVinoTracker(
            open_networks(task), faces, detection_confidence, tracking_confidence, smooth, blendshapes, every_s
        )
    )


def _mediapipe(
    kind: TrackerChoice,
    task: Path | None,
    detection_confidence: float,
    tracking_confidence: float,
    blendshapes: bool,
) -> Callable[[int], Tracker]:
    """What starts one of MediaPipe's trackers for so many faces."""
    notify_once(log.warning)

    def build(faces: int) -> Tracker:
        if kind == "task" and task is not None:
            from realtime.detect.landmarks.face_landmarker import TaskTracker

            return TaskTracker(task, faces, detection_confidence, tracking_confidence, blendshapes)
        from realtime.detect.landmarks.face_mesh import BundledTracker

        return BundledTracker(faces, detection_confidence, tracking_confidence)

    return build


def _started(start: Callable[[], T]) -> T:
    try:
        return start()
    except ImportError as error:
        raise TrackerError(
            f"MediaPipe cannot be imported: {explain_missing(error) or explain(error)}. "
            "`--set detect.tracker=openvino` does without MediaPipe."
        ) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise TrackerError(f"MediaPipe could not be started: {error}. `meshmirror doctor` shows more.") from error
