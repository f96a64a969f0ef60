"""Copies rows of a session's part into a table of their own, at their new times."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.files import create_private
from realtime.core.types import Array
from realtime.export.tables.selection import BLOCK_ROWS
from realtime.session.columns.identity_fields import IDENTITIES, NEUTRALS
from realtime.session.columns.pose_response_fields import POSE_RESPONSES
from realtime.session.columns.table_columns import table_columns, table_schema
from realtime.session.folder import stream_path
from realtime.session.read.flat_table import Faces
from realtime.session.read.part import SessionPart
from realtime.session.read.rows import RecordedFaces
from realtime.session.schema import PartInfo
from realtime.session.table import BATCH_ROWS

if TYPE_CHECKING:
    import pyarrow as pa


def write_rows(
    folder: Path, info: PartInfo, part: SessionPart, first: int, count: int, origin_ns: int, faces: Faces
) -> None:
    """Write `count` frames of a part; the first row of each face gets the identities that were in force before it."""
    import pyarrow as pa

    absent = {column.name for column in table_columns(info) if not part.table.has(column.name)}
    schema = table_schema(info, without=absent)
    origins = {"time_ns": origin_ns}
    if part.table.has("frame_row"):
        origins["frame_row"] = int(part.table.cell("frame_row", first))
    chosen = _copied(part.rows, np.arange(first, first + count), schema, origins, np.array([first]))
    others = part.rows.others
    rows = others.between(first, first + count) if faces == "all" else np.zeros(0, np.int64)
    frames = others.frames[rows] - first
    step = BATCH_ROWS if len(rows) else BLOCK_ROWS
    more = _copied(others, rows, schema, origins, _first_of_each(others, rows)) if len(rows) else chosen.slice(0, 0)
    with os.fdopen(create_private(stream_path(folder, "frames", info.part)), "wb") as file:
        with pa.ipc.new_stream(file, schema) as writer:
            for at in range(0, count, step):
                writer.write_table(chosen.slice(at, step).combine_chunks())
                low, high = np.searchsorted(frames, [at, at + step]).tolist()
                if high > low:
                    writer.write_table(more.slice(low, high - low).combine_chunks())
        file.flush()
        os.fsync(file.fileno())


def _first_of_each(others: RecordedFaces, rows: Array) -> Array:
    """Those of these rows that are the first of their face."""
    tracks = others.table.numbers("track_id", missing=-1)[rows]
    found: Array = rows[np.unique(tracks, return_index=True)[1]]
    return found


def _copied(
    of: RecordedFaces, rows: Array, schema: pa.Schema, origins: Mapping[str, int], beginnings: Array
) -> pa.Table:
    """These rows with columns counted from `origins`, in `beginnings` with the identities in force."""
    import pyarrow as pa

    whole = of.table.table
    neighbours = len(rows) == rows[-1] - rows[0] + 1  # not copied
    table = (whole.slice(rows[0], len(rows)) if neighbours else whole.take(rows)).select(schema.names)
    for name, origin in origins.items():
        moved = pa.array(of.table.numbers(name)[rows] - origin)
        table = table.set_column(table.column_names.index(name), name, moved)
    for row in beginnings.tolist():
        table = _with_identities(table, int(np.flatnonzero(rows == row)[0]), of, row)
    return table.cast(schema)


def _with_identities(table: pa.Table, at: int, of: RecordedFaces, row: int) -> pa.Table:
    """The table with the identities that are in force at a row, where they were stored before it."""
    import pyarrow as pa

    if table.column(IDENTITIES.name)[at].is_valid:
        return table
    known = [(model, of.identity(row, model)) for model in range(len(of.part.models))]
    identities = [(model, identity) for model, identity in known if identity is not None]
    origins = [(model, identity) for model, identity in identities if identity.info is not None]
    responses = [(model, identity.response) for model, identity in identities if identity.response is not None]
    for spec, value in ((IDENTITIES, identities), (NEUTRALS, origins), (POSE_RESPONSES, responses)):
        cell = spec.cell(value)
        if cell is not None:
            column = table.column(spec.name)
            new = pa.array([cell], column.type)
            cells = pa.chunked_array([*column.slice(0, at).chunks, new, *column.slice(at + 1).chunks], column.type)
            table = table.set_column(table.column_names.index(spec.name), spec.name, cells)
    return table
