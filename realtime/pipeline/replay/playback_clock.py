"""The transport of a replay: where the playhead is on the recorded clock, and which row is due.

Nothing here knows of pictures or threads; the clock is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import Array
from realtime.core.view_options import SPEEDS


@dataclass(frozen=True, slots=True)
class Range:
    """The interval that is played, both ends included; ns of the session's clock."""

    start_ns: int
    end_ns: int


class PlaybackClock:
    """Plays rows at their recorded times; at high speed rows are skipped.

    Steps and seeks reach every row of the recording. Playing stays within the in and out points: from outside of them,
    and from the end, it begins at the in point. Belongs to one thread at a time.
    """

    def __init__(
        self,
        times_ns: Array,
        *,
        speed: float = 1.0,
        loop: bool = False,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`times_ns`: (rows,) int64, at least one. The playhead is at the first row, paused.

        A row whose time lies before that of an earlier one, as in a damaged table, is due together with that one.
        Raises UsageError for a speed outside of 0.1 to 8.
        """
        if not SPEEDS[0] <= speed <= SPEEDS[-1]:
            raise UsageError(f"speed = {speed:g}: a replay runs at {SPEEDS[0]:g} to {SPEEDS[-1]:g} times the speed.")
        self.times_ns = np.maximum.accumulate(times_ns)
        self.loop = loop
        self.speed = speed
        self.playing = False
        self.range = Range(*self._ends)
        self._clock = clock
        self._head_ns = int(times_ns[0])  # of the playhead at ...
        self._at_ns = clock()  # ... this time of the clock
        self._row = 0  # at that time: rows may share a time
        self._given: int | None = None  # the row that was taken last

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.times_ns)

    @property
    def time_ns(self) -> int:
        """Where the playhead is."""
        self._advance()
        return self._head_ns

    @property
    def row(self) -> int:
        """The row at the playhead: the newest whose time has come."""
        self._advance()
        return self._row

    # Requests

    def play(self) -> None:
        """Play from here; from the end, or from outside of what is played, from the in point."""
        self._advance()
        if not self.playing and not self.range.start_ns <= self._head_ns < self.range.end_ns:
            self._place(self.range.start_ns)
        self._at_ns, self.playing = self._clock(), True

    def pause(self) -> None:
        """Pause here."""
        self._advance()
        self.playing = False

    def toggle(self) -> None:
        """Play, or pause."""
        self.pause() if self.playing_now else self.play()

    @property
    def playing_now(self) -> bool:
        """Whether it plays: it pauses at the end."""
        self._advance()
        return self.playing

    def step(self, rows: int) -> None:
        """Pause, so many rows further on; negative: back."""
        self.go(self.row + rows)

    def go(self, row: int) -> None:
        """Pause at a row; the first or the last where it is beyond."""
        self.pause()
        self._row = min(max(row, 0), self.rows - 1)
        self._head_ns = int(self.times_ns[self._row])

    def seek(self, time_ns: int) -> None:
        """Seek to a time, and continue to play if it plays."""
        self._advance()
        self._place(time_ns)

    def set_speed(self, speed: float) -> None:
        """Continue at another speed."""
        self._advance()
        self.speed = speed

    def faster(self) -> None:
        """The next higher speed."""
        self.set_speed(next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1]))

    def slower(self) -> None:
        """The next lower speed."""
        self.set_speed(next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0]))

    def set_in(self) -> None:
        """Play from here on; once more at the same place: from the beginning. An out point before it is removed."""
        here, end = self.time_ns, self.range.end_ns
        first, last = self._ends
        here = first if here == self.range.start_ns else here
        self.range = Range(here, end if end > here else last)

    def set_out(self) -> None:
        """Play up to here; once more at the same place: up to the end. An in point behind it is removed."""
        here, start = self.time_ns, self.range.start_ns
        first, last = self._ends
        here = last if here == self.range.end_ns else here
        self.range = Range(start if start < here else first, here)

    def set_range(self, start_ns: int | None, end_ns: int | None) -> None:
        """Set both points; a playhead outside of them moves to the first. None: the end of the recording.

        Raises UsageError where there is no row between them.
        """
        first, last = self._ends
        start, end = first if start_ns is None else start_ns, last if end_ns is None else end_ns
        rows = self.rows_between(start, end)
        if not rows:
            raise UsageError(
                f"Between {start / 1e9:g} s and {end / 1e9:g} s there is no frame; "
                f"the recording goes from {first / 1e9:g} s to {last / 1e9:g} s."
            )
        start, end = int(self.times_ns[rows[0]]), int(self.times_ns[rows[-1]])
        self.range = Range(start, end)
        if not start <= self.time_ns <= end:
            self._place(start)

    # The row to show

    def take(self) -> int | None:
        """The row that is due and was not taken yet; None while the last one is still the right one."""
        row = self.row
        if row == self._given:
            return None
        self._given = row
        return row

    def again(self) -> None:
        """Let the row at the playhead be taken once more."""
        self._given = None

    @property
    def wait_s(self) -> float | None:
        """Seconds of the clock until another row is due, or playing ends; None while nothing comes by itself."""
        self._advance()
        if not self.playing:
            return None
        following = int(self.times_ns[self._row + 1]) if self._row + 1 < self.rows else self.range.end_ns
        return max(0.0, (min(following, self.range.end_ns) - self._head_ns) / 1e9 / self.speed)

    def rows_between(self, start_ns: int, end_ns: int) -> range:
        """The rows of an interval, both ends included."""
        first = int(np.searchsorted(self.times_ns, start_ns, side="left"))
        return range(first, int(np.searchsorted(self.times_ns, end_ns, side="right")))

    @property
    def _ends(self) -> tuple[int, int]:
        return int(self.times_ns[0]), int(self.times_ns[-1])

    def _advance(self) -> None:
        """Move the playhead to where it is by now."""
        now = self._clock()
        since, self._at_ns = now - self._at_ns, now
        if not self.playing:
            return
        start, end = self.range.start_ns, self.range.end_ns
        # Not beyond the out point; but a playhead that was set behind it while playing continues to the end.
        last = end if self._head_ns <= end else self._ends[1]
        head = self._head_ns + round(since * self.speed)
        if head < last:
            self._move(head)
        elif self.loop and end > start:
            self._place(start + (head - last) % (end - start))
        else:
            self._move(last)
            self.playing = False

    def _move(self, head_ns: int) -> None:
        """On: of rows that share a time, the last is due."""
        self._head_ns = head_ns
        self._row = max(self._row, int(np.searchsorted(self.times_ns, head_ns, side="right")) - 1)

    def _place(self, time_ns: int) -> None:
        first, last = self._ends
        self._head_ns = min(max(int(time_ns), first), last)
        self._row = int(np.searchsorted(self.times_ns, self._head_ns, side="right")) - 1
