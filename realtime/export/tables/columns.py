"""Columns of an exported table: their names, what is said of them, and their values of a block of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.types import Array
from realtime.export.tables.selection import Block, Selection

if TYPE_CHECKING:
    import pyarrow as pa

FRACTION = "0..1"
SECONDS = "seconds"
RADIANS = "radians"
PIXELS = "pixels"
NONE = "none"
IN_PICTURE = "picture as recorded, not mirrored: x right, y down, z away from the camera"
ON_CLOCK = "the session's clock, which begins with 0"
FEX_POSE = "+pitch up, +yaw and +roll to the subject's right"


@dataclass(frozen=True, slots=True)
class Columns:
    """Neighbouring columns of one kind."""

    names: tuple[str, ...]
    type: Any  # pyarrow.DataType, or the name of one
    unit: str
    what: str
    of: Callable[[Block], Any]  # (n, k) array; of a single column also (n,), a list or a pyarrow.Array
    frame: str = ""

    def told(self) -> dict[str, str]:
        """What is said of each of them."""
        return {"unit": self.unit, "what": self.what, **({"frame": self.frame} if self.frame else {})}

    def summary(self) -> dict[str, Any]:
        """The same for a list of all columns of a file."""
        name = self.names[0] if len(self.names) == 1 else f"{self.names[0]} ... {self.names[-1]}"
        return {"columns": name, "count": len(self.names), **self.told()}


def numbered(names: Iterable[str], count: int) -> tuple[str, ...]:
    """x_0, x_1 ... y_0, y_1 ..."""
    return tuple(f"{name}_{at}" for name in names for at in range(count))


def schema(groups: Sequence[Columns]) -> pa.Schema:
    """The Arrow schema of these columns, each with what is said of it."""
    import pyarrow as pa

    fields = []
    for group in groups:
        type_ = pa.type_for_alias(group.type) if isinstance(group.type, str) else group.type
        fields += [pa.field(name, type_, metadata=group.told()) for name in group.names]
    return pa.schema(fields)


def batches(
    selection: Selection, groups: Sequence[Columns], progress: Callable[[int, int], None], rows: int
) -> Iterator[pa.RecordBatch]:
    """All rows, so many at a time; `progress` is told how many are done, and of how many."""
    import pyarrow as pa

    named, done = schema(groups), 0
    for block in selection.blocks(rows):
        arrays = [array for group in groups for array in _arrays(group.of(block), len(group.names))]
        filled = [_typed(array, field.type) for array, field in zip(arrays, named, strict=True)]
        yield pa.RecordBatch.from_arrays(filled, schema=named)
        done += len(block)
        progress(done, len(selection))


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, and that stays in one cell."""
    line = "".join(letter if letter.isprintable() and letter not in '",;' else " " for letter in text).strip()
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line


def words(texts: Iterable[str | None]) -> list[str | None]:
    """The same for a column."""
    return [None if text is None else plain(text) or None for text in texts]


def _arrays(values: Any, count: int) -> list[Any]:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return [values[:, at] for at in range(count)]
    return [values]


def _typed(values: Any, type_: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, (pa.Array, list)):
        return values if isinstance(values, pa.Array) else pa.array(values, type_)
    return pa.array(np.ascontiguousarray(values), from_pandas=True).cast(type_)  # NaN: there is none


# What several formats have


def time_columns() -> tuple[Columns, ...]:
    """The time of a row, and its number."""
    return (
        Columns(("timestamp",), "double", SECONDS, "when the picture was taken", lambda b: b.times, ON_CLOCK),
        Columns(("frame",), "int64", NONE, "number of the row in the session, from 0; the marks' frames", _rows),
    )


def emotion_columns(names: tuple[str, ...]) -> tuple[Columns, ...]:
    """The seven emotions in the order of `EMOTIONS`, under these names, and who said so."""
    what = (
        "intensity that drives the model: fitted to the mesh where emotion_source is inverse (no classifier), "
        "a probability of py-feat's network where it is pyfeat"
    )
    return (
        Columns(names, "double", FRACTION, what, lambda block: block.emotions[0]),
        Columns(("emotion_source",), "string", NONE, "inverse or pyfeat", lambda block: words(block.emotions[1])),
        Columns(
            ("emotion_timestamp",), "double", SECONDS, "time of the picture from which the emotions are",
            lambda block: block.emotions[2], ON_CLOCK,
        ),
    )  # fmt: skip


def mark_columns(selection: Selection) -> tuple[Columns, ...]:
    """What the user has marked."""
    events: dict[int, list[str]] = {}
    for mark in selection.session.marks:
        if mark.kind == "event":
            events.setdefault(mark.start_frame, []).append(mark.label or "event")

    def labels(block: Block) -> list[str | None]:
        return words(["; ".join(events.get(row, [])) or None for row in block.rows.tolist()])

    return (
        Columns(
            ("excluded",), "int8", NONE, "1 in a stretch that is not to be used",
            lambda block: selection.excluded[block.rows].astype(np.int8),
        ),
        Columns(("event",), "string", NONE, "labels of the events at this row", labels),
    )  # fmt: skip


def quality_columns() -> tuple[Columns, ...]:
    """How far a row can be trusted."""
    percent = "% of the outer-canthal distance"
    return (
        Columns(
            ("pose_timestamp",), "double", SECONDS, "time of the picture whose face was aligned and predicted",
            lambda block: block.seconds(block.of_model("face_ns")), ON_CLOCK,
        ),
        Columns(("valid",), "int8", NONE, "1 where the face lies in the model's range", lambda b: b.numbers("valid")),
        Columns(
            ("residual",), "double", percent, "mean distance of the observed to the predicted mesh, raw",
            lambda block: block.of_model("nme"), "canonical",
        ),
        Columns(
            ("residual_adjusted",), "double", percent, "the same with the identity offset taken out; once calibrated",
            lambda block: block.of_model("nme_adjusted"), "canonical",
        ),
    )  # fmt: skip


def pose(block: Block) -> Array:
    """(n, 3) pitch, yaw, roll in radians, with the signs of py-feat's Fex."""
    return np.stack([block.of_model(name) for name in ("pitch", "yaw", "roll")], axis=-1)


def present(block: Block) -> Array:
    """(n,) bool, whether there is a face."""
    found: Array = np.isfinite(block.landmarks[:, 0, 0])
    return found


def _rows(block: Block) -> Array:
    return block.rows
