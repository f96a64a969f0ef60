"""Columns of an exported table: their names, their metadata, and their values in a block of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.progress import Progress
from realtime.core.types import Array
from realtime.export.tables.selection import Block, Selection
from realtime.session.columns.spec import FRACTION, NO_UNIT, ON_CLOCK, PERCENT, POSE, SECONDS
from realtime.session.schema import named

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """Neighbouring columns of one kind."""

    names: tuple[str, ...]
    type: Any  # pyarrow.DataType, or the name of one
    unit: str
    what: str
    of: Callable[[Block], Any]  # (n, k) array; of a single column also (n,), a list or a pyarrow.Array
    frame: str = ""
    is_name: bool = False  # texts by which tables are joined, written as they are in every format

    def metadata(self) -> dict[str, str]:
        """Unit, description and frame of reference of each of them."""
        return {"unit": self.unit, "what": self.what, **({"frame": self.frame} if self.frame else {})}

    def summary(self) -> dict[str, Any]:
        """The same for a list of all columns of a file."""
        name = self.names[0] if len(self.names) == 1 else f"{self.names[0]} ... {self.names[-1]}"
        return {"columns": name, "count": len(self.names), **self.metadata()}


def numbered(names: Iterable[str], count: int) -> tuple[str, ...]:
    """x_0, x_1 ... y_0, y_1 ..."""
    return tuple(f"{name}_{at}" for name in names for at in range(count))


def schema(groups: Sequence[ColumnGroup]) -> pa.Schema:
    """The Arrow schema of these columns, each field with its metadata."""
    import pyarrow as pa

    fields = []
    for group in groups:
        type_ = pa.type_for_alias(group.type) if isinstance(group.type, str) else group.type
        fields += [pa.field(name, type_, metadata=group.metadata()) for name in group.names]
    return pa.schema(fields)


def batches(
    selection: Selection, groups: Sequence[ColumnGroup], progress: Progress, frames: int
) -> Iterator[pa.RecordBatch]:
    """All rows, of so many frames at a time; `progress` is called with the rows done and the rows of all."""
    import pyarrow as pa

    table, done = schema(groups), 0
    for block in selection.blocks(frames):
        arrays = [array for group in groups for array in _arrays(group.of(block), len(group.names))]
        filled = [_typed(array, field.type) for array, field in zip(arrays, table, strict=True)]
        yield pa.RecordBatch.from_arrays(filled, schema=table)
        done += len(block)
        progress(done, selection.rows)


def _arrays(values: Any, count: int) -> list[Any]:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return [values[:, at] for at in range(count)]
    return [values]


def _typed(values: Any, type_: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, (pa.Array, list)):
        return values if isinstance(values, pa.Array) else pa.array(values, type_)
    return pa.array(np.ascontiguousarray(values), from_pandas=True).cast(type_)  # NaN becomes null


# Columns of several formats


def face_column() -> ColumnGroup:
    """Which face a row is of."""
    what = "track id of the face: the same as long as it is followed; empty without a face, and in earlier sessions"
    return ColumnGroup(("face",), "int64", NO_UNIT, what, track_ids)


def track_ids(block: Block) -> Array:
    """(n,) float64, the track id of the face of each row; NaN without a face, and in sessions of earlier programs."""
    return block.numbers("track_id") if "track_id" in block.names else np.full(len(block), np.nan)


def time_columns() -> tuple[ColumnGroup, ...]:
    """Time and number of a row's frame."""
    return (
        ColumnGroup(("timestamp",), "double", SECONDS, "when the picture was taken", lambda b: b.times, ON_CLOCK),
        ColumnGroup(("frame",), "int64", NO_UNIT, "number of the frame in the session, from 0", _rows),
    )


def emotion_columns(names: tuple[str, ...]) -> tuple[ColumnGroup, ...]:
    """The seven emotions in the order of `EMOTIONS`, under these names, and their source."""
    what = (
        "intensity that drives the model: fitted to the mesh where emotion_source is inverse (no classifier), "
        "a probability of py-feat's network where it is pyfeat, of the classifier where it is appearance "
        "(66 % right on FER2013; anger, fear, disgust and sadness weak)"
    )
    return (
        ColumnGroup(names, "double", FRACTION, what, lambda block: block.emotions[0]),
        ColumnGroup(
            ("emotion_source",), "string", NO_UNIT, "inverse, appearance or pyfeat", lambda block: block.emotions[1]
        ),
        emotion_time_column(),
    )  # fmt: skip


def emotion_time_column() -> ColumnGroup:
    """When the picture was taken from which the emotions are."""
    what = "time of the picture from which the emotions are"
    return ColumnGroup(("emotion_timestamp",), "double", SECONDS, what, lambda block: block.emotions[2], ON_CLOCK)


def excluded_column(selection: Selection) -> ColumnGroup:
    """Exclusions."""
    return ColumnGroup(
        ("excluded",), "int8", NO_UNIT, "1 in an excluded interval",
        lambda block: selection.excluded[block.rows].astype(np.int8),
    )  # fmt: skip


def mark_columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """Exclusions, and events by their labels."""
    events = event_labels(selection)

    def labels(block: Block) -> list[str | None]:
        return ["; ".join(events.get(row, [])) or None for row in block.rows.tolist()]

    event = ColumnGroup(("event",), "string", NO_UNIT, "labels of the events at this row", labels)
    return excluded_column(selection), event


def event_labels(selection: Selection) -> dict[int, list[str]]:
    """The labels of the events by the row of the session at which they are."""
    events: dict[int, list[str]] = {}
    for mark in selection.session.marks:
        if mark.kind == "event":
            events.setdefault(mark.start_frame, []).append(mark.label or "event")
    return events


def quality_columns() -> tuple[ColumnGroup, ...]:
    """Quality of a row."""
    return (
        ColumnGroup(
            ("pose_timestamp",), "double", SECONDS, "time of the picture whose face was aligned and predicted",
            lambda block: block.seconds_of(named("face_ns", block.model)), ON_CLOCK,
        ),
        ColumnGroup(
            ("valid",), "int8", NO_UNIT, "1 where the face is in the model's range",
            lambda block: block.numbers("valid"),
        ),
        ColumnGroup(
            ("residual",), "double", PERCENT, "mean distance of the observed to the predicted mesh, raw",
            lambda block: block.of_model("nme"), "canonical",
        ),
        ColumnGroup(
            ("residual_adjusted",), "double", PERCENT, "the same with the identity offset taken out; once calibrated",
            lambda block: block.of_model("nme_adjusted"), "canonical",
        ),
    )  # fmt: skip


def pose(block: Block) -> Array:
    """(n, 3) pitch, yaw, roll in radians, with the signs of py-feat's Fex."""
    return np.stack([block.of_model(name) for name in POSE], axis=-1)


def present(block: Block) -> Array:
    """(n,) bool, whether a row has a face."""
    found: Array = np.isfinite(block.landmarks[:, 0, 0])
    return found


def _rows(block: Block) -> Array:
    return block.rows
