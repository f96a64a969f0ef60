"""Reads pictures of a session's video by their times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from realtime.core.errors import SessionError
from realtime.core.types import ByteArray
from realtime.media.mp4 import open_mp4
from realtime.media.timebase import TICK_NS, TIME_BASE, TOLERANCE

# Up to this distance decoding onwards is faster than seeking: every 15th picture is a key frame.
_SEQUENTIAL_NS = 400_000_000
_MOST_PIXELS = 8192 * 8192


class VideoReader:
    """Decodes on demand: sequential access is cheap, random access decodes from the preceding key frame."""

    def __init__(self, path: Path, start_ns: int = 0) -> None:
        """`start_ns`: the time of the session at which the video has time 0. Raises SessionError."""
        import av

        self.path = path
        self._start_ns = start_ns
        self._container: Any = None
        self._held: Any = None  # the newest decoded picture
        try:
            if path.is_symlink() or not path.is_file():
                raise SessionError(f"{path}: there is no such file.")
            self._container = open_mp4(path)
            self._stream = self._container.streams.video[0]
            context = self._stream.codec_context
            if context is None or context.name != "h264":
                raise ValueError("it is not H.264")
            if not 0 < self._stream.width * self._stream.height <= _MOST_PIXELS:
                raise ValueError(f"its pictures are {self._stream.width}x{self._stream.height}")
            self._stream.thread_type = "AUTO"
        except (OSError, ValueError, IndexError, av.error.FFmpegError) as error:
            self.close()
            raise SessionError(f"{path}: not a readable video: {error}.") from error
        self._error = (OSError, ValueError, EOFError, av.error.FFmpegError)
        self._frames: Iterator[Any] = self._container.decode(self._stream)

    @property
    def comment(self) -> str:
        """The container's comment: which recording the video belongs to."""
        return str(self._container.metadata.get("comment", ""))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return int(self._stream.width), int(self._stream.height)

    def at(self, time_ns: int) -> ByteArray | None:
        """The picture (height, width, 3) RGB at this time of the session; None where there is none."""
        tick = round((time_ns - self._start_ns) / TICK_NS)
        try:
            return self._at(tick)
        except self._error as error:
            raise SessionError(f"{self.path}: damaged at {time_ns / 1e9:.3f} s: {error}.") from error

    def __iter__(self) -> Iterator[tuple[int, ByteArray]]:
        """All pictures with their times on the session's clock, up to a damaged end."""
        try:
            self._seek(0)
            while self._next():
                yield self._start_ns + round(self._held.pts * TICK_NS), self._picture()
        except self._error:
            return

    def close(self) -> None:
        """Close the file; may be called twice."""
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _at(self, tick: int) -> ByteArray | None:
        ahead_ns = None if self._held is None else (tick - self._held.pts) * TICK_NS
        if ahead_ns is None or not 0 <= ahead_ns + TOLERANCE * TICK_NS <= _SEQUENTIAL_NS:
            self._seek(tick)
        while self._held is None or self._held.pts < tick - TOLERANCE:
            if not self._next():
                return None
        return self._picture() if abs(self._held.pts - tick) <= TOLERANCE else None

    def _seek(self, tick: int) -> None:
        self._held = None
        base = float(self._stream.time_base * TIME_BASE.denominator)
        self._container.seek(max(0, int(tick / base)), stream=self._stream, backward=True)
        self._frames = self._container.decode(self._stream)

    def _next(self) -> bool:
        self._held = next((frame for frame in self._frames if frame.pts is not None), None)
        return self._held is not None

    def _picture(self) -> ByteArray:
        picture: ByteArray = self._held.to_ndarray(format="rgb24")
        return picture
