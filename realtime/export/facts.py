"""What is said of an export as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realtime.export.marks import RowMark
from realtime.export.selection import Selection
from realtime.session.reader import Session


def facts(selection: Selection, kind: str) -> dict[str, Any]:
    """Where the numbers come from: session, parts, models, who gave the emotions, what is excluded."""
    session = selection.session
    info = session.info
    end = session.times[-1] if selection.end_ns is None else selection.end_ns
    return {
        "format": f"meshmirror-export {kind}",
        "session": session.parts[0].info.session,
        "created": None if info is None else info.created,
        "program": {} if info is None else info.program,
        "rows": len(selection),
        "seconds": [selection.start_ns / 1e9, float(end) / 1e9],
        "model": selection.model + 1,
        "emotion_sources": selection.emotion_sources,
        "parts": [
            part.info.model_dump(mode="json", exclude={"format", "version", "session", "config"})
            | {"first_row": part.first, "rows": len(part)}
            for part, _, _ in selection.parts
        ],
        "excluded": _told(session, selection.marks.excluded),
        "events": _told(session, selection.marks.events),
        "notes": list(notes(selection)),
    }


def notes(selection: Selection) -> tuple[str, ...]:
    """What is missing or wrong."""
    return (*selection.session.notes, *selection.marks.notes)


def _told(session: Session, marks: Sequence[RowMark]) -> list[dict[str, Any]]:
    last = len(session) - 1
    return [
        {
            "first_frame": mark.first,
            "last_frame": mark.last,
            "start": session.times[min(max(0, mark.first), last)] / 1e9,
            "end": session.times[min(mark.last, last)] / 1e9,
            "label": mark.label,
        }
        for mark in marks
    ]
