"""Nested Arrow columns as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from realtime.core.types import Array

if TYPE_CHECKING:
    import pyarrow as pa


def by_name(column: pa.Array) -> tuple[tuple[str, ...], Array]:
    """A column of maps from names to numbers: the names in order of appearance, and (rows, names) float64.

    NaN where a row lacks the name.
    """
    import pyarrow.compute as pc

    entries = pc.list_flatten(column.cast(_entries()))
    row = pc.list_parent_indices(column.cast(_entries())).to_numpy()
    keys, values = pc.struct_field(entries, 0), pc.struct_field(entries, 1)
    names = keys.unique()
    found = np.full((len(column), len(names)), np.nan)
    found[row, pc.index_in(keys, names).to_numpy()] = floats(values)
    return tuple(map(str, names.to_pylist())), found


def several(column: pa.Array, count: int) -> Array:
    """A column of lists of `count` numbers: (rows, count) float64; NaN where a list is too short."""
    import pyarrow.compute as pc

    row = pc.list_parent_indices(column).to_numpy()
    place = np.arange(len(row)) - np.searchsorted(row, row)
    found = np.full((len(column), count), np.nan)
    kept = place < count
    found[row[kept], place[kept]] = floats(pc.list_flatten(column))[kept]
    return found


def floats(column: pa.Array) -> Array:
    """(rows,) float64; NaN where a value is missing. Integers beyond 2^53 are rounded."""
    import pyarrow as pa

    found: Array = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def integers(column: pa.Array, missing: int) -> Array:
    """(rows,) int64; `missing` where there is none."""
    import pyarrow.compute as pc

    found: Array = pc.fill_null(column, missing).to_numpy(zero_copy_only=False)
    return found


def _entries() -> pa.DataType:
    import pyarrow as pa

    return pa.list_(pa.struct({"key": pa.string(), "value": pa.float64()}))
