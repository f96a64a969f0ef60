"""FaceLandmarker's three networks without MediaPipe: what its graph does between them, done here.

The order of the steps and all constants are those of MediaPipe's public graphs (`face_landmarker_graph.cc` and what it
is made of), so that the landmarks are FaceLandmarker's; tests compare both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


LOOK_EVERY_S = 0.5  # between two looks of the detector while faces are followed
SOON_S = 0.1  # between two looks while a face is missing
MISSING_S = 1.0  # for which it is looked for so often
SAME = 0.3  # overlap of rectangles from which a detected face is one that is followed already
TWICE = 0.5  # ... and from which one face is followed twice: each rectangle is half as large again as its face
LARGER = 1.3  # a new face must be so much larger than the smallest of too many, in width, to take its place


@dataclass(slots=True)
class _Followed:
    """A face that is followed: where the networks look for it next, and how it is smoothed."""

    rect: FaceRect
    smoothing: LandmarkSmoothing | None


class OpenVinoTracker:
    """478 points with irises and 52 blendshapes of each face; up to `faces` of them, the largest where there are more.

    The detector looks at once where no face is followed. Of one face it looks never otherwise; where there can be more
    it looks every `look_every_s` seconds, and ten times a second while one was lost within the last second. It only
    adds faces: those that are followed are not touched by a look.

    smooth
        FaceLandmarker's own one-euro filter over time, for each face by itself.
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
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Raises TrackerError where OpenVINO has no memory for it."""
        self._detector = networks.request("detector")
        self._landmarks = [networks.request("landmarks") for _ in range(faces)]
        self._blendshapes = networks.request("blendshapes") if blendshapes else None
        self.blendshapes = BLENDSHAPES if blendshapes else ()
        self._faces = faces
        self._detection_confidence = detection_confidence
        self._tracking_confidence = tracking_confidence
        self._smooth = smooth
        self._look_every_s = look_every_s
        self._followed: list[_Followed] = []
        self._looked_ns = 0  # stamp of the newest look
        self._lost_ns: int | None = None  # stamp of the newest loss, while a face is looked for more often
        self._just_lost = False  # in the newest frame
        self._last_ms = 0
        self._closed = False

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """Every face of the frame."""
        check_frame(frame)
        if self._closed:
            raise TrackerError("The tracker 'openvino' was closed.")
        # FaceLandmarker's times: whole milliseconds that grow, though frames of a fast camera can share one.
        self._last_ms = max(self._last_ms + 1, frame.stamp_ns // 1_000_000)
        looks, before = self._looks_at(frame.stamp_ns), self._followed
        meshes = self._meshes(frame, [face.rect for face in before])
        found = _distinct([(face, mesh) for face, mesh in zip(before, meshes, strict=True) if mesh is not None])
        self._just_lost = len(found) < len(before)
        if self._just_lost:
            self._lost_ns = frame.stamp_ns
        if looks:
            self._looked_ns = frame.stamp_ns
            self._add_new(frame, found)
        self._followed = [face for face, _ in found]
        faces = []
        for face, raw in found:
            face.rect = FaceRect.of_landmarks(raw)
            mesh = raw if face.smoothing is None else face.smoothing(raw, self._last_ms / 1000)
            faces.append(Landmarks(mesh, frame.size, len(found), self.name, self._shapes(mesh)))
        return faces

    def close(self) -> None:
        """Forget the faces; may be called twice. The networks stay with the process."""
        self._closed = True
        self._followed = []

    def _looks_at(self, stamp_ns: int) -> bool:
        """Whether the detector looks at the frame of this time."""
        if not self._followed or (self._just_lost and self._faces > 1):
            return True
        if self._faces == 1:
            return False
        every_s = self._look_every_s
        if self._lost_ns is not None:
            every_s = min(every_s, SOON_S)
            if abs(stamp_ns - self._lost_ns) > MISSING_S * 1e9:
                self._lost_ns = None
        return abs(stamp_ns - self._looked_ns) >= every_s * 1e9  # a recording can be played from its start again

    def _add_new(self, frame: Frame, found: list[tuple[_Followed, FloatArray]]) -> None:
        """Add what the detector finds beside the faces that are followed."""
        FaceRect.of_picture(*frame.size).crop(frame.image, self._detector.input[0], repeat_border=False)
        boxes, logits = self._detector.run()
        rects = [rect for _, rect in faces_in(boxes[0], logits[0, :, 0], self._detection_confidence, frame.size)]
        if self._faces > 1:
            rects.sort(key=lambda rect: -rect.width)
        else:
            rects = rects[:1]  # FaceLandmarker's choice is the one of the best score
        for rect in rects:
            known = [FaceRect.of_landmarks(mesh) for _, mesh in found]
            full = len(known) >= self._faces
            widths = [other.width for other in known]
            if full and rect.width <= LARGER * min(widths):
                return  # the next ones are smaller still
            if any(rect.overlap(other) > SAME for other in known):
                continue
            (mesh,) = self._meshes(frame, [rect])
            if mesh is None or any(FaceRect.of_landmarks(mesh).overlap(other) > TWICE for other in known):
                continue
            if full:
                del found[widths.index(min(widths))]
            found.append((_Followed(rect, LandmarkSmoothing() if self._smooth else None), mesh))

    def _meshes(self, frame: Frame, rects: Sequence[FaceRect]) -> list[FloatArray | None]:
        """The landmarks (478, 3) in pixels of what is in each of these rectangles, None where it is no face; one is
        cropped while the network is at work on the one before it.
        """
        asked = list(zip(rects, self._landmarks, strict=False))
        for rect, request in asked:
            rect.crop(frame.image, request.input[0], repeat_border=True)
            request.start()
        return [self._mesh(frame, rect, request) for rect, request in asked]

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


def _distinct(found: list[tuple[_Followed, FloatArray]]) -> list[tuple[_Followed, FloatArray]]:
    """Without faces that are followed twice: a face that is covered by another one can jump to that one. The one that
    has moved more is left out.
    """
    if len(found) < 2:
        return found
    rects = [FaceRect.of_landmarks(mesh) for _, mesh in found]
    kept: list[int] = []
    for at in sorted(range(len(found)), key=lambda at: -rects[at].overlap(found[at][0].rect)):
        if not any(rects[at].overlap(rects[other]) > TWICE for other in kept):
            kept.append(at)
    return [found[at] for at in sorted(kept)]
