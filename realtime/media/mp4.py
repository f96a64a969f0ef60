"""MP4 files that a recording may have left open: whether they are complete, what can be decoded, a complete copy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

# Keep the times: by default FFmpeg moves the first picture to 0 and rounds the start to milliseconds.
KEEP_TIMES = {"avoid_negative_ts": "disabled", "movie_timescale": "90000"}
_HEADER = 16
_LONG = 1  # the length follows in the eight bytes after the box's type
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Pictures:
    """The decodable pictures of a video."""

    ticks: tuple[int, ...]  # their times, in units of `base`
    base: Fraction  # seconds
    size: tuple[int, int]  # (width, height)
    comment: str  # metadata of the container: which recording it belongs to
    undecodable: int  # pictures at the end that cannot be decoded


def is_closed(path: Path) -> bool:
    """Whether the file is complete: it has an index, no fragment, and ends with a box."""
    kinds = []
    at, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(_HEADER)
            length = int.from_bytes(head[:4], "big")
            if length == _LONG:
                length = int.from_bytes(head[8:16], "big")
            if length < _SHORTEST:
                return False
            kinds.append(head[4:8])
            at += length
    return at == size and b"moov" in kinds and b"moof" not in kinds


def pictures_in(path: Path) -> Pictures | None:
    """The decodable pictures, up to the first damaged one near the end; None if the file is no video."""
    import av

    errors = (OSError, ValueError, IndexError, EOFError, av.error.FFmpegError)
    ticks: list[int] = []
    keys: list[int] = []
    try:
        with _opened(path) as (container, stream):
            if not hasattr(stream, "width"):  # of a header that names no codec
                return None
            base, size = Fraction(stream.time_base), (int(stream.width), int(stream.height))
            comment = str(container.metadata.get("comment", ""))
            with contextlib.suppress(*errors):  # a cut end
                for packet in container.demux(stream):
                    if packet.is_corrupt:
                        break
                    if packet.pts is None:
                        continue
                    if packet.is_keyframe:
                        keys.append(len(ticks))
                    ticks.append(packet.pts)
    except errors:
        return None
    good = 0
    for first in reversed(keys):
        good = first + _decoded(path, ticks[first:], errors)
        if good > first:
            break
    return Pictures(tuple(ticks[:good]), base, size, comment, len(ticks) - good)


def copy_closed(path: Path, until: int, file: BinaryIO) -> None:
    """Remux the pictures up to the tick `until` into an ordinary MP4. Raises OSError."""
    import av

    with (
        _opened(path) as (container, stream),
        av.open(file, "w", format="mp4", options=KEEP_TIMES) as copy,
    ):
        copy.metadata.update(container.metadata)
        target = copy.add_stream_from_template(stream)
        target.time_base = stream.time_base
        for packet in container.demux(stream):
            if packet.pts is None or packet.pts > until:
                break
            packet.stream = target
            copy.mux(packet)


def open_mp4(path: Path) -> Any:
    """Open an untrusted MP4 for reading with PyAV. Raises the errors of PyAV."""
    import av

    av.logging.set_level(None)  # FFmpeg's log callback has dead-locked with Python threads
    # With the format given: FFmpeg would detect a playlist and fetch the addresses in it.
    return av.open(f"file:{path.absolute()}", format="mp4", metadata_errors="ignore")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    with open_mp4(path) as container:
        yield container, container.streams.video[0]


def _decoded(path: Path, ticks: list[int], errors: tuple[type[Exception], ...]) -> int:
    """How many of these pictures, which begin with a key frame, can be decoded in sequence."""
    seen = 0
    with contextlib.suppress(*errors), _opened(path) as (container, stream):
        container.seek(ticks[0], stream=stream, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or frame.pts < ticks[0]:
                continue
            if seen == len(ticks) or frame.pts != ticks[seen] or frame.is_corrupt:
                break
            seen += 1
    return seen
