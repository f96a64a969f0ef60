"""Pictures of a face that turns and does nothing else: its picture on its turned mesh, before its blurred self."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.geometry import triangles

_CENTER = 0.6  # of the rotation, behind the middle of the mesh, in outer-canthal distances


class TurnedFace:
    """A picture and the landmarks (478, 3) that a tracker found in it."""

    def __init__(self, picture: ByteArray, points_px: FloatArray) -> None:
        self._picture = picture
        self._points = points_px[:468].astype(float)
        self._background = cv2.GaussianBlur(picture, (0, 0), 15)
        unit = float(np.linalg.norm(self._points[33] - self._points[263]))
        self._center = self._points.mean(axis=0) + np.array([0.0, 0.0, _CENTER * unit])

    def picture(self, across: float, upright: float) -> ByteArray:
        """The face turned about the vertical and about the ear-to-ear axis, in degrees."""
        a, b = np.radians((upright, across))
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        turned = (self._points - self._center) @ (about_y @ about_x).T + self._center
        drawn: ByteArray = self._background.copy()
        high, wide = drawn.shape[:2]
        for corners in sorted(triangles().tolist(), key=lambda corners: -float(turned[corners, 2].mean())):
            source, target = self._points[corners, :2].astype(np.float32), turned[corners, :2].astype(np.float32)
            if _area(source) * _area(target) <= 0:  # seen from behind
                continue
            left, top = np.maximum(np.floor(target.min(axis=0)).astype(int) - 1, 0)
            right, bottom = np.minimum(np.ceil(target.max(axis=0)).astype(int) + 2, (wide, high))
            size = (right - left, bottom - top)
            target -= np.float32([left, top])
            moved = cv2.warpAffine(
                self._picture, cv2.getAffineTransform(source, target), size, borderMode=cv2.BORDER_REFLECT
            )
            inside = np.zeros(size[::-1], np.uint8)
            cv2.fillConvexPoly(inside, np.round(target).astype(np.int32), 255)
            covered = cv2.dilate(inside, np.ones((2, 2), np.uint8)) > 0  # no gaps between the triangles
            drawn[top:bottom, left:right][covered] = moved[covered]
        return drawn


def _area(corners: FloatArray) -> float:
    (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
    return float(ax * by - ay * bx)
