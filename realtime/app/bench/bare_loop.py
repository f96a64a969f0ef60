"""The loop that one writes with MediaPipe alone: decode a video, find the landmarks of each picture, keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.detect.landmarks.mediapipe_graph import redirect_native_stderr


def bare_loop(path: Path) -> tuple[int, int]:
    """Frames of a video, and those with a face: OpenCV decodes, FaceMesh with refinement follows one face."""
    with redirect_native_stderr():  # MediaPipe's lines, which would lie between those of the measurement
        return _faces(path)


def _faces(path: Path) -> tuple[int, int]:
    import cv2
    import mediapipe
    import numpy as np

    kept: list[Any] = []
    frames = 0
    video = cv2.VideoCapture(str(path))
    with mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh:
        while True:
            there, picture = video.read()
            if not there:
                break
            frames += 1
            faces = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).multi_face_landmarks or []
            kept += [np.array([(at.x, at.y, at.z) for at in face.landmark], dtype=np.float32) for face in faces]
    video.release()
    return frames, len(kept)
