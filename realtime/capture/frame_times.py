"""Times of a file's decoded frames: strictly increasing, from whichever of the file's clocks is right.

A container's times can be wrong in four ways, each with a clock in the file that is right:

* H.264 in AVI and ASF is dated in decode order. The times themselves are right, only their order is not: sorted over
  the depth of the decoder's reordering they are those of the frames as shown.
* Some frames have no time. They are spaced between those that have one, at the nominal rate at most.
* Pieces were put together, each with times of its own. Those of the later piece are moved as a whole.
* A single time is wrong or given twice. It is spaced like a missing one, and counted as a correction.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction

from realtime.capture.source import SECOND_NS

MAX_REORDERED = 16  # frames: no profile of H.264 or HEVC reorders over more
_LATE_PERIODS = 2  # a time that is later than expected by no more than this is a wrong time, not another piece
_CAUGHT_UP = Fraction(3, 4)  # of the time that the frames since should have taken


class FrameTimes:
    """Dates the frames of a file, in the order in which the decoder gives them.

    `expect` what goes into the decoder, `add` what comes out of it, `take` the time of the oldest frame once it is
    `settled` or no more will come. All times are integer nanoseconds.
    """

    def __init__(self, rate: Fraction, *, reorders: bool, depth: int = MAX_REORDERED) -> None:
        """`rate`: nominal frames a second. `reorders`: whether the codec can show frames in another order than it
        stores them. `depth`: how many frames may wait for later ones.
        """
        self.corrections = 0  # times that were there and could not be used
        self._rate = rate
        self._period_ns = max(1, round(SECOND_NS / rate))
        self._reorders = reorders
        self._depth = depth
        self._waiting: deque[int | None] = deque()  # the file's times of the frames that wait for theirs
        self._decoding: deque[int] = deque(maxlen=2 * MAX_REORDERED)  # the file's times of what is in the decoder
        self._shift_ns = 0  # added to the file's times: below 0, in a later piece or a later round of a loop
        self._previous_ns: int | None = None  # as given out
        self._anchor_ns = 0  # a run of frames without times counts from here, so that no rounding adds up
        self._since_anchor = 0
        self._first = True  # of this round

    def restart(self) -> None:
        """The file begins again: its times follow those before."""
        self._waiting.clear()
        self._decoding.clear()
        self._first = True

    def file_ns(self, stamp_ns: int) -> int:
        """The file's own time of a frame that was given `stamp_ns`, in its present piece and round."""
        return stamp_ns - self._shift_ns

    def expect(self, time_ns: int) -> None:
        """A packet with this time goes into the decoder."""
        self._decoding.append(time_ns)

    def add(self, time_ns: int | None) -> None:
        """The decoder gives a frame; the time is the one that the file has for it."""
        self._waiting.append(time_ns)
        if time_ns is not None and time_ns in self._decoding:
            self._decoding.remove(time_ns)

    @property
    def settled(self) -> bool:
        """Whether the time of the oldest waiting frame cannot change any more by what follows."""
        if not self._waiting:
            return False
        if len(self._waiting) > self._depth:
            return True
        first, *others = self._waiting
        if first is None:
            return any(time_ns is not None for time_ns in others)
        earlier = any(time_ns is not None and time_ns < first for time_ns in (*others, *self._decoding))
        return not earlier and not self._is_late(first)

    def take(self) -> tuple[int, bool]:
        """The time of the oldest waiting frame, and whether it begins a new piece or round."""
        again = self._first and self._previous_ns is not None
        if self._reorders:
            self._sort()
        time_ns = self._waiting.popleft()
        jumped = again
        if time_ns is None:
            stamp_ns = self._between()
        elif again:
            stamp_ns = self._follow(time_ns)
        elif not self._is_late(time_ns):
            if self._previous_ns is None and time_ns < 0:
                self._shift_ns = -time_ns
            stamp_ns = self._anchor(time_ns + self._shift_ns)
        elif self._lasting(0, self._file_previous(), [time_ns, *self._waiting]):
            stamp_ns, jumped = self._follow(time_ns), True
        else:
            self.corrections += 1
            stamp_ns = self._between()
        self._previous_ns, self._first = stamp_ns, False
        return stamp_ns, jumped

    def _is_late(self, time_ns: int) -> bool:
        return self._previous_ns is not None and not self._first and time_ns + self._shift_ns <= self._previous_ns

    def _file_previous(self) -> int:
        return (self._previous_ns or 0) - self._shift_ns

    def _anchor(self, stamp_ns: int) -> int:
        self._anchor_ns, self._since_anchor = stamp_ns, 0
        return stamp_ns

    def _follow(self, time_ns: int) -> int:
        """Move this time and those after it behind what was given out."""
        stamp_ns = (self._previous_ns or 0) + self._period_ns
        self._shift_ns = stamp_ns - time_ns
        return self._anchor(stamp_ns)

    def _between(self) -> int:
        """A time between the one before and the next that can be used: a period later, or less where many must fit."""
        previous_ns = self._previous_ns
        ahead = ((n, t + self._shift_ns) for n, t in enumerate(self._waiting, start=1) if t is not None)
        if previous_ns is None:  # the first one: counted back from the first that has a time
            places, known_ns = next(ahead, (0, 0))
            return self._anchor(max(0, known_ns - places * self._period_ns))
        self._since_anchor += 1
        stamp_ns = self._anchor_ns + round(self._since_anchor * SECOND_NS / self._rate)
        for places, known_ns in ahead:
            if known_ns > previous_ns:
                stamp_ns = min(stamp_ns, previous_ns + (known_ns - previous_ns) // (places + 1))
                break
        return max(stamp_ns, previous_ns + 1)

    def _sort(self) -> None:
        """Put the times of the frames that wait in order, up to where another piece begins."""
        known = [(place, time_ns) for place, time_ns in enumerate(self._waiting) if time_ns is not None]
        times = [time_ns for _, time_ns in known]
        if len(times) < 2:
            return
        has_previous = self._previous_ns is not None and not self._first
        highest = lowest = self._file_previous() if has_previous else times[0]
        end = 0
        for end, time_ns in enumerate(times):
            if time_ns <= lowest and time_ns < highest and self._lasting(end, highest, times):
                break
            highest = max(highest, time_ns)
            lowest = lowest if has_previous else min(lowest, time_ns)
        else:
            end = len(times)
        for (place, _), time_ns in zip(known[:end], sorted(times[:end]), strict=True):
            self._waiting[place] = time_ns

    def _lasting(self, at: int, highest: int, times: list[int | None] | list[int]) -> bool:
        """Whether the times from `at` on stay behind `highest`: another piece, and not a few wrong or swapped times."""
        here = times[at]
        if here is None or highest - here < _LATE_PERIODS * self._period_ns:
            return False
        for count, time_ns in enumerate(times[at:], start=1):
            if time_ns is not None and time_ns - highest >= _CAUGHT_UP * count * self._period_ns:
                return False
        return True
