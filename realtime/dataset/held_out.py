"""The third reading of a data set: what the sums of all frames do not give, for fits that have not seen the frames.

Absolute errors; a sample of meshes; and the halves of each recording: what one gain would do that is taken from the
first half and used in the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS, Array
from realtime.dataset.alignment import Alignment, aligned_meshes
from realtime.dataset.design import inputs
from realtime.dataset.frames import Frames
from realtime.dataset.group_means import GroupMeans, GroupSum, GroupSums, OpenGroups, first_of
from realtime.dataset.recipes import Rows
from realtime.dataset.sums import FoldSums
from realtime.dataset.table import MESH, DataSet, meshes_of
from realtime.geometry.statistics import Statistics

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

_PRODUCTS = 3  # of a frame: prediction by mesh, prediction by itself, mesh by itself
_STILL = 1e-9  # of the squared predictions: a recording whose predictions vary less has no gain


@dataclass(frozen=True, slots=True, eq=False)
class SecondHalves:
    """The second half of every recording, by the fold of the recording; all about the recording's own mean in it."""

    frames: dict[int, Statistics]  # not yet about these means
    means: dict[int, Statistics]  # each recording's mean frame, as often as it has frames
    fold: Array  # (recordings,)
    gain: F64  # (recordings,) from the first half; 1 where the predictions do not vary there
    error: F64  # (recordings,) squared error of the predictions, summed
    error_with_gain: F64  # (recordings,)
    variation: F64  # (recordings,) squared distances of the meshes from their mean

    def r2_with_gain(self, fold: int) -> float | None:
        """R2 of a fold with the gain of each recording; None where nothing varies."""
        here = self.fold == fold
        variation = float(self.variation[here].sum())
        return 1.0 - float(self.error_with_gain[here].sum()) / variation if variation > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class ThirdReading:
    """Its outcome."""

    mae: float  # mean absolute error of a coordinate, model units
    sample: F32  # (m, 478, 3) meshes of the rows that were asked for, about the center
    halves: SecondHalves


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

    `center` (478, 3) is what is taken out of the aligned meshes, `folds` (n,) the fold of each row, the same for all of
    a recording, `rows` the fits by the fold that they have not seen, `sample` (m,) the rows to keep, in ascending
    order. The halves of a recording are those of its kept rows, in their order.
    """
    wanted = np.zeros(len(frames.kept), bool)
    wanted[sample] = True
    counted = frames.kept & (folds >= 0)
    halves = 2 * frames.recording + _second_halves(frames.recording, counted)
    work = _Predict(center.astype(np.float32), frames.probabilities, tuple(_flat(one) for one in rows))
    own = counted, folds, wanted, halves, frames.features, frames.pose, alignment.matrix, alignment.moved
    error, meshes, second = 0.0, [], FoldSums()
    gains = _Gains(work.coefs, first_of(frames.recording, counted, folds))
    groups = OpenGroups(halves, counted)
    for one in data.read([MESH], work, own, workers, _Task):
        error += one.error
        meshes += one.sample
        second.add(one.second)
        for group, whole in groups.add(one.halves).items():
            gains.add(group, whole)
    mae = error / (int(counted.sum()) * 3 * N_LANDMARKS)
    return ThirdReading(mae, np.concatenate(meshes), gains.finish(second))


def _second_halves(recording: Array, counted: Array) -> Array:
    """(n,) int32: 1 for the rows of the second half of their recording."""
    found = np.zeros(len(recording), np.int32)
    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(recording[rows], kind="stable")]
    lengths = np.bincount(recording[rows])
    lengths = lengths[lengths > 0]
    place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    found[rows] = 2 * place >= np.repeat(lengths, lengths)
    return found


class _Gains:
    """Turns the sums of each recording's halves into gains and errors."""

    def __init__(self, coefs: tuple[F32, ...], fold: Array) -> None:
        self._coefs = [coef.astype(np.float64) for coef in coefs]
        count = len(fold)
        self._fold = fold
        self._means = GroupMeans()
        self._gain, self._error, self._with_gain, self._variation = (
            np.ones(count), np.zeros(count), np.zeros(count), np.zeros(count),
        )  # fmt: skip

    def add(self, group: int, half: GroupSum) -> None:
        """Add a half of a recording, the first one first."""
        at, second = divmod(group, 2)
        fold = int(self._fold[at])
        n, x = half.frames, half.x[:-_PRODUCTS]
        predicted = np.append(x / n, 1.0) @ self._coefs[fold]
        mean = half.y.reshape(-1).astype(np.float64) / n
        moved = half.x[-_PRODUCTS:] - n * np.array([predicted @ mean, predicted @ predicted, mean @ mean])
        if not second:
            if moved[1] > _STILL * half.x[-2]:
                self._gain[at] = moved[0] / moved[1]
            return
        gain = self._gain[at]
        self._error[at] = moved[2] - 2.0 * moved[0] + moved[1]
        self._with_gain[at] = moved[2] - 2.0 * gain * moved[0] + gain**2 * moved[1]
        self._variation[at] = moved[2]
        self._means.add(fold, GroupSum(n, x, half.y))

    def finish(self, second: FoldSums) -> SecondHalves:
        """All recordings; those without a second half count nothing."""
        return SecondHalves(
            second, self._means.finish(), self._fold, self._gain, self._error, self._with_gain, self._variation
        )


@dataclass(slots=True, eq=False)
class _Task:
    error: float = 0.0
    sample: list[F32] = field(default_factory=list)
    second: FoldSums = field(default_factory=FoldSums)
    halves: GroupSums = field(default_factory=GroupSums)


@dataclass(frozen=True, slots=True, eq=False)
class _Predict:
    """Adds the kept rows of a chunk to what the third reading finds."""

    center: F32  # (478, 3)
    probabilities: bool
    coefs: tuple[F32, ...]  # (p + 1, 1434) by the fold that they have not seen

    def __call__(
        self,
        into: _Task,
        batch: pa.RecordBatch,
        counted: Array,
        folds: Array,
        wanted: Array,
        halves: Array,
        features: F32,
        pose: F32,
        matrix: F32,
        moved: F32,
    ) -> _Task:
        at = np.flatnonzero(counted)
        at = at[np.argsort(folds[at], kind="stable")]
        mesh = aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at])
        mesh -= self.center
        chosen = np.flatnonzero(wanted[at])
        some = mesh[chosen[np.argsort(at[chosen])]]
        x = inputs(features[at], pose[at], probabilities=self.probabilities)
        predicted = self._predicted(x, folds[at])
        flat = mesh.reshape(len(mesh), -1)
        products = [np.einsum("no,no->n", *pair) for pair in ((predicted, flat), (predicted, predicted), (flat, flat))]
        second = halves[at] % 2 == 1
        into.error += _absolute(flat, predicted)
        into.sample.append(some)
        into.second.add_rows(folds[at][second], x[second], mesh[second])
        into.halves.add_rows(halves[at], np.column_stack([x, *products]), mesh)
        return into

    def _predicted(self, x: F64, folds: Array) -> F32:
        """(n, 1434); the rows are in the order of their folds."""
        single = np.hstack([x, np.ones((len(x), 1))]).astype(np.float32)
        found = np.empty((len(x), 3 * N_LANDMARKS), np.float32)
        edges = np.searchsorted(folds, range(len(self.coefs) + 1))
        for fold, coef in enumerate(self.coefs):
            here = slice(edges[fold], edges[fold + 1])
            np.matmul(single[here], coef, out=found[here])
        return found


def _absolute(observed: F32, predicted: F32) -> float:
    """Summed absolute errors; the predictions are overwritten."""
    np.subtract(observed, predicted, out=predicted)
    np.abs(predicted, out=predicted)
    return float(predicted.sum(dtype=np.float64))


def _flat(rows: Rows) -> F32:
    """(p + 1, 1434) float32, the intercept last."""
    return np.vstack([rows.coef.reshape(len(rows.coef), -1), rows.intercept.reshape(1, -1)]).astype(np.float32)
