"""Writes H.264 into MP4 files that stay readable however the program ends.

The container options flush a fragment every 200 ms, so that a killed process loses no more than that, and turn the file
into an ordinary seekable MP4 on closing (FFmpeg's hybrid MP4).
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
from realtime.media.encoders import TRIAL_PICTURES, TRIAL_S, EncoderRequest
from realtime.media.gaps import LONGEST_GAP_S
from realtime.media.mp4 import KEEP_TIMES, pictures_in
from realtime.media.timebase import TIME_BASE
from realtime.media.yuv import yuv_frame

QUEUE_FRAMES = 60
_SHORTEST_S = 1 / 120  # least frame period
# `delay_moov`: without it readers drop the first picture of a video that begins later than its part.
_CONTAINER_OPTIONS = {
    "movflags": "hybrid_fragmented+frag_keyframe+default_base_moof+delay_moov",
    **KEEP_TIMES,
    "frag_duration": "200000",
    "flush_packets": "1",
}


def _message(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def even_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) without the odd last column and row, which yuv420p cannot hold."""
    return size[0] // 2 * 2, size[1] // 2 * 2


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A queued picture."""

    picture: ByteArray  # (height, width, 3) RGB
    stamp_ns: int


class VideoWriter:
    """Encodes pictures into an MP4, in a thread of its own behind a bounded queue.

    `written` and `dropped` are counted after the write; once closed, `captured` is their sum, unless at a constant
    frame rate.
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
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Create the file, see `unique_path`, for pictures of `size` (width, height); an odd last row or column is cut.

        Args:
            fps: constant frame rate: each tick shows the newest picture, repeated or dropped; None: every picture has
                its own time.
            encoder, preset: as in `RecordConfig`.
            live: "auto" has to keep up with the pictures, and is chosen by a trial on the first ones.
            start_ns: time 0 of the video; None: its first picture.
            comment: stored in the container's metadata.
            private: only this user may read the file.
            key_every: distance of key frames in pictures.
            notify: called with a text where the encoder is not the requested one.

        Raises RecordError where nothing can be written.
        """
        import av

        av.logging.set_level(None)  # FFmpeg's log callback has dead-locked with Python threads
        self.path = unique_path(path, 0o600 if private else 0o666)
        self.captured = 0
        self.encoder: str | None = None  # its name, once it is chosen
        self.size = even_size(size)
        self.written = 0
        self.dropped = 0
        self.error: RecordError | None = None
        self._reason = ""  # the system's message
        self._container: Any = None
        try:
            # "file:" and the absolute path: FFmpeg would take "http://...", and also "12:31.mp4", for an address.
            place = f"file:{self.path.absolute()}"
            self._container = av.open(place, "w", format="mp4", options=_CONTAINER_OPTIONS)
            self._container.metadata["comment"] = comment
        except (OSError, ValueError, av.error.FFmpegError) as error:
            if self._container is not None:
                self._container.close()
            self.path.unlink(missing_ok=True)
            raise RecordError(
                f"{path}: no video can be written there: {_message(error)}. Choose another place."
            ) from error
        self._request = EncoderRequest(encoder, preset, crf)
        self._key_every = key_every
        self._live = live
        self._notify = notify
        self._stream: Any = None
        self._av = av
        self._rate = None if fps is None else Fraction(fps).limit_denominator(1001)  # 29.97 is 30000 / 1001
        self._held: Any = None  # at a constant rate: the picture of the next tick, unless a newer one arrives
        self._ticks = 0  # written so far
        self._cut_ns = 0  # total length cut from long gaps
        self._first_ns = start_ns
        self._last_pts = -1
        self._sent = 0  # pictures given to the encoder
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
        """Append an RGB picture (height, width, 3) taken at `stamp_ns`; it is copied.

        False: the queue was full and the picture was dropped; with `wait` (files) the call blocks instead.
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
        """Flush the file to the disk (fsync); may be called from any thread. Raises OSError."""
        if self._synced is not None:
            os.fsync(self._synced)

    def close(self) -> None:
        """Encode the queued pictures, write the index, close the file. Raises the error that ended the recording."""
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
            except Exception as error:  # an exception must not end the thread silently
                self.dropped += 1
                self._fail(error)

    def _items(self) -> Iterator[_Item]:
        """The queued pictures, until the end; the first ones are held back until they have chosen the encoder."""
        item = self._queue.get()
        first: list[_Item] = []
        enough = TRIAL_PICTURES if self._live and self._request.settled(self.size) is None else 1
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
        """Begin the stream, with the encoder chosen by these pictures."""
        chosen = self._request.settled(self.size)
        if chosen is None:
            frames = [yuv_frame(item.picture) for item in first]
            chosen = self._request.choose(frames, self._period_s(first) if self._live else None, self._notify)
        stream: Any = self._container.add_stream(chosen.codec, rate=self._rate or 30)
        chosen.set_up(stream.codec_context, self.size, self._request.crf, self._key_every)
        stream.codec_context.time_base = stream.time_base = TIME_BASE
        self.encoder, self._stream = str(chosen), stream

    def _period_s(self, items: Sequence[_Item]) -> float:
        """Frame period in seconds."""
        if self._rate is not None:
            return float(1 / self._rate)
        if len(items) < 2:
            return TRIAL_S
        period_ns = float(np.median(np.diff([item.stamp_ns for item in items])))
        return max(_SHORTEST_S, period_ns / 1e9)  # a clock may stop

    def _take(self, picture: ByteArray, stamp_ns: int) -> None:
        """Encode a picture at its time."""
        if self._first_ns is None:
            self._first_ns = stamp_ns
        since_ns = stamp_ns - self._first_ns
        if self._rate is None:
            self._encode(yuv_frame(picture), since_ns * TIME_BASE.denominator // 1_000_000_000)
            return
        tick = round((since_ns - self._cut_ns) * self._rate / 1_000_000_000)
        beyond = tick - self._ticks - round(LONGEST_GAP_S * self._rate)
        if beyond > 0:
            self._cut_ns += round(beyond * 1_000_000_000 / self._rate)
            tick -= beyond
        self._repeat(tick)
        self._held = yuv_frame(picture)

    def _repeat(self, until: int) -> None:
        """Repeat the newest picture for all ticks before `until`."""
        while self._held is not None and self._ticks < until:
            assert self._rate is not None
            self._encode(self._held, round(self._ticks * TIME_BASE.denominator / self._rate))
            self._ticks += 1

    def _encode(self, frame: Any, pts: int) -> None:
        # MP4 requires growing times: an equal one is moved by one tick (11 us).
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
        for step in (self._flush, self._container.close, self.sync, self._close_descriptor):
            try:
                step()
            except (OSError, ValueError, self._av.error.FFmpegError) as error:
                self._fail(error)
        if self.error is not None and self.written:
            self._count_again()

    def _count_again(self) -> None:
        """Pictures that were encoded but did not reach the file count as dropped."""
        found = pictures_in(self.path) if self.path.exists() else None
        kept = 0 if found is None else min(self.written, len(found.ticks))
        self.written, self.dropped = kept, self.dropped + self.written - kept
        self.error = self._record_error()

    def _close_descriptor(self) -> None:
        descriptor, self._synced = self._synced, None
        if descriptor is not None:
            os.close(descriptor)

    def _flush(self) -> None:
        if self.error is None:
            self._repeat(self._ticks + 1)  # the last picture
        if self.written and self.error is None:
            self._mux(self._stream.encode(None))
        # Hardware may drop pictures; the one at which it failed is counted already.
        self.dropped += max(0, self._sent - self.written - (self.error is not None))

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            self._reason = _message(error)
            self.error = self._record_error()

    def _record_error(self) -> RecordError:
        kept = f"after {self.written} pictures" if self.written else "before its first picture"
        return RecordError(
            f"{self.path}: the recording ended {kept}: {self._reason}. Free some space or choose another place."
        )
