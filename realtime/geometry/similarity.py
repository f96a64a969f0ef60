"""The similarity between two sets of paired points, in closed form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.types import Similarity
from realtime.geometry._arrays import F64, BoolArray

# The covariance's second singular value relative to its first, below which only one direction is known and the
# rotation about it is free. Collinear points rounded to float32 leave up to 1e-6 there; the anchors of a face 0.2.
_RANK_TOLERANCE = 1e-5
# Where at least so many matrices come at once, Newton's iteration on all of them costs a quarter of LAPACK's calls.
_MANY = 64
_NEWTON_ROUNDS = 10  # they converge in eight from the worst that is given to them
_WELL_SPANNED = 1e-3  # of a determinant, relative to the cube of the matrix's norm
# Spread of a point set relative to its distance from the origin, below which it is one point plus rounding.
_SPREAD_TOLERANCE = 1e-12


def fit_similarity(src: npt.ArrayLike, dst: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Similarity:
    """Find scale, rotation and translation with dst = scale * rotation @ src + translation, in the least-squares sense.

    The closed form of Umeyama 1991 (IEEE PAMI 13, 376-380), with the weights in the centroids and in the covariance;
    det(rotation) is +1 always, also where a mirror image would fit better.

    Parameters
    ----------
    src, dst
        (..., N, 3) paired points, each in its own frame and unit; leading axes broadcast.
    weights
        (..., N), not negative; None weighs all points alike. Only their ratios matter.

    Returns
    -------
    The similarity in float64, its leading axes those of the input. Every field is NaN where there is no answer:
    coincident or collinear points, fewer than three points with a weight, a negative weight, anything not finite.

    Raises
    ------
    ValueError
        The shapes do not fit together. Values never raise and never warn.
    """
    a = np.asarray(src, dtype=np.float64)
    b = np.asarray(dst, dtype=np.float64)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != 3 or a.shape[-2:] != b.shape[-2:] or a.shape[-2] == 0:
        raise ValueError(f"src and dst must both be (..., N, 3) with the same N, got {a.shape} and {b.shape}")
    count = a.shape[-2]
    with np.errstate(all="ignore"):
        weighted_ok = np.True_
        if weights is None:
            w = np.full((1, count), 1.0 / count)
        else:
            w = np.asarray(weights, dtype=np.float64)
            if w.ndim < 1 or w.shape[-1] != count:
                raise ValueError(f"weights must be (..., {count}), got {w.shape}")
            weighted_ok = ((w >= 0).all(axis=-1)) & ((w > 0).sum(axis=-1) >= 3)
            w = (w / w.sum(axis=-1, keepdims=True))[..., None, :]
        mean_a = w @ a  # (..., 1, 3)
        mean_b = w @ b
        from_a = a - mean_a
        from_b = b - mean_b
        # A factor common to all weights drops out of rotation and scale, so equal weights need no multiplication.
        weighted_a = from_a if weights is None else np.swapaxes(w, -1, -2) * from_a
        covariance = np.swapaxes(from_b, -1, -2) @ weighted_a  # (..., 3, 3), target by source
        spread_a = (weighted_a * from_a).sum(axis=(-2, -1))
        finite = np.isfinite(covariance).all(axis=(-2, -1)) & np.isfinite(spread_a)
        rotation, strength, spanned = _rotation(np.where(finite[..., None, None], covariance, 0.0))
        scale = strength / spread_a

        far_a = (mean_a * mean_a).sum(axis=(-2, -1))
        far_b = (mean_b * mean_b).sum(axis=(-2, -1))
        known = (
            finite
            & weighted_ok
            & spanned
            & (spread_a > _SPREAD_TOLERANCE**2 * far_a)
            & ((covariance * covariance).sum(axis=(-2, -1)) > _SPREAD_TOLERANCE**2 * far_b * spread_a)
            & (scale > 0)
        )
        answer = np.where(known, 1.0, np.nan)
        scale = scale * answer
        rotation = rotation * answer[..., None, None]
        moved = (rotation @ np.swapaxes(mean_a, -1, -2))[..., 0]
        translation = mean_b[..., 0, :] - scale[..., None] * moved
    return Similarity(scale, rotation, translation)


def _rotation(covariance: F64) -> tuple[F64, F64, BoolArray]:
    """The rotations R (..., 3, 3) nearest to the covariances (..., 3, 3), their trace(R^T C) (...), and whether they
    are determined by them (...) bool.
    """
    stack = covariance.reshape(-1, 3, 3)
    if len(stack) < _MANY:
        rotation, strength, spanned = _by_svd(stack)
    else:
        rotation, converged = _by_newton(stack)
        strength, spanned = np.einsum("nij,nij->n", rotation, stack), converged.copy()
        rest = ~converged
        if rest.any():
            rotation[rest], strength[rest], spanned[rest] = _by_svd(stack[rest])
    lead = covariance.shape[:-2]
    return rotation.reshape(covariance.shape), strength.reshape(lead), spanned.reshape(lead)


def _by_svd(stack: F64) -> tuple[F64, F64, BoolArray]:
    """As `_rotation`, of any matrices (n, 3, 3)."""
    u, s, vt = np.linalg.svd(stack)
    rotation = u @ vt
    # A reflection is undone along the direction of least covariance.
    flipped = np.linalg.det(rotation) < 0
    rotation = rotation - (2.0 * flipped)[:, None, None] * (u[:, :, 2:] @ vt[:, 2:, :])
    strength = s[:, 0] + s[:, 1] + np.where(flipped, -s[:, 2], s[:, 2])
    return rotation, strength, s[:, 1] > _RANK_TOLERANCE * s[:, 0]


def _by_newton(stack: F64) -> tuple[F64, BoolArray]:
    """The orthogonal polar factors of matrices (n, 3, 3) by Newton's iteration X <- (X + X^-T) / 2, the first rounds
    scaled by the determinant (Higham 1986), and for which (n,) they are the nearest rotations: those of no reflection
    whose three directions are well apart from none.
    """
    size = np.sqrt(np.einsum("nij,nij->n", stack, stack))
    a, b, c, d, e, f, g, h, i = np.moveaxis(stack / size[:, None, None], 0, -1).reshape(9, -1)
    for turn in range(_NEWTON_ROUNDS):
        minors = (
            e * i - f * h, f * g - d * i, d * h - e * g,
            c * h - b * i, a * i - c * g, b * g - a * h,
            b * f - c * e, c * d - a * f, a * e - b * d,
        )  # fmt: skip
        determinant = a * minors[0] + b * minors[1] + c * minors[2]
        if turn == 0:
            good: BoolArray = determinant > _WELL_SPANNED
        factor = np.cbrt(1.0 / determinant) if turn < _NEWTON_ROUNDS // 2 else np.float64(1.0)
        own, inverse = 0.5 * factor, 0.5 / (factor * determinant)
        before = a, b, c, d, e, f, g, h, i
        a, b, c, d, e, f, g, h, i = (own * x + inverse * y for x, y in zip(before, minors, strict=True))
    found = np.stack((a, b, c, d, e, f, g, h, i), axis=-1).reshape(-1, 3, 3)
    return found, good & np.isfinite(found).all(axis=(1, 2))
