"""One clock for two recordings: which row of each is shown at each time, and which rows are of the same moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.against import START
from realtime.core.errors import UsageError
from realtime.core.printable import bounded
from realtime.core.types import Array
from realtime.core.wording import time_text
from realtime.session import Session

_NAMED = 12  # marks that an error lists


@dataclass(frozen=True, slots=True, eq=False)
class CommonClock:
    """The ticks of a clock that begins with the earlier of the two recordings; each row of each has one.

    Two rows are a pair where each is the nearest of its recording to the other, at most half a frame apart: they share
    a tick, that of the first recording's row. At the tick of a row without a partner, the other recording shows the
    newest row whose time has come.
    """

    times_ns: Array  # (ticks,) int64, ascending from 0
    rows: Array  # (2, ticks) int64, ascending; the first and the last row of a recording also before and after it
    paired: Array  # (ticks,) bool
    spans_ns: tuple[tuple[int, int], tuple[int, int]]  # of each recording, from its first to its last row
    aligned_ns: int  # the moment at which both are aligned

    @classmethod
    def of(cls, times_a: Array, times_b: Array, at_a_ns: int, at_b_ns: int) -> CommonClock:
        """`times_a` and `times_b`: (rows,) int64 ns of the two recordings, at least one row each, which lie on each
        other at `at_a_ns` and `at_b_ns`.
        """
        first, second = np.maximum.accumulate(times_a) - at_a_ns, np.maximum.accumulate(times_b) - at_b_ns
        begin = int(min(first[0], second[0]))
        first, second = first - begin, second - begin
        of_b, of_a = _nearest(second, first), _nearest(first, second)
        own = np.arange(len(first))
        paired = (of_a[of_b] == own) & (np.abs(second[of_b] - first) <= _half_a_frame(first, second))
        alone = np.ones(len(second), bool)  # rows of the second without a partner
        alone[of_b[paired]] = False
        alone = np.flatnonzero(alone)
        times = np.concatenate([first, second[alone]])
        order = np.argsort(times, kind="stable")
        rows_a = np.concatenate([own, _newest(first, second[alone])])[order]
        rows_b = np.concatenate([np.where(paired, of_b, _newest(second, first)), alone])[order]
        return cls(
            times[order],
            np.maximum.accumulate(np.stack([rows_a, rows_b]), axis=1),
            np.concatenate([paired, np.zeros(len(alone), bool)])[order],
            ((int(first[0]), int(first[-1])), (int(second[0]), int(second[-1]))),
            -begin,
        )

    @property
    def pairs(self) -> int:
        """How many rows of the two are of the same moment."""
        return int(self.paired.sum())


def aligned(session_a: Session, session_b: Session, mark: str) -> CommonClock:
    """The clock of two sessions aligned on their first frames (`START`) or on the first mark of this name in each.

    Raises UsageError where a session has no such mark.
    """
    return CommonClock.of(session_a.times, session_b.times, _moment_ns(session_a, mark), _moment_ns(session_b, mark))


def _moment_ns(session: Session, name: str) -> int:
    """When a session begins, or its first mark of this name, on its own clock."""
    if name == START:
        return int(session.times[0])
    found = next((mark for mark in session.marks if mark.label == name), None)
    if found is not None:
        return round(found.start_s * 1e9)
    folder = session.folder.absolute().name
    names = list(dict.fromkeys(mark.label for mark in session.marks if mark.label))
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        there = f"Its marks are: {', '.join(repr(bounded(one, 60)) for one in names[:_NAMED])}{more}"
    elif session.marks:
        first = time_text(session.marks[0].start_s)
        there = (
            f"It has {len(session.marks)} without a name, the first at {first}: the column label of annotations.csv "
            "names them"
        )
    else:
        there = "It has no marks"
    raise UsageError(f"--align {name}: {folder} has no mark of this name. {there}.")


def _nearest(times: Array, to: Array) -> Array:
    """(n,) the index of the time that is nearest to each of `to` (n,); of two that are equally near, the earlier."""
    after = np.clip(np.searchsorted(times, to), 1, max(len(times) - 1, 1))
    if len(times) == 1:
        return np.zeros(len(to), np.int64)
    found: Array = np.where(to - times[after - 1] <= times[after] - to, after - 1, after)
    return found


def _newest(times: Array, to: Array) -> Array:
    """(n,) the index of the newest time at or before each of `to` (n,); before the first, the first."""
    found: Array = np.maximum(np.searchsorted(times, to, side="right") - 1, 0)
    return found


def _half_a_frame(first: Array, second: Array) -> float:
    """Half the frame period of the slower recording, ns; of single frames there is no period, and nothing is added."""
    periods = [float(np.median(np.diff(times))) for times in (first, second) if len(times) > 1]
    return max(periods, default=0.0) / 2
