"""The face as py-feat's multitask network expects it, cropped from a frame with numpy alone.

py-feat cuts a square chip of 256 x 256 samples bilinearly, mirrored where it leaves the picture
(`feat.utils.image_operations.extract_face_square_pad_torch`), resizes it to 224 with antialiasing and normalises it
(`feat.multitask.inference.MultitaskModel.preprocess`). Every step but the last is linear and works on rows and columns
separately, so all of it is one matrix for the rows and one for the columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from realtime.core.types import ByteArray, FloatArray
from realtime.geometry.canonical_frame import CHIN, FOREHEAD

IndexArray = npt.NDArray[np.intp]

EXPAND = 1.2  # margin around the face's box
CHIP = 256  # samples a side that are taken from the picture
INPUT = 224  # side of the network's input
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)

# Forehead 10 is where hair begins on few heads only; RetinaFace's boxes reach higher. docs/emotions.md measures this.
_ABOVE_FOREHEAD = 0.15


def face_box(points_px: FloatArray) -> FloatArray:
    """The box (x1, y1, x2, y2) in pixels that replaces RetinaFace's, of a mesh (478, 3) or (478, 2) in pixels.

    It bounds the mesh and a point above the forehead, 0.15 of the way from chin to forehead beyond it.
    """
    points = np.asarray(points_px, dtype=np.float64)[:, :2]
    above = points[FOREHEAD] + _ABOVE_FOREHEAD * (points[FOREHEAD] - points[CHIN])
    reach = np.vstack([points, above])
    return np.concatenate([reach.min(axis=0), reach.max(axis=0)])


@dataclass(frozen=True, slots=True)
class Crop:
    """A square region of a picture, which may leave the picture on any side."""

    origin_x: float  # pixels, of the left edge
    origin_y: float  # pixels, of the top edge
    side: float  # pixels
    width: int  # of the picture
    height: int

    @classmethod
    def of_box(cls, box: FloatArray, size: tuple[int, int]) -> Crop:
        """The square around a box (x1, y1, x2, y2), of its longer side and a margin; `size` is (width, height)."""
        x1, y1, x2, y2 = (float(value) for value in box)
        side = max(max(x2 - x1, y2 - y1) * EXPAND, 1.0)
        return cls((x1 + x2) / 2 - side / 2, (y1 + y2) / 2 - side / 2, side, *size)

    @classmethod
    def of_face(cls, points_px: FloatArray, size: tuple[int, int]) -> Crop:
        """The crop of a mesh in pixels."""
        return cls.of_box(face_box(points_px), size)

    def patch(self, image: ByteArray) -> ByteArray:
        """The rows and columns of (height, width, 3) uint8 that the crop reads: at most 512 of each, C-contiguous.

        Nothing else of the picture is needed from here on, however large it or the face is.
        """
        down, across = self._down, self._across
        if down.dense and across.dense:
            return np.ascontiguousarray(image[down.used[0] : down.used[-1] + 1, across.used[0] : across.used[-1] + 1])
        return np.ascontiguousarray(image[down.used].take(across.used, axis=1))

    def chip(self, patch: ByteArray) -> FloatArray:
        """py-feat's chip: (3, 256, 256) float32 RGB in 0..1 of a patch."""
        return _between(self._down.matrix, patch, self._across.matrix)

    def network_input(self, patch: ByteArray) -> FloatArray:
        """The input of the network: (3, 224, 224) float32, normalised as ImageNet is."""
        resize = _resize_matrix()
        resized = _between(resize @ self._down.matrix, patch, resize @ self._across.matrix)
        resized -= IMAGENET_MEAN[:, None, None]
        resized /= IMAGENET_STD[:, None, None]
        return resized

    @property
    def _down(self) -> _Axis:
        return _Axis.of(self.origin_y, self.side, self.height)

    @property
    def _across(self) -> _Axis:
        return _Axis.of(self.origin_x, self.side, self.width)


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """Bilinear sampling along one axis of the picture."""

    low: IndexArray  # (256,) of the picture's rows (or columns): the nearest one before each sample
    high: IndexArray  # (256,) and the nearest one behind it
    weight: FloatArray  # (256,) float32, of the latter
    used: IndexArray  # (n,) those that are carried to where the samples are taken, ascending
    dense: bool  # whether `used` has no gaps

    @classmethod
    def of(cls, origin: float, side: float, length: int) -> _Axis:
        """In float32 and in the order in which torch's grid_sample computes it, mirrored at the picture's edges."""
        step = np.arange(CHIP, dtype=np.float32)
        at = np.float32(origin) + (step + np.float32(0.5)) / np.float32(CHIP) * np.float32(side)
        at = np.abs(at + np.float32(0.5))
        span = np.float32(length)
        turns, extra = np.floor(at / span), np.fmod(at, span)
        at = np.where(turns % 2 == 0, extra, span - extra) - np.float32(0.5)
        at = np.clip(at, 0, length - 1)
        low = at.astype(np.intp)
        high = np.minimum(low + 1, length - 1)
        first, last = int(low.min()), int(high.max())
        dense = last - first < 2 * CHIP  # of a large face only what is sampled is carried
        used = np.arange(first, last + 1) if dense else np.unique(np.concatenate([low, high]))
        return cls(low, high, at - low.astype(np.float32), used, dense)

    @property
    def matrix(self) -> FloatArray:
        """(256, n) float32: the samples from the rows that are carried."""
        matrix = np.zeros((CHIP, len(self.used)), dtype=np.float32)
        row = np.arange(CHIP)
        matrix[row, np.searchsorted(self.used, self.low)] = 1 - self.weight
        matrix[row, np.searchsorted(self.used, self.high)] += self.weight
        return matrix


def _between(down: FloatArray, patch: ByteArray, across: FloatArray) -> FloatArray:
    """(3, rows of `down`, rows of `across`) float32 in 0..1: a patch (h, w, 3) between the matrices of its two axes."""
    planes = np.ascontiguousarray(patch.transpose(2, 0, 1)).astype(np.float32)
    between: FloatArray = down @ planes @ (across.T / np.float32(255))
    return between


@lru_cache(maxsize=1)
def _resize_matrix() -> FloatArray:
    """(224, 256) float32: torch's antialiased bilinear resize, a triangle as wide as the scale, normalised by row."""
    scale = CHIP / INPUT
    center = scale * (np.arange(INPUT) + 0.5)
    first = np.maximum((center - scale + 0.5).astype(int), 0)
    last = np.minimum((center + scale + 0.5).astype(int), CHIP)
    step = np.arange(CHIP)
    weights = np.maximum(1 - np.abs((step + 0.5 - center[:, None]) / scale), 0)
    weights[(step < first[:, None]) | (step >= last[:, None])] = 0
    matrix: FloatArray = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return matrix
