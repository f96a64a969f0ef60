"""The table of a session in the shape that statistics programs expect: a number a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from realtime.core.types import Array
from realtime.session.columns.spec import ColumnSpec
from realtime.session.columns.table_columns import table_columns
from realtime.session.read.arrow_nested import by_name, several
from realtime.session.read.table_rows import TableRows
from realtime.session.schema import PartInfo, named

if TYPE_CHECKING:
    import pyarrow as pa

    from realtime.session.read.streams import StreamPart

Faces = Literal["chosen", "all"]


def flat_table(parts: Sequence[StreamPart], excluded: Array, meshes: bool, faces: Faces = "chosen") -> pa.Table:
    """A row for each frame of all parts, with its chosen face; with all `faces` the others follow in rows of their own.

    Arrays become columns of the array's name, a dot, and the entry's: "features.anger".
    `timestamp` is in seconds. `excluded` (rows,) bool becomes a column. With `meshes` those columns that are meshes
    stay lists of 478 * 3 numbers. Where a part lacks a column it is null.
    """
    import pyarrow as pa

    found, first = [], 0
    for part in parts:
        rows = slice(first, first := first + len(part))
        found.append(_of_part(part, excluded[rows], meshes, faces))
    return pa.concat_tables(found, promote_options="default")


def merged_order(frames: Array, other_frames: Array) -> Array:
    """(n + m,) the order of rows of chosen faces of these frames, followed by those of other faces of `other_frames`,
    in which those of a frame follow each other, the chosen face's first.
    """
    order: Array = np.argsort(np.concatenate([frames, other_frames]), kind="stable")
    return order


def _of_part(part: StreamPart, excluded: Array, meshes: bool, faces: Faces) -> pa.Table:
    import pyarrow as pa

    chosen = _of_rows(part.info, part.table, excluded, meshes)
    others = part.rows.others
    rows = others.between(0, len(part))
    if faces == "chosen" or not len(rows):
        return chosen
    frames = others.frames[rows]
    more = _of_rows(part.info, part.table.others, excluded[others.frames], meshes).take(rows)
    both = pa.concat_tables([chosen, more], promote_options="default")
    return both.take(merged_order(np.arange(len(part)), frames))


def _of_rows(info: PartInfo, table: TableRows, excluded: Array, meshes: bool) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = len(table)
    found: dict[str, pa.Array | pa.ChunkedArray] = {
        "timestamp": pa.array(table.numbers("time_ns") / 1e9),
        "part": pa.array([info.part] * rows, pa.int32()),
        "excluded": pa.array(excluded),
    }
    for at, model in enumerate(info.models):
        found[named("model", at)] = pa.array([model.name] * rows)
    for column in table_columns(info):
        spec = column.spec
        if not table.has(column.name) or spec.kind == "structs" or (spec.is_mesh and not meshes):
            continue
        if spec.kind == "struct":
            found |= _fields(info, table, spec, meshes)
        elif column.entries:
            values = table.table.column(column.name).combine_chunks()
            for at, name in enumerate(column.entries):
                found[f"{column.name}.{name}"] = pc.list_element(values, at)
        elif not spec.entries:
            found[column.name] = table.table.column(column.name)
    return pa.table(found)


def _fields(info: PartInfo, table: TableRows, spec: ColumnSpec[Any], meshes: bool) -> dict[str, pa.Array]:
    """The fields of a structured column."""
    import pyarrow as pa

    found: dict[str, pa.Array] = {}
    for field in spec.fields:
        if field.is_mesh and not meshes:
            continue
        values = table.inside(spec.name, field.name)
        names = field.entry_names(info)
        if field.kind == "map":
            names, numbers = by_name(values)
        elif names:
            numbers = several(values, len(names))
        else:
            found[f"{spec.name}.{field.name}"] = values
            continue
        for at, name in enumerate(names):
            found[f"{spec.name}.{field.name}.{name}"] = pa.array(numbers[:, at], from_pandas=True)
    return found
