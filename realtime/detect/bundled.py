"""FaceMesh with refinement, from the models that MediaPipe's 0.10.21 wheel carries: no download, no network."""

from __future__ import annotations

from typing import Any

from realtime.detect.base import check_frame, landmarks_px
from realtime.detect.native import EMPTY_PICTURE, GraphOwner
from realtime.errors import TrackerError
from realtime.types import Frame, Landmarks


class BundledTracker:
    """`mediapipe.solutions.face_mesh`, 478 points with irises."""

    name = "bundled"

    def __init__(self, faces: int = 1, detection_confidence: float = 0.5, tracking_confidence: float = 0.5) -> None:
        import mediapipe

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
        points = [landmarks_px(face.landmark, frame.size) for face in found]
        return [Landmarks(p, frame.size, len(found), self.name) for p in points if p is not None]

    def close(self) -> None:
        """Free the graph."""
        self._owner.close()
