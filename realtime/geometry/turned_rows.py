"""What features do to a face that is turned: rows that depend on the head pose, for sums over frames and shifts.

With interactions a model's rows are C(a) = C + a_1 C_1 + a_2 C_2 + a_3 C_3 at the angles a, so C(a) C(a)^T is a sum of
ten matrices, each times a product of two of 1, a_1, a_2, a_3. Sums over frames of f^T C(a) C(a)^T f need no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64


@dataclass(frozen=True, eq=False)
class TurnedRows:
    """What a unit of each of k features does to the m coordinates of a face, by the head pose."""

    rows: F64  # (1, k, m) at any pose; or (4, k, m) at pose 0, and what a radian of each of three angles adds

    @cached_property
    def grams(self) -> F64:
        """(1, k, k) or (10, k, k), by `terms`."""
        found = []
        for i, j in zip(*self._pairs, strict=True):
            product = self.rows[i] @ self.rows[j].T
            found.append(product if i == j else product + product.T)
        return np.stack(found)

    def terms(self, angles: npt.ArrayLike) -> F64:
        """(n, 1) or (n, 10) by what the grams are multiplied at the angles (n, 3), radians."""
        powers = self._powers(angles)
        i, j = self._pairs
        found: F64 = powers[:, i] * powers[:, j]
        return found

    def projected(self, faces: npt.ArrayLike, angles: npt.ArrayLike) -> F64:
        """(n, k) inner products of faces (n, m) with what each feature does at their own angles (n, 3)."""
        flat = np.asarray(faces, np.float64)
        powers = self._powers(angles)
        found = np.zeros((len(flat), self.rows.shape[1]))
        for at, rows in enumerate(self.rows):
            found += powers[:, at : at + 1] * (flat @ rows.T)
        return found

    @property
    def _pairs(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        return np.triu_indices(len(self.rows))

    def _powers(self, angles: npt.ArrayLike) -> F64:
        """(n, 1) or (n, 4) by what the rows are multiplied."""
        turned = np.asarray(angles, np.float64)
        return np.hstack([np.ones((len(turned), 1)), turned])[:, : len(self.rows)]


def energies(features: npt.ArrayLike, grams: npt.ArrayLike) -> F64:
    """(n, t) f^T G f of features (n, k) for each gram (t, k, k), or for the only one (k, k)."""
    f, some = np.asarray(features, np.float64), np.asarray(grams, np.float64)
    return np.stack([np.einsum("ni,ni->n", f @ gram, f) for gram in (some[None] if some.ndim == 2 else some)], axis=1)
