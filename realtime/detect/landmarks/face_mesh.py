"""FaceMesh with refinement, from the models that MediaPipe's 0.10.21 wheel carries: no download, no network."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.core.errors import TrackerError
from realtime.core.types import N_LANDMARKS, FloatArray, Frame, Landmarks
from realtime.detect.landmarks.mediapipe_graph import EMPTY_PICTURE, GraphOwner
from realtime.detect.landmarks.mediapipe_import import import_mediapipe
from realtime.detect.landmarks.tracker import check_frame, normalized_points, scaled_px

# A landmark on the wire: its tag and length, then three tagged float32 of x, y and z.
_WIRE = np.dtype([("head", "u1", 3), ("x", "<f4"), ("y_tag", "u1"), ("y", "<f4"), ("z_tag", "u1"), ("z", "<f4")])
_HEAD, _Y_TAG, _Z_TAG = (0x0A, 0x0F, 0x0D), 0x15, 0x1D


class BundledTracker:
    """`mediapipe.solutions.face_mesh`, 478 points with irises."""

    name = "bundled"
    blendshapes: tuple[str, ...] = ()

    def __init__(self, faces: int = 1, detection_confidence: float = 0.5, tracking_confidence: float = 0.5) -> None:
        mediapipe = import_mediapipe()
        if not hasattr(mediapipe, "solutions"):
            raise TrackerError(
                f"mediapipe {mediapipe.__version__} carries no FaceMesh models. Use `--set detect.tracker=task` "
                "(after `meshmirror models fetch face_landmarker.task`), or Python 3.11/3.12 with mediapipe 0.10.21."
            )

        def build() -> Any:
            graph = mediapipe.solutions.face_mesh.FaceMesh(
                max_num_faces=faces,
                refine_landmarks=True,
                min_detection_confidence=detection_confidence,
                min_tracking_confidence=tracking_confidence,
            )
            graph.process(EMPTY_PICTURE)
            return graph

        self._owner = GraphOwner("FaceMesh", build, lambda graph: graph.close())

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """Every face of the frame."""
        check_frame(frame)
        found: list[Any] = self._owner.ask(lambda graph: list(graph.process(frame.image).multi_face_landmarks or []))
        points = [scaled_px(_points(face), frame.size) for face in found]
        return [Landmarks(p, frame.size, len(found), self.name) for p in points if p is not None]

    def close(self) -> None:
        """Free the graph."""
        self._owner.close()


def _points(face: Any) -> FloatArray:
    """The normalised landmarks of a protobuf message; from its bytes, since reading 1434 attributes takes 0.2 ms."""
    wire = face.SerializeToString()
    if len(wire) == N_LANDMARKS * _WIRE.itemsize:
        rows = np.frombuffer(wire, _WIRE)
        if (rows["head"] == _HEAD).all() and (rows["y_tag"] == _Y_TAG).all() and (rows["z_tag"] == _Z_TAG).all():
            return np.stack([rows["x"], rows["y"], rows["z"]], axis=1)
    return normalized_points(face.landmark)  # a field more or less than today's MediaPipe writes
