"""Generalised Procrustes analysis (GPA) of the anchors: the reference to which the faces of a data set are aligned.

All anchors are (n, 12, 3) in the picture's frame or any other; every shape is fitted to the reference by a similarity
(Umeyama 1991). `wanted` (n,) are the shapes that count; None: all. Nothing here looks at more than the anchors, so that
the meshes of a data set need not fit into memory.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray
from realtime.geometry._arrays import F64, BoolArray
from realtime.geometry.similarity import fit_similarity

_CHUNK = 8192  # shapes at a time: enough for threads to compute without waiting for each other's Python
_PUBLISHED_ROUNDS = 5
_PUBLISHED_TOLERANCE = 1e-3
_MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class AnchorReference:
    """The outcome of the analysis."""

    points: F64  # (12, 3) to which the meshes are aligned
    judging: F64  # (12, 3) from which the distances of the aligned anchors are measured, to drop the worst frames
    rounds: int
    change: float  # of the last round, relative to the reference's norm as published, else to its centroid size


def published_reference(anchors: FloatArray, workers: int = 1, wanted: BoolArray | None = None) -> AnchorReference:
    """As py-feat's published script has it (`scripts/fit_pls_v24_mesh.py`): the units and shape of the first frame.

    At most five rounds of aligning all shapes to the mean of those aligned before. The mean of similarity fits is
    smaller than what they were fitted to, and nothing restores its size: the reference shrinks by about 1 % a round and
    its change stays above the tolerance, so that all rounds run. The meshes then belong to the reference before the
    last, while the frames to drop are judged by the last.
    """
    reference = np.asarray(anchors[0 if wanted is None else int(np.argmax(wanted))], dtype=np.float64)
    for turn in range(_PUBLISHED_ROUNDS):
        before, reference = reference, _mean_aligned(anchors, reference, workers, wanted)
        change = float(np.linalg.norm(reference - before)) / max(float(np.linalg.norm(before)), 1e-9)
        if turn and change < _PUBLISHED_TOLERANCE:
            return AnchorReference(reference, reference, turn + 1, change)
    return AnchorReference(before, reference, _PUBLISHED_ROUNDS, change)


def clean_reference(
    anchors: FloatArray,
    start: FloatArray,
    tolerance: float = 1e-7,
    workers: int = 1,
    wanted: BoolArray | None = None,
) -> AnchorReference:
    """The mean shape of all anchors in the place, orientation and centroid size of `start` (12, 3).

    Every round aligns each shape to the reference and gives their mean the size of `start` again, until the reference
    moves by less than `tolerance` of that size. The order of the rows does not matter. Raises ValueError where it does
    not converge.
    """
    reference = np.asarray(start, dtype=np.float64)
    center = reference.mean(axis=0)
    size = centroid_size(reference)
    for turn in range(_MOST_ROUNDS):
        mean = _mean_aligned(anchors, reference, workers, wanted)
        about = mean - mean.mean(axis=0)
        before, reference = reference, center + about * (size / float(np.linalg.norm(about)))
        change = float(np.linalg.norm(reference - before)) / size
        if change < tolerance:
            return AnchorReference(reference, reference, turn + 1, change)
    raise ValueError(f"the reference still moves by {change:.1e} of its size after {_MOST_ROUNDS} rounds")


def centroid_size(points: FloatArray) -> float:
    """Root of the summed squared distances (N, 3) from their centre: the size of a shape in Procrustes analysis."""
    return float(np.linalg.norm(points - np.mean(points, axis=0)))


def _mean_aligned(anchors: FloatArray, reference: F64, workers: int, wanted: BoolArray | None) -> F64:
    def part(at: int) -> tuple[F64, int]:
        shapes = anchors[at : at + _CHUNK]
        if wanted is not None:
            shapes = shapes[wanted[at : at + _CHUNK]]
        shapes = shapes.astype(np.float64)
        found = fit_similarity(shapes, reference)
        known = np.isfinite(found.scale)
        # The sum of all scale x rotation @ shape as one product of matrices, of which a diagonal is wanted.
        turned = (found.scale[known, None, None] * found.rotation[known]).reshape(-1, 9)
        products = (turned.T @ shapes[known].reshape(len(turned), reference.size)).reshape(3, 3, -1, 3)
        return np.einsum("cdmd->mc", products) + found.translation[known].sum(axis=0), len(turned)

    total, count = np.zeros_like(reference), 0
    with ThreadPoolExecutor(max_workers=workers) as pool:  # numpy computes without Python's lock
        for some, known in pool.map(part, range(0, len(anchors), _CHUNK)):  # summed in order, whoever was first
            total += some
            count += known
    if not count:
        raise ValueError("no frame's anchors span a face")
    return total / count
