"""A session as a source of frames."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from realtime.capture import OpenSource
from realtime.core.errors import SessionError
from realtime.core.types import Array, Frame, SourceInfo, SourceState
from realtime.pipeline.replay.playback_clock import PlaybackClock
from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.session import Session

Answer = TypeVar("Answer")


class ReplaySource(OpenSource):
    """Delivers the row at the playhead whenever it changes; with `every` all rows of the range in order instead.

    Rows are given to one pipeline at a time, which selects the section of the session with `serve`.
    """

    def __init__(
        self,
        session: Session,
        rows: RecordedRows,
        player: PlaybackClock,
        section_of: Callable[[int], int],
        wake: Callable[[], None],
        *,
        every: bool,
        pictures: bool = True,
        rows_of: Array | None = None,
    ) -> None:
        """`section_of` gives the section of a row; `wake` is called when a row of another one than is served is due.

        `rows_of`: where the player's rows are ticks of another clock, the row of the session at each of them.
        """
        self._player = player
        self._frames = ReplayFrames(session, rows, pictures=pictures)
        self._section_of = section_of
        self._wake = wake
        self._every = every
        self._next: int | None = None  # with `every`
        self._rows_of = rows_of
        self.tick = 0  # of the newest frame: the player's row
        self._section = 0  # that is served
        self._wanted: int | None = None  # that is due, where it is another one
        self._damaged = 0
        self.unreadable = ""  # what is wrong with the first row that cannot be read
        self._moved = threading.Condition()
        self._closed = False
        info = session.parts[0].info
        self._info = SourceInfo(
            session.folder.absolute().name, live=False, size=info.image_size, rate=info.rate,
            frames=player.rows,
        )  # fmt: skip

    @property
    def info(self) -> SourceInfo:
        """The session by its name; its frames are files' frames."""
        return self._info

    @property
    def state(self) -> SourceState:
        """Only with `every` is there an end."""
        with self._moved:
            rows = self._rows()
            over = self._every and (rows.start if self._next is None else self._next) >= rows.stop
            return "ended" if self._closed or over else "live"

    @property
    def own_pace(self) -> bool:
        """The playhead decides."""
        return not self._every

    @property
    def note(self) -> str:
        """Why rows or pictures are missing."""
        return self.unreadable or self._frames.unreadable

    @property
    def damaged(self) -> int:
        """Rows that cannot be read."""
        return self._damaged

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The row that is due, once."""
        with self._moved:
            tick = self._due(timeout)
        if tick is None:
            return None
        self.tick = tick
        return self.frame(self._row_of(tick))

    def frame(self, row: int) -> Frame | None:
        """The frame of a row of the session; None, counted, where it cannot be read."""
        try:
            return self._frames[row]
        except SessionError as error:  # the rest of the session can be read
            self._damaged += 1
            self.unreadable = self.unreadable or str(error)
            return None

    def _row_of(self, tick: int) -> int:
        return tick if self._rows_of is None else int(self._rows_of[tick])

    def _due(self, timeout: float) -> int | None:
        if self._closed:
            return None
        if self._every:
            rows = self._rows()
            row = rows.start if self._next is None else self._next
            if row >= rows.stop or not self._served(row, timeout):
                return None
            self._next = row + 1
            self._player.go(row)
            return row
        wait_s = self._player.wait_s
        if self._served(self._player.row, 0.0):
            row_due = self._player.take()
            if row_due is not None:
                return row_due
            self._moved.wait(timeout if wait_s is None else min(timeout, wait_s))
            return self._player.take() if self._served(self._player.row, 0.0) and not self._closed else None
        self._moved.wait(timeout)
        return None

    def _served(self, row: int, timeout: float) -> bool:
        """Whether a row is of the section that is served; else it is asked for."""
        section = self._section_of(self._row_of(row))
        if section == self._section:
            self._wanted = None
            return True
        if self._wanted != section:
            self._wanted = section
            self._wake()
        if timeout:
            self._moved.wait(timeout)
        return False

    def _rows(self) -> range:
        between = self._player.range
        return self._player.rows_between(between.start_ns, between.end_ns)

    # For other threads

    def has_picture(self, frame: Frame) -> bool:
        """Whether a frame of this source shows a picture that was recorded, and not a dark one."""
        return self._frames.has_picture(frame)

    def ask(self, question: Callable[[PlaybackClock], Answer]) -> Answer:
        """Operate the transport and wake the source."""
        with self._moved:
            answer = question(self._player)
            self._moved.notify_all()
            return answer

    @property
    def wanted(self) -> int | None:
        """The section that is due and is not served."""
        return self._wanted

    def serve(self, section: int) -> None:
        """Give the rows of this section from now on, the one at the playhead once more."""
        with self._moved:
            self._section, self._wanted = section, None
            self._player.again()
            self._moved.notify_all()

    def play_to_end(self) -> None:
        """All rows that follow, as fast as possible, then the end."""
        with self._moved:
            if not self._every:
                self._next, self._every = self._player.row + 1, True
                self._player.pause()
            self._moved.notify_all()

    def close(self, timeout: float = 0.5) -> None:
        """No more frames; the session stays open."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
