"""What every source shares: its options, its clock, its breaks, and the interface that the pipeline reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from realtime.core.config import SourceConfig

from realtime.core.errors import SourceError, UsageError
from realtime.core.types import ByteArray, Frame, SourceInfo, SourceState

SECOND_NS = 1_000_000_000
MIN_SIDE = 16  # px; below that no tracker finds a face and encoders refuse
MAX_SIDE = 4096  # px; a larger picture takes longer to decode than a mirror has, see `SourceOptions.force`
MAX_DURATION_NS = 2 * 3600 * SECOND_NS


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to open a source. What a source has no use for, it ignores: a file has no `fourcc`."""

    width: int | None = None  # px; asked of a camera, which may answer with another size (see `note`)
    height: int | None = None  # px
    fps: float | None = None  # asked of a camera; the pace of a folder of pictures (30 when None)
    exposure_ms: float | None = None  # asked of a camera; 0: automatic
    fourcc: str | None = None  # pixel format asked of a camera, "MJPG" for instance
    backend: str | None = None  # OpenCV's name of a camera backend: "V4L2", "MSMF", "DSHOW", "AVFOUNDATION"
    loop: bool = False  # a file or a folder starts again at its end; times go on growing
    lenient: bool = False  # deliver what a damaged file still holds, and count the rest, instead of an error
    force: bool = False  # accept more than 4096 px a side and more than two hours
    raw_fps: float | None = None  # frames a second of a raw stream, which stores no times
    stall_s: float = 1.0  # a live source without a new frame for that long is lost
    open_timeout_s: float = 5.0  # until the first picture of a live source
    wait: bool = False  # a live source that is missing at the start is waited for

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            UsageError: a value is out of its range.
        """
        for name in ("width", "height", "fps", "raw_fps", "stall_s", "open_timeout_s"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"source option '{name}' is {value}; it must be a number above 0.")
        if self.fourcc is not None and len(self.fourcc) != 4:
            raise UsageError(f"source option 'fourcc' is {self.fourcc!r}; it must have 4 characters, such as MJPG.")

    @classmethod
    def from_config(cls, source: SourceConfig) -> SourceOptions:
        """The settings of a source, as sources take them."""
        return cls(
            width=source.width,
            height=source.height,
            fps=source.fps,
            raw_fps=source.fps,
            exposure_ms=source.exposure_ms,
            fourcc=source.fourcc,
            backend=None if source.backend == "auto" else source.backend.upper(),
            loop=source.loop,
            lenient=source.lenient,
            force=source.force,
            stall_s=source.stall_s,
            wait=source.wait,
        )

    @property
    def silence_s(self) -> float:
        """Seconds without a frame after which a live source is lost: at least two and a half frames of a slow one."""
        return max(self.stall_s, 2.5 / (self.fps or 30.0))


class Source(Protocol):
    """The least that a file-like reader offers; `realtime.capture.read_ahead` makes an `OpenSource` of it."""

    @property
    def info(self) -> SourceInfo:
        """What is known of it."""
        ...

    def read(self) -> Frame | None:
        """The next frame; None when there are no more.

        Raises:
            SourceError: the source cannot be read any further.
        """
        ...

    def close(self) -> None:
        """Release the file; may be called twice."""
        ...


class OpenSource:
    """An open camera, file, folder or address, read the same way.

    A live source delivers its newest frame and counts those it skipped; the others deliver every frame once, in
    order. Iterating blocks until the next frame or the end; a loop that also draws calls `latest` instead.
    """

    @property
    def info(self) -> SourceInfo:
        """What is known of it; the size is None before the first frame of a live source."""
        raise NotImplementedError

    @property
    def state(self) -> SourceState:
        """One of "opening", "live", "lost" (a live source that is being reopened) and "ended"."""
        raise NotImplementedError

    @property
    def note(self) -> str:
        """One line for the screen: why it is lost and when it is tried again, or what differs from what was asked."""
        return ""

    @property
    def own_pace(self) -> bool:
        """Whether it delivers each frame when it is due, so that nothing has to pace it: a replay."""
        return False

    @property
    def skipped(self) -> int:
        """Frames that were read but never delivered, because a newer one came."""
        return 0

    @property
    def corrections(self) -> int:
        """Times that were there but could not be used, and had to be moved to stay strictly increasing."""
        return 0

    @property
    def damaged(self) -> int:
        """Frames or pictures that could not be decoded or came half decoded."""
        return 0

    def latest(self, timeout: float = 0.0) -> Frame | None:
        """The newest frame not yet delivered (for a file: the next one), waiting at most `timeout` seconds.

        None when none came in that time; `state` shows whether any can still come.

        Raises:
            SourceError: the source cannot be read any further.
        """
        raise NotImplementedError

    def read(self) -> Frame | None:
        """The next frame, however long it takes; None at the end and after `close`.

        Raises:
            SourceError: the source cannot be read any further.
        """
        while True:
            frame = self.latest(timeout=0.25)  # short waits, so that Ctrl-C works on every platform
            if frame is not None or self.state == "ended":
                return frame

    def rest(self, on: bool) -> None:
        """Set whether no frame is wanted for a while, which saves a live source its work. A file just waits."""

    def close(self, timeout: float = 0.5) -> None:
        """Release the device or file; may be called twice; returns within `timeout` seconds even if it hangs."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self.read()) is not None:
            yield frame

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class StampClock:
    """Makes times strictly increasing: `max(previous + 1, now)`, in int64 nanoseconds.

    Trackers and encoders refuse a time that is equal to or below the one before; a driver may deliver both.
    """

    def __init__(self) -> None:
        self._previous: int | None = None
        self.corrections = 0  # how many times were moved

    def stamp(self, now_ns: int) -> int:
        """The time to use for something that happened at `now_ns`."""
        stamp = int(now_ns)
        if self._previous is not None and stamp <= self._previous:
            stamp = self._previous + 1
            self.corrections += 1
        self._previous = stamp
        return stamp


class SegmentCounter:
    """Counts the breaks of a source: a gap of more than a second, another picture size, a reopened device.

    What depends on the past (filters, a tracker's warm-up) is reset when the number changes.
    """

    def __init__(self, gap_ns: int = SECOND_NS) -> None:
        self._gap_ns = gap_ns
        self._last: tuple[int, tuple[int, int]] | None = None
        self.segment = 0

    def count(self, stamp_ns: int, size: tuple[int, int], reopened: bool = False) -> int:
        """The segment of the frame of that time and (width, height); one break counts once, whatever its causes."""
        if self._last is not None:
            last_ns, last_size = self._last
            if reopened or size != last_size or stamp_ns - last_ns > self._gap_ns:
                self.segment += 1
        self._last = (stamp_ns, size)
        return self.segment


class FrameMaker:
    """Numbers and dates the pictures of one source."""

    def __init__(self) -> None:
        self.clock = StampClock()
        self._segments = SegmentCounter()
        self._index = 0

    def make(
        self,
        image: ByteArray,
        taken_ns: int,
        arrived_ns: int | None = None,
        reopened: bool = False,
        flags: frozenset[str] = frozenset(),
    ) -> Frame:
        """The frame of a checked picture (see `check_frame`) taken at `taken_ns`."""
        stamp_ns = self.clock.stamp(taken_ns)
        size = (image.shape[1], image.shape[0])
        segment = self._segments.count(stamp_ns, size, reopened)
        index, self._index = self._index, self._index + 1
        arrived_ns = time.monotonic_ns() if arrived_ns is None else arrived_ns
        return Frame(image, stamp_ns, index, arrived_ns, segment, flags)


def check_frame(image: ByteArray, name: str) -> ByteArray:
    """The picture itself if it is uint8 (height, width, 3), C-contiguous and at least 16 px a side.

    A 0x0 picture would break MediaPipe's graph permanently, so it is refused here.

    Raises:
        SourceError: it is not, naming the source `name` and what it is instead.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise SourceError(f"{name}: a picture is {image.dtype} {image.shape}, expected uint8 (height, width, 3).")
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise SourceError(f"{name}: a picture is {width}x{height}, at least {MIN_SIDE}x{MIN_SIDE} is needed.")
    return np.ascontiguousarray(image)


def check_size(width: int, height: int, name: str, force: bool) -> None:
    """Refuse a picture of more than 4096 px a side unless forced.

    Raises:
        SourceError: it is larger.
    """
    if max(width, height) > MAX_SIDE and not force:
        raise SourceError(
            f"{name}: pictures are {width}x{height}, larger than {MAX_SIDE} px a side. "
            "Scale it down, or force it (--set source.force=true)."
        )
