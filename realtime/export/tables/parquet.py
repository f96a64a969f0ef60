"""All columns of a session's tables, with a column for each number of a named array: for Parquet.

Meshes stay lists of 1434 numbers, x, y, z of vertex 0, then of vertex 1. Columns of a second and third model end in _2
and _3, as in the session.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from realtime.core.types import Array
from realtime.export.tables.column_groups import ColumnGroup, mark_columns, time_columns
from realtime.export.tables.selection import Block, Selection
from realtime.session.columns.frame_columns import FRAME_COLUMNS, LAST_COLUMNS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.spec import NO_UNIT, ON_CLOCK, SECONDS, ColumnSpec
from realtime.session.columns.table_columns import arrow_type
from realtime.session.schema import named

# The order in which these columns have always been exported; the others follow as they are declared, meshes last.
_FIRST = ("frame", "stamp_ns", "segment", "skipped", "faces", "flags", "reasons", "valid", "warm_up")


def columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """The columns of all parts; null where a part does not have one."""
    single = [spec for spec in FRAME_COLUMNS if not spec.fields and not spec.entries]
    arrays = [spec for spec in FRAME_COLUMNS if spec.entries]
    structures = [spec for spec in FRAME_COLUMNS if spec.fields]
    single.sort(key=lambda spec: (_FIRST.index(spec.name) if spec.name in _FIRST else len(_FIRST), spec.is_mesh))
    found = [
        *time_columns(),
        ColumnGroup(("part",), "int64", NO_UNIT, "part of the session, from 1", _part),
        *_groups(selection, single),
        *mark_columns(selection),
        *_groups(selection, arrays),
    ]
    if selection.network:
        found += [group for spec in structures for field in spec.fields for group in _field(selection, spec, field)]
    for model in range(max(len(part.info.models) for part, _, _ in selection.parts)):
        found += [_model_name(model), *_groups(selection, MODEL_COLUMNS, model)]
    return (*found, *_groups(selection, LAST_COLUMNS))


def _part(block: Block) -> Array:
    return np.full(len(block), block.info.part)


def _model_name(model: int) -> ColumnGroup:
    def values(block: Block) -> list[str | None]:
        return [block.info.models[model].name if model < len(block.info.models) else None] * len(block)

    what = "the model that this and the following columns are of"
    return ColumnGroup((named("model", model),), "string", NO_UNIT, what, values)


def _groups(selection: Selection, specs: Iterable[ColumnSpec[Any]], model: int = 0) -> list[ColumnGroup]:
    """The exported columns of those declarations that any part has."""
    found = []
    for spec in specs:
        there = any(part.table.has(named(spec.name, model)) for part, _, _ in selection.parts)
        if spec.export_name is None or not there:
            continue
        if spec.entries:
            found.append(_array(selection, spec, model))
        elif spec.stamp:
            found.append(_stamp(spec, model))
        else:
            found.append(_single(spec, model))
    return found


def _single(spec: ColumnSpec[Any], model: int) -> ColumnGroup:
    """Single values, meshes and structures, as they are in the session's tables."""
    import pyarrow as pa

    column, type_ = named(spec.name, model), _exported_type(spec)

    def values(block: Block) -> Any:
        if column not in block.names:
            return pa.nulls(len(block), type_)
        return block.column(column).cast(type_)

    name = named(spec.export_name or spec.name, model)
    return ColumnGroup((name,), type_, spec.unit, spec.description, values, spec.frame)


def _exported_type(spec: ColumnSpec[Any]) -> Any:
    import pyarrow as pa

    if spec.shape:  # Parquet lists of a fixed size that have a null among them cannot be read back
        return pa.list_(pa.type_for_alias(spec.kind))
    return pa.int64() if spec.kind == "int32" else arrow_type(spec, ())


def _stamp(spec: ColumnSpec[Any], model: int) -> ColumnGroup:
    """Times of the source's clock, in seconds of the session's clock."""
    column = named(spec.name, model)

    def values(block: Block) -> Array:
        return block.seconds_of(column)

    name = named(spec.export_name or spec.name, model)
    return ColumnGroup((name,), "double", SECONDS, spec.description, values, ON_CLOCK)


def _array(selection: Selection, spec: ColumnSpec[Any], model: int) -> ColumnGroup:
    """A column for each number of an array."""
    column = named(spec.name, model)
    infos = [part.info for part, _, _ in selection.parts if part.table.has(column)]
    entries = tuple(dict.fromkeys(name for info in infos for name in spec.entry_names(info, model)))

    def values(block: Block) -> Array:
        found = np.full((len(block), len(entries)), np.nan)
        if column in block.names:
            numbers = block.lists(column)
            for at, name in enumerate(spec.entry_names(block.info, model)):
                found[:, entries.index(name)] = numbers[:, at]
        return found

    prefix = spec.export_name or f"{spec.name}."
    names = tuple(named(f"{prefix}{name}", model) for name in spec.export_entries or entries)
    return ColumnGroup(names, spec.kind, spec.unit, spec.description, values, spec.frame)


def _field(selection: Selection, spec: ColumnSpec[Any], field: ColumnSpec[Any]) -> list[ColumnGroup]:
    """A field of a structured column; numbers by name become a column each."""
    import pyarrow as pa

    def cells(block: Block) -> list[Any]:
        return block.network.get(field.name, [None] * len(block))

    def numbers(block: Block) -> Array:
        found = np.full((len(block), len(names)), np.nan)
        for row, cell in enumerate(cells(block)):
            if cell is not None and field.kind == "map":
                by_name = dict(cell)
                found[row] = [by_name.get(name, math.nan) for name in names]
            elif cell is not None:
                found[row] = np.ravel(cell)
        return found

    def seconds(block: Block) -> Array:
        return block.seconds(pa.array(cells(block), pa.int64()))

    def mesh(block: Block) -> Any:
        import pyarrow.compute as pc

        if spec.name not in block.names:
            return pa.nulls(len(block), pa.list_(pa.float32()))
        return pc.struct_field(block.column(spec.name), field.name)

    names: tuple[str, ...] = field.entries if isinstance(field.entries, tuple) else ()
    names = selection.named_outputs(field.name) if field.kind == "map" else names or (field.export_name or field.name,)
    if not names and field.kind == "map":
        return []
    columns = tuple(f"{spec.name}_{name}" for name in names)
    if field.stamp:
        return [ColumnGroup(columns, "double", SECONDS, field.description, seconds, ON_CLOCK)]
    if field.is_mesh:
        return [ColumnGroup(columns, _exported_type(field), field.unit, field.description, mesh, field.frame)]
    return [ColumnGroup(columns, "double", field.unit, field.description, numbers, field.frame)]
