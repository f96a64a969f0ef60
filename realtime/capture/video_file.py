"""Video files through FFmpeg (PyAV), every frame once, at the file's own times."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from realtime.capture.completeness import Completeness
from realtime.capture.container import NO_TIMES, declared_end_ns, declared_frames, open_container
from realtime.capture.frame_times import MAX_REORDERED, FrameTimes
from realtime.capture.orientation import UPRIGHT, FrameOrientation, turned
from realtime.capture.packets import Packets, true_rate
from realtime.capture.source import (
    MAX_DURATION_NS,
    SECOND_NS,
    FrameMaker,
    SourceOptions,
    check_frame,
    check_size,
)
from realtime.core.errors import SourceError
from realtime.core.types import ByteArray, Frame, SourceInfo

_REORDERED_BLOCKS = 184_320  # of 16x16 pixels that wait to be shown: what level 5.1 of H.264 asks of a decoder


class VideoFile:
    """Reads a video file; times are the file's in integer nanoseconds, see `FrameTimes`.

    Rotation (and mirroring) written in the file is applied, non-square pixels are made square, so a face has the same
    shape however the file was made. A damaged file gives all its good frames first and then raises, unless `lenient`.

    Raises:
        SourceError: the file is empty, no video, has no picture track, is too large, or is a raw stream without
            times and no `raw_fps` was given.
    """

    def __init__(self, path: Path, options: SourceOptions | None = None) -> None:
        self.path = path
        self.damaged = 0  # frames that could not be decoded, or came with errors
        self._options = options or SourceOptions()
        self.remark = ""  # what the file states wrongly of itself
        self._maker = FrameMaker()
        self._first_ns = 0  # stamp of the first frame of this pass
        self._last_ns = 0  # of the last frame delivered
        self._last_lasts_ns = 0
        self._container: Any = None
        self._reformatter: Any = None
        self._orientation = FrameOrientation()
        self._open()
        declared = declared_frames(self._stream)  # before any packet is read: some formats count these
        self._rate = self._nominal_rate()
        self._period_ns = max(1, round(SECOND_NS / self._rate))
        self._times = self._frame_times()
        self._info = SourceInfo(path.name, False, None, float(self._rate), declared)
        self._frames = self._all_frames()
        # The first frame is decoded at once: a file without any is refused here, and the size after rotation is known.
        try:
            self._first = next(self._frames, None)
        except SourceError:
            self.close()
            raise

    @property
    def info(self) -> SourceInfo:
        """Name, size after rotation, nominal rate, and how many frames the file declares."""
        return self._info

    @property
    def corrections(self) -> int:
        """Times of the file that could not be used, see `FrameTimes`."""
        return self._times.corrections + self._maker.clock.corrections

    def read(self) -> Frame | None:
        """The next frame; None at the end.

        Raises:
            SourceError: at the end, when frames were damaged or missing and `lenient` is off.
        """
        first, self._first = self._first, None
        return first or next(self._frames, None)

    def close(self) -> None:
        """Release the file; may be called twice."""
        self._frames.close()
        if self._container is not None:
            self._container.close()
            self._container = None

    def _open(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._container, self._stream = open_container(self.path, self._options)
        self._packets = Packets(self._container, self._stream)
        self._reformatter = VideoReformatter()  # one for all frames: it keeps the conversion's tables
        try:
            self._check_limits()
        except SourceError:
            self._container.close()
            raise

    def _check_limits(self) -> None:
        name, codec = self.path.name, self._stream.codec_context
        check_size(codec.width, codec.height, name, self._options.force)
        duration_ns = declared_end_ns(self._container, self._stream) or 0
        if duration_ns > MAX_DURATION_NS and not self._options.force:
            hours = duration_ns / 3600 / SECOND_NS
            raise SourceError(f"{name}: lasts {hours:.1f} hours, more than 2. Cut it, or force it (source.force=true).")
        if int(self._container.format.flags) & NO_TIMES and self._options.raw_fps is None:
            raise SourceError(
                f"{name}: a raw {self._container.format.name} stream stores no times. Give the frame rate that it "
                "has (--set source.fps=30; raw_fps in Python), or put it into a container: "
                "`ffmpeg -r 30 -i IN -c copy OUT.mp4`."
            )

    def _nominal_rate(self) -> Fraction:
        if self._options.raw_fps is not None and int(self._container.format.flags) & NO_TIMES:
            return Fraction(self._options.raw_fps).limit_denominator(100_000)
        return true_rate(self._stream, self._packets.look_ahead())

    def _frame_times(self) -> FrameTimes:
        codec = self._stream.codec_context
        if self._timeless:
            return FrameTimes(self._rate, reorders=False, depth=0)
        blocks = max(1, codec.width * codec.height // 256)
        depth = min(MAX_REORDERED, max(4, _REORDERED_BLOCKS // blocks))
        return FrameTimes(self._rate, reorders=bool(codec.codec.reorder), depth=depth)

    @property
    def _timeless(self) -> bool:
        return bool(int(self._container.format.flags) & NO_TIMES)

    def _all_frames(self) -> Generator[Frame, None, None]:
        while True:
            completeness = Completeness(self._container, self._stream)
            count = 0
            for frame in self._one_pass(completeness):
                count += 1
                yield frame
            self._check_complete(completeness, count)
            if not self._options.loop or count == 0:
                return
            self._container.close()
            self._open()
            self._times.restart()

    def _one_pass(self, completeness: Completeness) -> Iterator[Frame]:
        first = True
        for picture in self._dated(self._pictures(completeness)):
            if picture.is_corrupt:
                completeness.fault("torn frames")
                self.damaged += 1
            image = self._rgb(picture)
            time_ns, jumped = self._times.take()
            flags = frozenset({"torn"}) if picture.is_corrupt else frozenset()
            frame = self._maker.make(image, time_ns, reopened=jumped, flags=flags)
            if first:
                self._first_ns, first = frame.stamp_ns, False
            self._last_ns = frame.stamp_ns
            self._last_lasts_ns = self._period_ns
            if picture.duration and picture.time_base:
                self._last_lasts_ns = int(picture.duration * picture.time_base * SECOND_NS)
            if frame.size != self._info.size:
                self._info = replace(self._info, size=frame.size)
            yield frame

    def _dated(self, pictures: Iterator[Any]) -> Iterator[Any]:
        """The same pictures, each once its time is settled."""
        waiting: deque[Any] = deque()
        for picture in pictures:
            waiting.append(picture)
            self._times.add(self._file_ns(picture))
            while self._times.settled:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()

    def _pictures(self, completeness: Completeness) -> Iterator[Any]:
        """Every decoded picture; what cannot be decoded is counted and skipped, as every player does."""
        import av

        while True:
            try:
                packet = self._packets.next()
            except (av.FFmpegError, OSError) as error:  # the rest of the file cannot be read; deliver what is decoded
                self._damage(completeness, error)
                packet = None
            if packet is None:
                completeness.end_of_packets()
            else:
                completeness.packet(packet)
                time_ns = self._file_ns(packet)
                if time_ns is not None and not packet.is_discard:
                    self._times.expect(time_ns)
            try:
                pictures = packet.decode() if packet is not None else self._stream.codec_context.decode(None)
            except EOFError:  # the decoder was already emptied
                pictures = []
            except (av.FFmpegError, ValueError) as error:
                self._damage(completeness, error)
                pictures = []
            yield from pictures
            if packet is None:
                return

    def _damage(self, completeness: Completeness, error: Exception) -> None:
        completeness.fault(str(error).split(":")[0])
        self.damaged += 1

    def _file_ns(self, dated: Any) -> int | None:
        """The file's own time of a packet or a picture; None where it has none."""
        pts = dated.pts if dated.pts is not None else dated.dts
        if pts is None or self._timeless:
            return None
        base = dated.time_base or self._stream.time_base
        return _round(pts * base.numerator * SECOND_NS, base.denominator)

    def _rgb(self, picture: Any) -> ByteArray:
        name = self.path.name
        check_size(picture.width, picture.height, name, self._options.force)
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        width = round(picture.width * aspect) if Fraction(1, 4) < aspect < 4 else picture.width
        check_size(width, picture.height, name, self._options.force)
        converted = self._reformatter.reformat(picture, width=width, format="rgb24")
        image: ByteArray = converted.to_ndarray()
        turn = self._orientation.turn_of(picture, self._reformatter)
        return check_frame(image if turn == UPRIGHT else turned(image, turn), name)

    def _check_complete(self, completeness: Completeness, count: int) -> None:
        """Hold what came in a pass against what the file declares.

        Raises:
            SourceError: frames are damaged or missing and `lenient` is off, or there was none at all.
        """
        name = self.path.name
        if count == 0:
            because = f": {completeness.first_fault}" if completeness.first_fault else ""
            raise SourceError(f"{name}: no frame could be decoded{because}. The file is empty or damaged.")
        shown_ns = self._last_ns + self._last_lasts_ns - self._first_ns
        first_ns = self._times.file_ns(self._first_ns)
        missing = completeness.missing(count, shown_ns, self._period_ns, max(0, first_ns))
        if not missing:
            self.remark = completeness.remark(count)
            return
        self.damaged = max(self.damaged, completeness.faults)
        if not self._options.lenient:
            raise SourceError(
                f"{name}: {missing}. The file is damaged or cut off; use what is left with source.lenient=true."
            )


def _round(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)
