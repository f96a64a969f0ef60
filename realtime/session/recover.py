"""Completes a session that was not closed: its files become ordinary ones, with every row and every picture in them.

What one file has and another lacks stays, and is noted: a row is worth more than its picture of the window. Nothing is
encoded again. Files are replaced atomically, so that recovery may be interrupted at any moment and repeated.
A file is replaced once its successor was read back. Where the new table has fewer rows than Arrow itself reads from the
old one, the old one is kept as `frames.arrow.original`; what this program does not understand is not touched at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from realtime.core.errors import DamagedError, NewerFormatError, RecordError, SessionError
from realtime.core.files import atomic_write, keep_original, quarantine, sync_folder
from realtime.core.stream_counts import StreamCounts
from realtime.media import mp4
from realtime.media.timebase import TOLERANCE
from realtime.session import table
from realtime.session.folder import (
    INFO,
    PartSummary,
    SessionInfo,
    Stream,
    parts_in,
    read_info,
    stream_path,
    write_info,
)
from realtime.session.part_on_disk import (
    VIDEOS,
    NotUnderstoodError,
    PartOnDisk,
    check_table,
    check_video,
    count,
    read_part,
    read_videos,
)
from realtime.session.unfinished import in_progress, note_ended

_STREAMS = ("frames", *VIDEOS)
_SECOND_NS = 1_000_000_000
_LEFT_BEHIND = re.compile(r"\.[0-9a-f]{16}\.part")  # temporary files of an interrupted atomic write
_LOST = "Up to 250 ms after it (1.5 s after a power cut) may be missing"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The recovered session, and whether anything was changed."""

    folder: Path
    changed: bool
    info: SessionInfo
    notes: tuple[str, ...]  # what is missing


def recover(folder: Path) -> Recovered:
    """Complete a session; repeating it changes nothing.

    Raises SessionError where there is no session or a table is not understood, RecordError where it is being recorded
    or cannot be written.
    """
    if not folder.is_dir():
        raise SessionError(f"{folder}: no such session; a session is a folder.")
    if in_progress(folder):
        raise RecordError(f"{folder}: is being recorded right now. Stop that recording first.")
    info, fault = _read_info(folder)
    notes: list[str] = []
    if info is not None and info.state != "recording" and all(map(_is_closed, _files(folder, info))):
        _refuse_unknown(folder, info.session)
        _refuse_missing(folder, info, parts_in(folder))
        return Recovered(folder, False, info, info.notes)
    parts = _find(folder, None if info is None else info.session, notes)
    if info is not None and not parts and parts_in(folder):  # like the reader, trust the tables more than session.json
        found: list[str] = []
        try:
            parts, info, notes, fault = _find(folder, None, found), None, found, "belonged to another recording"
        except (NotUnderstoodError, NewerFormatError):
            raise
        except SessionError:
            pass  # no readable table
    try:
        return _complete(folder, info, parts, notes, fault)
    except OSError as error:
        raise RecordError(
            f"{folder}: cannot be completed: {error.strerror or error}. Nothing was lost. Repeat it once the folder is "
            "writable and has space for a second copy of its largest file."
        ) from error


def _read_info(folder: Path) -> tuple[SessionInfo | None, str]:
    """The contents of `session.json`, and what is wrong with it."""
    try:
        return read_info(folder), ""
    except DamagedError:
        return None, "was damaged"


def _files(folder: Path, info: SessionInfo) -> list[Path]:
    """All tables and videos."""
    names: tuple[Stream, ...] = ("frames", *VIDEOS)
    numbers = sorted({*parts_in(folder), *(part.info.part for part in info.parts)})
    return [path for number in numbers for name in names if (path := stream_path(folder, name, number)).exists()]


def _refuse_unknown(folder: Path, session: str) -> None:
    """Raises SessionError where a table that is complete is of a kind that this program does not read."""
    for number in parts_in(folder):
        try:
            read_part(stream_path(folder, "frames", number), number, session)
        except (NotUnderstoodError, NewerFormatError):
            raise
        except SessionError:
            continue  # without any row


def _refuse_missing(folder: Path, info: SessionInfo, readable: Collection[int]) -> None:
    """Raises SessionError where a table that was complete is not among those that can be read."""
    for part in info.parts:
        rows = part.streams.get("frames", StreamCounts()).recorded
        path = stream_path(folder, "frames", part.info.part)
        if rows and part.info.part not in readable:
            state = "cannot be read" if os.path.lexists(path) else "is missing"
            raise SessionError(f"{path}: {state}; {count(rows, 'row')} were recorded in it. Nothing was changed.")


def _is_closed(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return mp4.is_closed(path) if path.suffix == ".mp4" else table.is_closed(path)


def _find(folder: Path, session: str | None, notes: list[str]) -> list[PartOnDisk]:
    """The parts of this session as found on disk. Raises SessionError where there is none, or is one that this program
    does not understand.
    """
    found: list[PartOnDisk] = []
    first_error: SessionError | None = None
    for number in parts_in(folder):
        path = stream_path(folder, "frames", number)
        try:
            part = read_part(path, number, session)
        except (NotUnderstoodError, NewerFormatError):
            raise
        except SessionError as error:
            first_error = first_error or error
            notes.append(f"{path.name} has no readable row; it is left unchanged.")
            continue
        if part is None:
            notes.append(f"{path.name} belongs to another recording; it is left unchanged.")
            continue
        session = part.info.session
        read_videos(part, folder)
        found.append(part)
    if not found and session is None:
        raise first_error or SessionError(f"{folder}: not a session.")
    return found


def _complete(
    folder: Path, before: SessionInfo | None, parts: list[PartOnDisk], notes: list[str], fault: str
) -> Recovered:
    """Complete the files; a `session.json` that is not used is put aside, and `fault` is what is wrong with it."""
    for path in folder.iterdir():
        if _LEFT_BEHIND.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink()
    for part in parts:
        if not part.closed or not all(video.closed for video in part.videos.values()):
            _complete_part(part)
        part.notes += _differences(part)
    changed = any(part.changed for part in parts)
    if before is not None and before.state != "recording" and not changed:  # what is not closed cannot be
        _refuse_missing(folder, before, [part.info.part for part in parts])
        return Recovered(folder, False, before, before.notes)
    if before is None and (folder / INFO).is_file() and (folder / INFO).stat().st_size:
        damaged = quarantine(folder / INFO, "session.damaged.json")
        if fault:
            notes = [f"{INFO} {fault} and is kept as {damaged.name}.", *notes]
    part_notes = [f"Part {part.info.part}: {note}" if len(parts) > 1 else note for part in parts for note in part.notes]
    if not any(len(part.times) for part in parts):
        part_notes.append("No frame was recorded.")
    kept = () if before is None else before.notes
    new = tuple(note for note in (*notes, *part_notes) if note not in kept)
    known = {} if before is None else {part.info.part: part for part in before.parts}
    info = (before or SessionInfo(session=parts[0].info.session)).model_copy(
        update={
            "state": "recovered",
            "parts": tuple(_summary(part, known.get(part.info.part)) for part in parts),
            "notes": (*kept, *new),
        }
    )
    write_info(folder, info)
    sync_folder(folder)
    note_ended(info.session)
    return Recovered(folder, True, info, new)


def _complete_part(part: PartOnDisk) -> None:
    """Close the files of a part, and note what is missing at its end."""
    rows = len(part.times)
    if part.damage:
        what = "it was" if part.gaps else "its last batch, of up to 5 rows, was"
        part.notes.append(f"{part.path.name}: {what} {part.damage.split(' (')[0]}.")
    for video in part.videos.values():
        if not video.closed:
            with atomic_write(video.path, mode=0o600) as file:
                mp4.copy_closed(video.path, video.pictures.ticks[-1], file)
                file.flush()
                check_video(Path(file.name), video)
            part.changed = True
    if not part.closed:
        with atomic_write(part.path, mode=0o600) as file:
            table.copy_rows(part.path, file)
            file.flush()
            check_table(Path(file.name), part)
            if rows + part.other_rows < part.arrow_rows or part.gaps:
                kept = keep_original(part.path)
                part.notes.append(f"The table as it was, from which Arrow reads {count(part.arrow_rows, 'row')}, is "
                                  f"kept as {kept.name}.")  # fmt: skip
        part.changed = True
    if rows:
        last_s = part.times[-1] / _SECOND_NS
        part.notes.append(f"Not closed; the last frame is at {last_s:.3f} s. {_LOST}.")


def _differences(part: PartOnDisk) -> list[str]:
    """What the videos have and the table has not, and the other way round. A window does not show every row."""
    found: list[str] = []
    ticks = part.ticks
    for name, video in part.videos.items():
        without = ~video.has(ticks) if name == "camera" else ticks > video.ticks[-1] + TOLERANCE
        if without.any():
            what = "a picture" if name == "camera" else "a picture of the window, which ended before them,"
            found.append(f"{count(int(without.sum()), 'row')} without {what} in {video.path.name}.")
        beyond = int((video.ticks > (ticks[-1] if len(ticks) else -1) + TOLERANCE).sum())
        if beyond:
            found.append(f"{count(beyond, 'picture')} after the last row in {video.path.name}.")
    return found


def _summary(part: PartOnDisk, known: PartSummary | None) -> PartSummary:
    """Counts as found; drops are known only where `session.json` has them."""
    before = {} if known is None else known.streams

    rows = len(part.times)

    def counts(name: str, found: int, **more: object) -> StreamCounts:
        old = before.get(name, StreamCounts())
        dropped = max(old.dropped, rows - found) if name == "camera" else old.dropped
        return old.model_copy(update={"captured": found + dropped, "recorded": found, "dropped": dropped, **more})

    streams = {"frames": counts("frames", rows)}
    for name, video in part.videos.items():
        streams[name] = counts(name, len(video.ticks), size=video.pictures.size)
    return (known or PartSummary(info=part.info)).model_copy(
        update={
            "info": part.info,
            "end_ns": int(part.times[-1]) if rows else None,
            "streams": {**{name: of for name, of in before.items() if name not in _STREAMS}, **streams},
            "skipped": part.skipped,
        }
    )
