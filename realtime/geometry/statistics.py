"""Sufficient statistics of linear fits: all that regressions and their R2 need of any number of frames.

Sums of products in float64, which can be added in any grouping. The meshes are summed about a center, so that nothing
is lost to the large coordinates. A fold, a person or a part of the learning curve is a sum of its own; a training set
is the total of some of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Statistics:
    """Sums over frames of inputs x (p,) and outputs y (v, 3): aligned meshes minus a center that all of them share."""

    frames: int
    x: F64  # (p,)
    y: F64  # (v, 3)
    xx: F64  # (p, p)
    xy: F64  # (p, v, 3)
    yy: F64  # (v, 3, 3): of each vertex, so that the frame can be turned and stretched afterwards

    @classmethod
    def empty(cls, inputs: int, vertices: int) -> Self:
        """Of no frames."""
        return cls(
            0,
            np.zeros(inputs),
            np.zeros((vertices, 3)),
            np.zeros((inputs, inputs)),
            np.zeros((inputs, vertices, 3)),
            np.zeros((vertices, 3, 3)),
        )

    @classmethod
    def of(cls, x: F64, y: F64, counts: F64 | None = None) -> Self:
        """Of frames with inputs (n, p) and outputs (n, v, 3), each as often as `counts` (n,) has it; None: once."""
        count, vertices = len(x), y.shape[1]
        total_x, total_y = x.sum(axis=0), y.sum(axis=0)
        if counts is not None:
            total_x, total_y = counts @ x, np.tensordot(counts, y, 1)
            roots = np.sqrt(counts)
            x, y = x * roots[:, None], y * roots[:, None, None]
        axes = [np.ascontiguousarray(y[:, :, axis]) for axis in range(3)]
        yy = np.empty((vertices, 3, 3))
        for i in range(3):
            for j in range(i + 1):
                yy[:, i, j] = yy[:, j, i] = np.einsum("nv,nv->v", axes[i], axes[j])
        xy = (x.T @ y.reshape(count, -1)).reshape(-1, vertices, 3)
        return cls(count if counts is None else round(counts.sum()), total_x, total_y, x.T @ x, xy, yy)

    def with_inputs(self, x: F64, y: F64) -> Statistics:
        """The statistics of the same outputs (n, v, 3), which were summed up here, with other inputs (n, p)."""
        xy = (x.T @ y.reshape(len(x), -1)).reshape(-1, *y.shape[1:])
        return Statistics(self.frames, x.sum(axis=0), self.y, x.T @ x, xy, self.yy)

    @classmethod
    def total(cls, some: Iterable[Statistics]) -> Self:
        """The sum of some statistics, at least one, in their order: equal bit for bit whoever computed them."""
        first, *others = some
        found = cls(first.frames, *(part.copy() for part in (first.x, first.y, first.xx, first.xy, first.yy)))
        for other in others:
            found.add(other)
        return found

    def add(self, other: Statistics) -> None:
        """Add the frames of another set."""
        self.frames += other.frames
        self.x += other.x
        self.y += other.y
        self.xx += other.xx
        self.xy += other.xy
        self.yy += other.yy

    def minus(self, means: Statistics) -> Statistics:
        """The statistics of the frames about the means of their groups, given those of the means."""
        return Statistics(
            self.frames,
            self.x - means.x,
            self.y - means.y,
            self.xx - means.xx,
            self.xy - means.xy,
            self.yy - means.yy,
        )

    @property
    def centered(self) -> Statistics:
        """The statistics of the same frames about their own means."""
        n = max(self.frames, 1)
        return Statistics(
            self.frames,
            np.zeros_like(self.x),
            np.zeros_like(self.y),
            self.xx - np.outer(self.x, self.x) / n,
            self.xy - self.x[:, None, None] * (self.y / n),
            self.yy - self.y[:, :, None] * (self.y / n)[:, None, :],
        )

    def mapped(self, linear: F64) -> Statistics:
        """The statistics of the same frames with every vertex y replaced by linear @ y; `linear` (3, 3)."""
        return Statistics(
            self.frames, self.x, self.y @ linear.T, self.xx, self.xy @ linear.T, linear @ self.yy @ linear.T
        )

    def moved(self, by: F64) -> Statistics:
        """The statistics of the same frames with `by` (v, 3) added to every output."""
        sideways = self.y[:, :, None] * by[:, None, :]
        return Statistics(
            self.frames,
            self.x,
            self.y + self.frames * by,
            self.xx,
            self.xy + self.x[:, None, None] * by,
            self.yy + sideways + np.swapaxes(sideways, -1, -2) + self.frames * by[:, :, None] * by[:, None, :],
        )

    def residual(self, coef: F64, intercept: F64) -> Statistics:
        """The statistics of the same frames with the predictions x @ coef + intercept taken out of every output.

        `coef` (p, v, 3) and `intercept` (v, 3), about the same center as the outputs.
        """
        n, flat = self.frames, coef.reshape(len(coef), -1)
        along = (self.xx @ flat).reshape(coef.shape)  # sum of x times x @ coef
        total = np.einsum("p,pvc->vc", self.x, coef)
        with_observed = np.einsum("pvi,pvj->vij", self.xy, coef) + self.y[:, :, None] * intercept[:, None, :]
        with_intercept = total[:, :, None] * intercept[:, None, :]
        of_predicted = (
            np.einsum("pvi,pvj->vij", coef, along)
            + with_intercept
            + np.swapaxes(with_intercept, -1, -2)
            + n * intercept[:, :, None] * intercept[:, None, :]
        )
        return Statistics(
            n,
            self.x,
            self.y - total - n * intercept,
            self.xx,
            self.xy - along - self.x[:, None, None] * intercept,
            self.yy - with_observed - np.swapaxes(with_observed, -1, -2) + of_predicted,
        )

    def mirrored(
        self, center: F64, pairs: npt.ArrayLike, plane: float, inputs: npt.ArrayLike, signs: F64
    ) -> Statistics:
        """The statistics of the same frames seen in a mirror: left is right.

        The frame's x axis points to the subject's side; `center` (v, 3) is what was taken out of the outputs, `pairs`
        (v,) each vertex's counterpart, `plane` the face's midline on the x axis. `inputs` (p,) is each input's
        counterpart, `signs` (p,) what it is multiplied with.
        """
        other, at = np.asarray(pairs, dtype=np.intp), np.asarray(inputs, dtype=np.intp)
        flip = np.diag([-1.0, 1.0, 1.0])
        turned = Statistics(
            self.frames,
            signs * self.x[at],
            self.y[other] @ flip,
            np.outer(signs, signs) * self.xx[np.ix_(at, at)],
            signs[:, None, None] * self.xy[at][:, other] @ flip,
            flip @ self.yy[other] @ flip,
        )
        return turned.moved(center[other] @ flip + [2.0 * plane, 0.0, 0.0] - center)

    def selected(self, inputs: npt.ArrayLike) -> Statistics:
        """The statistics of the same frames with only some of the inputs, by their places."""
        at = np.asarray(inputs, dtype=np.intp)
        return Statistics(self.frames, self.x[at], self.y, self.xx[np.ix_(at, at)], self.xy[at], self.yy)

    @property
    def variation(self) -> F64:
        """(v,) squared distances of each vertex from its mean over the frames, summed over them."""
        spread: F64 = np.einsum("vii->v", self.yy) - (self.y * self.y).sum(axis=-1) / max(self.frames, 1)
        return np.maximum(spread, 0.0)

    def squared_error(self, coef: F64, intercept: F64) -> F64:
        """(v,) squared errors of the predictions x @ coef + intercept, summed over the frames.

        `coef` (p, v, 3) and `intercept` (v, 3), about the same center as the outputs.
        """
        explained = np.einsum("pvc,pvc->v", coef, self.xy) + np.einsum("vc,vc->v", intercept, self.y)
        flat = coef.reshape(len(coef), -1)
        spread = np.einsum("po,po->o", flat, self.xx @ flat).reshape(coef.shape[1:]).sum(axis=-1)
        shift = (intercept * (2.0 * np.einsum("p,pvc->vc", self.x, coef) + self.frames * intercept)).sum(axis=-1)
        error: F64 = np.einsum("vii->v", self.yy) - 2.0 * explained + spread + shift
        return np.maximum(error, 0.0)

    def r2_within(self, means: Statistics, coef: F64, intercept: F64) -> float | None:
        """R2 of observed and predicted outputs about the means of their groups, given the statistics of these means.

        None where nothing varies within the groups.
        """
        variation = float(self.variation.sum() - means.variation.sum())
        if not variation > 1e-9 * float(self.variation.sum()):
            return None
        left = self.squared_error(coef, intercept) - means.squared_error(coef, intercept)
        return 1.0 - float(left.sum()) / variation

    def r2(self, coef: F64, intercept: F64, vertices: npt.ArrayLike | None = None) -> float | None:
        """Variance-weighted R2 about the mean of these frames, over all vertices or some; None where nothing varies."""
        at = slice(None) if vertices is None else np.asarray(vertices, dtype=np.intp)
        variation = float(self.variation[at].sum())
        return 1.0 - float(self.squared_error(coef, intercept)[at].sum()) / variation if variation > 0 else None
