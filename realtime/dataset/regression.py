"""Linear fits from sufficient statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry.statistics import Statistics

F64 = npt.NDArray[np.float64]

# Eigenvalues of the Gram matrix in standardized units below this part of the largest are directions in which the inputs
# do not vary: 1e-6 of the largest singular value of the inputs.
CUT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """y = x @ coef + intercept, in the outputs' units, about the center of the statistics."""

    coef: F64  # (p, v, 3)
    intercept: F64  # (v, 3)
    rank: int
    singular: F64  # (p,) of the standardized inputs, falling, relative to the first
    components: int | None = None  # of a PLS regression; None: least squares


@dataclass(frozen=True, slots=True, eq=False)
class Standardized:
    """What a linear fit needs of statistics: inputs about their means, in units of their standard deviations."""

    mean_x: F64  # (p,)
    mean_y: F64  # (v, 3)
    scale: F64  # (p,) standard deviations of the inputs; infinite for one that is constant
    with_output: F64  # (p, v, 3) covariance of the inputs with the outputs, these in their own units
    values: F64  # (r,) eigenvalues of the inputs' correlation matrix, falling, without those that are rounding
    vectors: F64  # (p, r) their eigenvectors
    singular: F64  # (p,) of the inputs, falling, relative to the first

    def fit(self, penalty: float = 0.0) -> LinearFit:
        """Least squares of minimum norm, see `fit`."""
        flat = self.with_output.reshape(len(self.scale), -1)
        along = self.vectors.T @ flat / (self.values + penalty)[:, None]  # (rank, outputs)
        return self.answer((self.vectors @ along).reshape(self.with_output.shape))

    def answer(self, coef: F64, components: int | None = None) -> LinearFit:
        """The fit with coefficients (p, v, 3) of the standardized inputs."""
        coef = coef / self.scale[:, None, None]
        intercept = self.mean_y - np.einsum("p,pvc->vc", self.mean_x, coef)
        return LinearFit(coef, intercept, len(self.values), self.singular, components)


def standardized(statistics: Statistics) -> Standardized:
    """Center and scale the inputs, and turn them to their principal axes.

    Raises ValueError for fewer than two frames.
    """
    n = statistics.frames
    if n < 2:
        raise ValueError(f"a fit needs at least two frames, got {n}")
    mean_x, mean_y = statistics.x / n, statistics.y / n
    covariance = statistics.xx / n - np.outer(mean_x, mean_x)
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    # Rounding of a constant's square, relative to the square itself.
    # What is left of a sum from which the rest was taken may be below zero by rounding.
    varies = spread > 1e-7 * np.sqrt(np.maximum(np.diagonal(statistics.xx), 0.0) / n)
    scale = np.where(varies, spread, np.inf)
    with_output = (statistics.xy / n - mean_x[:, None, None] * mean_y) / scale[:, None, None]
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > CUT * max(float(values[0]), 0.0)
    singular = np.sqrt(np.maximum(values, 0.0) / max(float(values[0]), np.finfo(float).tiny))
    return Standardized(mean_x, mean_y, scale, with_output, values[kept], vectors[:, kept], singular)


def fit(statistics: Statistics, penalty: float = 0.0) -> LinearFit:
    """Minimum-norm least squares in standardized units, with an intercept that is not penalized.

    Emotions that sum to one make the inputs collinear: of the many solutions that predict alike the shortest is taken,
    as a PLS regression at the rank does. A constant input has the coefficient 0.

    penalty
        Of ridge regression, added to the eigenvalues of the inputs' correlation matrix: it shrinks by the same amount
        however many frames there are.

    Raises ValueError for fewer than two frames.
    """
    return standardized(statistics).fit(penalty)
