"""H.264 in MP4 that opens after any ending.

The container options write a fragment every 200 ms, so that a killed process loses no more than that, and turn the file
into an ordinary seekable MP4 when it is closed (FFmpeg's hybrid MP4).
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from realtime.errors import RecordError
from realtime.types import ByteArray

# What MPEG players expect: divides the common rates, and 90 kHz is the resolution of MPEG's own clock.
TIME_BASE = Fraction(1, 90_000)
QUEUE_FRAMES = 60
# At an even rate a picture is repeated until the next one; a gap that is longer than this is cut to it.
LONGEST_REPEAT_S = 10
_CONTAINER_OPTIONS = {
    "movflags": "hybrid_fragmented+frag_keyframe+default_base_moof",
    "frag_duration": "200000",
    "flush_packets": "1",
}
_BT709 = 1  # FFmpeg's number of the matrix, primaries and transfer curve of HD video
_LIMITED_RANGE = 1


def claim_path(path: Path, mode: int = 0o666) -> Path:
    """Create an empty file under this name, or with _2, _3 ... before its suffix, and return which it was.

    What was recorded is never written over, by another program at the same moment either. Raises RecordError where
    nothing can be created.
    """
    candidate, number = path, 2
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                os.close(os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
                return candidate
            except FileExistsError:
                candidate = path.with_stem(f"{path.stem}_{number}")
                number += 1
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise RecordError(f"{path}: nothing can be written there: {_words(error)}. Choose another place.") from error


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def even_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) without the odd last column and row, which yuv420p cannot hold."""
    return size[0] // 2 * 2, size[1] // 2 * 2


class VideoWriter:
    """Pictures in, an MP4 out; encodes in a thread of its own behind a bounded queue.

    `written` and `dropped` are counted after the fact; once closed, `captured` is their sum (not at an even rate).
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        crf: int = 20,
        preset: str = "veryfast",
        fps: float | None = None,
        *,
        start_ns: int | None = None,
        comment: str = "",
        private: bool = False,
        key_every: int = 60,
    ) -> None:
        """Open a file of this name, see `claim_path`, for pictures of `size` (width, height).

        `fps`: an even rate, each tick of which has the newest picture, repeated or left out; None: every picture at its
        own time. `start_ns`: what is time 0 of the video; None: its first picture. `comment` stands in the file.
        `private`: only this user may read it. `key_every`: so many pictures, at most, have to be decoded to see one.
        Odd sizes lose their last row or column.

        Raises RecordError where the place cannot be written or the encoder is missing.
        """
        import av

        av.logging.set_level(None)  # FFmpeg's log callback has dead-locked with Python threads
        self.path = claim_path(path, 0o600 if private else 0o666)
        self.captured = 0
        self.encoder = f"libx264 {preset}"
        self.size = even_size(size)
        self.written = 0
        self.dropped = 0
        self.error: RecordError | None = None
        self._container: Any = None
        try:
            # "file:" and the whole path: FFmpeg would take "http://...", and "12:31.mp4" as well, for an address.
            place = f"file:{self.path.absolute()}"
            self._container = av.open(place, "w", format="mp4", options=_CONTAINER_OPTIONS)
            self._container.metadata["comment"] = comment
            rate = None if fps is None else Fraction(fps).limit_denominator(1001)  # 29.97 is 30000 / 1001
            stream: Any = self._container.add_stream("libx264", rate=rate or 30)
            stream.width, stream.height = self.size
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": str(crf), "preset": preset, "tune": "zerolatency"}
            context = stream.codec_context
            context.time_base = TIME_BASE
            context.gop_size = key_every
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED_RANGE
            stream.time_base = TIME_BASE
        except (OSError, ValueError, av.error.FFmpegError) as error:
            if self._container is not None:
                self._container.close()
            self.path.unlink(missing_ok=True)
            raise RecordError(
                f"{path}: no video can be written there: {_words(error)}. Choose another place."
            ) from error
        self._stream = stream
        self._av = av
        self._rate = rate
        self._held: Any = None  # at an even rate: the picture of the next tick, unless a newer one comes
        self._ticks = 0  # that have their picture
        self._cut_ns = 0  # what was left out of long gaps
        self._first_ns = start_ns
        self._last_pts = -1
        self._queue: queue.Queue[tuple[ByteArray, int] | None] = queue.Queue(QUEUE_FRAMES)
        self._thread = threading.Thread(target=self._work, name="video-writer", daemon=True)
        self._closed = False
        self._synced: int | None = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Length of what was written so far."""
        return max(0, self._last_pts) * float(TIME_BASE)

    def put(self, picture: ByteArray, stamp_ns: int, wait: bool = False) -> bool:
        """Hand over an RGB picture (height, width, 3) taken at `stamp_ns`; it is copied.

        Live, a full queue drops it and says False; with `wait` (files) the caller waits for a place instead.
        """
        self.captured += 1
        if self._closed or self.error is not None:
            self.dropped += 1
            return False
        width, height = self.size
        item = (np.ascontiguousarray(picture[:height, :width]).copy(), stamp_ns)
        while True:
            try:
                self._queue.put(item, block=wait, timeout=0.2)
                return True
            except queue.Full:
                if not wait or not self._thread.is_alive():
                    self.dropped += 1
                    return False

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        with contextlib.suppress(OSError):
            return self.path.stat().st_size
        return 0

    def sync(self) -> None:
        """Have the disk itself take what was written; for any thread. Raises OSError."""
        if self._synced is not None:
            os.fsync(self._synced)

    def close(self) -> None:
        """Encode what waits, write the index, close the file. Raises the RecordError that ended the recording."""
        if not self._closed:
            self._closed = True
            while self._thread.is_alive():
                try:
                    self._queue.put(None, timeout=0.2)
                    break
                except queue.Full:
                    continue
            self._thread.join()
            self._finish()
        if self.error is not None:
            raise self.error

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            if self.error is not None:
                self.dropped += 1
                continue
            try:
                self._take(*item)
            except Exception as error:  # whatever it is, a thread that dies silently would lose all that follows
                self.dropped += 1
                self._fail(error)

    def _take(self, picture: ByteArray, stamp_ns: int) -> None:
        """One picture, in its place in the video."""
        if self._first_ns is None:
            self._first_ns = stamp_ns
        since_ns = stamp_ns - self._first_ns
        if self._rate is None:
            self._encode(self._converted(picture), since_ns * TIME_BASE.denominator // 1_000_000_000)
            return
        tick = round((since_ns - self._cut_ns) * self._rate / 1_000_000_000)
        beyond = tick - self._ticks - round(LONGEST_REPEAT_S * self._rate)
        if beyond > 0:
            self._cut_ns += round(beyond * 1_000_000_000 / self._rate)
            tick -= beyond
        self._repeat(tick)
        self._held = self._converted(picture)

    def _repeat(self, until: int) -> None:
        """Give the ticks before `until` the newest picture."""
        while self._held is not None and self._ticks < until:
            assert self._rate is not None
            self._encode(self._held, round(self._ticks * TIME_BASE.denominator / self._rate))
            self._ticks += 1

    def _converted(self, picture: ByteArray) -> Any:
        rgb = self._av.VideoFrame.from_ndarray(picture, format="rgb24")
        return rgb.reformat(format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED_RANGE)

    def _encode(self, frame: Any, pts: int) -> None:
        # MP4 refuses equal times, so one that does not grow is moved by one tick (11 us).
        pts = max(self._last_pts + 1, pts)
        frame.pts, frame.time_base = pts, TIME_BASE
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        self._last_pts = pts
        self.written += 1

    def _finish(self) -> None:
        for last in (self._flush, self._container.close, self.sync, self._let_go):
            try:
                last()
            except (OSError, ValueError, self._av.error.FFmpegError) as error:
                self._fail(error)

    def _let_go(self) -> None:
        descriptor, self._synced = self._synced, None
        if descriptor is not None:
            os.close(descriptor)

    def _flush(self) -> None:
        if self.error is None:
            self._repeat(self._ticks + 1)  # the last picture
        if self.written and self.error is None:
            for packet in self._stream.encode(None):
                self._container.mux(packet)

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            kept = f"after {self.written} pictures, which are playable" if self.written else "before its first picture"
            self.error = RecordError(
                f"{self.path}: the recording ended {kept}: {_words(error)}. Free some space or choose another place."
            )
