"""Where annotations are on the timeline: computed once while they and the span stay, and never more than pixels.

A file may hold a hundred thousand annotations, and a frame is drawn sixty times a second. No GL, no imgui.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.status import AnnotationView
from realtime.core.wording import time_text
from realtime.view.mirror.timeline.span import TimeSpan


@dataclass(frozen=True, slots=True)
class MarkLabel:
    """A label that has room to be written whole."""

    text: str
    x: int  # of its left end, pixels
    width: int


class MarkLayout:
    """The annotations over a span, in pixels."""

    def __init__(self, span: TimeSpan, marks: Sequence[AnnotationView]) -> None:
        self.span, self.marks = span, marks
        self._events = [mark for mark in marks if mark.kind == "event" and span.sees(mark.start_s)]
        self._event_x = np.array([span.x_of(mark.start_s) for mark in self._events])
        self._excluded: list[AnnotationView] = []
        bounds = []
        for mark in marks:
            ends = span.between(mark.start_s, mark.end_s) if mark.kind == "exclude" else None
            if ends is not None:
                self._excluded.append(mark)
                bounds.append(ends)
        self._bounds = np.array(bounds).reshape(-1, 2)
        self.spans = _merged(bounds)  # (left, right) of what is excluded, none within another
        columns: dict[int, float] = {}
        for x in sorted(self._event_x.tolist()):
            columns.setdefault(round(x), x)
        self.event_x = tuple(columns.values())  # positions of events, one a column of pixels
        self._labels: tuple[object, tuple[MarkLabel, ...]] | None = None

    def of(self, span: TimeSpan, marks: Sequence[AnnotationView]) -> MarkLayout:
        """The layout of these annotations: this one where it is."""
        return self if marks is self.marks and span == self.span else MarkLayout(span, marks)

    def labels(self, width_of: Callable[[str], float], lead: int, gap: int) -> tuple[MarkLabel, ...]:
        """Names of the events that have room between their own position and the next event; `lead` pixels behind the
        position, `gap` before the next one. None is cut: what has no room is told under the mouse.
        """
        key = (lead, gap)
        if self._labels is not None and self._labels[0] == key:
            return self._labels[1]
        found = []
        order = np.argsort(self._event_x, kind="stable").tolist()
        for place, at in enumerate(order):
            x, text = self._event_x[at], self._events[at].label
            following = self._event_x[order[place + 1]] - gap if place + 1 < len(order) else self.span.right
            room = following - lead - x
            if text and room > 2 * gap:
                width = width_of(text)
                if width + 2 <= room:
                    found.append(MarkLabel(text, round(x) + lead, round(width) + 1))
        self._labels = key, tuple(found)
        return self._labels[1]

    def at(self, x: float, reach: float) -> AnnotationView | None:
        """The annotation at a position: the nearest event within `reach` pixels, else the interval around it."""
        if len(self._event_x):
            away = np.abs(self._event_x - x)
            nearest = int(away.argmin())
            if away[nearest] <= reach:
                return self._events[nearest]
        around = np.flatnonzero((self._bounds[:, 0] <= x) & (x < self._bounds[:, 1]))
        return self._excluded[int(around[0])] if len(around) else None


def annotation_time(mark: AnnotationView) -> str:
    """The time of an event, or the interval of an exclusion."""
    if mark.kind == "event":
        return time_text(mark.start_s)
    return f"{time_text(mark.start_s)} – " + ("…" if mark.open else time_text(mark.end_s))


def annotation_text(mark: AnnotationView) -> str:
    """An annotation in a line."""
    kind = "event" if mark.kind == "event" else "excluded"
    return f"{kind} {annotation_time(mark)}  {mark.label}".rstrip()


def _merged(bounds: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for left, right in sorted(bounds):
        if found and left < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], right)
        else:
            found.append((left, right))
    return tuple(found)
