"""FaceLandmarker's three networks without MediaPipe: what its graph does between them, done here.

The order of the steps and all constants are those of MediaPipe's public graphs (`face_landmarker_graph.cc` and what it
is made of), so that the landmarks are FaceLandmarker's; tests compare both.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np

from realtime.core.errors import TrackerError
from realtime.core.types import N_LANDMARKS, FloatArray, Frame, Landmarks
from realtime.detect.landmarks.face_detector import faces_in
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.detect.landmarks.face_rect import FaceRect
from realtime.detect.landmarks.landmark_smoothing import LandmarkSmoothing
from realtime.detect.landmarks.task_networks import INPUT, FaceNetworks, NetworkRequest
from realtime.detect.landmarks.tracker import check_frame

# Landmarks of which the blendshapes are computed (`face_blendshapes_graph.cc`), in the order of its network.
BLENDSHAPE_LANDMARKS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251,
    263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
    321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386,
    387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, *range(468, 478),
])  # fmt: skip


class OpenVinoTracker:
    """478 points with irises and 52 blendshapes of each face; up to `faces` of them.

    The detector runs only where fewer faces are followed than `faces`: of one face, once it is lost.

    smooth
        FaceLandmarker's own one-euro filter over time. It has it for one face only, and so has this tracker: landmarks
        of several faces come as the network gives them.
    blendshapes
        Whether they are wanted: their network takes a sixth of the time.
    """

    name = "openvino"

    def __init__(
        self,
        networks: FaceNetworks,
        faces: int = 1,
        detection_confidence: float = 0.5,
        tracking_confidence: float = 0.5,
        smooth: bool = True,
        blendshapes: bool = True,
    ) -> None:
        """Raises TrackerError where OpenVINO has no memory for it."""
        self._detector = networks.request("detector")
        self._landmarks = [networks.request("landmarks") for _ in range(faces)]
        self._blendshapes = networks.request("blendshapes") if blendshapes else None
        self.blendshapes = BLENDSHAPES if blendshapes else ()
        self._faces = faces
        self._detection_confidence = detection_confidence
        self._tracking_confidence = tracking_confidence
        self._smoothing = LandmarkSmoothing() if smooth and faces == 1 else None
        self._rects: list[FaceRect] = []
        self._last_ms = 0
        self._closed = False

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """Every face of the frame."""
        check_frame(frame)
        if self._closed:
            raise TrackerError("The tracker 'openvino' was closed.")
        # FaceLandmarker's times: whole milliseconds that grow, though frames of a fast camera can share one.
        self._last_ms = max(self._last_ms + 1, frame.stamp_ns // 1_000_000)
        rects = self._rects if len(self._rects) == self._faces else self._with_new_faces(frame)
        meshes = self._meshes(frame, rects)
        self._rects = [FaceRect.of_landmarks(mesh) for mesh in meshes]
        if self._smoothing is not None:
            if meshes:
                meshes = [self._smoothing(meshes[0], self._last_ms / 1000)]
            else:
                self._smoothing.reset()
        return [Landmarks(mesh, frame.size, len(meshes), self.name, self._shapes(mesh)) for mesh in meshes]

    def close(self) -> None:
        """Forget the faces; may be called twice. The networks stay with the process."""
        self._closed = True
        self._rects = []

    def _with_new_faces(self, frame: Frame) -> list[FaceRect]:
        """What is followed and what the detector finds; it wins where both are one face."""
        FaceRect.of_picture(*frame.size).crop(frame.image, self._detector.input[0], repeat_border=False)
        boxes, logits = self._detector.run()
        found = faces_in(boxes[0], logits[0, :, 0], self._detection_confidence, frame.size)
        rects = list(self._rects)
        for _, new in found[: self._faces]:
            rects = [rect for rect in rects if not new.overlap(rect) > self._tracking_confidence]
            rects.append(new)
        return rects[: self._faces]

    def _meshes(self, frame: Frame, rects: Sequence[FaceRect]) -> list[FloatArray]:
        """The landmarks (478, 3) in pixels of each face in these rectangles; a face is cropped while the network is at
        work on the one before it.
        """
        asked = list(zip(rects, self._landmarks, strict=False))
        for rect, request in asked:
            rect.crop(frame.image, request.input[0], repeat_border=True)
            request.start()
        return [mesh for rect, request in asked if (mesh := self._mesh(frame, rect, request)) is not None]

    def _mesh(self, frame: Frame, rect: FaceRect, request: NetworkRequest) -> FloatArray | None:
        """What the network finds in a rectangle; None where it is no face."""
        values, logit = request.finish()
        points = values.reshape(N_LANDMARKS, 3) / np.float32(INPUT)
        score = 1 / (1 + exp(-float(np.clip(logit.item(), -80, 80))))  # NaN stays NaN, and is above nothing
        if not score > self._tracking_confidence or not np.isfinite(points).all():
            return None
        depth = points[:, 2:] * np.float32(rect.depth_px(frame.size))
        mesh: FloatArray = np.concatenate([rect.in_picture(points[:, :2]), depth], axis=1)
        return mesh

    def _shapes(self, mesh: FloatArray) -> dict[str, float] | None:
        """The blendshapes by name; None where they are not wanted or the network gives no numbers."""
        if self._blendshapes is None:
            return None
        self._blendshapes.input[0] = mesh[BLENDSHAPE_LANDMARKS, :2]
        (values,) = self._blendshapes.run()
        if not np.isfinite(values).all():
            return None
        return dict(zip(BLENDSHAPES, values.tolist(), strict=True))
