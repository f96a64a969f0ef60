"""The second reading of a data set: the sufficient statistics of its aligned meshes, for each cell of the folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array
from realtime.dataset.alignment import Alignment, aligned_meshes
from realtime.dataset.design import inputs
from realtime.dataset.folds import BINS, Cells
from realtime.dataset.frames import Frames
from realtime.dataset.group_means import GroupMeans, GroupSums, OpenGroups, SumsByNumber, first_of, rows_by_number
from realtime.dataset.table import MESH, DataSet, meshes_of
from realtime.geometry.statistics import Statistics

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@dataclass(eq=False)
class Sums:
    """Statistics of the folds, and those of the people's mean frames; meshes in the frame of the alignment."""

    center: F64  # (478, 3) that was taken out of every mesh
    recordings: dict[int, Statistics]  # by `Cells.keys`: the fold and the bin of the recording
    persons: dict[int, Statistics]  # the same frames by the fold of the person
    people: dict[int, Statistics]  # by the fold of the person: each person's mean frame, as often as it has frames

    def part(self, fold: int, *, people: bool, bins: int = BINS) -> Statistics:
        """The frames of a fold of recordings, of the first `bins` bins only, or of a fold of people."""
        if people:
            return self._total(self.persons, lambda key: key == fold)
        return self._total(self.recordings, lambda key: key // BINS == fold and key % BINS < bins)

    @cached_property
    def all(self) -> Statistics:
        """The total of all frames."""
        return self._total(self.recordings, lambda key: True)

    def mapped(self, linear: F64) -> Sums:
        """The same frames with every aligned vertex y replaced by linear @ y; `linear` (3, 3)."""

        def turned(some: dict[int, Statistics]) -> dict[int, Statistics]:
            return {key: one.mapped(linear) for key, one in some.items()}

        return Sums(self.center @ linear.T, turned(self.recordings), turned(self.persons), turned(self.people))

    @staticmethod
    def _total(some: dict[int, Statistics], wanted: Callable[[int], bool]) -> Statistics:
        """In the order of the keys; of no frames where there are none."""
        found = [some[key] for key in sorted(some) if wanted(key)]
        if not found:
            one = next(iter(some.values()))
            return Statistics.empty(len(one.x), len(one.y))
        return Statistics.total(found)


def sum_up(data: DataSet, frames: Frames, alignment: Alignment, cells: Cells, workers: int) -> Sums:
    """Read all meshes, align them and sum them up; equal bit for bit for any number of workers."""
    about = _near_the_mean(data, frames, alignment)
    work = _SumUp(about, frames.probabilities)
    rows = (
        frames.kept,
        cells.keys(),
        cells.person,
        frames.person,
        frames.features,
        frames.pose,
        alignment.matrix,
        alignment.moved,
    )
    recordings, persons = FoldSums(), FoldSums()
    people, fold_of = OpenGroups(frames.person, frames.kept), first_of(frames.person, frames.kept, cells.person)
    means = GroupMeans()
    for one in data.read([MESH], work, rows, workers, _Task):
        recordings.add(one.recordings)
        persons.add(one.persons)
        for person, own in people.add(one.people).items():
            means.add(int(fold_of[person]), own)
    return Sums(about.astype(np.float64), recordings, persons, means.finish())


class FoldSums(SumsByNumber[Statistics]):
    """Statistics by the numbers of folds."""

    def add_rows(self, keys: Array, x: F64, mesh: F32) -> None:
        """Add frames (n, p), (n, v, 3) of folds (n,)."""
        for key, rows in rows_by_number(keys):
            self.add_part(key, Statistics.of(x[rows], mesh[rows].astype(np.float64)))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    recordings: FoldSums = field(default_factory=FoldSums)
    persons: FoldSums = field(default_factory=FoldSums)
    people: GroupSums = field(default_factory=GroupSums)


@dataclass(frozen=True, slots=True, eq=False)
class _SumUp:
    """Adds the kept rows of a chunk to the statistics of their folds and to the sums of their people."""

    about: F32  # (478, 3)
    probabilities: bool

    def __call__(
        self,
        into: _Task,
        batch: pa.RecordBatch,
        kept: Array,
        keys: Array,
        fold: Array,
        person: Array,
        features: F32,
        pose: F32,
        matrix: F32,
        moved: F32,
    ) -> _Task:
        at = np.flatnonzero(kept)
        mesh = aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at])
        mesh -= self.about
        x = inputs(features[at], pose[at], probabilities=self.probabilities)
        into.recordings.add_rows(keys[at], x, mesh)
        into.persons.add_rows(fold[at], x, mesh)
        into.people.add_rows(person[at], x, mesh)
        return into


def _near_the_mean(data: DataSet, frames: Frames, alignment: Alignment) -> F32:
    """(478, 3) the mean of the first aligned meshes: near enough to the mean of all that no digits are lost."""

    rows = frames.kept, alignment.matrix, alignment.moved
    return next(mean for mean in data.read([MESH], _mean_mesh, rows) if mean is not None)


def _mean_mesh(batch: pa.RecordBatch, kept: Array, matrix: F32, moved: F32) -> F32 | None:
    """(478, 3) of the kept rows; None where there are none."""
    at = np.flatnonzero(kept)
    return aligned_meshes(meshes_of(batch)[at], matrix[at], moved[at]).mean(axis=0) if len(at) else None
