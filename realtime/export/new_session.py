"""Writes a session that is derived from another one, atomically."""

from __future__ import annotations

import contextlib
import csv
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from realtime.core.csv_table import csv_text
from realtime.core.errors import RecordError
from realtime.core.files import create_private, sync_folder
from realtime.core.interrupts import held_back
from realtime.session.annotations import COLUMNS, read_lines
from realtime.session.folder import INFO, MARKS, PartSummary, SessionInfo, claim_folder, write_info


@dataclass(slots=True)
class NewSession:
    """The session being written; `info` and the parts are written at the end."""

    folder: Path
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    parts: list[PartSummary] = field(default_factory=list)
    info: SessionInfo | None = None


@contextlib.contextmanager
def new_session(wanted: Path) -> Iterator[NewSession]:
    """A folder of this name, or with _2, _3 ..., completed by its `session.json`; removed where anything fails.

    Raises UsageError and RecordError.
    """
    new: NewSession | None = None
    try:
        with held_back():
            new = NewSession(claim_folder(wanted))
        yield new
        assert new.info is not None
        info = new.info.model_copy(update={"session": new.session, "state": "closed", "parts": tuple(new.parts)})
        write_info(new.folder, info)
        sync_folder(new.folder)
    except BaseException as error:
        if new is None:
            raise
        with held_back():
            _remove(new.folder)
        if isinstance(error, OSError):
            reason = error.strerror or error
            raise RecordError(f"{new.folder}: could not be written: {reason}. Choose another place.") from error
        raise


def write_annotations(source: Path, new: Path, first: int, rows: int, origin_ns: int, *, labels: bool) -> None:
    """Copy annotations to a new session that has the rows from `first` on; without `labels` only kinds and places of
    events and exclusions. Raises OSError.
    """
    try:
        names, lines = read_lines(source / MARKS)
    except (OSError, ValueError, csv.Error):  # already noted when the session was opened
        return
    kept = [moved for line in lines if (moved := _moved(line, first, rows, origin_ns, labels)) is not None]
    if not kept:
        return
    names = names if labels else list(COLUMNS)
    text = csv_text([names, *([line.get(name, "") for name in names] for line in kept)])
    with os.fdopen(create_private(new / MARKS), "wb") as file:
        file.write(text.encode())
        os.fsync(file.fileno())


def _moved(line: dict[str, str], first: int, rows: int, origin_ns: int, labels: bool) -> dict[str, str] | None:
    """An annotation in the new session's rows and times; None if it lies outside."""
    try:
        start = int(line["start_frame"]) - first
        end = max(start, int(line.get("end_frame") or line["start_frame"]) - first)
    except (KeyError, ValueError):
        return None
    if end < 0 or start >= rows:
        return None
    kind = line["kind"]
    if not labels and kind not in ("event", "exclude"):
        return None
    moved = dict(line) if labels else {"annotation_id": uuid.uuid4().hex, "kind": kind, "source": "meshmirror"}
    moved |= {"start_frame": str(max(0, start)), "end_frame": str(min(end, rows - 1))}
    for name in ("start_time", "end_time"):
        with contextlib.suppress(KeyError, ValueError):
            moved[name] = f"{max(0.0, float(line[name]) - origin_ns / 1e9):.6f}"
    return moved


def _remove(folder: Path) -> None:
    """Remove the files of a new session, and its folder."""
    names = [
        folder / INFO,
        folder / MARKS,
        *(path for stream in ("frames", "camera", "view") for path in folder.glob(f"{stream}*.*")),
    ]
    for path in names:
        with contextlib.suppress(OSError):
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
