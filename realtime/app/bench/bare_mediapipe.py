"""MediaPipe's trackers as one uses them without this program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.types import Frame
from realtime.detect.landmarks.landmarker_file import required_task


@contextmanager
def bare_mediapipe(
    kind: str, task_file: Path | None, *, blendshapes: bool = True, faces: int = 1
) -> Iterator[Callable[[Frame], Any]]:
    """The usual MediaPipe loop: the landmarks of up to `faces` faces as arrays; blendshapes are computed and left.

    Raises ModelFileError where the file of FaceLandmarker is not there.
    """
    import mediapipe

    def as_array(landmarks: Any) -> Any:
        return np.array([(point.x, point.y, point.z) for point in landmarks], dtype=np.float32)

    if kind == "bundled":
        with mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=faces, refine_landmarks=True) as mesh:
            yield lambda frame: [as_array(f.landmark) for f in mesh.process(frame.image).multi_face_landmarks or []]
        return
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=required_task(task_file).read_bytes()),
        running_mode=vision.RunningMode.VIDEO,
        num_faces=faces,
        output_face_blendshapes=blendshapes,
    )
    with vision.FaceLandmarker.create_from_options(options) as landmarker:

        def detect(frame: Frame) -> Any:
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
            found = landmarker.detect_for_video(image, frame.stamp_ns // 1_000_000)
            return [as_array(face) for face in found.face_landmarks]

        yield detect
