"""Writes tables to new files, atomically and readable for this user only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write, new_output
from realtime.export.tables.column_groups import ColumnGroup, schema

if TYPE_CHECKING:
    import pyarrow as pa

MODE = 0o600  # faces are personal data


@contextmanager
def new_file(wanted: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A file to write and its final path: the wanted one, or with _2, _3 ... It is created atomically; nothing is left
    after an error. Raises RecordError.
    """
    with new_output(wanted, MODE) as path:
        try:
            with atomic_write(path, MODE) as file:
                yield path, file
        except OSError as error:
            raise RecordError(
                f"{path}: could not be written: {error.strerror or error}. Free some space or choose another place."
            ) from error


def write_csv(
    wanted: Path, groups: Sequence[ColumnGroup], rows: Iterable[pa.RecordBatch], facts: Callable[[], Mapping[str, Any]]
) -> list[Path]:
    """A table with a header line, and its metadata beside it in NAME.csv.json. Missing values are empty, floats the
    shortest decimals that round-trip. Raises RecordError.
    """
    import pyarrow.csv as pc

    with new_file(wanted) as (path, file), new_file(path.with_name(f"{path.name}.json")) as (beside, note):
        options = pc.WriteOptions(quoting_style="none", quoting_header="none")
        with pc.CSVWriter(file, schema(groups), write_options=options) as writer:
            for batch in rows:
                writer.write_batch(batch)
        metadata = {"file": path.name, **facts(), "columns": [group.summary() for group in groups]}
        note.write(json.dumps(metadata, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    return [path, beside]


def write_parquet(
    wanted: Path, groups: Sequence[ColumnGroup], rows: Iterable[pa.RecordBatch], facts: Callable[[], Mapping[str, Any]]
) -> list[Path]:
    """A table with metadata in each column's field, and under "meshmirror" in the file. Raises RecordError."""
    import pyarrow.parquet as pq

    named = schema(groups).with_metadata({"meshmirror": json.dumps(facts(), ensure_ascii=False, allow_nan=False)})
    with new_file(wanted) as (path, file), pq.ParquetWriter(file, named, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
    return [path]
