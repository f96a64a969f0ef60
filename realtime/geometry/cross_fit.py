"""Offsets and pose slopes of an error, fitted to some blocks of a recording and taken out of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from realtime.geometry._arrays import F64
from realtime.geometry.statistics import Statistics

# Of the ridge, relative to the mean square of the angles; infinity: no slopes at all.
_MILD = 0.1
_LEAST_CHANGE = 0.01  # share of the predicted displacements that is neither constant nor goes with the pose
_STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class LinearMap:
    """Meshes as a linear function of the inputs x (p,): x @ coef + intercept."""

    coef: F64  # (p, v, 3)
    intercept: F64  # (v, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over the frames of a block: of the error e (m,), the displacement d (m,) and u = [1, pitch, yaw, roll].

    m = 3 v coordinates. A correction is a matrix w (4, m): it takes u @ w from the error of each frame.
    """

    turned: F64  # (4, 4) u u^T
    with_error: F64  # (4, m) u e^T
    with_displacement: F64  # (4, m) u d^T
    error: float  # e.e
    along: float  # e.d
    displaced: float  # d.d

    @classmethod
    def of(cls, block: Statistics, prediction: LinearMap, displacement: LinearMap, pose: Sequence[int]) -> Self:
        """From the sums of a block; see `realtime.geometry.oracles.oracle_sums`."""
        left = block.residual(prediction.coef, prediction.intercept)
        at = list(pose)
        flat, shift = displacement.coef.reshape(len(displacement.coef), -1), displacement.intercept.ravel()
        once = np.concatenate([[float(block.frames)], block.x[at]])  # sum of u
        inputs = np.vstack([block.x, block.xx[at]])  # (4, p) sum of u x^T
        errors = left.xy.reshape(len(flat), -1)
        moving = block.x @ flat
        return cls(
            turned=np.vstack([once, np.column_stack([block.x[at], block.xx[np.ix_(at, at)]])]),
            with_error=np.vstack([left.y.reshape(1, -1), errors[at]]),
            with_displacement=inputs @ flat + once[:, None] * shift,
            error=float(np.einsum("vii->", left.yy)),
            along=float(np.vdot(flat, errors)) + float(shift @ left.y.ravel()),
            displaced=float(np.vdot(flat, block.xx @ flat) + 2.0 * moving @ shift + block.frames * shift @ shift),
        )

    def corrected(self, w: F64, span: F64) -> F64:
        """(3,) e.e and e.d once u @ w is taken from the error, and by how much e.e fell outside of the span."""
        beyond = w - w @ span.T @ span
        return np.array([
            self.error - self._saved(w),
            self.along - float(np.vdot(w, self.with_displacement)),
            self._saved(beyond),
        ])  # fmt: skip

    def without(self, w: F64) -> Moments:
        """Of the same frames with u @ w taken from the error."""
        return Moments(
            self.turned,
            self.with_error - self.turned @ w,
            self.with_displacement,
            self.error - self._saved(w),
            self.along - float(np.vdot(w, self.with_displacement)),
            self.displaced,
        )

    def at_gain(self, gain: float) -> Moments:
        """Of the same frames with the displacement that is predicted multiplied: the error becomes e + (1 - gain) d."""
        more = 1.0 - gain
        return Moments(
            self.turned,
            self.with_error + more * self.with_displacement,
            self.with_displacement,
            self.error + 2.0 * more * self.along + more**2 * self.displaced,
            self.along + more * self.displaced,
            self.displaced,
        )

    def _saved(self, w: F64) -> float:
        return 2.0 * float(np.vdot(w, self.with_error)) - float(np.vdot(w, self.turned @ w))


def span_of(coef: F64) -> F64:
    """(r, m) an orthonormal basis of what the inputs of coef (p, v, 3) can do to a mesh."""
    _, values, basis = np.linalg.svd(coef.reshape(len(coef), -1), full_matrices=False)
    found: F64 = basis[values > 1e-9 * max(float(values.max(initial=0.0)), 1e-300)]
    return found


def corrections(
    blocks: Sequence[Moments], span: F64, *, within_identity: bool, tracker: F64 | None
) -> dict[str, list[F64]]:
    """The corrections (4, m) of each block, by cause, from the other blocks.

    They are fitted to the error at the gain that fits best beside them, lest a prediction of the wrong amplitude be
    taken for a part of the face that goes with the pose. "tracker" is the same for all blocks. "identity" is the mean
    error of the other blocks, as much of it as helps within them, and only outside of the span unless
    `within_identity`; "identity_after" the same once the tracker's offset is out. "pose" is the slopes on the angles
    about their mean.
    """
    nothing = np.zeros_like(blocks[0].with_error)
    common = nothing.copy()
    if tracker is not None:
        common[0] = tracker.ravel()
    after = [block.without(common) for block in blocks]

    others = [_at_best_gain(_without(blocks, at)) for at in range(len(blocks))]
    others_after = [_at_best_gain(_without(after, at)) for at in range(len(blocks))]
    outside = None if within_identity else span
    return {
        "tracker": [common] * len(blocks),
        "identity": [_offset(some, nothing, outside) for some in others],
        "identity_after": [_offset(some, nothing, outside) for some in others_after],
        "pose": [_pose(some, nothing) for some in others_after],
    }


def _at_best_gain(blocks: Sequence[Moments]) -> list[Moments]:
    """Some blocks at the gain of least squares beside an offset and pose slopes; a negative one is 0."""
    if not blocks:
        return []
    faces = [block.at_gain(0.0) for block in blocks]
    displaced = sum(block.displaced for block in blocks)
    of_face, of_prediction = _affine(faces), _affine([replace(one, with_error=one.with_displacement) for one in faces])
    along = sum(one.along - float(np.vdot(of_face, one.with_displacement)) for one in faces)
    left = displaced - sum(float(np.vdot(of_prediction, one.with_displacement)) for one in faces)
    # Of a prediction that hardly changes but with the pose no gain can be found: it stays as it was delivered.
    gain = max(0.0, along / left) if left > _LEAST_CHANGE * displaced else 1.0
    return [block.at_gain(gain) for block in blocks]


def _affine(blocks: Sequence[Moments]) -> F64:
    """(4, m) the mean error with the slopes of a mild ridge."""
    w = _slopes(*_sums(blocks), _MILD)
    w[0] += _mean_error(blocks, None)
    return w


def _offset(blocks: Sequence[Moments], nothing: F64, span: F64 | None) -> F64:
    """The mean error of some blocks outside of a span, as much of it as helps a block that it was not taken from."""
    w = nothing.copy()
    if not blocks:
        return w
    w[0] = _mean_error(blocks, span)
    if len(blocks) > 1:
        means = [_mean_error(_without(blocks, at), span) for at in range(len(blocks))]
        saved = sum(float(mean @ block.with_error[0]) for mean, block in zip(means, blocks, strict=True))
        size = sum(float(mean @ mean) * block.turned[0, 0] for mean, block in zip(means, blocks, strict=True))
        w[0] *= float(np.clip(saved / size, 0.0, 1.0)) if size > 0 else 0.0
    return w


def _pose(blocks: Sequence[Moments], nothing: F64) -> F64:
    """The slopes on the pose from some blocks, of the strength that is best within them; none of fewer than two."""
    if len(blocks) < 2:
        return nothing
    errors = np.zeros(len(_STRENGTHS))
    for at, out in enumerate(blocks):
        others = _without(blocks, at)
        offset = nothing.copy()
        offset[0] = _mean_error(others, None)
        sums = _sums(others)
        errors += [out.corrected(offset + _slopes(*sums, strength), nothing[:0])[0] for strength in _STRENGTHS]
    return _slopes(*_sums(blocks), _STRENGTHS[int(np.argmin(errors))])


def _sums(blocks: Sequence[Moments]) -> tuple[F64, F64]:
    """(4, 4) and (4, m) the moments of the angles with each other and with the error, over all blocks."""
    turned: F64 = np.sum([block.turned for block in blocks], axis=0)
    errors: F64 = np.sum([block.with_error for block in blocks], axis=0)
    return turned, errors


def _slopes(turned: F64, errors: F64, strength: float) -> F64:
    """(4, m) the ridge regression of the error on the angles about their mean; the constant is that of the angles.

    turned, errors
        (4, 4) and (4, m), see `_sums`.
    """
    w = np.zeros_like(errors)
    mean = turned[0, 1:] / turned[0, 0]
    spread = turned[1:, 1:] - turned[0, 0] * np.outer(mean, mean)
    size = float(np.trace(spread)) / len(mean)
    if np.isinf(strength) or not size > 1e-12 * float(np.trace(turned[1:, 1:])):
        return w
    w[1:] = np.linalg.solve(spread + strength * size * np.eye(len(mean)), errors[1:] - np.outer(mean, errors[0]))
    w[0] = -mean @ w[1:]
    return w


def _mean_error(blocks: Sequence[Moments], span: F64 | None) -> F64:
    """(m,) the mean error over the frames of some blocks, outside of a span if there is one."""
    total: F64 = np.sum([block.with_error[0] for block in blocks], axis=0)
    mean = total / float(sum(block.turned[0, 0] for block in blocks))
    return mean if span is None else mean - mean @ span.T @ span


def _without(blocks: Sequence[Moments], at: int) -> list[Moments]:
    return [*blocks[:at], *blocks[at + 1 :]]
