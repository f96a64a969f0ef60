"""Marks of a session, as exports need them: which rows are excluded, and the events."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.session.folder import MARKS
from realtime.types import Array

_MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class RowMark:
    """An event, or a stretch that is not to be used; rows count from 0 through the session, the last one included."""

    kind: str
    first: int
    last: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks that could be read, and what is wrong with the others."""

    events: tuple[RowMark, ...] = ()
    excluded: tuple[RowMark, ...] = ()
    notes: tuple[str, ...] = ()

    def is_excluded(self, rows: Array) -> Array:
        """(n,) bool of rows (n,) of the session."""
        found = np.zeros(len(rows), bool)
        for mark in self.excluded:
            found |= (rows >= mark.first) & (rows <= mark.last)
        return found

    def labels(self, rows: Array) -> list[str | None]:
        """The labels of the events at each row; "event" for one without."""
        found: list[str | None] = []
        for row in rows.tolist():
            here = [mark.label or "event" for mark in self.events if mark.first <= row <= mark.last]
            found.append("; ".join(here) or None)
        return found


def read_marks(folder: Path, rows: int) -> Marks:
    """The marks of a session of so many rows; none where there is no file. What cannot be read becomes a note."""
    try:
        lines = raw_marks(folder)
    except (OSError, ValueError, csv.Error) as error:
        return Marks(notes=(f"{MARKS} cannot be read and is left out: {error}",))
    events, excluded, bad = [], [], 0
    for line in lines:
        kind = (line.get("kind") or "").strip()
        try:
            first = int(line["start_frame"])
            last = max(first, int(line.get("end_frame") or first))
        except (KeyError, ValueError):
            bad += 1
            continue
        if last < 0 or first >= rows:
            bad += 1
        elif kind == "exclude":
            excluded.append(RowMark(kind, first, last))
        else:
            label = " ".join(text for name in ("label", "tag") if (text := line.get(name, "").strip()))
            events.append(RowMark(kind or "event", first, last, label))
    notes = (f"{MARKS}: {bad} of {len(lines)} marks are of no row of this session",) if bad else ()
    return Marks(tuple(events), tuple(excluded), notes)


def raw_marks(folder: Path) -> list[dict[str, str]]:
    """The lines of a session's marks by column; none where there is no file. Raises OSError, ValueError, csv.Error."""
    path = folder / MARKS
    if path.is_symlink() or not path.is_file():
        return []
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("it is larger than any list of marks")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {str(name): value for name, value in line.items() if isinstance(value, str)}
            for line in csv.DictReader(file)
        ]
