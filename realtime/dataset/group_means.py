"""The mean frames of groups, people or recordings, whose frames come in any order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array
from realtime.geometry.statistics import Statistics

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
_FLUSHED = 256  # groups that are summed up at a time


@dataclass(slots=True, eq=False)
class GroupSum:
    """The frames of one group that have been read so far."""

    frames: int
    x: F64  # (p,) summed inputs
    y: F32  # (v, 3) summed outputs, in single precision: thousands of people may be open at once

    def add(self, other: GroupSum) -> None:
        """Add other frames of the group."""
        self.frames += other.frames
        self.x += other.x
        self.y += other.y


class Part(Protocol):
    """Frames that have been summed up, and to which others can be added."""

    def add(self, other: Self, /) -> None:
        """Add other frames."""


Summed = TypeVar("Summed", bound=Part)


class SumsByNumber(dict[int, Summed]):
    """Sums of frames by the number of what they belong to; added in the order of the calls."""

    def add(self, other: SumsByNumber[Summed]) -> None:
        """Add all frames of others."""
        for number, part in other.items():
            self.add_part(number, part)

    def add_part(self, number: int, part: Summed) -> None:
        """Add frames of one number."""
        if number in self:
            self[number].add(part)
        else:
            self[number] = part


class GroupSums(SumsByNumber[GroupSum]):
    """Groups by their numbers."""

    def add_rows(self, groups: Array, x: F64, y: F32) -> None:
        """Add frames (n, p), (n, v, 3) of groups (n,)."""
        for group, rows in rows_by_number(groups):
            whole = y[rows].sum(axis=0, dtype=np.float64).astype(np.float32)
            self.add_part(group, GroupSum(len(rows), x[rows].sum(axis=0), whole))


class OpenGroups:
    """Sums up each group until the last of its frames has been read.

    Where the frames of a group stand together, as those of a recording do, few groups are in memory at a time.
    """

    def __init__(self, groups: Array, wanted: Array) -> None:
        """`groups` (n,) are the numbers of all rows, `wanted` (n,) which rows will come."""
        self._left = np.bincount(groups[wanted], minlength=int(groups.max(initial=-1)) + 1)
        self._open = GroupSums()

    def add(self, own: GroupSums) -> GroupSums:
        """Add frames, and answer with the groups that are complete now."""
        self._open.add(own)
        for group, some in own.items():
            self._left[group] -= some.frames
        return GroupSums((group, self._open.pop(group)) for group in own if self._left[group] == 0)


class GroupMeans:
    """The statistics of mean frames of groups, each as often as its group has frames."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, GroupSum]] = []
        self._found = SumsByNumber[Statistics]()

    def add(self, fold: int, group: GroupSum) -> None:
        """Add a group that is complete."""
        self._whole.append((fold, group))
        if len(self._whole) >= _FLUSHED:
            self._flush()

    def finish(self) -> dict[int, Statistics]:
        """By the fold: the statistics of the mean frames."""
        self._flush()
        return self._found

    def _flush(self) -> None:
        whole, self._whole = self._whole, []
        for fold in sorted({fold for fold, _ in whole}):
            some = [one for own, one in whole if own == fold]
            counts = np.array([one.frames for one in some], np.float64)
            x = np.stack([one.x for one in some]) / counts[:, None]
            y = np.stack([one.y for one in some]).astype(np.float64) / counts[:, None, None]
            self._found.add_part(fold, Statistics.of(x, y, counts))


def first_of(groups: Array, wanted: Array, values: Array) -> Array:
    """(groups,) the value (n,) that all wanted rows of a group share."""
    found = np.zeros(int(groups.max(initial=-1)) + 1, values.dtype)
    found[groups[wanted]] = values[wanted]
    return found


def rows_by_number(numbers: Array) -> Iterator[tuple[int, Array]]:
    """Each number (n,), in ascending order, with the places of its rows in their order."""
    order = np.argsort(numbers, kind="stable")
    values = numbers[order]
    ends = np.flatnonzero(np.diff(values)) + 1
    for rows in np.split(order, ends) if len(order) else ():
        yield int(numbers[rows[0]]), rows
