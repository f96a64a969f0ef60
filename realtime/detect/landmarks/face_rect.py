"""The rotated rectangle of the picture from which FaceLandmarker's network sees a face.

It is made of the landmarks of the frame before, or of what the detector found, and is level with the eyes, as
MediaPipe's graph has it (`face_landmarks_detector_graph.cc`, `face_detector_graph.cc`): constants and interpolation are
its own, since the network's answer depends on every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, sin

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

MARGIN = 1.5  # of a face's box, so that the face is still inside after it has moved


@dataclass(frozen=True, slots=True)
class FaceRect:
    """A rectangle that may leave the picture on any side; pixels and radians, clockwise on screen."""

    center_x: float
    center_y: float
    width: float
    height: float
    angle: float

    @classmethod
    def of_landmarks(cls, points_px: FloatArray) -> FaceRect:
        """The square for the next frame around the landmarks (478, 3) of this one."""
        low, high = points_px[:, :2].min(axis=0), points_px[:, :2].max(axis=0)
        center, side = (low + high) / 2, float((high - low).max()) * MARGIN
        right, left = points_px[RIGHT_OUTER_CANTHUS], points_px[LEFT_OUTER_CANTHUS]
        angle = atan2(float(left[1] - right[1]), float(left[0] - right[0]))
        return cls(float(center[0]), float(center[1]), side, side, angle)

    @classmethod
    def of_picture(cls, width: int, height: int) -> FaceRect:
        """The smallest square around the whole picture."""
        side = float(max(width, height))
        return cls(width / 2, height / 2, side, side, 0.0)

    def crop(self, image: ByteArray, out: ByteArray, *, repeat_border: bool) -> None:
        """Resample what lies in it into `out`, (side, side, 3) uint8; `image` is (height, width, 3) RGB.

        What lies outside the picture is black, or with `repeat_border` the picture's own edge. A perspective warp of
        an affine map: OpenCV's affine one rounds positions otherwise.
        """
        import cv2

        side = float(out.shape[0])
        corners = cv2.boxPoints(((self.center_x, self.center_y), (self.width, self.height), degrees(self.angle)))
        target = np.array([[0, side], [0, 0], [side, 0], [side, side]], dtype=np.float32)
        cv2.warpPerspective(
            image, cv2.getPerspectiveTransform(corners, target), out.shape[:2], out, cv2.INTER_LINEAR,
            cv2.BORDER_REPLICATE if repeat_border else cv2.BORDER_CONSTANT,
        )  # fmt: skip

    def in_picture(self, points: FloatArray) -> FloatArray:
        """Points (..., 2) of it, 0 to 1 from its upper left corner, in pixels."""
        across = np.array([cos(self.angle), sin(self.angle)]) * self.width
        down = np.array([-sin(self.angle), cos(self.angle)]) * self.height
        at = (points[..., :1] - 0.5) * across + (points[..., 1:] - 0.5) * down + (self.center_x, self.center_y)
        in_pixels: FloatArray = at.astype(np.float32)
        return in_pixels

    def depth_px(self, picture: tuple[int, int]) -> float:
        """Pixels of a depth of 1, in a picture of (width, height).

        MediaPipe measures the width in normalised coordinates, of which a pixel across and one down are not alike in
        a picture that is not square; so in a wide one the depth of a tilted face grows.
        """
        return self.width * hypot(cos(self.angle), sin(self.angle) * picture[0] / picture[1])

    def overlap(self, other: FaceRect) -> float:
        """Intersection over union of both, 0 to 1, without their rotation."""
        wide = _shared(self.center_x, self.width, other.center_x, other.width)
        high = _shared(self.center_y, self.height, other.center_y, other.height)
        both = self.width * self.height + other.width * other.height - wide * high
        return wide * high / both if both > 0 else 0.0


def _shared(center: float, length: float, other_center: float, other_length: float) -> float:
    """Length of what two intervals have in common."""
    low = max(center - length / 2, other_center - other_length / 2)
    return max(0.0, min(center + length / 2, other_center + other_length / 2) - low)
