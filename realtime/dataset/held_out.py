"""The third reading of a data set: what sums of products do not give, absolute errors and a sample of meshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS, Array
from realtime.dataset.alignment import Alignment, aligned_meshes
from realtime.dataset.design import inputs
from realtime.dataset.frames import Frames
from realtime.dataset.recipes import Rows
from realtime.dataset.table import MESH, DataSet, meshes_of

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ThirdReading:
    """Its outcome."""

    mae: float  # mean absolute error of a coordinate, model units
    sample: F32  # (m, 478, 3) meshes of the rows that were asked for, about the center


def read_again(
    data: DataSet,
    frames: Frames,
    alignment: Alignment,
    center: F64,
    folds: Array,
    rows: list[Rows],
    sample: Array,
    workers: int,
) -> ThirdReading:
    """Predict each kept frame by the fit that has not seen its fold, and keep the meshes of some.

    `center` (478, 3) is what is taken out of the aligned meshes, `folds` (n,) the fold of each row, `rows` the fits by
    the fold that they have not seen, `sample` (m,) the rows to keep, in ascending order.
    """
    wanted = np.zeros(len(frames.kept), bool)
    wanted[sample] = True
    work = _Predict(center.astype(np.float32), frames.probabilities, tuple(_flat(one) for one in rows))
    own = frames.kept, folds, wanted, frames.features, frames.pose, alignment.matrix, alignment.moved
    error, meshes = 0.0, []
    for total, some in data.read([MESH], work, own, workers):
        error += total
        meshes.append(some)
    counted = int((frames.kept & (folds >= 0)).sum())
    return ThirdReading(error / (counted * 3 * N_LANDMARKS), np.concatenate(meshes))


@dataclass(frozen=True, slots=True, eq=False)
class _Predict:
    """The summed absolute errors of the kept rows of a chunk, and the meshes of those that are wanted."""

    center: F32  # (478, 3)
    probabilities: bool
    coefs: tuple[F32, ...]  # (p + 1, 1434) by the fold that they have not seen

    def __call__(
        self,
        batch: pa.RecordBatch,
        kept: Array,
        folds: Array,
        wanted: Array,
        features: F32,
        pose: F32,
        matrix: F32,
        moved: F32,
    ) -> tuple[float, F32]:
        at = np.flatnonzero(kept)
        at = at[np.argsort(folds[at], kind="stable")]
        mesh = aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at])
        mesh -= self.center
        chosen = np.flatnonzero(wanted[at])
        some = mesh[chosen[np.argsort(at[chosen])]]
        x = inputs(features[at], pose[at], probabilities=self.probabilities).astype(np.float32)
        x = np.hstack([x, np.ones((len(x), 1), np.float32)])
        apart, total = mesh.reshape(len(mesh), -1), 0.0
        edges = np.searchsorted(folds[at], range(len(self.coefs) + 1))
        for fold, coef in enumerate(self.coefs):
            here = slice(edges[fold], edges[fold + 1])
            apart[here] -= x[here] @ coef
            np.abs(apart[here], out=apart[here])
            total += float(apart[here].sum(dtype=np.float64))
        return total, some


def _flat(rows: Rows) -> F32:
    """(p + 1, 1434) float32, the intercept last."""
    return np.vstack([rows.coef.reshape(len(rows.coef), -1), rows.intercept.reshape(1, -1)]).astype(np.float32)
