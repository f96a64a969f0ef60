"""Where annotations are on the seek bar: computed once while they and the bar stay, and never more than pixels.

A file may hold a hundred thousand annotations, and a frame is drawn sixty times a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.status import AnnotationView
from realtime.view.mirror.seekbar import SeekBar


class MarkLayout:
    """The annotations on a bar, in pixels."""

    def __init__(self, bar: SeekBar, marks: Sequence[AnnotationView]) -> None:
        self.bar, self.marks = bar, marks
        self._events = [mark for mark in marks if mark.kind == "event"]
        self._excluded = [mark for mark in marks if mark.kind == "exclude"]
        self._event_x = np.array([bar.x_of(mark.start_s) for mark in self._events])
        self._bounds = np.array([bar.between(mark.start_s, mark.end_s) for mark in self._excluded]).reshape(-1, 2)
        self.spans = _merged(self._bounds.tolist())  # (left, right) of what is excluded, none within another
        columns: dict[int, float] = {}
        for x in sorted(self._event_x.tolist()):
            columns.setdefault(round(x), x)
        self.event_x = tuple(columns.values())  # positions of events, one a column of pixels

    def of(self, bar: SeekBar, marks: Sequence[AnnotationView]) -> MarkLayout:
        """The layout of these annotations: this one where it is."""
        return self if marks is self.marks and bar == self.bar else MarkLayout(bar, marks)

    def at(self, x: float, reach: float) -> AnnotationView | None:
        """The annotation at a position: the nearest event within `reach` pixels, else the interval around it."""
        if len(self._event_x):
            away = np.abs(self._event_x - x)
            nearest = int(away.argmin())
            if away[nearest] <= reach:
                return self._events[nearest]
        around = np.flatnonzero((self._bounds[:, 0] <= x) & (x < self._bounds[:, 1]))
        return self._excluded[int(around[0])] if len(around) else None


def _merged(bounds: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for left, right in sorted(bounds):
        if found and left < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], right)
        else:
            found.append((left, right))
    return tuple(found)
