"""From the outputs of BlazeFace, the detector in `face_landmarker.task`, to faces (Bazarevsky et al. 2019).

Anchors, scales and thresholds are those of MediaPipe's graph for the short-range model (`face_detector_graph.cc`).
"""

from __future__ import annotations

from math import atan2

import numpy as np

from realtime.core.types import FloatArray
from realtime.detect.landmarks.face_rect import MARGIN, FaceRect

INPUT = 128  # side of its input, pixels
ANCHORS = 896
VALUES = 16  # of an anchor: center x, y, width, height, and six key points, in pixels of the input
_OVERLAP = 0.5  # beyond which two boxes are one face
_RIGHT_EYE, _LEFT_EYE = 2, 3  # pairs of `VALUES`: center, size, then the key points; the person's right and left


def anchor_centers() -> FloatArray:
    """(896, 2) float32, parts of the input's side: two in each cell of 8 pixels, then six in each of 16."""
    layers = []
    for cells, each in ((INPUT // 8, 2), (INPUT // 16, 6)):
        y, x = np.mgrid[:cells, :cells]
        layers.append(np.repeat((np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells, each, axis=0))
    centers: FloatArray = np.concatenate(layers).astype(np.float32)
    return centers


_CENTERS = anchor_centers()


def faces_in(
    boxes: FloatArray, logits: FloatArray, confidence: float, size: tuple[int, int]
) -> list[tuple[float, FaceRect]]:
    """Score and rectangle of each face, the best first.

    `boxes` is (896, 16), `logits` (896,), of a picture of `size` (width, height) that was cropped as
    `FaceRect.of_picture`. Boxes that overlap become one, weighted by their scores.
    """
    with np.errstate(over="ignore"):
        scores = 1 / (1 + np.exp(-logits.astype(np.float32)))
    sizes = boxes[:, 2:4] / np.float32(INPUT)
    wanted = np.flatnonzero((scores >= confidence) & (sizes > 0).all(axis=1) & np.isfinite(boxes).all(axis=1))
    if not len(wanted):
        return []
    wanted = wanted[np.argsort(-scores[wanted], kind="stable")]
    scores, sizes = scores[wanted], sizes[wanted]
    points = boxes[wanted].reshape(len(wanted), -1, 2) / np.float32(INPUT) + _CENTERS[wanted, None]
    low, high = points[:, 0] - sizes / 2, points[:, 0] + sizes / 2
    points[:, 0], points[:, 1] = low, high
    left = np.arange(len(wanted))
    found = []
    while len(left):
        same = _overlaps(low[left], high[left], low[left[0]], high[left[0]]) > _OVERLAP
        same[0] = True  # also where its area is rounded to nothing
        weights = scores[left[same]]
        merged = (points[left[same]] * weights[:, None, None]).sum(axis=0) / weights.sum()
        found.append((float(scores[left[0]]), _rect(merged, size)))
        left = left[~same]
    return found


def _rect(points: FloatArray, size: tuple[int, int]) -> FaceRect:
    """The rectangle of a face whose box has these first two corners, level with its eyes."""
    at = FaceRect.of_picture(*size).in_picture(points)
    (left, top), (right, bottom) = at[0], at[1]
    across, down = at[_LEFT_EYE] - at[_RIGHT_EYE]
    return FaceRect(
        float(left + right) / 2, float(top + bottom) / 2, float(right - left) * MARGIN, float(bottom - top) * MARGIN,
        atan2(float(down), float(across)),
    )  # fmt: skip


def _overlaps(low: FloatArray, high: FloatArray, one_low: FloatArray, one_high: FloatArray) -> FloatArray:
    """Intersection over union of boxes (n, 2) with one."""
    shared = np.clip(np.minimum(high, one_high) - np.maximum(low, one_low), 0, None).prod(axis=1)
    union = (high - low).prod(axis=1) + (one_high - one_low).prod() - shared
    overlaps: FloatArray = shared / np.maximum(union, np.finfo(np.float32).tiny)
    return overlaps
