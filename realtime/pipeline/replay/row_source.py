"""Chosen rows of a session as a source of frames, in any order and each as often as it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from realtime.capture import OpenSource
from realtime.core.types import Frame, SourceInfo, SourceState
from realtime.session import Session


class FramesByRow(Protocol):
    """Makes the frame of a row."""

    def __getitem__(self, row: int, /) -> Frame: ...


class RowSource(OpenSource):
    """Gives one row after the other, as fast as they are taken."""

    def __init__(self, session: Session, frames: FramesByRow, rows: Sequence[int]) -> None:
        self._frames = frames
        self._rows = rows
        self._next = 0
        first = session.parts[0].info
        name = session.folder.absolute().name
        self._info = SourceInfo(name, live=False, size=first.image_size, rate=first.rate, frames=len(rows))

    @property
    def info(self) -> SourceInfo:
        """The session by its name; its frames are files' frames."""
        return self._info

    @property
    def state(self) -> SourceState:
        """It ends with the last of the rows."""
        return "live" if self._next < len(self._rows) else "ended"

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The next row. Raises SessionError for one that cannot be read."""
        if self._next >= len(self._rows):
            return None
        self._next += 1
        return self._frames[self._rows[self._next - 1]]

    def close(self, timeout: float = 0.5) -> None:
        """No more rows; the session stays open."""
        self._next = len(self._rows)
