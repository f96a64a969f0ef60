"""The mixture of a few columns that is nearest to a target: least squares on the unit simplex."""

from __future__ import annotations

from math import sqrt
from operator import mul

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

_ROUNDING = 1e-13  # of the largest numbers that a gradient is the difference of
_DEPENDENT = 1e-13  # of a column's square: what is left of it beside the others of the set is rounding
_ROUNDS_PER_COLUMN = 10

Matrix = list[list[float]]


class NearestMixture:
    """Finds w with every w >= 0 and sum(w) = 1 that minimizes |columns @ w - target|; exact up to rounding.

    Wolfe's algorithm (1976, Math. Programming 11, 128-149): the nearest point of a convex hull is that of the affine
    hull of some of its corners, which enter and leave the set one by one. For the seven corners of an emotion model
    plain floats are faster than arrays: 30 microseconds. `scipy.optimize.nnls` solves the same as fast, but the import
    of `scipy.optimize` takes as long as all else between the bare import of MediaPipe and the first frame.
    """

    def __init__(self, columns: F64) -> None:
        """`columns` (m, n), at least one, finite; in m dimensions."""
        # A mixture moves with its columns: about their mean, the squares are those of their differences.
        self._center = columns.mean(axis=1)
        self._columns = columns - self._center[:, None]
        gram = self._columns.T @ self._columns
        self._size = float(np.sqrt(np.diagonal(gram).max()))
        # On the simplex (sum w)^2 = 1, so that the objective may have it added: the matrix becomes definite wherever
        # the corners are affinely independent, the single corner included.
        self._gram: Matrix = (gram + (self._size**2 or 1.0)).tolist()
        self._dependent = _DEPENDENT * (2.0 * self._size**2 or 1.0)

    def solve(self, target: F64) -> list[float] | None:
        """The mixture (n,) for a finite target (m,); None where rounding keeps the search from an end."""
        moved = target - self._center
        moments: list[float] = (moved @ self._columns).tolist()
        gram, count = self._gram, len(self._gram)
        rounding = _ROUNDING * self._size * (self._size + sqrt(float(moved @ moved)))
        start = min(range(count), key=lambda at: gram[at][at] - 2.0 * moments[at])
        corners, weights = [start], [1.0]
        refused: set[int] = set()
        for _ in range(_ROUNDS_PER_COLUMN * count):
            slopes = [-moment for moment in moments]
            for i, w in zip(corners, weights, strict=True):
                slopes = [slope + w * column for slope, column in zip(slopes, gram[i], strict=True)]
            level = sum(map(mul, weights, [slopes[i] for i in corners]))
            outside = [j for j in range(count) if j not in corners and j not in refused]
            entering = min(outside, key=slopes.__getitem__, default=start)
            if not outside or slopes[entering] >= level - rounding:
                mixture = [0.0] * count
                for i, w in zip(corners, weights, strict=True):
                    mixture[i] = w
                return mixture
            corners, weights = [*corners, entering], [*weights, 0.0]
            aim = self._on_affine_hull(corners, moments)
            if aim is None or aim[-1] <= 0.0:  # on the hull of the others up to rounding: it has nothing to add
                corners, weights = corners[:-1], weights[:-1]
                refused.add(entering)
                continue
            refused.clear()
            while aim is not None and min(aim) <= 0.0:
                share, leaving = min(
                    (w / (w - a), at) for at, (w, a) in enumerate(zip(weights, aim, strict=True)) if a <= 0.0
                )
                weights = [w + share * (a - w) for w, a in zip(weights, aim, strict=True)]
                del corners[leaving], weights[leaving]
                aim = self._on_affine_hull(corners, moments)
            if aim is None:
                return None
            weights = aim
        return None

    def _on_affine_hull(self, corners: list[int], moments: list[float]) -> list[float] | None:
        """Weights of sum 1, of any sign, of the point nearest to the target; None where the corners are dependent."""
        factor = _cholesky([[self._gram[i][j] for j in corners] for i in corners], self._dependent)
        if factor is None:
            return None
        ones = _solved(factor, [1.0] * len(corners))
        free = _solved(factor, [moments[i] for i in corners])
        more = (1.0 - sum(free)) / sum(ones)
        return [w + more * one for w, one in zip(free, ones, strict=True)]


def _cholesky(matrix: Matrix, smallest: float) -> Matrix | None:
    factor: Matrix = []
    for i, row in enumerate(matrix):
        made: list[float] = []
        for j in range(i):
            other = factor[j]
            made.append((row[j] - sum(map(mul, made, other))) / other[j])
        left = row[i] - sum(map(mul, made, made))
        if left <= smallest:
            return None
        made.append(sqrt(left))
        factor.append(made)
    return factor


def _solved(factor: Matrix, right: list[float]) -> list[float]:
    half: list[float] = []
    for row, value in zip(factor, right, strict=True):
        half.append((value - sum(map(mul, row, half))) / row[-1])
    for i in reversed(range(len(factor))):
        row = factor[i]
        half[i] = found = half[i] / row[-1]
        for j in range(i):
            half[j] -= row[j] * found
    return half
