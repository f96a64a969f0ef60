"""Where a picture is shown: one map from its pixels to the window's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray
from realtime.view.paint.layout import Rect


@dataclass(frozen=True, slots=True, eq=False)
class PictureMap:
    """window = matrix @ picture + offset, both in pixels with y down; mirrored, its determinant is negative."""

    matrix: FloatArray  # (2, 2) a rotation times a positive scale, mirrored or not
    offset: FloatArray  # (2,)

    @classmethod
    def whole(cls, image_size: tuple[int, int], rect: Rect, mirrored: bool) -> PictureMap:
        """The whole picture of `image_size` in a rectangle."""
        across, down = rect.w / image_size[0], rect.h / image_size[1]
        if mirrored:
            return cls(np.diag([-across, down]), np.array([rect.right, rect.y], float))
        return cls(np.diag([across, down]), np.array([rect.x, rect.y], float))

    @classmethod
    def through(cls, picture: FloatArray, window: FloatArray, mirrored: bool) -> PictureMap:
        """The one that brings two points (2, 2) of the picture onto two of the window."""
        (a, b), (c, d) = (complex(*p) for p in picture), (complex(*p) for p in window)
        if mirrored:  # z -> conj(z) mirrors; a complex factor turns and scales
            a, b = a.conjugate(), b.conjugate()
        factor = (d - c) / (b - a)
        matrix = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
        if mirrored:
            matrix[:, 1] *= -1
        return cls(matrix, window[0] - matrix @ picture[0])

    @property
    def scale(self) -> float:
        """Window pixels in a pixel of the picture."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    def apply(self, points_px: FloatArray) -> FloatArray:
        """Points (N, 2) of the picture in the window, float32."""
        found: FloatArray = (points_px @ self.matrix.T + self.offset).astype(np.float32)
        return found

    def inverse(self) -> PictureMap:
        """From the window to the picture."""
        back = np.linalg.inv(self.matrix)
        return PictureMap(back, -back @ self.offset)
