"""The tables of a comparison as they are read again: typed, with nulls where nothing was measured."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

from realtime.core.errors import SessionError

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS = {
    "recording", "path", "sha256", "kind", "person", "group", "condition", "tracker", "neutral",
    "neutral_description", "setup", "baseline", "region",
}  # fmt: skip
_COUNTS = {"recorded_frames", "faces", "valid", "amber", "scored", "compared", "frames", "vertex"}
_OF_SETUP = re.compile(r"_\d+$")  # of the second setup and those after it
_GUARDED = r"^'([=+\-@\t\r])"  # texts that would be formulas, as they are written


def read_csv_table(path: Path) -> pa.Table:
    """recordings.csv or vertices.csv: texts, int64 counts, float64 numbers. Raises SessionError."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    try:
        with path.open(newline="", encoding="utf-8") as file:
            names = next(csv.reader(file), [])
        types = {name: _type_of(_OF_SETUP.sub("", name)) for name in names}
        table = arrow_csv.read_csv(
            path,
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True),
        )
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as error:
        raise _refused(path, error) from error
    for at, field in enumerate(table.schema):
        if field.type == pa.string():
            table = table.set_column(at, field, pc.replace_substring_regex(table.column(at), _GUARDED, r"\1"))
    return table


def read_frames_table(path: Path) -> pa.Table:
    """frames.parquet, all of it in memory. Raises SessionError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _refused(path, error) from error


def _type_of(name: str) -> pa.DataType:
    import pyarrow as pa

    return pa.string() if name in _TEXTS else pa.int64() if name in _COUNTS else pa.float64()


def _refused(path: Path, error: Exception) -> SessionError:
    return SessionError(f"{path}: cannot be read as a table of a comparison ({error}). Compare the recordings again.")
