"""From landmarks in the picture to the model's canonical frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.types import N_LANDMARKS, Aligned, FloatArray
from realtime.geometry._arrays import F64, BoolArray, IntArray
from realtime.geometry.canonical_frame import CanonicalFrame
from realtime.geometry.pose import pose_angles, pose_from_rotation
from realtime.geometry.similarity import fit_similarity
from realtime.geometry.topology import ANCHORS

_ANCHOR_INDICES = np.array(ANCHORS)


@dataclass(frozen=True, slots=True, eq=False)
class Aligner:
    """Maps a face into the canonical frame by its 12 anchors; one call a frame, no state.

    The recipe of the models' training data: an Umeyama similarity of the upper-face anchors, which expressions move
    least, onto the model's reference (model card of emotion_to_mesh_pls_v5).
    """

    anchors: FloatArray  # (12, 3) positions of the anchors in the canonical frame, model units
    canonical: CanonicalFrame
    anchor_indices: tuple[int, ...] = ANCHORS  # which landmarks they are, in the same order

    def __post_init__(self) -> None:
        if np.shape(self.anchors) != (len(self.anchor_indices), 3) or not np.isfinite(self.anchors).all():
            raise ValueError(
                f"anchors must be ({len(self.anchor_indices)}, 3) finite numbers, got {np.shape(self.anchors)}"
            )

    def __call__(self, points_px: FloatArray) -> Aligned | None:
        """Align landmarks (478, 3) in pixels; None where they are degenerate or not all finite.

        Raises ValueError for another shape.
        """
        if points_px.shape != (N_LANDMARKS, 3):
            raise ValueError(f"points_px must be ({N_LANDMARKS}, 3), got {points_px.shape}")
        if not np.isfinite(points_px).all():
            return None
        indices = self._indices
        canon_from_px = fit_similarity(points_px[indices], self.anchors)
        if not np.isfinite(canon_from_px.scale):
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            mesh_canon = canon_from_px.apply(points_px)
            missed = mesh_canon[indices] - self.anchors
            mesh_canon = mesh_canon.astype(np.float32)
        if not np.isfinite(mesh_canon).all():  # a landmark so far out that float32 cannot hold it
            return None
        worst = float((missed * missed).sum(axis=1).max()) ** 0.5
        return Aligned(
            mesh_canon=mesh_canon,
            canon_from_px=canon_from_px,
            anchor_residual=100.0 * worst / self.canonical.unit,
            pose=pose_from_rotation(canon_from_px.rotation, self.canonical),
        )

    def many(self, points_px: FloatArray) -> AlignedMany:
        """Align landmarks (n, 478, 3) of many faces at once, up to rounding as one by one."""
        indices = self._indices
        with np.errstate(over="ignore", invalid="ignore"):
            canon_from_px = fit_similarity(points_px[:, indices], self.anchors)
            moved = canon_from_px.apply(points_px)
            missed = moved[:, indices] - self.anchors
            meshes = moved.astype(np.float32)
        known: BoolArray = np.isfinite(meshes).all(axis=(1, 2))
        worst = np.sqrt((missed * missed).sum(axis=2).max(axis=1))
        return AlignedMany(
            meshes_canon=meshes,
            angles=pose_angles(canon_from_px.rotation, self.canonical),
            anchor_residual=100.0 * worst / self.canonical.unit,
            known=known,
        )

    @property
    def _indices(self) -> IntArray:
        return _ANCHOR_INDICES if self.anchor_indices is ANCHORS else np.asarray(self.anchor_indices, dtype=np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class AlignedMany:
    """Faces in a model's canonical frame; of a face that cannot be aligned all numbers are NaN."""

    meshes_canon: FloatArray  # (n, 478, 3) float32, model units
    angles: F64  # (n, 3) pitch, yaw, roll, radians
    anchor_residual: F64  # (n,) worst of the 12 anchors, % of the outer-canthal distance
    known: BoolArray  # (n,) whether a face could be aligned
