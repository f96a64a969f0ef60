"""Annotations of a session: events and exclusions (intervals that are not to be used).

`annotations.csv` beside the table has the columns of pyfeat-live's file of that name, and two more: the times in
seconds of the session's clock. A frame is the number of a row of the session, counted through all parts from 0. Rows
of other kinds and unknown columns are preserved.
"""

from __future__ import annotations

import csv
import io
import math
import uuid
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from realtime.core.csv_table import csv_text
from realtime.core.files import atomic_write, quarantine
from realtime.core.local_time import now_text
from realtime.core.status import AnnotationView
from realtime.core.types import Array
from realtime.session.folder import MARKS

Kind = Literal["event", "exclude"]
COLUMNS = (
    "annotation_id", "kind", "start_frame", "end_frame", "label", "tag", "created_at", "source",
    "start_time", "end_time",
)  # fmt: skip
_MOST_BYTES = 16 << 20
NO_EVENT = "There is no event here to name: E sets one."
_SHOWN = 200  # characters of a label in the window


@dataclass(frozen=True, slots=True)
class Annotation:
    """An event or exclusion; frames are rows of the session, times seconds of its clock, both ends included."""

    kind: Kind
    start_frame: int
    end_frame: int  # equals the start of an event
    start_s: float
    end_s: float
    label: str = ""
    cells: dict[str, str] = field(default_factory=dict)  # its row in the file, unknown columns included

    def contains(self, row: int) -> bool:
        """Whether a row lies in the interval."""
        return self.start_frame <= row <= self.end_frame


class Annotations:
    """The annotations of one session, read once and written atomically on every change; belongs to one thread."""

    def __init__(self, folder: Path, notify: Callable[[str], None], times_ns: Array | None = None) -> None:
        """`notify` is called with faults of the file; `times_ns` gives the times of annotations without any."""
        self._path = folder / MARKS
        self._notify = notify
        self._columns = list(COLUMNS)
        self._rows: list[Annotation | dict[str, str]] = []  # in the order of the file; a dict is a row of another kind
        self._open: Annotation | None = None  # an exclusion without an end yet
        self._sorted: tuple[Annotation, ...] | None = None
        self._ended: tuple[AnnotationView, ...] | None = None  # those that are not open, as they are shown
        self._damaged = ""
        try:
            self._read(times_ns)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, csv.Error) as error:
            self._columns, self._rows = list(COLUMNS), []
            self._damaged = getattr(error, "strerror", None) or str(error)
            notify(
                f"{self._path}: the annotations cannot be read ({self._damaged}); the first change renames the file."
            )

    @property
    def all(self) -> tuple[Annotation, ...]:
        """All annotations, by start; the same tuple until one of them changes."""
        if self._sorted is None:
            found = [row for row in self._rows if isinstance(row, Annotation)]
            self._sorted = tuple(sorted(found, key=lambda mark: (mark.start_frame, mark.end_frame)))
        return self._sorted

    @property
    def open(self) -> Annotation | None:
        """The exclusion without an end yet; in the file it covers its first frame."""
        return self._open

    def shown(self, now_s: float) -> tuple[AnnotationView, ...]:
        """All annotations by time, as they are shown; an open exclusion reaches to `now_s`.

        The same tuple as long as nothing changes, since it is asked for with every frame that is drawn.
        """
        if self._ended is None:
            found = (
                AnnotationView(m.kind, m.start_s, m.end_s, m.label[:_SHOWN]) for m in self.all if m is not self._open
            )
            self._ended = tuple(sorted(found, key=_by_time))
        if self._open is None:
            return self._ended
        start, end = sorted((self._open.start_s, now_s))
        begun = AnnotationView(self._open.kind, start, end, self._open.label[:_SHOWN], True)
        at = bisect_right(self._ended, _by_time(begun), key=_by_time)
        return (*self._ended[:at], begun, *self._ended[at:])

    def event(self, row: int, time_s: float, label: str = "") -> str:
        """Add an event at a row, or remove the one that is there; the text to show.

        With a label it is of that type, and events of other types stay.
        """
        here = (mark for mark in self._events if mark.start_frame == row)
        there = next((mark for mark in here if label in ("", mark.label)), None)
        named = f" '{label}'" if label else ""
        if there is not None:
            return self._without(there, f"Event{named} at {time_s:.2f} s removed.")
        return self._with(replace(_new("event", row, time_s), label=label), f"Event{named} at {time_s:.2f} s.")

    def add_of_rule(self, row: int, time_s: float, label: str, *, begins: bool) -> None:
        """Add the beginning or the end of what an event rule describes; nothing that is there is removed.

        Its source is "rule", and its tag "begin" or "end".
        """
        mark = _new("event", row, time_s)
        cells = {**mark.cells, "source": "rule", "tag": "begin" if begins else "end"}
        self._with(replace(mark, label=label if begins else f"{label} end", cells=cells), "")

    def add_event(self, row: int, time_s: float, label: str) -> str:
        """Add an event of another program beside those that are there, with the source "lsl"; the text to show."""
        mark = _new("event", row, time_s)
        cells = {**mark.cells, "source": "lsl"}
        return self._with(replace(mark, label=label, cells=cells), f"Event '{label}' at {time_s:.2f} s.")

    def name_event(self, name: str, row: int | None = None) -> str:
        """Name the event that was added last, or the last one of a row; the text to show."""
        mark = next((mark for mark in reversed(self._events) if row in (None, mark.start_frame)), None)
        if mark is None:
            return NO_EVENT
        self._rows[self._rows.index(mark)] = replace(mark, label=name)
        return self._written(f"Event at {mark.start_s:.2f} s: '{name}'.")

    @property
    def _events(self) -> list[Annotation]:
        """The events, in the order in which they were added."""
        return [row for row in self._rows if isinstance(row, Annotation) and row.kind == "event"]

    def exclude(self, row: int, time_s: float) -> str:
        """Begin an exclusion, or end the open one, before or after its start; the text to show.

        Inside an ended exclusion that one is removed; an open one that would end at its start is discarded.
        """
        begun, self._open = self._open, None
        if begun is not None and begun.start_frame == row:
            return self._without(begun, "Exclusion discarded.")
        if begun is not None:
            ends = sorted([(begun.start_frame, begun.start_s), (row, time_s)])
            (start, start_s), (end, end_s) = ends
            ended = replace(begun, start_frame=start, end_frame=end, start_s=start_s, end_s=end_s)
            self._rows[self._rows.index(begun)] = ended
            return self._written(f"Excluded {start_s:.2f} to {end_s:.2f} s.")
        inside = [mark for mark in self.all if mark.kind == "exclude" and mark.contains(row)]
        if inside:
            mark = inside[-1]
            return self._without(mark, f"Exclusion {mark.start_s:.2f} to {mark.end_s:.2f} s removed.")
        self._open = _new("exclude", row, time_s)
        return self._with(self._open, f"Exclusion begins at {time_s:.2f} s; the same key ends it.")

    def end(self, row: int, time_s: float) -> None:
        """End an open exclusion at the end of the recording."""
        if self._open is not None and self._open.start_frame != row:
            self.exclude(row, time_s)
        self._open = None
        self._forget()

    def _forget(self) -> None:
        self._sorted = self._ended = None

    def _with(self, mark: Annotation, text: str) -> str:
        self._rows.append(mark)
        return self._written(text)

    def _without(self, mark: Annotation, text: str) -> str:
        self._rows.remove(mark)
        return self._written(text)

    def _written(self, text: str) -> str:
        self._forget()
        try:
            if self._damaged:
                self._quarantine()
            with atomic_write(self._path, mode=0o600) as file:
                file.write(self._text().encode())
        except OSError as error:
            return f"{text} Not saved: {self._path}: {error.strerror or error}."
        return text

    def _quarantine(self) -> None:
        kept = quarantine(self._path, "annotations-damaged.csv")
        self._damaged = ""
        self._notify(f"The unreadable annotations are kept as {kept.name}.")

    def _text(self) -> str:
        rows = (_cells(row) if isinstance(row, Annotation) else row for row in self._rows)
        return csv_text([self._columns, *([cells.get(name, "") for name in self._columns] for cells in rows)])

    def _read(self, times_ns: Array | None) -> None:
        names, lines = read_lines(self._path)
        self._columns = [*names, *(name for name in COLUMNS if name not in names)]
        wrong: list[str] = []
        for number, cells in enumerate(lines, 2):
            mark: Annotation | None = None
            if cells["kind"] in ("event", "exclude"):
                try:
                    mark = _annotation(cells, times_ns, number)
                except ValueError as error:  # the row is preserved in the file
                    wrong.append(str(error))
            self._rows.append(cells if mark is None else mark)
        if wrong:
            self._notify(f"{self._path}: {len(wrong)} annotations cannot be read and are ignored: {wrong[0]}.")


def read_lines(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Column names and rows of a file of annotations. Raises OSError, ValueError and csv.Error."""
    if path.is_symlink():
        raise ValueError("symbolic links in a session are not followed")
    if path.exists() and not path.is_file():
        raise ValueError("not a regular file")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"larger than {_MOST_BYTES >> 20} MB")
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    names = list(reader.fieldnames or [])
    if missing := [name for name in ("kind", "start_frame", "end_frame") if name not in names]:
        raise ValueError(f"column '{missing[0]}' is missing")
    if len(set(names)) < len(names):
        raise ValueError("a column occurs twice")
    lines: list[dict[str, str]] = []
    for cells in reader:
        if None in cells or None in cells.values():
            raise ValueError(f"line {reader.line_num} has a different number of cells than the first")
        lines.append(cells)
    return names, lines


def _new(kind: Kind, row: int, time_s: float) -> Annotation:
    made = now_text()
    cells = {"annotation_id": uuid.uuid4().hex, "created_at": made, "source": "meshmirror"}
    return Annotation(kind, row, row, time_s, time_s, cells=cells)


def _cells(mark: Annotation) -> dict[str, str]:
    return {
        **mark.cells,
        "kind": mark.kind, "start_frame": str(mark.start_frame), "end_frame": str(mark.end_frame), "label": mark.label,
        "start_time": f"{mark.start_s:.6f}", "end_time": f"{mark.end_s:.6f}",
    }  # fmt: skip


def _annotation(cells: dict[str, str], times_ns: Array | None, line: int) -> Annotation:
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
    """The given time; in files without times, that of the row."""
    if text:
        return float(text)
    if times_ns is None or not len(times_ns):
        return 0.0
    return float(times_ns[int(np.clip(row, 0, len(times_ns) - 1))]) / 1e9


def _by_time(mark: AnnotationView) -> tuple[float, float]:
    return mark.start_s, mark.end_s
