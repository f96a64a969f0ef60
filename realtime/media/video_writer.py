"""H.264 in MP4 that opens after any ending.

The container options write a fragment every 200 ms, so that a killed process loses no more than that, and turn the file
into an ordinary seekable MP4 when it is closed (FFmpeg's hybrid MP4).
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from realtime.core.errors import RecordError
from realtime.core.files import unique_path
from realtime.core.types import ByteArray
from realtime.media.encoders import TRIAL_PICTURES, TRIAL_S, Asked
from realtime.media.mp4 import KEEP_TIMES, pictures_in
from realtime.media.timebase import TIME_BASE
from realtime.media.yuv import yuv_frame

QUEUE_FRAMES = 60
# At an even rate a picture is repeated until the next one; a gap that is longer than this is cut to it.
LONGEST_REPEAT_S = 10
_SHORTEST_S = 1 / 120  # from picture to picture
# `delay_moov`: of a video that begins after its part, readers would leave out the first picture.
_CONTAINER_OPTIONS = {
    "movflags": "hybrid_fragmented+frag_keyframe+default_base_moof+delay_moov",
    **KEEP_TIMES,
    "frag_duration": "200000",
    "flush_packets": "1",
}


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def even_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) without the odd last column and row, which yuv420p cannot hold."""
    return size[0] // 2 * 2, size[1] // 2 * 2


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A picture on its way into the video."""

    picture: ByteArray  # (height, width, 3) RGB
    stamp_ns: int


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
        encoder: str = "x264",
        live: bool = False,
        start_ns: int | None = None,
        comment: str = "",
        private: bool = False,
        key_every: int = 60,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a file of this name, see `unique_path`, for pictures of `size` (width, height).

        `fps`: an even rate, each tick of which has the newest picture, repeated or left out; None: every picture at its
        own time. `encoder` and `preset`: as in `RecordConfig`; `live`: what "auto" stands for has to keep up with the
        pictures, and is found by the first ones. `say` is told where it is not what was asked for. `start_ns`: what is
        time 0 of the video; None: its first picture. `comment` stands in the file. `private`: only this user may read
        it. `key_every`: so many pictures, at most, have to be decoded to see one. Odd sizes lose their last row or
        column.

        Raises RecordError where the place cannot be written.
        """
        import av

        av.logging.set_level(None)  # FFmpeg's log callback has dead-locked with Python threads
        self.path = unique_path(path, 0o600 if private else 0o666)
        self.captured = 0
        self.encoder: str | None = None  # which it is, once that is settled
        self.size = even_size(size)
        self.written = 0
        self.dropped = 0
        self.error: RecordError | None = None
        self._why = ""  # in the system's words
        self._container: Any = None
        try:
            # "file:" and the whole path: FFmpeg would take "http://...", and "12:31.mp4" as well, for an address.
            place = f"file:{self.path.absolute()}"
            self._container = av.open(place, "w", format="mp4", options=_CONTAINER_OPTIONS)
            self._container.metadata["comment"] = comment
        except (OSError, ValueError, av.error.FFmpegError) as error:
            if self._container is not None:
                self._container.close()
            self.path.unlink(missing_ok=True)
            raise RecordError(
                f"{path}: no video can be written there: {_words(error)}. Choose another place."
            ) from error
        self._asked = Asked(encoder, preset, crf)
        self._key_every = key_every
        self._live = live
        self._say = say
        self._stream: Any = None
        self._av = av
        self._rate = None if fps is None else Fraction(fps).limit_denominator(1001)  # 29.97 is 30000 / 1001
        self._held: Any = None  # at an even rate: the picture of the next tick, unless a newer one comes
        self._ticks = 0  # that have their picture
        self._cut_ns = 0  # what was left out of long gaps
        self._first_ns = start_ns
        self._last_pts = -1
        self._sent = 0  # pictures that the encoder has
        self._queue: queue.Queue[_Item | None] = queue.Queue(QUEUE_FRAMES)
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
        item = _Item(picture[:height, :width].copy(), stamp_ns)
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
        for item in self._items():
            if self.error is not None:
                self.dropped += 1
                continue
            try:
                self._take(item.picture, item.stamp_ns)
            except Exception as error:  # whatever it is, a thread that dies silently would lose all that follows
                self.dropped += 1
                self._fail(error)

    def _items(self) -> Iterator[_Item]:
        """What is handed over, until the end; the encoder is chosen by the first ones, which wait for that."""
        item = self._queue.get()
        first: list[_Item] = []
        enough = TRIAL_PICTURES if self._live and self._asked.settled(self.size) is None else 1
        until = time.monotonic() + TRIAL_S
        while item is not None:
            first.append(item)
            if len(first) >= enough:
                break
            try:
                item = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
        if first:
            try:
                self._open(first)
            except Exception as error:
                self._fail(error)
        yield from first
        if item is not None:
            yield from iter(self._queue.get, None)

    def _open(self, first: Sequence[_Item]) -> None:
        """Begin the stream, by the encoder that suits these pictures."""
        chosen = self._asked.settled(self.size)
        if chosen is None:
            frames = [yuv_frame(item.picture) for item in first]
            chosen = self._asked.choose(frames, self._apart_s(first) if self._live else None, self._say)
        stream: Any = self._container.add_stream(chosen.codec, rate=self._rate or 30)
        chosen.set_up(stream.codec_context, self.size, self._asked.crf, self._key_every)
        stream.codec_context.time_base = stream.time_base = TIME_BASE
        self.encoder, self._stream = str(chosen), stream

    def _apart_s(self, items: Sequence[_Item]) -> float:
        """Seconds from picture to picture as they will be encoded."""
        if self._rate is not None:
            return float(1 / self._rate)
        if len(items) < 2:
            return TRIAL_S
        apart_ns = float(np.median(np.diff([item.stamp_ns for item in items])))
        return max(_SHORTEST_S, apart_ns / 1e9)  # a clock may stand still

    def _take(self, picture: ByteArray, stamp_ns: int) -> None:
        """One picture, in its place in the video."""
        if self._first_ns is None:
            self._first_ns = stamp_ns
        since_ns = stamp_ns - self._first_ns
        if self._rate is None:
            self._encode(yuv_frame(picture), since_ns * TIME_BASE.denominator // 1_000_000_000)
            return
        tick = round((since_ns - self._cut_ns) * self._rate / 1_000_000_000)
        beyond = tick - self._ticks - round(LONGEST_REPEAT_S * self._rate)
        if beyond > 0:
            self._cut_ns += round(beyond * 1_000_000_000 / self._rate)
            tick -= beyond
        self._repeat(tick)
        self._held = yuv_frame(picture)

    def _repeat(self, until: int) -> None:
        """Give the ticks before `until` the newest picture."""
        while self._held is not None and self._ticks < until:
            assert self._rate is not None
            self._encode(self._held, round(self._ticks * TIME_BASE.denominator / self._rate))
            self._ticks += 1

    def _encode(self, frame: Any, pts: int) -> None:
        # MP4 refuses equal times, so one that does not grow is moved by one tick (11 us).
        pts = max(self._last_pts + 1, pts)
        frame.pts, frame.time_base = pts, TIME_BASE
        self._sent += 1
        self._mux(self._stream.encode(frame))
        self._last_pts = pts

    def _mux(self, packets: Sequence[Any]) -> None:
        for packet in packets:
            self._container.mux(packet)
            self.written += 1

    def _finish(self) -> None:
        for last in (self._flush, self._container.close, self.sync, self._let_go):
            try:
                last()
            except (OSError, ValueError, self._av.error.FFmpegError) as error:
                self._fail(error)
        if self.error is not None and self.written:
            self._count_again()

    def _count_again(self) -> None:
        """What was encoded and did not get into the file any more was not written."""
        found = pictures_in(self.path) if self.path.exists() else None
        kept = 0 if found is None else min(self.written, len(found.ticks))
        self.written, self.dropped = kept, self.dropped + self.written - kept
        self.error = self._told()

    def _let_go(self) -> None:
        descriptor, self._synced = self._synced, None
        if descriptor is not None:
            os.close(descriptor)

    def _flush(self) -> None:
        if self.error is None:
            self._repeat(self._ticks + 1)  # the last picture
        if self.written and self.error is None:
            self._mux(self._stream.encode(None))
        # Hardware may leave pictures out; the one at which it failed is counted already.
        self.dropped += max(0, self._sent - self.written - (self.error is not None))

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            self._why = _words(error)
            self.error = self._told()

    def _told(self) -> RecordError:
        kept = f"after {self.written} pictures, which are playable" if self.written else "before its first picture"
        return RecordError(
            f"{self.path}: the recording ended {kept}: {self._why}. Free some space or choose another place."
        )
