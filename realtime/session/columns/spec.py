"""What is declared of a column: its type and meaning, how it is read from a result, and how it is put back.

Everything that deals with columns is made from these declarations: the Arrow schema, the writer, the reader of rows,
the numpy streams, the flat table, the Parquet export, the anonymizer, the comparison of a replay with its recording,
and the tables in docs/sessions.md. A new column is one more `ColumnSpec`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from realtime.core.types import N_LANDMARKS, Array
from realtime.session.schema import PartInfo

MESH = (N_LANDMARKS, 3)
XYZ = ("x", "y", "z")
POSE = ("pitch", "yaw", "roll")

# Units
NO_UNIT = "none"
FRACTION = "0..1"
SIGNED_FRACTION = "-1..1"
RADIANS = "radians"
PIXELS = "pixels"
MODEL_UNITS = "model units"
PERCENT = "% of the outer-canthal distance"
SECONDS = "seconds"
MILLISECONDS = "milliseconds"
NANOSECONDS = "nanoseconds"
PYFEAT_UNITS = "py-feat's"

# Frames of reference
IN_PICTURE = "picture as recorded, not mirrored: x right, y down, z away from the camera"
CANONICAL = "canonical: the model's own frame and units"
ON_CLOCK = "the session's clock, which begins with 0"
FEX_POSE = "+pitch up, +yaw and +roll to the subject's right"
PYFEAT_FRAME = "py-feat's"

Kind = Literal["int32", "int64", "float", "double", "bool", "string", "map", "struct", "structs"]
Owner = TypeVar("Owner")  # what a value is read from: a row, a model's result, a network's output, an identity
Entries = Callable[[PartInfo, int], tuple[str, ...]]  # of a part and its model number, counted from 0


class Privacy(Enum):
    """What becomes of a column in an anonymous copy of a session."""

    KEPT = "kept"  # does not identify a person: copied as it is
    RECOMPUTED = "recomputed"  # follows from the shape of the face: computed again from the anonymous landmarks
    REMOVED = "removed"  # identifies a person: null, NaN in a mesh


@dataclass(frozen=True, slots=True)
class Compared:
    """A column that is compared when a recording is computed again."""

    name: str  # in the report of the comparison
    unit_power: int = 0  # differences are divided by the model's outer-canthal distance to this power


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ColumnSpec(Generic[Owner]):
    """The declaration of a column, or of a field of a structured column."""

    name: str
    # Arrow's name of the type of a value, or of each number of an array; "map" is numbers by name where the names may
    # differ from row to row, "struct" one structure of `fields` and "structs" a list of them.
    kind: Kind
    unit: str
    description: str  # also the description in exported tables
    details: str = ""  # for the documentation alone
    frame: str = ""  # frame of reference
    shape: tuple[int, ...] = ()  # of an array of fixed size
    # Names of an array's numbers, flattened; without a `shape` they also give its size.
    entries: tuple[str, ...] | Entries = ()
    fields: tuple[ColumnSpec[Any], ...] = ()
    never_null: bool = False
    required: bool = True  # False: files of earlier programs do not have it
    since: int = 1  # version of the format from which on every file has it, where it is required
    present: Callable[[PartInfo], bool] = lambda part: True  # whether a part has it at all

    read: Callable[[Owner], Any]  # the program's value; None where there is none
    encode: Callable[[Any], Any] = _unchanged  # from the program's value to that of a cell; never called with None
    decode: Callable[[Any], Any] = _unchanged  # and back; called with None for a single value that is missing
    # Attribute of `RecordedFrame` or `RecordedModel` that it is put back into, with dots between nested values; of a
    # field the argument by which `decode` of its column gets it. "": not put back.
    target: str = ""

    privacy: Privacy = Privacy.RECOMPUTED
    compared: Compared | None = None
    export_name: str | None = ""  # in exported tables, with `entries` a prefix; "": its own name, None: not exported
    export_entries: tuple[str, ...] = ()  # names of the numbers in exported tables, where they differ
    stamp: bool = False  # a time of the source's clock: exported in seconds of the session's clock

    def entry_names(self, part: PartInfo, model: int = 0) -> tuple[str, ...]:
        """Names of the numbers of an array, flattened; empty where they have none."""
        return self.entries(part, model) if callable(self.entries) else self.entries

    def cell_shape(self, part: PartInfo, model: int = 0) -> tuple[int, ...]:
        """The shape of a cell in a part; () for a single value."""
        if self.shape or not self.entries:
            return self.shape
        return (len(self.entry_names(part, model)),)

    @property
    def is_mesh(self) -> bool:
        """Whether it is 478 points."""
        return self.shape == MESH

    def cell(self, value: Any, entries: Sequence[str] = ()) -> Any:
        """The program's value as a cell has it: flat arrays, numbers by name in the order of `entries`."""
        if value is None:
            return None
        value = self.encode(value)
        if self.kind == "struct":
            return {field.name: field.cell(field.read(value)) for field in self.fields}
        if self.kind == "structs":
            return [{field.name: field.cell(field.read(one)) for field in self.fields} for one in value] or None
        if self.kind == "map":
            return list(value.items())
        if isinstance(value, Mapping):
            return [value[name] for name in entries]
        return np.ravel(value) if self.shape or self.entries else value

    def value(self, cell: Any, entries: Sequence[str] = ()) -> Any:
        """A cell as the program's value, the inverse of `cell`."""
        if self.fields or self.kind == "map" or self.shape or self.entries:
            if cell is None:
                return None
            if self.kind == "struct":
                cell = self._members(cell)
            elif self.kind == "structs":
                cell = [self._members(one) for one in cell]
            elif self.kind == "map":
                cell = dict(cell)
            elif self.shape:
                numbers: Array = np.asarray(cell, np.float32 if self.kind == "float" else np.float64)
                cell = numbers.reshape(self.shape)
            else:
                cell = dict(zip(entries, map(float, cell), strict=True))
        return self.decode(cell)

    def _members(self, cell: Mapping[str, Any]) -> dict[str, Any]:
        return {field.target: field.value(cell[field.name]) for field in self.fields}
