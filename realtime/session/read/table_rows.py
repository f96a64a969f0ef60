"""Rows of a session's table: their columns as numpy arrays, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from realtime.core.types import Array
from realtime.session.schema import PartInfo

if TYPE_CHECKING:
    import pyarrow as pa

_NUMPY = {"float": np.float32, "double": np.float64, "int32": np.int32, "int64": np.int64}  # by Arrow's names
_CHOSEN = "chosen"  # the column


def numbers_of(array: pa.Array) -> Array:
    """A column of numbers, (rows,), without a copy; where a value is missing the number is arbitrary.

    Taken from its buffer, since `to_numpy` imports pandas where that is installed, and copies where values are missing.
    """
    found: Array = np.frombuffer(array.buffers()[1], _NUMPY[str(array.type)], array.offset + len(array))
    return found[array.offset :]


class TableRows:
    """Rows of a part's table that are mapped into memory: those of the chosen faces, or those of others."""

    def __init__(self, path: Path, part: PartInfo, schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> None:
        self.path = path
        self.part = part
        self.schema = schema
        self._take(batches)

    def _take(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Have these rows from now on."""
        import pyarrow as pa

        self._batches = batches
        # Not `empty_table`, which imports pandas: 0.4 s at the end of a run.
        self.table = pa.Table.from_batches(batches, schema=self.schema)
        self._starts = np.cumsum([0, *(batch.num_rows for batch in batches)])

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def has(self, name: str) -> bool:
        """Whether the file has this column; those that are not required may be absent."""
        return bool(self.schema.get_field_index(name) >= 0)

    def numbers(self, name: str, missing: int = 0) -> Array:
        """A column of numbers, (rows,); missing values are NaN, or `missing` in a column of integers."""
        import pyarrow.compute as pc

        column = self.table.column(name)
        if column.null_count:
            column = pc.fill_null(column, np.nan if str(column.type) in ("float", "double") else missing)
        found: Array = np.concatenate(
            [np.empty(0, _NUMPY[str(column.type)]), *(numbers_of(chunk) for chunk in column.chunks)]
        )
        return found

    def some(self, name: str, rows: Array) -> Array:
        """A copy of a column of numbers, truth values or arrays in these rows, (len, ) or (len, size).

        Missing numbers are NaN, integers are float64, missing truth values are False.
        """
        import pyarrow as pa

        type_ = self.schema.field(name).type
        is_array = pa.types.is_fixed_size_list(type_)
        shape: tuple[int, ...] = (len(rows), type_.list_size) if is_array else (len(rows),)
        number = str(type_.value_type if is_array else type_)
        kind = {"float": np.float32, "bool": np.bool_}.get(number, np.float64)
        found: Array = np.full(shape, False if kind is np.bool_ else np.nan, kind)
        column = self.schema.get_field_index(name)
        batch_of = np.searchsorted(self._starts, rows, side="right") - 1
        order = np.argsort(batch_of, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(batch_of[order])) + 1) if len(rows) else []:
            batch = int(batch_of[places[0]])
            array, at = self._batches[batch].column(column), rows[places] - self._starts[batch]
            if array.null_count:
                present = array.is_valid().to_numpy(zero_copy_only=False)[at]
                places, at = places[present], at[present]
            if is_array:
                values = numbers_of(array.values)[array.offset * shape[1] :].reshape(-1, shape[1])
            else:
                values = array.to_numpy(zero_copy_only=False)
            found[places] = values[at]
        return found

    def run(self, name: str, start: int, stop: int) -> Array:
        """A copy of a column of numbers, truth values or arrays in the rows from `start` to before `stop`, float64.

        (rows,) or (rows, size); NaN where a value is missing. Many rows in order take a tenth of the time of `some`.
        """
        import pyarrow as pa

        array = self.table.column(name).slice(start, stop - start).combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.chunks else pa.array([], array.type)
        if not pa.types.is_fixed_size_list(array.type):
            number = array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array
            scalars: Array = number.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            return scalars
        size = array.type.list_size
        values = numbers_of(array.values)[array.offset * size :]
        found: Array = values[: len(array) * size].reshape(-1, size).astype(np.float64)
        found[~array.is_valid().to_numpy(zero_copy_only=False)] = np.nan
        return found

    def inside(self, name: str, field: str) -> pa.Array:
        """One field of a structured column, all rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.table.column(name)
        chunks = [pc.struct_field(chunk, field) for chunk in column.chunks]
        return pa.concat_arrays(chunks) if chunks else pa.array([], column.type.field(field).type)

    def cell(self, name: str, row: int) -> Any:
        """A cell as Python values; of an array column a flat numpy view without a copy, None where there is none."""
        import pyarrow as pa

        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        batch = int(np.searchsorted(self._starts, row, side="right")) - 1
        array, at = self._batches[batch].column(name), row - int(self._starts[batch])
        if not pa.types.is_fixed_size_list(array.type):
            return array[at].as_py()
        if not array[at].is_valid:
            return None
        size = array.type.list_size
        start = (array.offset + at) * size
        return numbers_of(array.values)[start : start + size]


def by_choice(batches: Sequence[pa.RecordBatch]) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch]]:
    """The batches with the rows of the chosen faces, and those with the rows of others, in order.

    Without a copy where a batch has only rows of one kind, as this program writes them.
    """
    chosen: list[pa.RecordBatch] = []
    others: list[pa.RecordBatch] = []
    for batch in batches:
        kept = batch.column(_CHOSEN) if batch.schema.get_field_index(_CHOSEN) >= 0 else None
        if kept is None or not kept.false_count:
            chosen.append(batch)
        elif not kept.true_count:
            others.append(batch)
        else:
            import pyarrow.compute as pc

            chosen.append(batch.filter(kept))
            others.append(batch.filter(pc.invert(kept)))
    return chosen, others
