"""A part of a session, opened: its table and its videos."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import Array
from realtime.media.video_reader import VideoReader
from realtime.media.video_writer import even_size
from realtime.session.folder import Stream, stream_path
from realtime.session.read.rows import RecordedFrames
from realtime.session.read.streams import Streams
from realtime.session.schema import PartInfo
from realtime.session.table import TableReader


class SessionPart:
    """One part: its table, and the videos that exist."""

    def __init__(self, folder: Path, table: TableReader, first: int, notes: list[str]) -> None:
        """Faults are appended to `notes` too."""
        self.folder = folder
        self.info: PartInfo = table.part
        self.table = table
        self.rows = RecordedFrames(table)
        self.first = first  # number of its first row in the session
        self.notes: list[str] = []  # what is missing or wrong
        self._all_notes = notes
        if table.damage:
            self._note(f"{table.path.name}: {table.damage}; {len(table)} rows can be read")
        if (np.diff(self.times) <= 0).any():
            self._note(f"{table.path.name}: damaged, its times do not increase")

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def times(self) -> Array:
        """(rows,) int64 ns on the session's clock."""
        return self.table.numbers("time_ns")

    @cached_property
    def streams(self) -> Streams:
        """The streams of this part alone."""
        return Streams((self,), self.times)

    @cached_property
    def camera(self) -> VideoReader | None:
        """The camera's video; None if it was not recorded or cannot be read."""
        return self._video("camera")

    @cached_property
    def view(self) -> VideoReader | None:
        """The window's video; None as above."""
        return self._video("view")

    def close(self) -> None:
        """Close the files."""
        for name in ("camera", "view"):
            video = self.__dict__.get(name)  # only if it was read
            if video is not None:
                video.close()
        self.table.close()

    def _video(self, stream: Stream) -> VideoReader | None:
        path = stream_path(self.folder, stream, self.info.part)
        if not (path.exists() or path.is_symlink()):
            return None
        try:
            video = VideoReader(path, self.info.start_ns)
        except SessionError as error:
            self._note(str(error))
            return None
        wrong = ""
        if video.comment != f"{self.info.session} {self.info.part} {stream}":
            wrong = "belongs to another recording"
        elif stream == "camera" and video.size != even_size(self.info.image_size):
            wrong = f"has {video.size[0]}x{video.size[1]} pixels, not the table's size"
        if wrong:
            self._note(f"{path.name} {wrong}; it is ignored")
            video.close()
            return None
        return video

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self._all_notes.append(text)
