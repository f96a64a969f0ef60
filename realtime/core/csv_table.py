"""Tables that people write and read in a spreadsheet: CSV with commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.core.files import special_file

_SEPARATORS = ",;\t"  # where the comma is the decimal mark, spreadsheets separate by semicolons


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The columns of a table, and its rows with the number of the line where each ends."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_csv(path: Path) -> CsvTable:
    """Read a table in UTF-8 whose first line names the columns; what a row lacks at its end is empty.

    The separator is the one of comma, semicolon and tab that the first line has most of. Raises ValueError with the
    reason where the file cannot be read, a column is there twice, or a row has more fields than there are columns.
    """
    kind = special_file(path)
    if kind is not None:
        raise ValueError(f"it is {kind}")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(_SEPARATORS, key=first.count), restval="", strict=True)
            columns = tuple((name or "").strip() for name in reader.fieldnames or ())
            reader.fieldnames = columns
            rows = tuple((reader.line_num, row) for row in reader)
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not in UTF-8 ({error})") from error
    except csv.Error as error:
        raise ValueError(str(error)) from error
    twice = [name for at, name in enumerate(columns) if name and name in columns[:at]]
    if twice:
        raise ValueError(f"the column '{twice[0][:200]}' is there twice")
    for line, row in rows:
        if None in row:
            raise ValueError(f"line {line} has more fields than there are columns ({', '.join(columns)[:200]})")
    return CsvTable(columns, rows)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """The rows as RFC 4180 has them, but for lines that end in "\\n".

    A text with a carriage return is quoted: `csv.writer` quotes what is in its own line terminator alone, and a reader
    would begin a row there.
    """
    lines = []
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(row)
        lines.append(f"{line.getvalue()[:-2]}\n")
    return "".join(lines)
