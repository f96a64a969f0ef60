"""The metadata of an export."""

from __future__ import annotations

from typing import Any

from realtime.export.tables.selection import Selection
from realtime.session.annotations import Annotation


def facts(selection: Selection, kind: str) -> dict[str, Any]:
    """Origin of the numbers: session, parts, models, sources of emotions, annotations."""
    session = selection.session
    info = session.info
    start = 0 if selection.start_ns is None else selection.start_ns
    end = session.times.max() if selection.end_ns is None else selection.end_ns
    return {
        "format": f"meshmirror-export {kind}",
        "session": session.parts[0].info.session,
        "created": None if info is None else info.created,
        "program": {} if info is None else info.program,
        "rows": selection.rows,
        "frames": len(selection),
        "faces": selection.faces,
        "seconds": [start / 1e9, float(end) / 1e9],
        "model": selection.model + 1,
        "emotion_sources": selection.emotion_sources,
        "parts": [
            part.info.model_dump(mode="json", exclude={"format", "version", "session", "config"})
            | {"first_row": part.first, "rows": len(part)}
            for part, _, _ in selection.parts
        ],
        "excluded": [_interval(mark) for mark in session.marks if mark.kind == "exclude"],
        "events": [_interval(mark) for mark in session.marks if mark.kind == "event"],
        "notes": session.notes,
    }


def _interval(mark: Annotation) -> dict[str, Any]:
    return {
        "first_frame": mark.start_frame,
        "last_frame": mark.end_frame,
        "start": mark.start_s,
        "end": mark.end_s,
        "label": mark.label,
    }
