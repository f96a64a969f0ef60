"""Linear fits from sufficient statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.dataset.statistics import Statistics

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


def fit(statistics: Statistics, penalty: float = 0.0, components: int | None = None) -> LinearFit:
    """Minimum-norm least squares in standardized units, with an intercept that is not penalized.

    Emotions that sum to one make the inputs collinear: of the many solutions that predict alike the shortest is taken,
    as a PLS regression at the rank does. A constant input has the coefficient 0.

    penalty
        Of ridge regression, added to the eigenvalues of the inputs' correlation matrix: it shrinks by the same amount
        however many frames there are.
    components
        Keep only so many directions of the outputs, those in which the predictions vary most (reduced-rank regression);
        None keeps all.

    Raises ValueError for fewer than two frames.
    """
    n = statistics.frames
    if n < 2:
        raise ValueError(f"a fit needs at least two frames, got {n}")
    mean_x, mean_y = statistics.x / n, statistics.y / n
    covariance = statistics.xx / n - np.outer(mean_x, mean_x)
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    # Rounding of a constant's square, relative to the square itself.
    varies = spread > 1e-7 * np.sqrt(np.diagonal(statistics.xx) / n)
    scale = np.where(varies, spread, np.inf)
    correlation = covariance / np.outer(scale, scale)
    with_output = (statistics.xy / n - mean_x[:, None, None] * mean_y) / scale[:, None, None]
    values, vectors = np.linalg.eigh(correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > CUT * max(float(values[0]), 0.0)
    turned = vectors[:, kept].T @ with_output.reshape(len(values), -1)  # (rank, outputs)
    along = turned / (values[kept] + penalty)[:, None]
    if components is not None:
        along = _reduced(along, values[kept], components)
    coef = (vectors[:, kept] @ along).reshape(with_output.shape) / scale[:, None, None]
    intercept = mean_y - np.einsum("p,pvc->vc", mean_x, coef)
    singular = np.sqrt(np.maximum(values, 0.0) / max(float(values[0]), np.finfo(float).tiny))
    return LinearFit(coef, intercept, int(kept.sum()), singular)


def _reduced(along: F64, values: F64, components: int) -> F64:
    """Coefficients of the directions of the inputs, projected onto the first directions of their predictions."""
    weighted = np.sqrt(values)[:, None] * along  # its rows are independent parts of the predictions
    left, strengths, _ = np.linalg.svd(weighted @ weighted.T)
    kept = left[:, : min(components, len(strengths))]
    projected: F64 = (kept @ (kept.T @ weighted)) / np.sqrt(values)[:, None]
    return projected
