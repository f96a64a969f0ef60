"""Tables as files: there whole or not at all, under a name that was free, for this user's eyes only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write, unique_path
from realtime.export.tables.column_groups import ColumnGroup, schema

if TYPE_CHECKING:
    import pyarrow as pa

MODE = 0o600  # faces are personal data


@contextmanager
def new_file(wanted: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A file to write, and the name under which it appears at the end: the wanted one, or with _2, _3 ... Nothing is
    left where something goes wrong. Raises RecordError.
    """
    path = unique_path(wanted, MODE)
    try:
        with atomic_write(path, MODE) as file:
            yield path, file
    except BaseException as error:
        path.unlink(missing_ok=True)  # the empty one that kept the name
        if isinstance(error, OSError):
            raise RecordError(
                f"{path}: could not be written: {error.strerror or error}. Free some space or choose another place."
            ) from error
        raise


def write_csv(
    wanted: Path, groups: Sequence[ColumnGroup], rows: Iterable[pa.RecordBatch], facts: Callable[[], Mapping[str, Any]]
) -> list[Path]:
    """A table with a line of names, and NAME.csv.json beside it, which says what the columns are. Missing values are
    empty, floats the shortest decimals that give them back. Raises RecordError.
    """
    import pyarrow.csv as pc

    with new_file(wanted) as (path, file), new_file(path.with_name(f"{path.name}.json")) as (beside, note):
        options = pc.WriteOptions(quoting_style="none", quoting_header="none")
        with pc.CSVWriter(file, schema(groups), write_options=options) as writer:
            for batch in rows:
                writer.write_batch(batch)
        told = {"file": path.name, **facts(), "columns": [group.summary() for group in groups]}
        note.write(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    return [path, beside]


def write_parquet(
    wanted: Path, groups: Sequence[ColumnGroup], rows: Iterable[pa.RecordBatch], facts: Callable[[], Mapping[str, Any]]
) -> list[Path]:
    """A table that says itself what its columns are: in each field's metadata, and under "meshmirror" in the file's.
    Raises RecordError.
    """
    import pyarrow.parquet as pq

    named = schema(groups).with_metadata({"meshmirror": json.dumps(facts(), ensure_ascii=False, allow_nan=False)})
    with new_file(wanted) as (path, file), pq.ParquetWriter(file, named, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
    return [path]
