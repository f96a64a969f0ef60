"""The loop that one writes with MediaPipe alone: decode a video, find the landmarks of each picture, keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.app.bench.bare_mediapipe import bare_mediapipe
from realtime.core.types import Frame
from realtime.detect.landmarks.mediapipe_graph import redirect_native_stderr


def bare_loop(
    path: Path, tracker: str = "bundled", task: Path | None = None, blendshapes: bool = False
) -> tuple[int, int]:
    """Frames of a video, and those with a face: OpenCV decodes, and MediaPipe follows one face.

    FaceMesh with refinement for the tracker "bundled", else FaceLandmarker of the file `task`.
    """
    import cv2

    kept: list[Any] = []
    frames = 0
    video = cv2.VideoCapture(str(path))
    rate = video.get(cv2.CAP_PROP_FPS) or 30.0
    with (
        redirect_native_stderr(),  # MediaPipe's lines, which would lie between those of the measurement
        bare_mediapipe(tracker, task, blendshapes=blendshapes) as detect,
    ):
        while True:
            there, picture = video.read()
            if not there:
                break
            stamp_ns = int(1e9 * frames / rate)
            kept += detect(Frame(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), stamp_ns, frames, stamp_ns))
            frames += 1
    video.release()
    return frames, len(kept)
