"""A recorded session, opened: every part that can be read, and what is wrong with the rest."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType

import numpy as np

from realtime.errors import SessionError
from realtime.session.folder import SessionInfo, parts_in, read_info, stream_path
from realtime.session.pictures import VideoReader
from realtime.session.schema import PartInfo
from realtime.session.stored import Rows, Stored
from realtime.session.table import TableReader
from realtime.types import Array, ByteArray


class SessionPart:
    """One part: a table, and the videos that are there."""

    def __init__(self, folder: Path, table: TableReader, first: int) -> None:
        self.folder = folder
        self.info: PartInfo = table.part
        self.table = table
        self.rows = Rows(table)
        self.first = first  # number of its first row in the session
        self.notes: list[str] = []  # what is missing or wrong
        if table.damage:
            self.notes.append(f"{table.path.name}: {table.damage}; {len(table)} rows are there")

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def times(self) -> Array:
        """(rows,) int64 ns on the session's clock."""
        return self.table.numbers("time_ns")

    @cached_property
    def camera(self) -> VideoReader | None:
        """The camera's pictures; None where none are kept, or none that can be read."""
        return self._video("camera")

    @cached_property
    def view(self) -> VideoReader | None:
        """The window's pictures; None as above."""
        return self._video("view")

    def close(self) -> None:
        """Let go of the files."""
        for name in ("camera", "view"):
            video = self.__dict__.get(name)  # only if it was opened
            if video is not None:
                video.close()
        self.table.close()

    def _video(self, stream: str) -> VideoReader | None:
        path = stream_path(self.folder, "camera" if stream == "camera" else "view", self.info.part)
        if not path.exists():
            return None
        try:
            video = VideoReader(path, self.info.start_ns)
        except SessionError as error:
            self.notes.append(str(error))
            return None
        if video.comment != f"{self.info.session} {self.info.part} {stream}":
            self.notes.append(f"{path.name} is of another recording; it is left out")
            video.close()
            return None
        return video


class Session:
    """A recorded session. Rows are counted through all parts."""

    def __init__(self, folder: Path) -> None:
        """Raises SessionError for what is no session, or none that can be read."""
        self.folder = folder
        self.notes: list[str] = []  # what is missing or wrong
        if not folder.is_dir():
            raise SessionError(f"{folder}: there is no such session; a session is a folder.")
        self.info: SessionInfo | None = read_info(folder)
        self.parts: tuple[SessionPart, ...] = tuple(self._open_parts())
        if not self.parts:
            raise SessionError(
                f"{folder}: no frame was recorded in it." if self.info else f"{folder}: this is no session."
            )
        self.notes += [note for part in self.parts for note in part.notes]

    def _open_parts(self) -> list[SessionPart]:
        found: list[SessionPart] = []
        session = None if self.info is None else self.info.session
        first = 0
        for number in parts_in(self.folder):
            path = stream_path(self.folder, "frames", number)
            try:
                table = TableReader(path)
            except SessionError as error:
                self.notes.append(str(error))
                continue
            session = session or table.part.session
            if table.part.session != session or table.part.part != number:
                self.notes.append(f"{path.name} is of another recording; it is left out")
                table.close()
            elif not len(table):
                self.notes.append(f"{path.name} has no rows")
                table.close()
            else:
                found.append(SessionPart(self.folder, table, first))
                first += len(table)
        return found

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @cached_property
    def times(self) -> Array:
        """(rows,) int64 ns on the session's clock, which begins with 0."""
        return np.concatenate([part.times for part in self.parts])

    def place(self, row: int) -> tuple[SessionPart, int]:
        """The part of a row, and its number there."""
        for part in self.parts:
            if part.first <= row < part.first + len(part):
                return part, row - part.first
        raise IndexError(f"row {row} of {len(self)}")

    def __getitem__(self, row: int) -> Stored:
        part, at = self.place(row)
        return part.rows[at]

    def picture(self, row: int) -> ByteArray | None:
        """The camera's picture (height, width, 3) RGB of a row; None where it was not kept."""
        part, at = self.place(row)
        return None if part.camera is None else part.camera.at(int(part.times[at]))

    def close(self) -> None:
        """Let go of all files; may be called twice."""
        for part in self.parts:
            part.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_session(path: str | Path) -> Session:
    """Open a recorded session to read. Raises SessionError."""
    return Session(Path(path))
