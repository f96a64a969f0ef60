"""Writes tables to new files, atomically and readable for this user only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write, new_output
from realtime.core.printable import valid_unicode
from realtime.export.tables.column_groups import ColumnGroup, schema

if TYPE_CHECKING:
    import pyarrow as pa

MODE = 0o600  # faces are personal data
QUOTE = '"'
_SPECIAL = re.compile(r'[",\r\n]|^\s|\s$')  # what a reader would take apart or trim


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
    shortest decimals that round-trip, texts quoted where they have to be (RFC 4180). Raises RecordError.
    """
    names = {name for group in groups if group.is_name for name in group.names}
    with new_file(wanted) as (path, file), new_file(path.with_name(f"{path.name}.json")) as (beside, note):
        header = [_quoted(name) for group in groups for name in group.names]
        file.write(f"{','.join(header)}\n".encode())
        for batch in rows:
            file.write(_lines(batch, names))
        metadata = {"file": valid_unicode(path.name), **facts(), "columns": [group.summary() for group in groups]}
        note.write(json.dumps(metadata, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    return [path, beside]


def _lines(batch: pa.RecordBatch, names: Collection[str]) -> bytes:
    """The lines of these rows; texts of all columns but those `names` are kept from being formulas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_string(field.type):
            texts = column.to_pylist()
            texts = texts if field.name in names else [text and no_formula(text) for text in texts]
            cells.append(pa.array(["" if text is None else _quoted(text) for text in texts], pa.string()))
            continue
        cell = pc.fill_null(pc.cast(column, pa.string()), "")
        if pa.types.is_floating(field.type):  # a float remains one, also where all of its values are whole numbers
            cell = pc.replace_substring_regex(cell, r"^(-?[0-9]+)$", r"\1.0")
        cells.append(cell)
    lines = pc.binary_join_element_wise(*cells, ",").to_pylist()
    return "".join(f"{line}\n" for line in lines).encode()


def _quoted(text: str) -> str:
    return f'"{text.replace(QUOTE, QUOTE + QUOTE)}"' if _SPECIAL.search(text) else text


def no_formula(text: str) -> str:
    """The text in a form that spreadsheets do not interpret as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


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
