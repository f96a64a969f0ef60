"""A recorded session, opened: all readable parts, and notes about the rest."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from realtime.core.errors import NewerFormatError, SessionError, UsageError
from realtime.core.tracker_names import network_of
from realtime.core.types import Array, ByteArray
from realtime.core.wording import two_trackers
from realtime.session.annotations import Annotation, Annotations
from realtime.session.columns.table_columns import NEVER_NULL
from realtime.session.folder import INFO, SessionInfo, parts_in, read_info, stream_path
from realtime.session.read.describe import describe_session
from realtime.session.read.flat_table import Faces, flat_table
from realtime.session.read.part import SessionPart
from realtime.session.read.recorded_tracks import RecordedTrack, recorded_tracks
from realtime.session.read.rows import RecordedFrame
from realtime.session.read.streams import Streams
from realtime.session.table import TableReader
from realtime.session.unfinished import in_progress

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_MISSING = 20  # notes about missing parts


class Session(Streams):
    """A recorded session. Rows are numbered through all parts.

    A row is a frame, with its chosen face. `session[i]` is a row as the program's own values (`RecordedFrame`), which
    has the frame's `others`; the streams, see `Streams`, give numpy arrays of the chosen face.
    """

    def __init__(self, folder: Path) -> None:
        """Raises SessionError where there is no readable session."""
        self.folder = folder
        self.notes: list[str] = []  # what is missing or wrong; faults of a video are added when it is first read
        if not folder.is_dir():
            raise SessionError(f"{folder}: no such session; a session is a folder.")
        self.info: SessionInfo | None = self._read_info()
        self.parts: tuple[SessionPart, ...] = tuple(self._open_parts())
        if not self.parts:
            raise SessionError(self._without_rows())
        self.notes += self._missing()
        self.notes += self._overlapping()
        self.notes += self._trackers()
        self.being_recorded = (self.info is None or self.info.state == "recording") and in_progress(folder)
        if self.being_recorded:
            self.notes.append(self.recording_note)
        super().__init__(self.parts, np.concatenate([part.times for part in self.parts]))

    def _read_info(self) -> SessionInfo | None:
        try:
            return read_info(self.folder)
        except NewerFormatError:
            raise
        except SessionError as error:  # the tables can be read without it
            self.notes.append(str(error))
            return None

    def _open_parts(self) -> list[SessionPart]:
        tables: dict[int, TableReader] = {}
        for number in parts_in(self.folder):
            try:
                tables[number] = TableReader(stream_path(self.folder, "frames", number))
            except NewerFormatError:
                raise
            except SessionError as error:
                self.notes.append(str(error))
        of = [table.part.session for table in tables.values()]
        if self.info is not None and of and self.info.session not in of:
            self.notes.append(f"{INFO} belongs to another recording; it is ignored")
            self.info = None
        session = self.info.session if self.info is not None else of[0] if of else ""
        found: list[SessionPart] = []
        first = 0
        for number, table in tables.items():
            name = table.path.name
            if table.part.session != session or table.part.part != number:
                self.notes.append(f"{name} belongs to another recording; it is ignored")
            elif not len(table):
                self.notes.append(f"{name} has no rows{f': {table.damage}' if table.damage else ''}")
            else:
                found.append(SessionPart(self.folder, table, first, self.notes))
                first += len(table)
                continue
            table.close()
        return found

    def _without_rows(self) -> str:
        if self.notes:
            return self.notes[0] if str(self.folder) in self.notes[0] else f"{self.folder}: {self.notes[0]}."
        return f"{self.folder}: {'no frame was recorded' if self.info else 'not a session'}."

    def _overlapping(self) -> list[str]:
        """Notes about parts that begin before the part before them has ended."""
        return [
            f"{after.table.path.name} begins {(before.times[-1] - after.times[0]) / 1e9:.3f} s before the end of "
            f"{before.table.path.name}: their times overlap"
            for before, after in pairwise(self.parts)
            if after.times[0] <= before.times[-1]
        ]

    def _trackers(self) -> list[str]:
        """A note where parts were recorded with trackers of different networks."""
        trackers = {network_of(part.info.tracker): part.info.tracker for part in self.parts if part.info.tracker}
        return [two_trackers("Parts of this session", *[*trackers.values()][:2])] if len(trackers) > 1 else []

    def _missing(self) -> list[str]:
        """Notes about missing parts and rows."""
        there = {part.info.part: part for part in self.parts}
        expected: dict[int, int | None] = dict.fromkeys(range(1, max(there) + 1))
        for summary in self.info.parts if self.info is not None else ():
            counts = summary.streams.get("frames")
            closed = self.info is not None and self.info.state != "recording"
            expected[summary.info.part] = counts.recorded if counts is not None and closed else None
        found = []
        for number, rows in sorted(expected.items())[:_MOST_MISSING]:
            name = stream_path(self.folder, "frames", number).name
            if number not in there:
                if not any(note.startswith(name) or f"{name}:" in note for note in self.notes):
                    found.append(f"{name} is missing")
            elif rows is not None and rows != len(there[number]) and not there[number].table.damage:
                found.append(f"{name} has {len(there[number])} rows; {rows} were recorded")
        return found

    @property
    def recording_note(self) -> str:
        """What is to be said of a session that is being recorded."""
        return f"The session is being recorded; it has {len(self)} rows so far."

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @property
    def seconds(self) -> float:
        """Time from the first to the last row."""
        return float(self.times[-1] - self.times[0]) / 1e9

    def place(self, row: int) -> tuple[SessionPart, int]:
        """The part of a row, and its number there; rows before 0 count from the end."""
        row += len(self) if row < 0 else 0
        for part in self.parts:
            if part.first <= row < part.first + len(part):
                return part, row - part.first
        raise IndexError(f"row {row} of {len(self)}")

    def __getitem__(self, row: int) -> RecordedFrame:
        part, at = self.place(row)
        return part.rows[at]

    def picture(self, row: int) -> ByteArray | None:
        """The camera's picture (height, width, 3) RGB of a row; None if it was not recorded."""
        part, at = self.place(row)
        return None if part.camera is None else part.camera.at(int(part.times[at]))

    @cached_property
    def marks(self) -> tuple[Annotation, ...]:
        """Events and exclusions, by start."""
        return Annotations(self.folder, self.notes.append, self.times).all

    @property
    def excluded(self) -> Array:
        """(rows,) bool, whether a row lies in an exclusion."""
        rows = len(self)
        begun = np.zeros(rows + 1, np.int64)  # how many begin less how many end at each row
        for mark in self.marks:
            if mark.kind == "exclude":
                begun[min(mark.start_frame, rows)] += 1
                begun[min(mark.end_frame + 1, rows)] -= 1
        found: Array = begun.cumsum()[:-1] > 0
        return found

    def faces(self) -> tuple[RecordedTrack, ...]:
        """Every face that was followed, with its `track_id` and when it was seen, by its first row."""
        return recorded_tracks(self.parts)

    def table(self, *, meshes: bool = False, faces: Faces = "chosen") -> pa.Table:
        """All frames as a pyarrow table with a column for each number.

        A row is a frame with its chosen face. With `faces="all"` its other faces follow in rows of their own, in which
        `chosen` is false; rows with the same `part` and `frame_row` are of one frame, those with the same `track_id`
        of one face.
        `timestamp` is in seconds; arrays become columns such as "features.anger", "regions.mouth". With `meshes` the
        columns landmarks, canonical, predicted (and network.mesh) are included as lists of 478 * 3 numbers. See
        docs/sessions.md for units.
        """
        if faces not in get_args(Faces):
            raise UsageError(f"faces={faces!r}: known are {' and '.join(map(repr, get_args(Faces)))}.")
        return flat_table(self.parts, self.excluded, meshes, faces)

    def to_pandas(self, *, meshes: bool = False, faces: Faces = "chosen") -> Any:
        """`table` as a pandas.DataFrame; 64-bit integers that a row may lack are of pandas' type Int64, with <NA>.

        Raises UsageError where pandas is not installed.
        """
        pandas = _imported("pandas")
        table = self.table(meshes=meshes, faces=faces)
        always = {name for name in NEVER_NULL if "." not in name}  # a whole structure may be missing
        lacking = [field.name for field in table.schema if str(field.type) == "int64" and field.name not in always]
        frame = table.drop_columns(lacking).to_pandas()
        for name in lacking:  # pandas would make float64 of them, which rounds nanoseconds
            frame[name] = table.column(name).to_pandas(types_mapper=lambda _: pandas.Int64Dtype())
        return frame[table.column_names]

    def to_polars(self, *, meshes: bool = False, faces: Faces = "chosen") -> Any:
        """`table` as a polars.DataFrame. Raises UsageError where polars is not installed."""
        return _imported("polars").from_arrow(self.table(meshes=meshes, faces=faces))

    def __repr__(self) -> str:
        return describe_session(self.folder, self.info, self.parts, self.seconds, self.notes)

    def close(self) -> None:
        """Close all files; may be called twice."""
        for part in self.parts:
            part.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_session(path: str | Path) -> Session:
    """Open a recorded session for reading, by its folder or its session.json; nothing is written.

    Raises SessionError.
    """
    folder = Path(path)
    return Session(folder.parent if folder.name == INFO and not folder.is_dir() else folder)


def _imported(name: str) -> Any:
    """A package of tables. Raises UsageError where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            f"{name} is not installed: pip install {name}. `Session.table` gives a pyarrow table without it."
        ) from error
