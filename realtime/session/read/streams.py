"""What a session holds, as streams: iterate them, slice them, or `sample` them at any times.

A stream of numbers gives numpy arrays and reads only the rows that it is asked for. What there was none of is NaN,
never zero. Times are int64 nanoseconds of the session's clock, which begins with 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, overload

import numpy as np

from realtime.core.errors import SessionError, UsageError
from realtime.core.types import N_LANDMARKS, Array, ByteArray
from realtime.media.video_reader import VideoReader
from realtime.session.read.arrow_nested import by_name, floats
from realtime.session.read.rows import RecordedFrames
from realtime.session.schema import ModelInfo, PartInfo, named
from realtime.session.table import TableReader

_MESH = (N_LANDMARKS, 3)
_AT_ONCE = 64  # rows that an iteration reads together
_POSE = ("pitch", "yaw", "roll")


class StreamPart(Protocol):
    """What streams ask of a part of a session."""

    @property
    def info(self) -> PartInfo:
        """What holds for all of its rows."""
        ...

    @property
    def table(self) -> TableReader:
        """Its columns."""
        ...

    @property
    def rows(self) -> RecordedFrames:
        """Its rows as the program's own values."""
        ...

    @property
    def times(self) -> Array:
        """(rows,) int64 ns on the session's clock."""
        ...

    @property
    def camera(self) -> VideoReader | None:
        """The camera's pictures."""
        ...

    @property
    def view(self) -> VideoReader | None:
        """The window's pictures."""
        ...

    def __len__(self) -> int: ...


Read = Callable[[Array], Array]  # row numbers of a part -> their values, float


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

        NaN (False for `valid`) where no row lies within the tolerance; None is any distance.
        """
        rows, there = nearest(self.times, times, tolerance)
        found = self._rows(rows)
        found[~there] = False if self.dtype == bool else np.nan
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
    """Pictures of a session's rows, (height, width, 3) uint8 RGB, decoded when they are asked for.

    None where a row has none: it was not kept, or there was no time for it. One after the other is cheap; any other
    costs the pictures since its key picture.
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


class ModelStreams:
    """What one model made of the faces, in its own canonical frame."""

    def __init__(self, parts: Sequence[StreamPart], times: Array, model: int) -> None:
        self._of = tuple(parts)
        self._times = times
        self._model = model

    @property
    def times(self) -> Array:
        """(rows,) int64 ns on the session's clock, which begins with 0."""
        return self._times

    @property
    def model_info(self) -> ModelInfo:
        """Which model it is. Raises SessionError where parts of the session were recorded with several."""
        found = [part.info.models[self._model : self._model + 1] for part in self._of]
        if any(_identity(one) != _identity(found[0]) for one in found):
            told = " and ".join(dict.fromkeys(one[0].name if one else "none" for one in found))
            raise SessionError(
                f"Parts of this session have different models ({told}), whose frames are not the same. "
                "Read them one by one: session.parts[0].streams, session.parts[1].streams ..."
            )
        return found[0][0]

    @property
    def canonical(self) -> Timeseries:
        """(rows, 478, 3) float32, the observed faces in the model's canonical frame, model units."""
        return self._column("canonical", _MESH)

    @property
    def predicted(self) -> Timeseries:
        """(rows, 478, 3) float32, what the model predicts, raw; canonical, model units."""
        return self._column("predicted", _MESH)

    @property
    def adjusted(self) -> Timeseries:
        """(rows, 478, 3) float32, the prediction with the identity offset added; NaN until calibrated."""
        return self._numbers(_MESH, np.float32, lambda part: lambda rows: self._with_offset(part, rows))

    @property
    def features(self) -> Timeseries:
        """(rows, features) float64, what drives the model; `names` are theirs."""
        names = self.model_info.features
        return self._column("features", (len(names),), names)

    @property
    def pose(self) -> Timeseries:
        """(rows, 3) float64 radians, pitch, yaw, roll of the observed head: up, to the subject's right, the same."""
        return self._numbers(
            (3,), np.float64,
            lambda part: lambda rows: np.stack([part.table.some(self._named(one), rows) for one in _POSE], axis=-1),
            _POSE,
        )  # fmt: skip

    @property
    def nme(self) -> Timeseries:
        """(rows,) float64, mean distance from the raw prediction, % of the outer-canthal distance."""
        return self._column("nme")

    @property
    def nme_adjusted(self) -> Timeseries:
        """(rows,) float64, the same with the identity offset taken out; NaN until calibrated."""
        return self._column("nme_adjusted")

    @property
    def skill(self) -> Timeseries:
        """(rows,) float64, 1 - SSE(model) / SSE(mean face)."""
        return self._column("skill")

    @property
    def skill_adjusted(self) -> Timeseries:
        """(rows,) float64, the same against the subject's own neutral; NaN until calibrated."""
        return self._column("skill_adjusted")

    def _named(self, name: str) -> str:
        return named(name, self._model)

    def _column(self, name: str, shape: tuple[int, ...] = (), names: tuple[str, ...] = ()) -> Timeseries:
        column = self._named(name)
        dtype = np.float32 if shape == _MESH else np.float64
        return self._numbers(shape, dtype, lambda part: lambda rows: part.table.some(column, rows), names)

    def _numbers(
        self,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        read: Callable[[StreamPart], Read],
        names: tuple[str, ...] = (),
        *,
        of_model: bool = True,
    ) -> Timeseries:
        if of_model:
            _ = self.model_info  # one model in all parts, or an error that says so
        pieces = tuple((len(part), read(part)) for part in self._of)
        return Timeseries(self._times, (len(self._times), *shape), np.dtype(dtype), names, pieces)

    def _with_offset(self, part: StreamPart, rows: Array) -> Array:
        found = part.table.some(self._named("predicted"), rows).reshape(-1, *_MESH)
        calibrated = part.table.some(self._named("calibrated"), rows).astype(bool)
        found[~calibrated] = np.nan
        for at in np.flatnonzero(calibrated):
            identity = part.rows.identity(int(rows[at]), self._model)
            found[at] += np.nan if identity is None else identity.offset_canon
        return found


@dataclass(frozen=True, slots=True, eq=False)
class NetworkStreams:
    """What py-feat's network says, in its own names; NaN where it said nothing."""

    emotions: Timeseries  # (rows, emotions) float64, probabilities
    action_units: Timeseries  # (rows, units) float64, 0 to 1
    blendshapes: Timeseries  # (rows, 52) float64, 0 to 1; (rows, 0) where the checkpoint has none
    valence: Timeseries  # (rows,) float64, -1 to 1
    arousal: Timeseries  # (rows,) float64, -1 to 1


class Streams(ModelStreams):
    """The streams of a whole session, or of one part; what belongs to a model is that of the first one."""

    def __init__(self, parts: Sequence[StreamPart], times: Array) -> None:
        super().__init__(parts, times, 0)

    def model(self, number: int) -> ModelStreams:
        """What the model of this number, from 0, made of the faces. Raises SessionError where there is none."""
        most = max(len(part.info.models) for part in self._of)
        if not 0 <= number < most:
            raise SessionError(f"There is no model {number}: the session has {most}, counted from 0.")
        return ModelStreams(self._of, self._times, number)

    @property
    def landmarks(self) -> Timeseries:
        """(rows, 478, 3) float32 px of the row's own picture: x right, y down, z away; NaN without a face."""
        return self._numbers(
            _MESH, np.float32, lambda part: lambda rows: part.table.some("landmarks", rows), of_model=False
        )

    @property
    def valid(self) -> Timeseries:
        """(rows,) bool, whether the face lies where the models were fit."""
        return self._numbers((), np.bool_, lambda part: lambda rows: part.table.some("valid", rows), of_model=False)

    @property
    def network(self) -> NetworkStreams | None:
        """What py-feat's network says; None where it was not used."""
        if not any(part.info.network for part in self._of):
            return None
        maps = [self._named_by_network(name) for name in ("emotions", "action_units", "blendshapes")]
        single = [self._by_network(name) for name in ("valence", "arousal")]
        return NetworkStreams(*maps, *single)

    @property
    def camera(self) -> VideoStream:
        """The camera's pictures as they were, not mirrored."""
        return VideoStream(self._times, lambda row: self._picture("camera", row))

    @property
    def view(self) -> VideoStream:
        """The window as it showed the row; None for rows that were never drawn."""
        return VideoStream(self._times, lambda row: self._picture("view", row))

    def _picture(self, stream: str, row: int) -> ByteArray | None:
        for part in self._of:
            if row < len(part):
                break
            row -= len(part)
        video = part.camera if stream == "camera" else part.view
        if video is None:
            return None
        if stream == "view" and part.info.even_rate:
            raise SessionError(
                f"{video.path}: recorded at an even rate (record.fps): its pictures do not belong to rows. "
                f"`for time_ns, picture in session.parts[{part.info.part - 1}].view` gives them all."
            )
        return video.at(int(part.times[row]))

    def _named_by_network(self, name: str) -> Timeseries:
        found = [by_name(part.table.inside("network", name)) if part.info.network else None for part in self._of]
        names = tuple(dict.fromkeys(one for said in found if said is not None for one in said[0]))
        said_of = dict(zip(self._of, found, strict=True))

        def read(part: StreamPart) -> Read:
            values = np.full((len(part), len(names)), np.nan)
            said = said_of[part]
            if said is not None:
                values[:, [names.index(one) for one in said[0]]] = said[1]
            return lambda rows: values[rows]

        return self._numbers((len(names),), np.float64, read, names, of_model=False)

    def _by_network(self, name: str) -> Timeseries:
        def read(part: StreamPart) -> Read:
            if not part.info.network:
                return lambda rows: np.full(len(rows), np.nan)
            values = floats(part.table.inside("network", name))
            return lambda rows: values[rows]

        return self._numbers((), np.float64, read, of_model=False)


def nearest(times: Array, wanted: Array | Sequence[int] | int, tolerance: int | None) -> tuple[Array, Array]:
    """Numbers of the rows nearest to these times, the earlier of two that are equally near, and which are near enough.

    Raises UsageError where times are no integers: they are nanoseconds, and 1.5 would mean seconds.
    """
    asked = np.atleast_1d(np.asarray(wanted))
    if asked.size and not np.issubdtype(asked.dtype, np.integer):
        raise UsageError("Times are integers, nanoseconds of the session's clock: (seconds * 1e9).astype('int64').")
    asked = asked.astype(np.int64)
    if not len(times):
        return np.zeros(0, int), np.zeros(0, bool)
    order = np.argsort(times, kind="stable")  # a damaged table may not grow
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


def _identity(models: Sequence[ModelInfo]) -> object:
    """By which a model is the same."""
    return [(one.name, one.sha256, one.labels, one.features, one.unit) for one in models]
