"""The marks of a recording as the window shows them."""

from __future__ import annotations

from realtime.core.status import Mark
from realtime.session.annotations import Marks


def shown_marks(marks: Marks, now_s: float) -> tuple[Mark, ...]:
    """All of them, in time; a stretch that is not ended yet reaches to this moment."""
    found = []
    for mark in marks.all:
        begun = mark is marks.open
        start, end = sorted((mark.start_s, now_s)) if begun else (mark.start_s, mark.end_s)
        found.append(Mark(mark.kind, start, end, mark.label, begun))
    return tuple(sorted(found, key=lambda mark: (mark.start_s, mark.end_s)))
