"""The contents of a session as streams: iterate them, slice them, or `sample` them at any times.

A stream of numbers gives numpy arrays and reads only the requested rows. Missing values are NaN, of 64-bit integers
`MISSING`, never zero.
Times are int64 nanoseconds of the session's clock, which begins with 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from math import prod
from typing import Any, Protocol

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import Array, ByteArray, Pose
from realtime.geometry import identity_at
from realtime.media.video_reader import VideoReader
from realtime.session.columns.frame_columns import FRAME_COLUMNS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.network_fields import NETWORK_FIELDS
from realtime.session.columns.spec import MESH, POSE, ColumnSpec
from realtime.session.read.arrow_nested import by_name, floats, integers, several
from realtime.session.read.rows import RecordedFrames
from realtime.session.read.timeseries import MISSING, Read, Timeseries, VideoStream, missing_value
from realtime.session.schema import ModelInfo, PartInfo, named
from realtime.session.table import TableReader


class StreamPart(Protocol):
    """What streams need of a part of a session."""

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


class ModelStreams:
    """What one model computed of the faces, in its own canonical frame."""

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
            names = " and ".join(dict.fromkeys(one[0].name if one else "none" for one in found))
            raise SessionError(
                f"Parts of this session have different models ({names}), whose frames are not the same. "
                "Read them one by one: session.parts[0].streams, session.parts[1].streams ..."
            )
        return found[0][0]

    def column(self, name: str) -> Timeseries:
        """A column of the model as docs/sessions.md lists it: numbers or truth values, (rows, *shape).

        Raises SessionError for a column that does not exist or holds texts or structures.
        """
        spec = _numeric(MODEL_COLUMNS, name)
        _ = self.model_info  # one model in all parts, or an error that names the models
        return self._column(spec, self._model)

    @property
    def canonical(self) -> Timeseries:
        """(rows, 478, 3) float32, the observed faces in the model's canonical frame, model units."""
        return self.column("canonical")

    @property
    def predicted(self) -> Timeseries:
        """(rows, 478, 3) float32, the raw prediction of the model; canonical, model units."""
        return self.column("predicted")

    @property
    def adjusted(self) -> Timeseries:
        """(rows, 478, 3) float32, the prediction with the identity offset added; NaN until calibrated."""
        _ = self.model_info
        return self._numbers(MESH, np.float32, lambda part: lambda rows: self._with_offset(part, rows))

    @property
    def features(self) -> Timeseries:
        """(rows, features) float64, the inputs of the model; `names` are theirs."""
        return self.column("features")

    @property
    def pose(self) -> Timeseries:
        """(rows, 3) float64 radians, pitch, yaw, roll of the observed head: up, to the subject's right, the same."""
        _ = self.model_info
        columns = [named(angle, self._model) for angle in POSE]
        return self._numbers(
            (3,), np.float64,
            lambda part: lambda rows: np.stack([part.table.some(column, rows) for column in columns], axis=-1), POSE,
        )  # fmt: skip

    @property
    def nme(self) -> Timeseries:
        """(rows,) float64, mean distance from the raw prediction, % of the outer-canthal distance."""
        return self.column("nme")

    @property
    def nme_adjusted(self) -> Timeseries:
        """(rows,) float64, the same with the identity offset taken out; NaN until calibrated."""
        return self.column("nme_adjusted")

    @property
    def skill(self) -> Timeseries:
        """(rows,) float64, 1 - SSE(model) / SSE(mean face)."""
        return self.column("skill")

    @property
    def skill_adjusted(self) -> Timeseries:
        """(rows,) float64, the same against the subject's own neutral; NaN until calibrated."""
        return self.column("skill_adjusted")

    def _column(self, spec: ColumnSpec[Any], model: int) -> Timeseries:
        shown = [part for part in self._of if part.table.has(named(spec.name, model))]
        entries = [spec.entry_names(part.info, model) for part in shown]
        names = tuple(dict.fromkeys(name for some in entries for name in some))
        shape = spec.shape or ((len(names),) if spec.entries else ())
        dtypes: dict[str, type[np.generic]] = {"float": np.float32, "bool": np.bool_}
        exact = spec.kind == "int64"  # times of a machine that runs for months exceed a float64
        dtype = np.int64 if exact else dtypes.get(spec.kind, np.float64)

        def read(part: StreamPart) -> Read:
            column = named(spec.name, model)
            if not part.table.has(column):
                return lambda rows: np.full((len(rows), *shape), missing_value(dtype), dtype)
            if exact:
                return lambda rows: part.table.numbers(column, missing=MISSING)[rows]
            own = spec.entry_names(part.info, model)
            if own == names:
                return lambda rows: part.table.some(column, rows)
            places = [names.index(name) for name in own]

            def scattered(rows: Array) -> Array:
                found: Array = np.full((len(rows), len(names)), np.nan, dtype)
                found[:, places] = part.table.some(column, rows)
                return found

            return scattered

        return self._numbers(shape, dtype, read, names if len(shape) == 1 else ())

    def _numbers(
        self,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        read: Callable[[StreamPart], Read],
        names: tuple[str, ...] = (),
    ) -> Timeseries:
        pieces = tuple((len(part), read(part)) for part in self._of)
        return Timeseries(self._times, (len(self._times), *shape), np.dtype(dtype), names, pieces)

    def _with_offset(self, part: StreamPart, rows: Array) -> Array:
        found = part.table.some(named("predicted", self._model), rows).reshape(-1, *MESH)
        calibrated = part.table.some(named("calibrated", self._model), rows).astype(bool)
        poses = np.stack([part.table.some(named(angle, self._model), rows) for angle in POSE], axis=-1).tolist()
        found[~calibrated] = np.nan
        for at in np.flatnonzero(calibrated):
            identity = part.rows.identity(int(rows[at]), self._model)
            found[at] += np.nan if identity is None else identity_at(identity, Pose(*poses[at])).offset_canon
        return found


@dataclass(frozen=True, slots=True, eq=False)
class NetworkStreams:
    """Outputs of py-feat's network, in its own names; NaN where it gave none."""

    emotions: Timeseries  # (rows, emotions) float64, probabilities
    action_units: Timeseries  # (rows, units) float64, 0 to 1
    blendshapes: Timeseries  # (rows, 52) float64, 0 to 1; (rows, 0) where the checkpoint has none
    valence: Timeseries  # (rows,) float64, -1 to 1
    arousal: Timeseries  # (rows,) float64, -1 to 1


class Streams(ModelStreams):
    """The streams of a whole session, or of one part; those of a model are the first model's."""

    def __init__(self, parts: Sequence[StreamPart], times: Array) -> None:
        super().__init__(parts, times, 0)

    def model(self, number: int) -> ModelStreams:
        """What the model of this number, from 0, computed of the faces. Raises SessionError where there is none."""
        most = max(len(part.info.models) for part in self._of)
        if not 0 <= number < most:
            raise SessionError(f"There is no model {number}: the session has {most}, counted from 0.")
        return ModelStreams(self._of, self._times, number)

    def column(self, name: str) -> Timeseries:
        """A column as docs/sessions.md lists it, of the frame or of the first model: numbers or truth values.

        Integers of 64 bits, such as all times, are int64; `realtime.session.MISSING` where a row has none.
        Fields of the network are "network.emotions", "network.gaze_yaw" ... Raises SessionError for a column that does
        not exist or holds texts or structures.
        """
        if name.startswith("network."):
            return self._network_field(_numeric(NETWORK_FIELDS, name.partition(".")[2]))
        if any(spec.name == name for spec in FRAME_COLUMNS):
            return self._column(_numeric(FRAME_COLUMNS, name), 0)
        return super().column(name)

    @property
    def landmarks(self) -> Timeseries:
        """(rows, 478, 3) float32 px of the row's own picture: x right, y down, z away; NaN without a face."""
        return self.column("landmarks")

    @property
    def valid(self) -> Timeseries:
        """(rows,) bool, whether the face is in the models' range."""
        return self.column("valid")

    @property
    def network(self) -> NetworkStreams | None:
        """Outputs of py-feat's network; None where it was not used."""
        if not any(part.info.network for part in self._of):
            return None
        return NetworkStreams(**{field.name: self.column(f"network.{field.name}") for field in fields(NetworkStreams)})

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

    def _network_field(self, spec: ColumnSpec[Any]) -> Timeseries:
        """Names may differ between parts and rows; all that occur are there."""
        found = {part: _field_of(part, spec) for part in self._of if part.info.network}
        names = tuple(dict.fromkeys(name for own, _ in found.values() for name in own))
        shape = (len(names),) if spec.kind == "map" else spec.shape
        dtype = np.int64 if spec.kind == "int64" else np.float64

        def read(part: StreamPart) -> Read:
            values: Array = np.full((len(part), *shape), missing_value(dtype), dtype)
            if part in found:
                own, numbers = found[part]
                if spec.kind == "map":
                    values[:, [names.index(name) for name in own]] = numbers
                else:
                    values[:] = numbers.reshape(-1, *shape)
            return lambda rows: values[rows]

        return self._numbers(shape, dtype, read, names)


def _field_of(part: StreamPart, spec: ColumnSpec[Any]) -> tuple[tuple[str, ...], Array]:
    """Names and numbers (rows, ...) of a field of the column `network` in a part that has it."""
    values = part.table.inside("network", spec.name)
    if spec.kind == "map":
        return by_name(values)
    names = spec.entry_names(part.info)
    if spec.kind == "int64":
        return names, integers(values, MISSING)
    return names, several(values, prod(spec.shape)) if spec.shape else floats(values)


def _numeric(specs: Sequence[ColumnSpec[Any]], name: str) -> ColumnSpec[Any]:
    """The declaration of a column of numbers or truth values. Raises SessionError."""
    found = {spec.name: spec for spec in specs if not spec.fields and spec.kind != "string"}
    if name not in found:
        raise SessionError(f"There is no column of numbers {name!r}. Known are {', '.join(found)}.")
    return found[name]


def _identity(models: Sequence[ModelInfo]) -> object:
    """What makes models of several parts the same model."""
    return [(one.name, one.sha256, one.labels, one.frame, one.composition, one.features, one.unit) for one in models]
