"""Video files through FFmpeg (PyAV), every frame once, at the file's own times."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from realtime.capture.container import NO_TIMES, declared_end_ns, declared_frames, open_container, track_end_ns
from realtime.capture.orientation import UPRIGHT, turn_of, turned
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

_END_SLACK_NS = SECOND_NS // 2  # how long a last frame lasts is not always written


class VideoFile:
    """Reads a video file; times are pts * time_base in integer nanoseconds, moved only where they would fall below 0.

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
        self._maker = FrameMaker()
        self._first_error = ""
        self._untimed = 0  # frames without a time in this pass
        self._shift_ns = 0  # added to the file's times: below 0, after a jump back, in a further round of a loop
        self._first_ns: int | None = None  # of this pass, as in the file
        self._last_ns: int | None = None  # of the last frame delivered
        self._last_lasts_ns = 0
        self._container: Any = None
        self._reformatter: Any = None
        self._open()
        self._rate = self._nominal_rate()
        self._period_ns = max(1, round(SECOND_NS / self._rate))
        declared = declared_frames(self._stream)
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
        """Times that were equal to or below the one before and were moved."""
        return self._maker.clock.corrections

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
        return Fraction(self._stream.average_rate or self._stream.guessed_rate or 25)

    def _all_frames(self) -> Generator[Frame, None, None]:
        while True:
            count = 0
            for frame in self._one_pass():
                count += 1
                yield frame
            self._check_complete(count)
            if not self._options.loop or count == 0:
                return
            self._container.close()
            self._open()
            self._untimed = 0
            self._shift_ns = (self._last_ns or 0) + self._period_ns

    def _one_pass(self) -> Iterator[Frame]:
        self._first_ns = None
        started = self._last_ns is not None  # a further round: its first frame does not follow from the last
        for picture in self._pictures():
            if picture.is_corrupt:
                self.damaged += 1
            image = self._rgb(picture)
            time_ns, jumped = self._time_ns(picture, again=started)
            flags = frozenset({"torn"}) if picture.is_corrupt else frozenset()
            frame = self._maker.make(image, time_ns, reopened=jumped, flags=flags)
            self._last_ns = frame.stamp_ns
            self._last_lasts_ns = self._period_ns
            if picture.duration and picture.time_base:
                self._last_lasts_ns = int(picture.duration * picture.time_base * SECOND_NS)
            started = False
            if frame.size != self._info.size:
                self._info = replace(self._info, size=frame.size)
            yield frame

    def _pictures(self) -> Iterator[Any]:
        """Every decoded picture; what cannot be decoded is counted and skipped, as every player does."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError) as error:  # the rest of the file cannot be read; deliver what is decoded
                self._damage(error)
                packet = None
            if packet is not None and packet.is_corrupt:  # a transport stream that has lost some of its packets
                self._damage(ValueError("lost packets"))
            try:
                pictures = packet.decode() if packet is not None else self._stream.codec_context.decode(None)
            except EOFError:  # the decoder was already emptied
                pictures = []
            except (av.FFmpegError, ValueError) as error:
                self._damage(error)
                pictures = []
            yield from pictures
            if packet is None:
                return

    def _damage(self, error: Exception) -> None:
        self.damaged += 1
        self._first_error = self._first_error or str(error).split(":")[0]

    def _rgb(self, picture: Any) -> ByteArray:
        name = self.path.name
        check_size(picture.width, picture.height, name, self._options.force)
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        width = round(picture.width * aspect) if Fraction(1, 4) < aspect < 4 else picture.width
        check_size(width, picture.height, name, self._options.force)
        converted = self._reformatter.reformat(picture, width=width, format="rgb24")
        image: ByteArray = converted.to_ndarray()
        turn = turn_of(picture)
        return check_frame(image if turn == UPRIGHT else turned(image, turn), name)

    def _time_ns(self, picture: Any, again: bool) -> tuple[int, bool]:
        """The picture's time, and whether it jumped."""
        pts = picture.pts if picture.pts is not None else picture.dts
        if pts is None or int(self._container.format.flags) & NO_TIMES:
            time_ns = _round(self._untimed * SECOND_NS * self._rate.denominator, self._rate.numerator)
        else:
            base = picture.time_base or self._stream.time_base
            time_ns = _round(pts * base.numerator * SECOND_NS, base.denominator)
        self._untimed += 1
        if self._first_ns is None:
            self._first_ns = time_ns
            if again:
                self._shift_ns -= time_ns
            elif time_ns < 0:
                self._shift_ns = -time_ns
        time_ns += self._shift_ns
        jumped = again
        if self._last_ns is not None and time_ns < self._last_ns - SECOND_NS:
            # Concatenated pieces, each with its own times.
            moved = self._last_ns + self._period_ns - time_ns
            self._shift_ns += moved
            time_ns += moved
            jumped = True
        return time_ns, jumped

    def _check_complete(self, count: int) -> None:
        """Compare what came with what the file declares.

        Raises:
            SourceError: frames are damaged or missing and `lenient` is off, or there was none at all.
        """
        name, declared = self.path.name, self._info.frames
        because = f": {self._first_error}" if self._first_error else ""
        if count == 0:
            raise SourceError(f"{name}: no frame could be decoded{because}. The file is empty or damaged.")
        missing = ""
        if declared is not None and count < declared:
            missing = f"{count} of {declared} frames could be decoded{because}"
            self.damaged = max(self.damaged, declared - count)
        elif self.damaged:
            missing = f"{self.damaged} places could not be decoded{because}"
        elif declared is None and not self._options.loop:
            end_ns = track_end_ns(self._stream)
            last_ns = (self._last_ns or 0) - self._shift_ns + self._last_lasts_ns
            if end_ns is not None and last_ns < end_ns - max(_END_SLACK_NS, 3 * self._period_ns):
                self.damaged += 1
                missing = f"ends at {last_ns / SECOND_NS:.2f} s of {end_ns / SECOND_NS:.2f} s"
        if missing and not self._options.lenient:
            raise SourceError(
                f"{name}: {missing}. The file is damaged or cut off; use what is left with source.lenient=true."
            )


def _round(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)
