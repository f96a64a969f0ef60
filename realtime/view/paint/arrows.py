"""Arrows over a face, from where its vertices were to where they are; the line pass draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.types import Array, FloatArray

_SHORTEST = 2.0  # times the line's width: what is shorter would be a dot without a direction
_BARB = np.radians(27.0)


@dataclass(frozen=True, slots=True, eq=False)
class Arrows:
    """Which vertices of a face have an arrow, and where each begins; it ends at the vertex."""

    vertices: Array  # (n,) indices into the 478
    starts_canon: FloatArray  # (n, 3) model units


def arrow_segments(starts_px: FloatArray, ends_px: FloatArray, width: float, head: float) -> FloatArray:
    """Segments (m, 4) in pixels of arrows between points (n, 2): a shaft and the two barbs of its head.

    A head is `head` pixels long, at most 0.45 of its arrow; arrows shorter than twice the line's `width` are left out.
    """
    along = ends_px - starts_px
    length = np.linalg.norm(along, axis=1)
    long_enough = length >= _SHORTEST * width
    ends, along, length = ends_px[long_enough], along[long_enough], length[long_enough, None]
    shafts = np.concatenate([starts_px[long_enough], ends], axis=1)
    back = -along / np.maximum(length, 1e-9) * np.minimum(head, 0.45 * length)
    barbs = []
    for angle in (_BARB, -_BARB):
        cos, sin = np.cos(angle), np.sin(angle)
        barbs.append(np.concatenate([ends, ends + back @ np.array([[cos, sin], [-sin, cos]])], axis=1))
    segments: FloatArray = np.concatenate([shafts, *barbs]).astype(np.float32)
    return segments
