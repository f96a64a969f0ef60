"""Marks of a session: events, and stretches that are not to be used.

`annotations.csv` beside the table has the columns of pyfeat-live's file of that name, and two more: the times in
seconds of the session's clock. A frame is the number of a row of the session, counted through all parts from 0. Rows
of other kinds and columns that are not known here stay as they are.
"""

from __future__ import annotations

import csv
import io
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np

from realtime.core.files import atomic_write, quarantine
from realtime.core.status import AnnotationView
from realtime.core.types import Array
from realtime.session.folder import MARKS

Kind = Literal["event", "exclude"]
COLUMNS = (
    "annotation_id", "kind", "start_frame", "end_frame", "label", "tag", "created_at", "source",
    "start_time", "end_time",
)  # fmt: skip
_MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Annotation:
    """A mark; frames are rows of the session, times seconds of its clock, both ends are in it."""

    kind: Kind
    start_frame: int
    end_frame: int  # of an event its start
    start_s: float
    end_s: float
    label: str = ""
    cells: dict[str, str] = field(default_factory=dict)  # its row in the file, with what is not known here

    def holds(self, row: int) -> bool:
        """Whether a row lies in it."""
        return self.start_frame <= row <= self.end_frame


class Annotations:
    """The marks of one session, read once and written whole whenever one changes; belongs to one thread."""

    def __init__(self, folder: Path, say: Callable[[str], None], times_ns: Array | None = None) -> None:
        """`say` is told what is wrong with the file; `times_ns` gives the times of marks that have none."""
        self._path = folder / MARKS
        self._say = say
        self._columns = list(COLUMNS)
        self._rows: list[Annotation | dict[str, str]] = []  # in the order of the file; a dict: of another kind
        self._open: Annotation | None = None  # a stretch that is not ended yet
        self._damaged = ""
        try:
            self._read(times_ns)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, csv.Error) as error:
            self._columns, self._rows = list(COLUMNS), []
            self._damaged = getattr(error, "strerror", None) or str(error)
            say(f"{self._path}: the marks cannot be read ({self._damaged}); the first new one puts the file aside.")

    @property
    def all(self) -> tuple[Annotation, ...]:
        """Those that stand in the file, in the order of their beginnings."""
        found = [row for row in self._rows if isinstance(row, Annotation)]
        return tuple(sorted(found, key=lambda mark: (mark.start_frame, mark.end_frame)))

    @property
    def open(self) -> Annotation | None:
        """The stretch that is not ended yet; it is in the file as well, as long as its first frame."""
        return self._open

    def event(self, row: int, time_s: float) -> str:
        """Mark an event at a row, or take away the one that is there; what was done, in words."""
        there = next((mark for mark in self.all if mark.kind == "event" and mark.start_frame == row), None)
        if there is not None:
            return self._without(there, f"Event at {time_s:.2f} s removed.")
        return self._with(_new("event", row, time_s), f"Event at {time_s:.2f} s.")

    def exclude(self, row: int, time_s: float) -> str:
        """Begin a stretch that is not to be used, or end the one that was begun, on either side of its beginning.

        Inside of a stretch that was ended it is taken away, and so is one that is ended at the frame of its beginning.
        """
        begun, self._open = self._open, None
        if begun is not None and begun.start_frame == row:
            return self._without(begun, "Exclusion taken back.")
        if begun is not None:
            ends = sorted([(begun.start_frame, begun.start_s), (row, time_s)])
            (start, start_s), (end, end_s) = ends
            ended = replace(begun, start_frame=start, end_frame=end, start_s=start_s, end_s=end_s)
            self._rows[self._rows.index(begun)] = ended
            return self._written(f"{start_s:.2f} to {end_s:.2f} s are excluded.")
        inside = [mark for mark in self.all if mark.kind == "exclude" and mark.holds(row)]
        if inside:
            mark = inside[-1]
            return self._without(mark, f"The exclusion from {mark.start_s:.2f} to {mark.end_s:.2f} s was removed.")
        self._open = _new("exclude", row, time_s)
        return self._with(self._open, f"Excluded from {time_s:.2f} s on; once more ends it.")

    def end(self, row: int, time_s: float) -> None:
        """The recording ends: so does a stretch that was begun."""
        if self._open is not None and self._open.start_frame != row:
            self.exclude(row, time_s)
        self._open = None

    def _with(self, mark: Annotation, said: str) -> str:
        self._rows.append(mark)
        return self._written(said)

    def _without(self, mark: Annotation, said: str) -> str:
        self._rows.remove(mark)
        return self._written(said)

    def _written(self, said: str) -> str:
        try:
            if self._damaged:
                self._put_aside()
            with atomic_write(self._path, mode=0o600) as file:
                file.write(self._text().encode())
        except OSError as error:
            return f"{said} It is not saved: {self._path}: {error.strerror or error}."
        return said

    def _put_aside(self) -> None:
        kept = quarantine(self._path, "annotations-damaged.csv")
        self._damaged = ""
        self._say(f"The marks that could not be read are kept as {kept.name}.")

    def _text(self) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, self._columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_cells(row) if isinstance(row, Annotation) else row for row in self._rows)
        return out.getvalue()

    def _read(self, times_ns: Array | None) -> None:
        names, lines = read_lines(self._path)
        self._columns = [*names, *(name for name in COLUMNS if name not in names)]
        wrong: list[str] = []
        for number, cells in enumerate(lines, 2):
            mark: Annotation | None = None
            if cells["kind"] in ("event", "exclude"):
                try:
                    mark = _marking(cells, times_ns, number)
                except ValueError as error:  # it stays in the file as it is
                    wrong.append(str(error))
            self._rows.append(cells if mark is None else mark)
        if wrong:
            self._say(f"{self._path}: {len(wrong)} marks cannot be read and are left out: {wrong[0]}.")


def read_lines(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a file of marks, and its lines by them. Raises OSError, ValueError and csv.Error."""
    if path.is_symlink():
        raise ValueError("it is a link, which is not followed out of a session")
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"larger than {_MOST_BYTES >> 20} MB")
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    names = list(reader.fieldnames or [])
    if missing := [name for name in ("kind", "start_frame", "end_frame") if name not in names]:
        raise ValueError(f"column '{missing[0]}' is missing")
    if len(set(names)) < len(names):
        raise ValueError("a column is there twice")
    lines: list[dict[str, str]] = []
    for cells in reader:
        if None in cells or None in cells.values():
            raise ValueError(f"line {reader.line_num} has another number of cells than the first")
        lines.append(cells)
    return names, lines


def _new(kind: Kind, row: int, time_s: float) -> Annotation:
    made = datetime.now().astimezone().isoformat(timespec="milliseconds")
    cells = {"annotation_id": uuid.uuid4().hex, "created_at": made, "source": "meshmirror"}
    return Annotation(kind, row, row, time_s, time_s, cells=cells)


def _cells(mark: Annotation) -> dict[str, str]:
    return {
        **mark.cells,
        "kind": mark.kind, "start_frame": str(mark.start_frame), "end_frame": str(mark.end_frame), "label": mark.label,
        "start_time": f"{mark.start_s:.6f}", "end_time": f"{mark.end_s:.6f}",
    }  # fmt: skip


def _marking(cells: dict[str, str], times_ns: Array | None, line: int) -> Annotation:
    try:
        start, end = int(cells["start_frame"]), int(cells["end_frame"] or cells["start_frame"])
        start_s = _seconds(cells.get("start_time", ""), start, times_ns)
        end_s = _seconds(cells.get("end_time", ""), end, times_ns)
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error
    if not 0 <= start <= end or not (math.isfinite(start_s) and math.isfinite(end_s)):
        raise ValueError(f"line {line}: from frame {start} to {end}")
    kind: Kind = "event" if cells["kind"] == "event" else "exclude"
    return Annotation(kind, start, end, start_s, end_s, cells.get("label", ""), cells)


def _seconds(text: str, row: int, times_ns: Array | None) -> float:
    """As it stands there; of a file without times, that of the row."""
    if text:
        return float(text)
    if times_ns is None or not len(times_ns):
        return 0.0
    return float(times_ns[int(np.clip(row, 0, len(times_ns) - 1))]) / 1e9


def shown_marks(marks: Annotations, now_s: float) -> tuple[AnnotationView, ...]:
    """All of them, in time; a stretch that is not ended yet reaches to this moment."""
    found = []
    for mark in marks.all:
        begun = mark is marks.open
        start, end = sorted((mark.start_s, now_s)) if begun else (mark.start_s, mark.end_s)
        found.append(AnnotationView(mark.kind, start, end, mark.label, begun))
    return tuple(sorted(found, key=lambda mark: (mark.start_s, mark.end_s)))
