"""Fits that are shrunk towards given coefficients, and how strongly: a generalized ridge regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.dataset.recipes import Rows, features_of
from realtime.geometry.statistics import F64, Statistics

# Relative to the mean eigenvalue of the inputs' correlation matrix. At the end only the intercept is fit.
PENALTIES: tuple[float, ...] = (*(float(10.0**exponent) for exponent in np.arange(-4.0, 2.5, 0.5)), np.inf)
# A part of the range of an input through which any use of a model goes: probabilities and intensities of 0 to 1,
# radians. Where the sessions show less, their spread is no unit for what a whole expression does.
_LEAST_SPREAD = 0.1


class Shrinkage:
    """All fits of one training set: y = x @ (given + change) + intercept, for any penalty on the change.

    Of the statistics of the residual of the given coefficients this is a ridge regression of it. The change of the
    coefficients is estimated from the frames of each session about their mean (Frisch and Waugh): another distance to
    the camera or another light moves all meshes of a session, and would count as the effect of the expressions that
    happen to be frequent in it. The intercept is that of all frames and is not penalized: it is the person's own face,
    by far the largest part of the residual, and of ten seconds known better than from other people.

    Inputs are in units of their standard deviations within the sessions, but of no less than `_LEAST_SPREAD`: what
    hardly varies in the training set is left as given, and is not a small spread blown up.
    """

    def __init__(self, sessions: Sequence[Statistics], inputs: npt.ArrayLike | None = None) -> None:
        """Of the residual of each session, together at least one frame; `inputs`: change the coefficients of these
        only, by their places.
        """
        total = Statistics.total(sessions)
        within = Statistics.total(session.centered for session in sessions)
        n = total.frames
        self._shape = total.xy.shape
        self._mean_x, self._mean_y = total.x / n, total.y / n
        self._at = np.arange(len(total.x)) if inputs is None else np.asarray(inputs, dtype=np.intp)
        unit = _units(within)[self._at]
        about = within.selected(self._at)
        values, vectors = np.linalg.eigh(about.xx / n / np.outer(unit, unit))
        self._values = np.maximum(values, 0.0)
        self._turn = vectors / unit[:, None]  # inputs -> principal axes
        self._along = self._turn.T @ about.xy.reshape(len(unit), -1) / n  # (p, outputs)

    def change(self, penalty: float) -> Rows:
        """What is added to the given coefficients, and to the given intercept."""
        coef = np.zeros(self._shape)
        coef[self._at] = (self._turn @ (self._shrunk(penalty)[:, None] * self._along)).reshape(-1, *self._shape[1:])
        return Rows(coef, self._mean_y - np.einsum("p,pvc->vc", self._mean_x, coef))

    def errors(self, tested: Statistics, penalties: Sequence[float] = PENALTIES) -> F64:
        """(len(penalties),) squared errors on frames, summed, given the statistics of their residual."""
        n, mean_x = tested.frames, self._mean_x[self._at]
        about = tested.selected(self._at)
        # The frames about the means of the training set: there no fit has an intercept.
        xx = about.xx - np.outer(mean_x, about.x) - np.outer(about.x, mean_x) + n * np.outer(mean_x, mean_x)
        y = about.y - n * self._mean_y
        xy = about.xy - about.x[:, None, None] * self._mean_y - mean_x[:, None, None] * y
        start = float(np.einsum("vii->", about.yy) - (self._mean_y * (about.y + y)).sum())
        turned_xy = self._turn.T @ xy.reshape(len(mean_x), -1)
        with_observed = (turned_xy * self._along).sum(axis=1)
        of_predicted = (self._turn.T @ xx @ self._turn) * (self._along @ self._along.T)
        shrunk = np.stack([self._shrunk(penalty) for penalty in penalties])
        errors: F64 = start - 2.0 * shrunk @ with_observed + np.einsum("gi,ij,gj->g", shrunk, of_predicted, shrunk)
        return np.maximum(errors, 0.0)

    def _shrunk(self, penalty: float) -> F64:
        """(p,) what is left of each principal axis' least squares, divided by its eigenvalue."""
        found: F64 = 1.0 / (self._values + penalty)
        return found


def spread_of(statistics: Statistics) -> F64:
    """(p,) standard deviation of each input about the mean."""
    found: F64 = np.sqrt(np.maximum(np.diagonal(statistics.centered.xx) / statistics.frames, 0.0))
    return found


def _units(within: Statistics) -> F64:
    """(p,) the unit of each of the 4 k + 3 inputs."""
    least = np.full(len(within.x), _LEAST_SPREAD)
    least[features_of(len(within.x)) + 3 :] *= _LEAST_SPREAD  # products of pose and features
    found: F64 = np.maximum(spread_of(within), least)
    return found


def choose_penalty(parts: Sequence[Sequence[Statistics]], inputs: npt.ArrayLike | None = None) -> float:
    """The strongest penalty that is no worse than the best one by more than the standard error of the difference.

    `parts` are at least two groups of sessions, the statistics of the residual of each; each group is predicted by the
    fit of the others. The rule of one standard error (Breiman and others, Classification and Regression Trees, 1984),
    with the differences paired: a change has to show in most parts, and not in one of them.
    """
    errors = np.empty((len(parts), len(PENALTIES)))
    for at, part in enumerate(parts):
        others = [session for other, sessions in enumerate(parts) if other != at for session in sessions]
        errors[at] = Shrinkage(others, inputs).errors(Statistics.total(part))
    best = int(np.argmin(errors.sum(axis=0)))
    worse = errors - errors[:, [best]]
    allowed = worse.mean(axis=0) <= worse.std(axis=0, ddof=1) / np.sqrt(len(parts))
    return PENALTIES[int(np.flatnonzero(allowed).max())]  # the best itself is allowed
