"""Streams of a session: numbers and pictures of its rows, read on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import Array, ByteArray

_AT_ONCE = 64  # rows that an iteration reads together
MISSING = np.iinfo(np.int64).min  # where a row has no integer: no time and no count of a session is so small
Read = Callable[[Array], Array]  # row numbers of a part -> their values


@dataclass(frozen=True, slots=True, eq=False)
class Timeseries:
    """Numbers of every row: (rows, *shape)."""

    times: Array  # (rows,) int64 ns, one a row
    shape: tuple[int, ...]  # of all of it, rows first
    dtype: np.dtype[Any]
    names: tuple[str, ...]  # of the last axis; empty where it has none
    _pieces: tuple[tuple[int, Read], ...]  # how many rows a part has, and how they are read

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice | Array | Sequence[int] | str) -> Array:
        """A row `[i]`; rows `[a:b:c]`, of these numbers, of a mask (rows, *shape); a column `["happiness"]` (rows,)."""
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"{key!r}: there is {', '.join(self.names) or 'nothing by name'}")
            column: Array = self[:][:, self.names.index(key)]
            return column
        rows = np.arange(len(self))[key]
        found: Array = self._rows(rows) if rows.ndim else self._rows(rows[None])[0]
        return found

    def __iter__(self) -> Iterator[Array]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self[first : first + _AT_ONCE]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self[:] if dtype is None else self[:].astype(dtype)

    def sample(self, times: Array | Sequence[int] | int, tolerance: int | None = None) -> Array:
        """The rows nearest to these times, (times, *shape); times and tolerance in nanoseconds.

        NaN (False for `valid`, `MISSING` of integers) where no row lies within the tolerance; None is any distance.
        """
        rows, there = nearest(self.times, times, tolerance)
        found = self._rows(rows)
        if there.all():
            return found
        found[~there] = missing_value(self.dtype)
        return found

    def _rows(self, rows: Array) -> Array:
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        first = 0
        for count, read in self._pieces:
            here = (rows >= first) & (rows < first + count)
            if here.any():
                found[here] = read(rows[here] - first).reshape(-1, *self.shape[1:])
            first += count
        return found

    def __repr__(self) -> str:
        shown = f"{len(self.names)} names" if len(self.names) > 10 else ", ".join(self.names)
        return f"<stream {self.shape} {self.dtype}{': ' if shown else ''}{shown}>"


class VideoStream:
    """Pictures of a session's rows, (height, width, 3) uint8 RGB, decoded on demand.

    None where a row has none: it was not recorded, or dropped. Sequential access is cheap; random access decodes from
    the preceding key frame.
    """

    def __init__(self, times: Array, read: Callable[[int], ByteArray | None], rows: range | None = None) -> None:
        self._rows = range(len(times)) if rows is None else rows
        self._all_times = times
        self._read = read

    @property
    def times(self) -> Array:
        """(rows,) int64 ns, one a row."""
        found: Array = self._all_times[np.asarray(self._rows, int)]
        return found

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, key: int) -> ByteArray | None: ...
    @overload
    def __getitem__(self, key: slice) -> VideoStream: ...
    def __getitem__(self, key: int | slice) -> ByteArray | VideoStream | None:
        """The picture of a row `[i]`, or a shorter stream `[a:b:c]`, of which nothing is decoded yet."""
        if isinstance(key, slice):
            return VideoStream(self._all_times, self._read, self._rows[key])
        return self._read(self._rows[_place(key, len(self))])

    def __iter__(self) -> Iterator[ByteArray | None]:
        return map(self._read, self._rows)

    def sample(self, times: Array | Sequence[int] | int, tolerance: int | None = None) -> list[ByteArray | None]:
        """The pictures of the rows nearest to these times; None where there is none within the tolerance, ns."""
        rows, there = nearest(self.times, times, tolerance)
        return [self[int(row)] if near else None for row, near in zip(rows, there, strict=True)]

    def __repr__(self) -> str:
        return f"<stream of {len(self)} pictures>"


def missing_value(dtype: np.dtype[Any] | type[np.generic]) -> Any:
    """What stands for a value that is not there: NaN, `MISSING` of integers, False of truth values."""
    if np.issubdtype(dtype, np.integer):
        return MISSING
    return False if np.issubdtype(dtype, np.bool_) else np.nan


def nearest(times: Array, wanted: Array | Sequence[int] | int, tolerance: int | None) -> tuple[Array, Array]:
    """Indices of the rows nearest to these times (the earlier of two equally near), and which are within tolerance.

    Raises UsageError for times that are not integers: they are nanoseconds, and 1.5 would mean seconds.
    """
    asked = np.atleast_1d(np.asarray(wanted))
    if asked.size and not np.issubdtype(asked.dtype, np.integer):
        raise UsageError("Times are integers, nanoseconds of the session's clock: (seconds * 1e9).astype('int64').")
    asked = asked.astype(np.int64)
    if not len(times):
        return np.zeros(0, int), np.zeros(0, bool)
    order = np.argsort(times, kind="stable")  # times of a damaged table may not increase
    sorted_times = times[order]
    after = np.clip(np.searchsorted(sorted_times, asked), 1, max(1, len(times) - 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    later = np.abs(sorted_times[after] - asked) < np.abs(asked - sorted_times[before])
    rows = order[np.where(later, after, before)]
    there = np.ones(len(asked), bool) if tolerance is None else np.abs(times[rows] - asked) <= tolerance
    return rows, there


def _place(row: int, rows: int) -> int:
    if not -rows <= row < rows:
        raise IndexError(f"row {row} of {rows}")
    return row % rows
