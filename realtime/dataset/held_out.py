"""The third reading of a data set: what sums of products do not give, absolute errors and a sample of meshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS, Array
from realtime.dataset.alignment import Alignment
from realtime.dataset.design import inputs
from realtime.dataset.frames import Frames
from realtime.dataset.recipes import Rows
from realtime.dataset.table import MESH, DataSet, meshes_of

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
    probabilities, middle = frames.probabilities, center.astype(np.float32)
    coefs = [_flat(one) for one in rows]

    def chunk(batch: Any, at: slice) -> tuple[float, F32]:
        kept = np.flatnonzero(frames.kept[at]) + at.start
        kept = kept[np.argsort(folds[kept], kind="stable")]
        mesh = alignment.meshes(meshes_of(batch)[kept - at.start], kept)
        mesh -= middle
        chosen = np.flatnonzero(np.isin(kept, sample, assume_unique=True))
        some = mesh[chosen[np.argsort(kept[chosen])]]
        x = inputs(frames.features[kept], frames.pose[kept], probabilities=probabilities).astype(np.float32)
        x = np.hstack([x, np.ones((len(x), 1), np.float32)])
        apart, total = mesh.reshape(len(mesh), -1), 0.0
        edges = np.searchsorted(folds[kept], range(len(coefs) + 1))
        for fold, coef in enumerate(coefs):
            here = slice(edges[fold], edges[fold + 1])
            apart[here] -= x[here] @ coef
            np.abs(apart[here], out=apart[here])
            total += float(apart[here].sum(dtype=np.float64))
        return total, some

    error, meshes = 0.0, []
    for total, some in data.read([MESH], chunk, workers):
        error += total
        meshes.append(some)
    counted = int((frames.kept & (folds >= 0)).sum())
    return ThirdReading(error / (counted * 3 * N_LANDMARKS), np.concatenate(meshes))


def _flat(rows: Rows) -> F32:
    """(p + 1, 1434) float32, the intercept last."""
    return np.vstack([rows.coef.reshape(len(rows.coef), -1), rows.intercept.reshape(1, -1)]).astype(np.float32)
