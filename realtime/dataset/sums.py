"""The second reading of a data set: the sufficient statistics of its aligned meshes, for each cell of the folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array
from realtime.dataset.alignment import Alignment, aligned_meshes
from realtime.dataset.design import inputs
from realtime.dataset.folds import Cells
from realtime.dataset.frames import Frames
from realtime.dataset.statistics import Statistics
from realtime.dataset.table import MESH, DataSet, meshes_of

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
_Own = tuple[int, int, F64, F64]  # a person's frames in a chunk: who, how many, their summed inputs and outputs
_FLUSHED = 256  # people that are summed up at a time


@dataclass(slots=True, eq=False)
class Sums:
    """Statistics by cell, and those of the people's mean frames; meshes in the frame of the alignment."""

    center: F64  # (478, 3) that was taken out of every mesh
    cells: dict[int, Statistics]  # by `Cells.keys`
    people: dict[int, Statistics]  # by the fold of the person: each person's mean frame, as often as it has frames

    def of(self, wanted: Callable[[int], bool]) -> Statistics:
        """The total of some cells, in the order of their keys; of no frames where there are none."""
        some = [self.cells[key] for key in sorted(self.cells) if wanted(key)]
        if not some:
            one = next(iter(self.cells.values()))
            return Statistics.empty(len(one.x), len(one.y))
        return Statistics.total(some)

    @property
    def all(self) -> Statistics:
        """The total of all frames."""
        return self.of(lambda key: True)

    def mapped(self, linear: F64) -> Sums:
        """The same frames with every aligned vertex y replaced by linear @ y; `linear` (3, 3)."""
        return Sums(
            self.center @ linear.T,
            {key: one.mapped(linear) for key, one in self.cells.items()},
            {key: one.mapped(linear) for key, one in self.people.items()},
        )


def sum_up(data: DataSet, frames: Frames, alignment: Alignment, cells: Cells, workers: int) -> Sums:
    """Read all meshes, align them and sum them up; equal bit for bit for any number of workers."""
    about = _near_the_mean(data, frames, alignment)
    work = _SumUp(about, frames.probabilities)
    rows = (
        frames.kept,
        cells.keys(),
        frames.person,
        frames.features,
        frames.pose,
        alignment.matrix,
        alignment.moved,
    )
    found: dict[int, Statistics] = {}
    people = _People(frames, cells)
    for some, own in data.read([MESH], work, rows, workers):
        for key, statistics in some:
            if key in found:
                found[key].add(statistics)
            else:
                found[key] = statistics
        people.add(own)
    return Sums(about.astype(np.float64), found, people.finish())


@dataclass(frozen=True, slots=True, eq=False)
class _SumUp:
    """The statistics of the kept rows of a chunk, by cell, and the sums of each person in it."""

    about: F32  # (478, 3)
    probabilities: bool

    def __call__(
        self,
        batch: pa.RecordBatch,
        kept: Array,
        keys: Array,
        person: Array,
        features: F32,
        pose: F32,
        matrix: F32,
        moved: F32,
    ) -> tuple[list[tuple[int, Statistics]], list[_Own]]:
        at = np.flatnonzero(kept)
        at = at[np.argsort(keys[at], kind="stable")]
        mesh = aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at])
        mesh -= self.about
        x = inputs(features[at], pose[at], probabilities=self.probabilities)
        keys, person = keys[at], person[at]
        some = [(int(keys[one.start]), Statistics.of(x[one], mesh[one].astype(np.float64))) for one in _runs(keys)]
        by_person = np.argsort(person, kind="stable")
        own = [
            (
                int(person[by_person[run.start]]),
                run.stop - run.start,
                x[by_person[run]].sum(axis=0),
                mesh[by_person[run]].sum(axis=0, dtype=np.float64),
            )
            for run in _runs(person[by_person])
        ]
        return some, own


def _runs(values: Array) -> list[slice]:
    """The runs of equal values in a sorted array."""
    if not len(values):
        return []
    ends = [*(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _near_the_mean(data: DataSet, frames: Frames, alignment: Alignment) -> F32:
    """(478, 3) the mean of the first aligned meshes: near enough to the mean of all that no digits are lost."""

    rows = frames.kept, alignment.matrix, alignment.moved
    return next(mean for mean in data.read([MESH], _mean_mesh, rows) if mean is not None)


def _mean_mesh(batch: pa.RecordBatch, kept: Array, matrix: F32, moved: F32) -> F32 | None:
    """(478, 3) of the kept rows; None where there are none."""
    at = np.flatnonzero(kept)
    return aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at]).mean(axis=0) if len(at) else None


class _People:
    """Sums of each person's frames until the last of them has been read; then they count as the person's mean frame."""

    def __init__(self, frames: Frames, cells: Cells) -> None:
        count = len(frames.people)
        self._left = np.bincount(frames.person[frames.kept], minlength=count)
        self._frames = self._left.astype(np.float64)
        self._fold = np.zeros(count, np.int8)
        self._fold[frames.person[frames.kept]] = cells.person[frames.kept]
        self._open: dict[int, tuple[F64, F64]] = {}
        self._whole: list[int] = []
        self._found: dict[int, Statistics] = {}

    def add(self, own: list[_Own]) -> None:
        for person, count, x, y in own:
            before = self._open.get(person)
            self._open[person] = (x, y) if before is None else (before[0] + x, before[1] + y)
            self._left[person] -= count
            if self._left[person] == 0:
                self._whole.append(person)
        if len(self._whole) >= _FLUSHED:
            self._flush()

    def finish(self) -> dict[int, Statistics]:
        self._flush()
        return self._found

    def _flush(self) -> None:
        """Sum up the people that are complete."""
        whole, self._whole = self._whole, []
        for fold in np.unique(self._fold[whole]).tolist() if whole else ():
            some = [person for person in whole if self._fold[person] == fold]
            counts = self._frames[some]
            x = np.stack([self._open[person][0] for person in some]) / counts[:, None]
            y = np.stack([self._open.pop(person)[1] for person in some]) / counts[:, None, None]
            statistics = Statistics.of(x, y, counts)
            if fold in self._found:
                self._found[fold].add(statistics)
            else:
                self._found[fold] = statistics
