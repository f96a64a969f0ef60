"""A data set read and aligned: its frames in the frame of a model, as sums of products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.types import Array
from realtime.dataset.alignment import Alignment
from realtime.dataset.folds import FOLDS, Cells, cells_of
from realtime.dataset.frames import Frames
from realtime.dataset.held_out import ThirdReading, read_again
from realtime.dataset.recipes import Rows
from realtime.dataset.sums import Sums, sum_up
from realtime.dataset.table import DataSet
from realtime.geometry import CanonicalFrame
from realtime.geometry.contiguity import MOST_CONTIGUITY, contiguity

F64 = npt.NDArray[np.float64]
_FEW = 10  # recordings or people
_ROUNDING = 1e-5  # of the outer-canthal distance: meshes that differ by less, root mean square, are the same


@dataclass(frozen=True, slots=True, eq=False)
class AlignedData:
    """A data set in the frame of a model."""

    data: DataSet
    frames: Frames
    alignment: Alignment  # into the frame of the model
    cells: Cells
    linear: F64  # (3, 3) from the frame of the alignment into that of the model
    sums: Sums  # in the frame of the model
    workers: int

    @classmethod
    def of(cls, data: DataSet, frames: Frames, alignment: Alignment, workers: int) -> AlignedData:
        """Deal the folds and sum up all meshes, in the frame of the alignment.

        Raises DataSetError where the meshes are no faces, or all the same.
        """
        cells = cells_of(frames)
        sums = sum_up(data, frames, alignment, cells, workers)
        require_faces(data, sums)
        return cls(data, frames, alignment, cells, np.eye(3), sums, workers)

    def mapped(self, linear: F64) -> AlignedData:
        """The same in another frame, `linear` (3, 3) from this one."""
        return AlignedData(
            self.data,
            self.frames,
            self.alignment.mapped(linear),
            self.cells,
            linear @ self.linear,
            self.sums.mapped(linear),
            self.workers,
        )

    @property
    def mean_mesh(self) -> F64:
        """(478, 3) of the frames that are kept."""
        total = self.sums.all
        mean: F64 = self.sums.center + total.y / total.frames
        return mean

    @property
    def recordings(self) -> int:
        """Recordings of the frames that are kept."""
        return len(np.unique(self.frames.recording[self.frames.kept]))

    @property
    def people(self) -> int | None:
        """People in them; None where the data set names none."""
        return len(np.unique(self.frames.person[self.frames.kept])) if self.frames.persons_known else None

    def read_again(self, folds: Array, rows: list[Rows], sample: Array) -> ThirdReading:
        """Read the meshes once more, see `held_out.read_again`."""
        return read_again(self.data, self.frames, self.alignment, self.sums.center, folds, rows, sample, self.workers)

    def remarks(self) -> Iterator[str]:
        """What held-out scores of this data set cannot show."""
        recordings, people, cells = self.recordings, self.people, self.cells
        if not cells.video_folds:
            yield f"{_counted(recordings, 'recording')}: folds by recording need {FOLDS}, so nothing is held out."
        elif recordings < _FEW:
            yield f"{recordings} recordings: what is held out is unlike the rest. The scores say that, and little more."
        if people is None:
            yield "The data set names no people: each recording counts as one, and a person may be in both sides."
        elif not cells.person_folds:
            yield (
                f"{_counted(people, 'person', 'people')} under {_counted(recordings, 'recording')}: folds by person "
                f"need {FOLDS}. What the scores say of other people is not known."
            )
        elif people < _FEW:
            yield f"{people} people: the folds differ mostly by their faces, and say little about other people."


def require_faces(data: DataSet, sums: Sums) -> None:
    """Raise DataSetError where the vertices or the axes of the meshes are in another order, or all meshes the same."""
    total = sums.all
    mean = sums.center + total.y / total.frames
    try:
        unit = CanonicalFrame.of(mean).unit
        order = float(contiguity(mean))
        if order > MOST_CONTIGUITY:
            raise ValueError(f"neighbours lie apart ({order:.2f} of vertices at random)")
    except ValueError as cause:
        raise DataSetError(
            f"{data.folder}: the meshes are no faces in MediaPipe's order: {cause}. The column mesh has x, y, z of "
            "vertex 0, then of vertex 1 ...: x right, y down, z away."
        ) from cause
    if float(total.variation.mean()) < total.frames * (_ROUNDING * unit) ** 2:
        raise DataSetError(f"{data.folder}: all aligned meshes are the same; there is nothing to fit.")


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
