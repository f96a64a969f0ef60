"""The few displacements of which many meshes are made, by a singular value decomposition."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray
from realtime.geometry._arrays import F64


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Displacements d_j such that a mesh is about base + sum_j w_j d_j; scaled so that the largest |w_j| is 1."""

    displacements: F64  # (k, 478, 3), the most important first

    def __len__(self) -> int:
        return len(self.displacements)

    def weights(self, moved: FloatArray) -> F64:
        """(n, k) the weights that fit displacements (n, 478, 3) from the base best."""
        rows = self.displacements.reshape(len(self), math.prod(self.displacements.shape[1:]))
        squares = np.einsum("ij,ij->i", rows, rows)
        found: F64 = moved.reshape(len(moved), -1).astype(np.float64) @ (rows / squares[:, None]).T
        return found

    def rest(self, moved: FloatArray, weights: F64) -> F64:
        """(n, 478, 3) what the weighted components leave of displacements."""
        found: F64 = moved - np.tensordot(weights, self.displacements, axes=1)
        return found


def principal_components(moved: FloatArray, tolerance: float, most: int) -> Components:
    """The principal components of displacements (n, 478, 3) from a base, which is not subtracted once more.

    As few as leave of no mesh a mean distance above `tolerance` (in the unit of `moved`), and no more than `most`; none
    where the displacements are below it as they are.
    """
    moved = np.asarray(moved, np.float64)
    rows = moved.reshape(len(moved), -1)
    _, values, axes = np.linalg.svd(rows, full_matrices=False)
    scores = rows @ axes.T
    found = 0
    left = moved
    while found < min(most, int((values > 1e-9 * max(values.max(initial=0.0), 1e-12)).sum())):
        if np.linalg.norm(left, axis=-1).mean(axis=-1).max(initial=0.0) <= tolerance:
            break
        left = left - np.multiply.outer(scores[:, found], axes[found].reshape(moved.shape[1:]))
        found += 1
    scale = scores[np.abs(scores[:, :found]).argmax(axis=0), np.arange(found)] if found else np.ones(0)
    return Components((axes[:found] * scale[:, None]).reshape(found, *moved.shape[1:]))
