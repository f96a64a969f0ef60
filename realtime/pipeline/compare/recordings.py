"""The recordings of a comparison: what they are, who is in them, and the table that says so."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.core.csv_table import read_csv
from realtime.core.errors import UsageError
from realtime.core.printable import bounded, valid_unicode
from realtime.pipeline.compare.neutrals import EXPECTED, NeutralWish

COLUMNS = ("recording", "person", "group", "condition", "neutral")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What the table says of a recording."""

    person: str | None = None
    group: str | None = None
    condition: str | None = None
    neutral: NeutralWish | None = None  # None: as for all


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is to be compared."""

    path: Path
    name: str
    entry: Entry


def read_entries(path: Path) -> dict[str, Entry]:
    """The table of people: recording, and of person, group, condition and neutral those that there are. UsageError."""
    try:
        table = read_csv(path)
    except ValueError as error:
        raise _refused(path, str(error)) from error
    if "recording" not in table.columns:
        raise _refused(path, f"there is no column 'recording', only {', '.join(table.columns)[:200] or 'none'}")
    unknown = [name for name in table.columns if name not in COLUMNS]
    if unknown:
        raise _refused(path, f"there is an unknown column '{bounded(unknown[0], 60)}'")
    found: dict[str, Entry] = {}
    for number, row in table.rows:
        name = row["recording"]
        if not name.strip():
            raise _refused(path, f"line {number} names no recording")
        if name in found:
            raise _refused(path, f"line {number}: '{bounded(name, 60)}' was there before")
        found[name] = _entry(path, number, row)
    return found


def _entry(path: Path, number: int, row: dict[str, str]) -> Entry:
    texts = {name: row.get(name, "").strip() or None for name in COLUMNS[1:]}
    for name, text in texts.items():
        if text is not None and len(text) > _LONGEST:
            raise _refused(path, f"line {number}: a {name} of {len(text)} characters; {_LONGEST} are possible")
    wish = None
    if texts["neutral"] is not None:
        try:
            wish = NeutralWish.parsed(texts["neutral"])
        except UsageError as error:
            raise _refused(path, f"line {number}: {str(error).rstrip('.')}") from error
    person, group, condition = (None if text is None else valid_unicode(text) for text in list(texts.values())[:3])
    return Entry(person, group, condition, wish)


def _refused(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"--people {path}: {reason}. Expected a CSV file with the column recording and, as far as they are known, "
        f"person, group, condition, and neutral ({EXPECTED})."
    )


def recordings_of(names: dict[Path, str], entries: dict[str, Entry]) -> tuple[list[Recording], list[str]]:
    """The recordings in the order of their names, and the names in the table that no recording has.

    `names` are those of `names_of`, by path.
    """
    meant = _meant(list(names.values()), list(entries))
    found = [Recording(path, name, entries.get(meant.get(name, name), Entry())) for path, name in names.items()]
    return sorted(found, key=lambda one: one.name), sorted(entries.keys() - set(meant.values()))


def _meant(names: Sequence[str], written: Sequence[str]) -> dict[str, str]:
    """How the table writes a recording's name: as it is, else with other spaces about it or accents composed otherwise,
    where that can be one of them alone (macOS takes accents apart in names of files, and spreadsheets compose them).
    """
    found = {name: name for name in set(names) & set(written)}
    for name in names:
        alike = [one for one in names if _plain(one) == _plain(name)]
        rows = [one for one in written if one not in found.values() and _plain(one) == _plain(name)]
        if name not in found and len(alike) == len(rows) == 1:
            found[name] = rows[0]
    return found


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def people_known(recordings: Sequence[Recording]) -> bool:
    """Whether the person of every recording is known."""
    return bool(recordings) and all(one.entry.person is not None for one in recordings)
