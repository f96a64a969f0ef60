"""FaceLandmarker (FaceMesh V2) from `face_landmarker.task`: the training data's own mesh, with blendshapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.core.types import Frame, Landmarks
from realtime.detect.landmarks.mediapipe_graph import EMPTY_PICTURE, GraphOwner
from realtime.detect.landmarks.mediapipe_import import import_mediapipe
from realtime.detect.landmarks.tracker import check_frame, normalized_points, scaled_px

# The names of FaceLandmarker's blendshapes, as it gives them: those of ARKit without the tongue, and "_neutral".
BLENDSHAPES: tuple[str, ...] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip

_BY_LOWER = {name.lower(): name for name in BLENDSHAPES}


def blendshape_name(name: str) -> str | None:
    """The name of a blendshape as FaceLandmarker gives it, of one in any case; None for what is none."""
    return _BY_LOWER.get(name.lower())


class TaskTracker:
    """MediaPipe's tasks API in VIDEO mode, 478 points with irises and 52 blendshapes."""

    name = "task"

    def __init__(
        self,
        model: Path,
        faces: int = 1,
        detection_confidence: float = 0.5,
        tracking_confidence: float = 0.5,
        blendshapes: bool = True,
    ) -> None:
        self.blendshapes = BLENDSHAPES if blendshapes else ()
        mediapipe = import_mediapipe()
        from mediapipe.tasks.python import BaseOptions, vision

        # Bytes, not a path: the native loader cannot open every path of Windows.
        content = model.read_bytes()

        def build() -> Any:
            graph = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=content),
                    running_mode=vision.RunningMode.VIDEO,
                    num_faces=faces,
                    min_face_detection_confidence=detection_confidence,
                    min_face_presence_confidence=tracking_confidence,
                    min_tracking_confidence=tracking_confidence,
                    output_face_blendshapes=blendshapes,
                )
            )
            graph.detect_for_video(self._image(EMPTY_PICTURE), self._last_ms)
            self._last_ms += 1
            return graph

        def ask(graph: Any, image: Any) -> list[tuple[Any, Any]]:
            found = graph.detect_for_video(image, self._last_ms)
            shapes = found.face_blendshapes or [None] * len(found.face_landmarks)
            return list(zip(found.face_landmarks, shapes, strict=True))

        self._image = lambda data: mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=data)
        self._last_ms = 0
        self._ask = ask
        self._owner = GraphOwner("FaceLandmarker", build, lambda graph: graph.close())

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """Every face of the frame."""
        check_frame(frame)
        # MediaPipe wants integer milliseconds that grow; frames of a fast camera can share one.
        self._last_ms = max(self._last_ms + 1, frame.stamp_ns // 1_000_000)
        image = self._image(frame.image)
        found: list[tuple[Any, Any]] = self._owner.ask(lambda graph: self._ask(graph, image))
        faces = []
        for face, blend in found:
            points = scaled_px(normalized_points(face), frame.size)
            if points is not None:
                named = None if blend is None else {c.category_name: float(c.score) for c in blend}
                faces.append(Landmarks(points, frame.size, len(found), self.name, named))
        return faces

    def close(self) -> None:
        """Free the graph."""
        self._owner.close()
