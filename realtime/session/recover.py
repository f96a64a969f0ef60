"""Completes a session that was not closed: each file becomes an ordinary one, and table and videos end at one frame.

Nothing is encoded again. A file is written whole beside the old one and then put in its place, so that the work may be
cut short at any moment and done again.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from realtime.core.errors import DamagedError, RecordError, SessionError
from realtime.core.files import atomic_write, quarantine, sync_folder
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import Array
from realtime.media import mp4
from realtime.media.timebase import TIME_BASE, TOLERANCE
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
from realtime.session.schema import PartInfo
from realtime.session.unfinished import in_progress, note_ended

_VIDEOS: tuple[Stream, ...] = ("camera", "view")
_SECOND_NS = 1_000_000_000
_MOST_CUT_NS = _SECOND_NS  # what ended earlier than that had another reason
_LEFT_BEHIND = re.compile(r"\.[0-9a-f]{16}\.part")  # by a program that was ended while it wrote a file whole
_LOST = "What came after it, up to 250 ms (after a power cut 1.5 s), may be missing"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found, and whether anything had to be done."""

    folder: Path
    changed: bool
    info: SessionInfo
    notes: tuple[str, ...]  # what is missing, in words


@dataclass(slots=True)
class _Video:
    path: Path
    pictures: mp4.Pictures
    closed: bool
    even: bool  # its pictures stand at an even rate, not at the times of rows
    ticks: Array  # (pictures,) int64, 90 kHz

    def has(self, ticks: Array) -> Array:
        """(rows,) whether there is a picture of the rows of these times."""
        if not len(self.ticks):
            return np.zeros(len(ticks), bool)
        found: Array
        if self.even:
            found = ticks <= self.ticks[-1] + TOLERANCE
            return found
        at = np.clip(np.searchsorted(self.ticks, ticks), 1, max(1, len(self.ticks) - 1))
        near = [np.abs(self.ticks[np.minimum(at - back, len(self.ticks) - 1)] - ticks) for back in (0, 1)]
        found = np.minimum(*near) <= TOLERANCE
        return found

    def until(self, tick: int) -> int:
        """How many pictures stand up to a time."""
        return int(np.searchsorted(self.ticks, tick + TOLERANCE, side="right"))


@dataclass(slots=True)
class _Part:
    """A part as it was found."""

    info: PartInfo
    path: Path
    times: Array  # (rows,) int64 ns on the session's clock
    skipped: int
    closed: bool
    damage: str
    videos: dict[Stream, _Video] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    changed: bool = False

    @property
    def ticks(self) -> Array:
        """(rows,) int64 times of the rows in its videos."""
        ticks: Array = (self.times - self.info.start_ns) * TIME_BASE.denominator // _SECOND_NS
        return ticks


def recover(folder: Path) -> Recovered:
    """Complete a session. Once that is done nothing changes any more.

    Raises SessionError for what is no session, RecordError where it is being recorded or cannot be written.
    """
    if not folder.is_dir():
        raise SessionError(f"{folder}: there is no such session; a session is a folder.")
    if in_progress(folder):
        raise RecordError(f"{folder}: is being recorded right now. End that first.")
    info, fault = _read_info(folder)
    notes: list[str] = []
    if info is not None and info.state != "recording" and all(map(_is_closed, _files(folder, info))):
        return Recovered(folder, False, info, info.notes)
    parts = _find(folder, None if info is None else info.session, notes)
    if info is not None and not parts and parts_in(folder):  # as the reader has it, the tables know better
        found: list[str] = []
        with contextlib.suppress(SessionError):  # there is no table that knows anything
            parts, info, notes, fault = _find(folder, None, found), None, found, "was of another recording"
    try:
        return _complete(folder, info, parts, notes, fault)
    except OSError as error:
        raise RecordError(
            f"{folder}: cannot be completed: {error.strerror or error}. Nothing is lost by that; once the folder can "
            "be written and has room for a second copy of its largest file, do it again."
        ) from error


def _read_info(folder: Path) -> tuple[SessionInfo | None, str]:
    """What `session.json` says, and what is wrong with it."""
    try:
        return read_info(folder), ""
    except DamagedError:
        return None, "was damaged"


def _files(folder: Path, info: SessionInfo) -> list[Path]:
    """The files that hold what was recorded."""
    names: tuple[Stream, ...] = ("frames", *_VIDEOS)
    numbers = sorted({*parts_in(folder), *(part.info.part for part in info.parts)})
    return [path for number in numbers for name in names if (path := stream_path(folder, name, number)).exists()]


def _is_closed(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return mp4.is_closed(path) if path.suffix == ".mp4" else table.is_closed(path)


def _find(folder: Path, session: str | None, notes: list[str]) -> list[_Part]:
    """The parts of this session, as they are. Raises SessionError where there is none."""
    found: list[_Part] = []
    refused: SessionError | None = None
    for number in parts_in(folder):
        path = stream_path(folder, "frames", number)
        try:
            part = _look_at(path)
        except SessionError as error:
            refused = refused or error
            notes.append(f"{path.name} holds no row that can be read; it is left as it is.")
            continue
        session = session or part.info.session
        if (part.info.session, part.info.part) != (session, number):
            notes.append(f"{path.name} is of another recording; it is left as it is.")
            continue
        for name in _VIDEOS:
            _look_at_video(part, name, stream_path(folder, name, number))
        found.append(part)
    if not found and session is None:
        raise refused or SessionError(f"{folder}: this is no session.")
    return found


def _look_at(path: Path) -> _Part:
    reader = table.TableReader(path)
    try:
        times, skipped = reader.numbers("time_ns").copy(), reader.numbers("skipped")
        gone = int(skipped[-1] - skipped[0]) if len(skipped) else 0
        return _Part(reader.part, path, times, gone, table.is_closed(path) and not reader.damage, reader.damage)
    finally:
        reader.close()


def _look_at_video(part: _Part, name: Stream, path: Path) -> None:
    if not path.is_file() or path.is_symlink():
        return
    pictures = mp4.pictures_in(path)
    if pictures is None or not pictures.ticks:
        part.notes.append(f"{path.name} holds no picture that can be read; it is left as it is.")
        return
    if pictures.comment != f"{part.info.session} {part.info.part} {name}":
        part.notes.append(f"{path.name} is of another recording; it is left as it is.")
        return
    if pictures.undecodable:
        part.notes.append(f"{path.name}: its last {_some(pictures.undecodable, 'picture')} cannot be decoded.")
    per_base = pictures.base * TIME_BASE.denominator
    ticks = np.array([round(tick * per_base) for tick in pictures.ticks], np.int64)
    even = name == "view" and part.info.even_rate
    part.videos[name] = _Video(path, pictures, mp4.is_closed(path) and not pictures.undecodable, even, ticks)


def _complete(folder: Path, before: SessionInfo | None, parts: list[_Part], notes: list[str], fault: str) -> Recovered:
    """Complete the files; a `session.json` that is not used is put aside, and `fault` is what is wrong with it."""
    for path in folder.iterdir():
        if _LEFT_BEHIND.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink()
    for part in parts:
        if not part.closed or not all(video.closed for video in part.videos.values()):
            _complete_part(part)
    changed = any(part.changed for part in parts)
    if before is not None and before.state != "recording" and not changed:  # what is not closed cannot be
        return Recovered(folder, False, before, before.notes)
    if before is None and (folder / INFO).is_file() and (folder / INFO).stat().st_size:
        damaged = quarantine(folder / INFO, "session.damaged.json")
        if fault:
            notes = [f"{INFO} {fault} and is kept as {damaged.name}.", *notes]
    told = [f"Part {part.info.part}: {note}" if len(parts) > 1 else note for part in parts for note in part.notes]
    if not any(len(part.times) for part in parts):
        told.append("No frame was recorded in it.")
    kept = () if before is None else before.notes
    new = tuple(note for note in (*notes, *told) if note not in kept)
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


def _complete_part(part: _Part) -> None:
    """Cut what is beyond the last frame that all have, and close the files."""
    if part.damage:
        part.notes.append(f"{part.path.name}: its last batch of rows, of 5 at most, was {part.damage.split(' (')[0]}.")
    rows, tick = _common_end(part)
    last_ns = part.times[-1] if len(part.times) else 0
    cut = [_some(len(part.times) - rows, "row")] if rows < len(part.times) else []
    for name, video in part.videos.items():
        keep = video.until(tick)
        if keep < len(video.ticks):
            cut.append(f"{_some(len(video.ticks) - keep, 'picture')} of {name}")
        if keep and (keep < len(video.ticks) or not video.closed):
            with atomic_write(video.path, mode=0o600) as file:
                mp4.copy_closed(video.path, video.pictures.ticks[keep - 1], file)
            video.ticks, part.changed = video.ticks[:keep], True
    if rows < len(part.times) or not part.closed:
        with atomic_write(part.path, mode=0o600) as file:
            table.copy_rows(part.path, rows, file)
        part.times, part.changed = part.times[:rows], True
    if cut:
        seconds = (last_ns - part.times[-1]) / _SECOND_NS if rows else 0.0
        part.notes.append(f"Beyond the last frame that all files have, {' and '.join(cut)} ({seconds:.2f} s) were cut.")
    if rows:
        last_s = part.times[-1] / _SECOND_NS
        part.notes.append(f"It was not closed; its last frame is at {last_s:.3f} s. {_LOST}.")
    camera = part.videos.get("camera")
    if camera is not None:
        without = int((~camera.has(part.ticks)).sum())
        more = len(camera.ticks) - (rows - without)
        if without:
            part.notes.append(f"{_some(without, 'row')} without a picture in {camera.path.name}.")
        if more > 0:
            part.notes.append(f"{_some(more, 'picture')} without a row in {camera.path.name}.")


def _common_end(part: _Part) -> tuple[int, int]:
    """How many rows, and the last tick of the videos, up to the last frame that all files have.

    A file that ended more than a second before the others is left out; where they do not meet within a second nothing
    is cut.
    """
    rows, ticks = len(part.times), part.ticks
    ends = {name: int(video.ticks[-1]) for name, video in part.videos.items()}
    if rows:
        ends["frames"] = int(ticks[-1])
    last = max(ends.values(), default=0)
    second = _MOST_CUT_NS * TIME_BASE.denominator // _SECOND_NS
    for name, end in ends.items():
        if last - end > second:
            seconds = (last - end) / TIME_BASE.denominator
            part.notes.append(f"{name} ended {seconds:.1f} s before the others and is left as it is.")
    if "frames" not in ends or last - ends["frames"] > second:
        return rows, last
    meeting = ticks >= last - second
    for name, video in part.videos.items():
        if last - ends[name] <= second:
            meeting &= video.has(ticks)
    common: Array = np.flatnonzero(meeting)
    if not len(common):
        part.notes.append("Its files have no frame in common in their last second; nothing was cut.")
        return rows, last
    return int(common[-1]) + 1, int(ticks[common[-1]])


def _summary(part: _Part, known: PartSummary | None) -> PartSummary:
    """Counts as they were found; what was dropped is only known of streams that said so before."""
    before = {} if known is None else known.streams

    rows = len(part.times)

    def counts(name: str, found: int, **more: object) -> StreamCounts:
        old = before.get(name, StreamCounts())
        dropped = max(old.dropped, rows - found) if name == "camera" else old.dropped
        return old.model_copy(update={"captured": found + dropped, "recorded": found, "dropped": dropped, **more})

    streams = {"frames": counts("frames", rows)}
    for name, video in part.videos.items():
        streams[name] = counts(name, len(video.ticks), size=video.pictures.size)
    return PartSummary(
        info=part.info,
        end_ns=int(part.times[-1]) if rows else None,
        streams=streams,
        skipped=part.skipped,
        undrawn=0 if known is None else known.undrawn,
    )


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
