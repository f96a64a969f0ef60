"""Which H.264 encoder makes a video: x264 at the best preset that this machine has time for, or its hardware.

Every encoder is set so that a picture comes out before the next one goes in: what it held back would be lost when the
program is killed. One that does hold pictures back is not used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from realtime.media.timebase import TIME_BASE
from realtime.media.yuv import BT709, LIMITED_RANGE

if TYPE_CHECKING:
    import av

# Smallest files first. Measured on a face and on the window: from ultrafast to veryfast a file shrinks by 42 % at the
# same quality; "faster" takes 1.8 times as long as veryfast and saves 4 % more.
PRESETS = ("veryfast", "superfast", "ultrafast")
# FFmpeg's names, in the order in which they are tried.
HARDWARE = {
    "nvenc": "h264_nvenc",
    "qsv": "h264_qsv",
    "amf": "h264_amf",
    "videotoolbox": "h264_videotoolbox",
    "mf": "h264_mf",
}
TRIAL_PICTURES = 6  # a key picture and five that are told from the one before
TRIAL_S = 0.2  # a slow source is not waited for: a kill must not cost more than it does later
# Of the time from picture to picture: another encoder, the tracker and the window want the same processor.
_SHARE = 0.25
_TOO_LONG_S = 0.15  # a trial that took so long has failed

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder, by FFmpeg's name, and x264's preset."""

    codec: str = "libx264"
    preset: str = PRESETS[0]

    def __str__(self) -> str:
        return f"{self.codec} {self.preset}" if self.codec == "libx264" else self.codec

    def set_up(self, context: av.VideoCodecContext, size: tuple[int, int], crf: int, key_every: int) -> None:
        """Prepare a context of this codec for pictures of `size` (width, height)."""
        from av.codec.context import Flags

        context.width, context.height = size
        formats = {known.name for known in context.codec.video_formats or ()}
        context.pix_fmt = "yuv420p" if "yuv420p" in formats else "nv12"
        context.gop_size = key_every
        context.max_b_frames = 0
        # One picture in, one out: VideoToolbox then has its low-latency mode (libavcodec/videotoolboxenc.c, since
        # FFmpeg 6.1); the others take no notice.
        context.flags |= Flags.low_delay
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        context.options = self._options(size, crf)

    def _options(self, size: tuple[int, int], crf: int) -> dict[str, str]:
        """No look-ahead, nothing in flight; a quality that is about x264's at this `crf`.

        Names and meanings as `ffmpeg -h encoder=NAME` tells them: by default NVENC delays by all of its surfaces
        (`delay`), Quick Sync and AMF have 4 and 16 pictures in flight (`async_depth`).
        """
        quality = str(max(1, crf))
        bits = str(max(1_000_000, round(size[0] * size[1] * 30 * 0.18)))  # of encoders without a constant quality
        return {
            "libx264": {"crf": str(crf), "preset": self.preset, "tune": "zerolatency"},
            "h264_nvenc": {
                "preset": "p4", "tune": "ull", "zerolatency": "1", "delay": "0", "rc-lookahead": "0",
                "rc": "constqp", "qp": quality,
            },
            "h264_qsv": {"preset": "veryfast", "async_depth": "1", "look_ahead": "0", "global_quality": quality},
            "h264_amf": {
                "usage": "ultralowlatency", "async_depth": "1", "preanalysis": "0",
                "rc": "cqp", "qp_i": quality, "qp_p": quality,
            },
            "h264_videotoolbox": {"realtime": "1", "b": bits},
            "h264_mf": {"hw_encoding": "1", "scenario": "display_remoting", "rate_control": "ld_vbr", "b": bits},
        }[self.codec]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the settings say, see `RecordConfig.encoder` and `.preset`."""

    encoder: str = "auto"
    preset: str = "auto"
    crf: int = 20

    def settled(self, size: tuple[int, int]) -> Encoder | None:
        """The encoder of pictures of this size, where no picture is needed to tell."""
        if self.encoder in ("auto", "x264") and self.preset != "auto":
            return Encoder(preset=self.preset)
        return _chosen.get((self, size))

    def choose(self, frames: Sequence[av.VideoFrame], period_s: float | None, say: Say) -> Encoder:
        """Try it on these pictures, the first ones of a video, and remember the answer for their size.

        `period_s`: from picture to picture; None where nobody waits. What came otherwise than asked is said.
        """
        size = frames[0].width, frames[0].height
        with _choosing:
            found = self.settled(size)
            if found is None:
                found = _chosen[self, size] = self._tried(frames, period_s, say)
        return found

    def _tried(self, frames: Sequence[av.VideoFrame], period_s: float | None, say: Say) -> Encoder:
        if self.encoder in HARDWARE:
            wanted = Encoder(HARDWARE[self.encoder])
            if seconds_of(wanted, frames, self.crf) is not None:
                return wanted
            if self.encoder not in _refused:
                _refused.add(self.encoder)
                say(f"The encoder {self.encoder} cannot be used on this machine; x264 takes its place.")
            if self.preset != "auto":
                return Encoder(preset=self.preset)
        if period_s is None:
            return Encoder()
        taken = float("inf")
        for preset in PRESETS:
            encoder = Encoder(preset=preset)
            taken = seconds_of(encoder, frames, self.crf) or taken
            if taken <= _SHARE * period_s:
                return encoder
        if self.encoder == "auto":
            for codec in HARDWARE.values():
                seconds = seconds_of(Encoder(codec), frames, self.crf)
                if seconds is not None and seconds < taken:
                    return Encoder(codec)
        if taken > period_s:
            width, height = frames[0].width, frames[0].height
            say(f"Pictures of {width}x{height} come faster than this machine encodes them; some will be dropped.")
        return Encoder(preset=PRESETS[-1])


def seconds_of(encoder: Encoder, frames: Sequence[av.VideoFrame], crf: int) -> float | None:
    """Median time of a picture in seconds; None where the encoder is not there, fails, or holds pictures back."""
    import av

    taken: list[float] = []
    packets = 0
    try:
        context = av.CodecContext.create(encoder.codec, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.time_base, context.framerate = TIME_BASE, Fraction(30)
        encoder.set_up(context, (frames[0].width, frames[0].height), crf, key_every=len(frames) + 1)
        context.open()
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number * TIME_BASE.denominator // 30, TIME_BASE
            start = time.perf_counter()
            packets += len(context.encode(frame))
            taken.append(time.perf_counter() - start)
            if sum(taken) > _TOO_LONG_S and len(taken) > 1:
                break
    except (OSError, ValueError, av.error.FFmpegError):
        return None
    if packets < len(taken) - 1:
        return None
    return median(taken[1:] or taken)  # the first one has the encoder's own beginning in it


_choosing = threading.Lock()
_chosen: dict[tuple[Asked, tuple[int, int]], Encoder] = {}
_refused: set[str] = set()  # hardware of which the user knows that it is not there
