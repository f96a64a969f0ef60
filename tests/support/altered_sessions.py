"""Sessions whose tables and descriptions were changed, as a stranger's program or a damaged disk would."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from remade import RECORDED, copied, recomputed, written

from realtime.session import open as open_session

BATCH_ROWS = 5
Table = pa.Table
BLENDSHAPES = {"jawOpen": 0.25, "eyeBlinkLeft": 0.5}


def read_table(folder: Path) -> Table:
    """The rows of the first part, with the description in the schema's metadata."""
    return pa.ipc.open_stream((folder / "frames.arrow").read_bytes()).read_all()


def write_batches(folder: Path, batches: Sequence[pa.RecordBatch], *, closed: bool = True) -> None:
    """Write the first part's table; not `closed`: without its end marker, as a killed program leaves it."""
    with pa.BufferOutputStream() as out:
        with pa.ipc.new_stream(out, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        content = out.getvalue().to_pybytes()
    (folder / "frames.arrow").write_bytes(content if closed else content[:-8])


def alter_table(folder: Path, change: Callable[[Table], Table], *, closed: bool = True) -> Path:
    """Write the first part's table as `change` has it."""
    table = change(read_table(folder))
    write_batches(folder, table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS), closed=closed)
    return folder


def description(table: Table) -> dict[str, Any]:
    """What the table says of its part."""
    found: dict[str, Any] = json.loads(table.schema.metadata[b"meshmirror"])
    return found


def alter_info(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change the description in the first part's table."""

    def changed(table: Table) -> Table:
        info = description(table)
        change(info)
        return described(table, json.dumps(info))

    return alter_table(folder, changed)


def described(table: Table, text: str) -> Table:
    """The table with another description."""
    return table.replace_schema_metadata({**table.schema.metadata, b"meshmirror": text.encode()})


def with_column(table: Table, name: str, cells: Sequence[Any]) -> Table:
    """The table with other cells in a column."""
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(at), pa.array(cells, table.schema.field(at).type))


def cells_of(table: Table, name: str) -> list[Any]:
    """The cells of a column as Python values."""
    found: list[Any] = table.column(name).to_pylist()
    return found


def with_times(table: Table, times_ns: Sequence[int]) -> Table:
    """The table with other times on the session's clock."""
    return with_column(table, "time_ns", times_ns)


def with_network(folder: Path) -> Path:
    """A session of one part with what a network says of most rows, blendshapes included."""
    with open_session(copied(folder.with_name(f"{folder.name}-source"))) as session:
        results = recomputed(session)
    written(folder, [results], says=[row for row, result in enumerate(results) if result.faces])

    def blended(table: Table) -> Table:
        said = [None if cell is None else cell | {"blendshapes": BLENDSHAPES} for cell in cells_of(table, "network")]
        return with_column(table, "network", said)

    recorded = description(read_table(RECORDED))["models"]
    return alter_info(alter_table(folder, blended), lambda info: info.update(models=recorded))


def shifted(table: Table, shift_ns: int) -> Table:
    """The table as it is where the source's clock is ahead by so much."""
    for name in ("stamp_ns", "face_ns", "feature_ns"):
        cells = cells_of(table, name)
        table = with_column(table, name, [None if cell is None else cell + shift_ns for cell in cells])
    if "network" in table.column_names:
        said = cells_of(table, "network")
        moved = [None if cell is None else cell | {"stamp_ns": cell["stamp_ns"] + shift_ns} for cell in said]
        table = with_column(table, "network", moved)
    return table
