"""Alignment of a data set: the reference of the anchors, which frames fit it worst, and each frame's similarity."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.types import Array
from realtime.dataset.frames import Frames
from realtime.dataset.table import POSE, DataSet
from realtime.geometry import ANCHORS, fit_similarity, pose_angles
from realtime.geometry.canonical_face import canonical_face
from realtime.geometry.procrustes import (
    AnchorReference,
    centroid_size,
    clean_reference,
    published_reference,
)
from realtime.model.builtin import action_units

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mode = Literal["clean", "as-published"]

WORST_PERCENT = 1.0  # of the frames, by their worst anchor, are dropped
_CHUNK = 8192
_CACHED = 64  # meshes at a time: read and written again while they are in the processor's cache
# The stored angles are compared with those of the meshes where the heads of a data set turn at all and both agree that
# they do. A slope within these ends is a detector's, beyond them it is another sign or unit.
_SAMPLED, _ENOUGH = 20_000, 50  # frames
_TURNED, _STILL = np.radians(3.0), 1e-6
_RELATED, _UNRELATED, _SURELY = 0.5, 0.2, 0.8  # correlations
_SAME_ANGLE = (0.2, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The similarity of every row; those of rows that are not kept are not used."""

    reference: AnchorReference
    matrix: F32  # (n, 3, 3) scale x rotation
    moved: F32  # (n, 3)

    def mapped(self, linear: F64) -> Alignment:
        """The similarities into another frame, `linear` (3, 3) from this one; the reference stays in this one."""
        turn = linear.astype(np.float32)
        return Alignment(self.reference, np.matmul(turn, self.matrix), self.moved @ turn.T)

    def meshes(self, image: F32, rows: Array) -> F32:
        """(m, 478, 3) float32 aligned meshes, of meshes (m, 478, 3) of the image frame at these rows."""
        return aligned_meshes(image, self.matrix[rows], self.moved[rows])


def aligned_meshes(image: F32, matrix: F32, moved: F32) -> F32:
    """(m, 478, 3) float32 meshes of the image frame, each by its own similarity: `matrix` (m, 3, 3), `moved` (m, 3)."""
    turned = np.empty_like(image)
    each_turned, each_moved = turned.reshape(len(image), -1), _repeated(image.shape[1])
    transposed = np.ascontiguousarray(matrix.swapaxes(1, 2))
    for start in range(0, len(image), _CACHED):
        rows = slice(start, start + _CACHED)
        np.matmul(image[rows], transposed[rows], out=turned[rows])
        # Adding (m, 1, 3) to (m, 478, 3) runs over three numbers at a time, and costs four times as much.
        each_turned[rows] += moved[rows] @ each_moved
    return turned


@lru_cache(maxsize=1)
def _repeated(points: int) -> F32:
    """(3, 3 points) float32 that repeats (m, 3) for every point."""
    return np.tile(np.eye(3, dtype=np.float32), (1, points))


@lru_cache(maxsize=1)
def start_anchors() -> F64:
    """(12, 3) the anchors of MediaPipe's canonical face in the size of the family's, so that its units are theirs.

    Read-only, since all callers share it.
    """
    own = canonical_face()[list(ANCHORS)]
    start = own * (centroid_size(action_units().anchors) / centroid_size(own))
    start.flags.writeable = False
    return start


def align(
    data: DataSet, frames: Frames, anchors: F32, mode: Mode, start: F64, workers: int, *, drop: bool = True
) -> Alignment:
    """Find the reference of the kept frames, drop the worst by it, and align all.

    `anchors` (n, 12, 3) are those of all frames, image frame. `start` (12, 3) gives the mode "clean" its place,
    orientation and size. Raises DataSetError where the anchors span no face or where the stored pose is not that of the
    meshes.
    """
    try:
        reference = (
            published_reference(anchors, workers, frames.kept)
            if mode == "as-published"
            else clean_reference(anchors, start, workers=workers, wanted=frames.kept)
        )
    except ValueError as cause:
        raise DataSetError(f"{data.folder}: the anchors cannot be aligned: {cause}.") from cause
    return align_to(data, frames, anchors, reference, workers, drop=drop)


def align_to(
    data: DataSet, frames: Frames, anchors: F32, reference: AnchorReference, workers: int, *, drop: bool
) -> Alignment:
    """Align all frames to a reference; `drop`: after dropping the worst percent of them by it."""
    n = len(anchors)
    matrix, moved = np.empty((n, 3, 3), np.float32), np.empty((n, 3), np.float32)
    distances = np.empty(n)

    def part(at: int) -> None:
        rows = slice(at, at + _CHUNK)
        shapes = anchors[rows].astype(np.float64)
        found = fit_similarity(shapes, reference.points)
        matrix[rows] = found.scale[:, None, None] * found.rotation
        moved[rows] = found.translation
        distances[rows] = np.linalg.norm(found.apply(shapes) - reference.judging, axis=-1).max(axis=-1)

    in_threads(part, range(0, n, _CHUNK), workers)
    frames.drop("anchors degenerate", ~np.isfinite(distances))
    if not frames.kept.any():
        raise DataSetError(
            f"{data.folder}: no frame's anchors can be fitted to the reference: the anchors of the frames, or those of "
            "the model that gives the reference, span no face."
        )
    _check_pose(data, frames, anchors)
    if drop:
        limit = np.percentile(distances[frames.kept], 100.0 - WORST_PERCENT)
        frames.drop(f"worst {WORST_PERCENT:g} % of the anchors", distances > limit)
    return Alignment(reference, matrix, moved)


def in_threads(work: Callable[[int], None], items: range, workers: int) -> None:
    """Do the work of all items; numpy computes without Python's lock."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for _ in pool.map(work, items):
            pass


def _check_pose(data: DataSet, frames: Frames, anchors: F32) -> None:
    """Whether the stored angles are those by which the meshes are turned: in radians, with Fex's signs and names.

    A detector's angle may be off by a factor; a sign, a unit or an axis is not.
    """
    rows = np.flatnonzero(frames.kept)
    rows = rows[:: max(1, len(rows) // _SAMPLED)]
    if len(rows) < _ENOUGH:
        return
    turned = pose_angles(fit_similarity(anchors[rows], start_anchors()).rotation)
    _check_axes(data, frames.pose[rows].astype(np.float64), turned)
    for at, name in enumerate(POSE):
        stored, mesh = frames.pose[rows, at].astype(np.float64), turned[:, at]
        if stored.std() < _STILL or mesh.std() < _TURNED:
            continue
        related = float(np.corrcoef(stored, mesh)[0, 1])
        slope = related * float(stored.std() / mesh.std())
        if abs(related) > _RELATED and not _SAME_ANGLE[0] <= slope <= _SAME_ANGLE[1]:
            what = "of the other sign than" if slope < 0 else f"{slope:.1f} times"
            raise DataSetError(
                f"{data.folder}: {name} is {what} the turn of the meshes (correlation {related:.2f}). Angles must be "
                "in radians with the signs of py-feat's Fex: +pitch up, +yaw and +roll to the subject's right; meshes "
                "have x right, y down, z away."
            )


def _check_axes(data: DataSet, stored: F64, turned: F64) -> None:
    """Whether each angle (n, 3) is that of its own axis, where another one is far more like the turn of the meshes."""
    moving = (stored.std(axis=0) > _STILL) & (turned.std(axis=0) > _TURNED)
    for at, name in enumerate(POSE):
        if not moving[at]:
            continue
        own, *others = (
            (abs(float(np.corrcoef(stored[:, at], turned[:, axis])[0, 1])) if moving[axis] else 0.0, POSE[axis])
            for axis in (at, *(axis for axis in range(len(POSE)) if axis != at))
        )
        like, other = max(others)
        if own[0] < _UNRELATED and like > _SURELY:
            raise DataSetError(
                f"{data.folder}: {name} is not the {name} of the meshes (correlation {own[0]:.2f}) but their {other} "
                f"({like:.2f}). Put the angles under the names that they have in py-feat's Fex."
            )
