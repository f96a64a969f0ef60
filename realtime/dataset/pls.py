"""Partial least squares from sufficient statistics: no frame is read again, however many there are."""

from __future__ import annotations

import numpy as np

from realtime.dataset.regression import LinearFit, standardized
from realtime.geometry.statistics import F64, Statistics

# A component whose inputs are related to what is left of the outputs by less than this part of what all inputs were
# to all outputs is rounding: nothing is left to explain.
_NOTHING_LEFT = 1e-13


def fit_pls(statistics: Statistics, components: int) -> LinearFit:
    """PLS regression with so many components, inputs and outputs in units of their standard deviations.

    Improved kernel PLS, algorithm 2 (Dayal and MacGregor, J. Chemometrics 11, 1997): it works on X'X and X'Y. Equal to
    scikit-learn's ``PLSRegression(components, scale=True)``. The directions in which the inputs do not vary are left
    out first, so there is no component of rounding noise: at the rank it ends, and equals least squares of minimum
    norm. `LinearFit.components` says how many there are.

    Raises ValueError for fewer than two frames, and fewer than one component.
    """
    if components < 1:
        raise ValueError(f"a PLS regression needs at least one component, got {components}")
    problem = standardized(statistics)
    shape = problem.with_output.shape
    variance = np.einsum("vii->vi", statistics.yy) / statistics.frames - problem.mean_y**2
    output = np.sqrt(np.maximum(variance, 0.0))
    output[output == 0.0] = 1.0  # a constant output is explained by the intercept
    xx = problem.values  # diagonal: the inputs are turned to their principal axes, which changes no prediction
    xy = problem.vectors.T @ (problem.with_output / output).reshape(len(problem.vectors), -1)
    enough = _NOTHING_LEFT * float(np.linalg.norm(xy))
    rotations: list[F64] = []  # r: scores are x @ r
    loadings: list[F64] = []  # p
    coef = np.zeros_like(xy)
    while len(rotations) < min(components, len(xx)):
        strength, weights = np.linalg.eigh(xy @ xy.T)
        if not strength[-1] > enough * enough:
            break
        rotation = weights[:, -1]
        for _ in range(2):  # twice, so that the scores of forty components are orthogonal to rounding
            for before, loading in zip(rotations, loadings, strict=True):
                rotation = rotation - (loading @ rotation) * before
        size = float(rotation @ (xx * rotation))
        loading = xx * rotation / size
        outputs = rotation @ xy / size
        xy = xy - size * np.outer(loading, outputs)
        coef += np.outer(rotation, outputs)
        rotations.append(rotation)
        loadings.append(loading)
    return problem.answer((problem.vectors @ coef).reshape(shape) * output, len(rotations))
