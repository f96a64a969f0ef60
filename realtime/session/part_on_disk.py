"""A part of a session as a recording left it on disk: what can be read of its table and its videos."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from realtime.core.errors import NewerFormatError, SessionError
from realtime.core.types import Array
from realtime.media import mp4
from realtime.media.timebase import TIME_BASE, TOLERANCE, ticks_of
from realtime.session import table
from realtime.session.folder import Stream, stream_path
from realtime.session.schema import PartInfo

VIDEOS: tuple[Stream, ...] = ("camera", "view")


class NotUnderstoodError(SessionError):
    """A table has rows that Arrow reads and this program does not."""


@dataclass(slots=True)
class VideoOnDisk:
    """A video of a part."""

    path: Path
    pictures: mp4.Pictures
    closed: bool
    even: bool  # constant frame rate: its pictures have no times of rows
    ticks: Array  # (pictures,) int64, 90 kHz

    def has(self, ticks: Array) -> Array:
        """(rows,) bool, whether rows at these ticks have a picture."""
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


@dataclass(slots=True)
class PartOnDisk:
    """A part as found on disk."""

    info: PartInfo
    path: Path
    times: Array  # (rows,) int64 ns on the session's clock; a row a frame
    other_rows: int  # of other faces than the chosen one
    skipped: int
    closed: bool
    damage: str
    gaps: int  # places with damaged batches before its end
    foreign: int  # batches of a kind that this program does not read
    arrow_rows: int  # that Arrow itself reads from it
    videos: dict[Stream, VideoOnDisk] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    changed: bool = False

    @property
    def ticks(self) -> Array:
        """(rows,) int64 ticks of the rows in its videos."""
        ticks: Array = ticks_of(self.times - self.info.start_ns)
        return ticks


def read_part(path: Path, number: int, session: str | None) -> PartOnDisk | None:
    """The part of this number, without its videos; None for a table of another recording. `session` None: of any.

    Raises SessionError where the table has no readable row, NotUnderstoodError where Arrow reads rows in it.
    """
    try:
        part = _read_table(path)
    except NewerFormatError:
        raise
    except SessionError as error:
        if rows := table.arrow_rows_in(path):
            raise _not_understood(path, rows, 0, str(error)) from error
        raise
    if part.info.part != number or session not in (None, part.info.session):
        return None
    if part.foreign or (part.arrow_rows and not len(part.times)):
        raise _not_understood(path, part.arrow_rows, len(part.times), f"{path.name}: {part.damage}.")
    return part


def read_videos(part: PartOnDisk, folder: Path) -> None:
    """Add the videos of the part."""
    for name in VIDEOS:
        _read_video(part, name, stream_path(folder, name, part.info.part))


def _read_table(path: Path) -> PartOnDisk:
    reader = table.TableReader(path)
    try:
        times, skipped = reader.numbers("time_ns").copy(), reader.numbers("skipped")
        skipped_here = int(skipped[-1] - skipped[0]) if len(skipped) else 0
        return PartOnDisk(
            reader.part, path, times, len(reader.others), skipped_here,
            table.is_closed(path) and not reader.damage, reader.damage, reader.gaps, reader.foreign,
            table.arrow_rows_in(path),
        )  # fmt: skip
    finally:
        reader.close()


def _not_understood(path: Path, there: int, understood: int, why: str) -> NotUnderstoodError:
    return NotUnderstoodError(
        f"{path}: holds {there} rows, of which this program understands {understood}; nothing was changed. {why}"
    )


def _read_video(part: PartOnDisk, name: Stream, path: Path) -> None:
    if not path.is_file() or path.is_symlink():
        return
    pictures = mp4.pictures_in(path)
    if pictures is None or not pictures.ticks:
        part.notes.append(f"{path.name} has no readable picture; it is left unchanged.")
        return
    if pictures.comment != f"{part.info.session} {part.info.part} {name}":
        part.notes.append(f"{path.name} belongs to another recording; it is left unchanged.")
        return
    if pictures.undecodable:
        part.notes.append(f"{path.name}: its last {count(pictures.undecodable, 'picture')} cannot be decoded.")
    per_base = pictures.base * TIME_BASE.denominator
    ticks = np.array([round(tick * per_base) for tick in pictures.ticks], np.int64)
    even = name == "view" and part.info.even_rate
    part.videos[name] = VideoOnDisk(path, pictures, mp4.is_closed(path) and not pictures.undecodable, even, ticks)


def check_table(path: Path, part: PartOnDisk) -> None:
    """Read a new table back. Raises SessionError where it has not the rows of the old one."""
    reader = table.TableReader(path)
    try:
        good = (
            not reader.damage
            and np.array_equal(reader.numbers("time_ns"), part.times)
            and len(reader.others) == part.other_rows
        )
    finally:
        reader.close()
    if not good:
        raise SessionError(f"{part.path}: its rows could not be read back from a copy; nothing was changed.")


def check_video(path: Path, video: VideoOnDisk) -> None:
    """Read a new video back. Raises SessionError where it has not the pictures of the old one."""
    pictures = len(video.ticks)
    found = mp4.pictures_in(path)
    if found is None or len(found.ticks) != pictures or not mp4.is_closed(path):
        there = 0 if found is None else len(found.ticks)
        raise SessionError(
            f"{video.path}: {there} of {count(pictures, 'picture')} could be read back; nothing was changed."
        )


def count(number: int, what: str) -> str:
    """1 row, 2 rows."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
