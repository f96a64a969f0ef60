"""The table of a session: which columns a row has, and what is said of them.

An Arrow IPC stream. Everything that holds for all rows of a part stands in the schema's metadata under "meshmirror" as
JSON (`PartInfo`), so that the table can be read for itself. Columns of a second and third model end in _2 and _3.

Meshes are (478, 3) row by row: x, y, z of vertex 0, then of vertex 1. Frames, units and signs are those of
`realtime.core.types`; a value that there was none of is null, never zero.

Within a version columns and keys are only added, and a reader passes over those that it does not know. Whatever else
changes is another version. A program that writes version 2 goes on reading version 1: `part_of` turns what version 1
said of a part into the `PartInfo` of today, and `TableReader`, through which all columns are asked for, gives an old
one under its new name. Sessions are never rewritten. A recorded session of version 1 is kept with the tests, and has to
give its numbers for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from realtime.core.errors import DamagedError, NewerFormatError, SessionError
from realtime.core.types import N_LANDMARKS, Array, FrameResult, Identity, ModelResult, NetworkOutput

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT: Literal["meshmirror-session"] = "meshmirror-session"
VERSION = 1
METADATA = b"meshmirror"
STAGES = ("track", "align", "network", "features", "predict", "residual")
PARTS = ("identity", "pose", "emotion", "unexplained", "noise")
# What every row has.
NEVER_NULL = ("time_ns", "stamp_ns", "frame", "segment", "skipped", "faces", "valid", "warm_up")
_MESH = 3 * N_LANDMARKS
_NUMPY = {"float": np.float32, "double": np.float64, "int32": np.int32, "int64": np.int64}  # by Arrow's names
_MOST_NS = 1 << 62  # 146 years
Side = Annotated[int, Field(ge=1, le=1 << 16)]  # of a picture, pixels


class ModelInfo(BaseModel):
    """A model that was recorded with; its weights are not."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str | None = None  # of its file; None for a composed model
    given: str = ""  # the name by which it was asked for, or that of its file
    labels: str = "repaired"
    features: tuple[str, ...] = Field(max_length=512)
    regions: tuple[str, ...] = Field((), max_length=64)
    # Outer-canthal distance of the mean mesh, model units: 100 % of every nme.
    unit: float = Field(gt=0, allow_inf_nan=False)


class PartInfo(BaseModel):
    """What holds for all rows of a part."""

    model_config = ConfigDict(frozen=True)

    format: Literal["meshmirror-session"] = FORMAT
    version: int = VERSION
    session: str = Field(pattern=r"^[0-9a-f]{32}$")
    part: int = Field(1, ge=1, le=99_999)
    start_ns: int = Field(0, ge=-_MOST_NS, le=_MOST_NS)  # of its first row on the session's clock; time 0 of its videos
    source: str = ""  # what the pictures are of, for a title
    live: bool = True
    rate: float | None = None  # frames a second as the source claims it; the times are those of the rows
    image_size: tuple[Side, Side]  # (width, height) of the pictures in which the landmarks are
    mirrored: bool = False  # whether it was shown as in a looking-glass; nothing is stored mirrored
    tracker: str = ""
    blendshapes: tuple[str, ...] = Field((), max_length=512)  # of the tracker; empty where it gives none
    network: bool = False  # whether py-feat's network was a source
    models: tuple[ModelInfo, ...] = Field(min_length=1, max_length=3)
    config: dict[str, Any] = Field(default_factory=dict)  # all settings, without folders and passwords

    @property
    def even_rate(self) -> bool:
        """Whether the window's pictures are at an even rate, and not one a row."""
        record = self.config.get("record")
        return isinstance(record, dict) and record.get("fps") is not None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A frame on its way into the table; its picture goes elsewhere."""

    result: FrameResult
    time_ns: int  # on the session's clock, which begins with 0
    skipped: int = 0  # frames that the source had to skip until now
    identities: tuple[tuple[int, Identity], ...] = ()  # models (from 0) whose identity is another from this row on


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, and what a row has to say there."""

    name: str
    type: Any  # pyarrow.DataType
    of: Callable[[Row], Any]


def check_version(version: object, path: Path) -> None:
    """Refuse what a newer program wrote. Raises NewerFormatError; DamagedError where it is no version."""
    if type(version) is not int or version < 1:
        raise DamagedError(f"{path}: damaged: the format's version is {version!r}.")
    if version > VERSION:
        raise NewerFormatError(
            f"{path}: a newer Meshmirror recorded this (format {version}; this one reads up to {VERSION}). "
            "Update: pip install --upgrade meshmirror."
        )


def named(name: str, model: int) -> str:
    """A column's name for the model of that number, from 0."""
    return name if model == 0 else f"{name}_{model + 1}"


def columns(part: PartInfo) -> tuple[Column, ...]:
    """The columns of a part's table, in order."""
    import pyarrow as pa

    i64, f64, text, mesh = pa.int64(), pa.float64(), pa.string(), pa.list_(pa.float32(), _MESH)
    found = [
        Column("time_ns", i64, lambda row: row.time_ns),
        Column("stamp_ns", i64, lambda row: row.result.frame.stamp_ns),
        Column("frame", i64, lambda row: row.result.frame.index),
        Column("segment", pa.int32(), lambda row: row.result.frame.segment),
        Column("flags", text, lambda row: " ".join(sorted(row.result.frame.flags)) or None),
        Column("skipped", i64, lambda row: row.skipped),
        Column("faces", pa.int32(), lambda row: 0 if row.result.landmarks is None else row.result.landmarks.faces_seen),
        Column("landmarks", mesh, lambda row: None if row.result.landmarks is None else row.result.landmarks.points_px),
        Column("valid", pa.bool_(), lambda row: row.result.validity.ok),
        Column("reasons", text, lambda row: "; ".join(row.result.validity.reasons) or None),
        Column("warm_up", pa.bool_(), lambda row: row.result.warm_up),
        Column("prediction_ms", f64, lambda row: (row.result.done_ns - row.result.frame.arrived_ns) / 1e6),
        *(Column(f"{stage}_ms", f64, partial(_timing, stage)) for stage in STAGES),
    ]
    if part.blendshapes:
        found.append(
            Column(
                "blendshapes", pa.list_(pa.float32(), len(part.blendshapes)), lambda row: _shapes(row, part.blendshapes)
            )
        )
    if part.network:
        found.append(Column("network", network_type(), lambda row: _network(row.result.network)))
    for at, model in enumerate(part.models):
        found += _columns_of(at, model)
    found.append(
        Column("identities", identities_type(), lambda row: [identity_cell(*new) for new in row.identities] or None)
    )
    return tuple(found)


def schema(part: PartInfo) -> pa.Schema:
    """The table's schema, with what is said of the part."""
    import pyarrow as pa

    fields = [pa.field(column.name, column.type) for column in columns(part)]
    return pa.schema(fields, metadata={METADATA: part.model_dump_json().encode()})


def part_of(schema: pa.Schema, path: Path) -> PartInfo:
    """What is said of a part. Raises SessionError where nothing of the kind is said, or by a newer program."""
    said = (schema.metadata or {}).get(METADATA)
    if said is None:
        raise SessionError(f"{path}: this is no table of a session.")
    try:
        tree = json.loads(said)
        check_version(tree.get("version") if isinstance(tree, dict) else None, path)
        part = PartInfo.model_validate(tree)
    except (ValueError, RecursionError, ValidationError) as error:
        raise DamagedError(f"{path}: damaged: what it says of itself cannot be read.") from error
    expected = {column.name: column.type for column in columns(part)}
    at = {name: schema.get_field_index(name) for name in expected}  # -1 where it is missing or there twice
    wrong = [name for name, type_ in expected.items() if at[name] < 0 or schema.field(at[name]).type != type_]
    if wrong:
        raise DamagedError(f"{path}: damaged: column '{wrong[0]}' is missing, there twice or of another type.")
    return part


def network_type() -> pa.DataType:
    """All that py-feat's network says of a face."""
    import pyarrow as pa

    f64, by_name, list_ = pa.float64(), pa.map_(pa.string(), pa.float64()), pa.list_(pa.float64())
    return pa.struct(
        {
            "stamp_ns": pa.int64(), "emotions": by_name, "action_units": by_name, "valence": f64, "arousal": f64,
            "pose": list_, "translation": list_, "gaze_pitch": f64, "gaze_yaw": f64, "blendshapes": by_name,
            "mesh": pa.list_(pa.float32()),
        }
    )  # fmt: skip


def identities_type() -> pa.DataType:
    """Identities that are in force from a row on."""
    import pyarrow as pa

    f32, f64 = pa.list_(pa.float32()), pa.float64()
    return pa.list_(
        pa.struct(
            {
                "model": pa.int32(), "offset": f32, "neutral": f32, "noise_nme": f64, "frames": pa.int32(),
                "motion_nme": f64, "seconds": f64,
            }
        )
    )  # fmt: skip


def array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """A column's values as Arrow has them; those of fixed lists are arrays of any shape, or None.

    Numbers go in as memory: `pyarrow.array` imports pandas where that is installed, which would hold up everything for
    a fifth of a second as a recording begins.
    """
    import pyarrow as pa

    there = np.array([value is not None for value in values])
    if not there.any():
        return pa.nulls(len(values), type_)
    listed = pa.types.is_fixed_size_list(type_)
    of = type_.value_type if listed else type_
    kind = numpy_type(of)
    if kind is None:
        return _other(values, type_)
    flat: Array = np.zeros((len(values), type_.list_size if listed else 1), kind)
    for row, value in zip(flat, values, strict=True):
        if value is not None:
            row[:] = np.ravel(value)
    missing = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    if not listed:
        return pa.Array.from_buffers(of, len(values), [missing, pa.py_buffer(flat)])
    numbers = pa.Array.from_buffers(of, flat.size, [None, pa.py_buffer(flat)])
    return pa.Array.from_buffers(type_, len(values), [missing], children=[numbers])


def numpy_type(type_: pa.DataType) -> Any:
    """The numpy type of a column of numbers that are stored as numpy has them; None of others."""
    return _NUMPY.get(str(type_))


def _other(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """Truth values, texts and what is nested."""
    import pyarrow as pa

    there = np.array([value is not None for value in values])
    missing = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    if pa.types.is_boolean(type_):
        bits = np.packbits([bool(value) for value in values], bitorder="little")
        return pa.Array.from_buffers(type_, len(values), [missing, pa.py_buffer(bits)])
    if pa.types.is_string(type_):
        texts = [b"" if value is None else value.encode() for value in values]
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        return pa.Array.from_buffers(type_, len(values), [missing, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))])
    return pa.array(values, type_)


def _columns_of(at: int, info: ModelInfo) -> list[Column]:
    import pyarrow as pa

    i64, f64, text, mesh = pa.int64(), pa.float64(), pa.string(), pa.list_(pa.float32(), _MESH)
    numbers, three = len(info.features), pa.list_(pa.float64(), 3)

    def column(name: str, type_: pa.DataType, of: Callable[[ModelResult], Any]) -> Column:
        def value(row: Row) -> Any:
            return of(row.result.models[at]) if row.result.models else None

        return Column(named(name, at), type_, value)

    def features(model: ModelResult) -> Any:
        return None if model.features is None else list(model.features.values.values())

    found = [
        column("face_ns", i64, lambda m: m.stamp_ns),
        column("canonical", mesh, lambda m: m.aligned.mesh_canon),
        column("anchor_residual", f64, lambda m: m.aligned.anchor_residual),
        column("scale", f64, lambda m: float(m.aligned.canon_from_px.scale)),
        column("rotation", pa.list_(f64, 9), lambda m: m.aligned.canon_from_px.rotation),
        column("translation", three, lambda m: m.aligned.canon_from_px.translation),
        column("pitch", f64, lambda m: m.aligned.pose.pitch),
        column("yaw", f64, lambda m: m.aligned.pose.yaw),
        column("roll", f64, lambda m: m.aligned.pose.roll),
        column("features", pa.list_(f64, numbers), features),
        column("feature_source", text, lambda m: None if m.features is None else m.features.source),
        column("feature_ns", i64, lambda m: None if m.features is None else m.features.stamp_ns),
        column("predicted", mesh, lambda m: None if m.predicted is None else m.predicted.mesh_canon),
        column("given_pose", three, _given_pose),
        column("pose_source", text, lambda m: None if m.predicted is None else m.predicted.pose_source or "zero"),
        column("parts", pa.list_(f64, len(PARTS)), _parts),
        column("calibrated", pa.bool_(), lambda m: m.identity is not None),
    ]
    return [
        *found,
        column("nme", f64, lambda m: _of(m.residual, "nme")),
        column("skill", f64, lambda m: _of(m.residual, "skill")),
        column("regions", pa.list_(f64, len(info.regions)), lambda m: _regions(m.residual, info)),
        column("nme_adjusted", f64, lambda m: _of(m.residual_adjusted, "nme")),
        column("skill_adjusted", f64, lambda m: _of(m.residual_adjusted, "skill")),
        column("regions_adjusted", pa.list_(f64, len(info.regions)), lambda m: _regions(m.residual_adjusted, info)),
    ]


def _timing(stage: str, row: Row) -> float | None:
    return row.result.timings_ms.get(stage)


def _of(thing: Any, name: str) -> Any:
    return None if thing is None else getattr(thing, name)


def _regions(residual: Any, info: ModelInfo) -> Any:
    return None if residual is None else [residual.regions[name] for name in info.regions]


def _given_pose(model: ModelResult) -> Any:
    pose = None if model.predicted is None else model.predicted.pose
    return None if pose is None else (pose.pitch, pose.yaw, pose.roll)


def _parts(model: ModelResult) -> Any:
    return None if model.parts is None else [getattr(model.parts, name) for name in PARTS]


def _shapes(row: Row, names: Sequence[str]) -> Any:
    shapes = None if row.result.landmarks is None else row.result.landmarks.blendshapes
    return None if shapes is None else [shapes[name] for name in names]


def _network(said: NetworkOutput | None) -> Mapping[str, Any] | None:
    if said is None:
        return None
    return {
        "stamp_ns": said.stamp_ns,
        "emotions": list(said.emotions.items()),
        "action_units": list(said.action_units.items()),
        "valence": said.valence,
        "arousal": said.arousal,
        "pose": [said.pose.pitch, said.pose.yaw, said.pose.roll],
        "translation": list(said.translation),
        "gaze_pitch": said.gaze_pitch,
        "gaze_yaw": said.gaze_yaw,
        "blendshapes": None if said.blendshapes is None else list(said.blendshapes.items()),
        "mesh": np.ravel(said.mesh_px),
    }


def identity_cell(model: int, identity: Identity) -> Mapping[str, Any]:
    """An identity of a model, counted from 0, as the column `identities` has it."""
    return {
        "model": model,
        "offset": np.ravel(identity.offset_canon),
        "neutral": np.ravel(identity.neutral_canon),
        "noise_nme": identity.noise_nme,
        "frames": identity.frames,
        "motion_nme": identity.motion_nme,
        "seconds": identity.seconds,
    }
