"""Where a face's vertices are drawn in a tile."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.types import Array, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PlacedMesh:
    """One face of a tile in the window."""

    points_px: FloatArray  # (478, 2) float32, pixels of the window from its top left
    visible: Array  # (478,) bool: turned towards the eye, and within the part of the tile that shows this face
    model: int  # whose prediction it is, or is compared with
