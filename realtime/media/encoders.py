"""Chooses the H.264 encoder of a video: x264 at the slowest preset that keeps up on this machine, or hardware.

Every encoder is configured without delay, one picture in and one packet out: delayed pictures would be lost when the
program is killed. An encoder that delays pictures all the same is not used.
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
# FFmpeg's encoder names, in the order in which they are tried.
HARDWARE = {
    "nvenc": "h264_nvenc",
    "qsv": "h264_qsv",
    "amf": "h264_amf",
    "videotoolbox": "h264_videotoolbox",
    "mf": "h264_mf",
}
TRIAL_PICTURES = 6  # one key frame and five predicted ones
TRIAL_S = 0.2  # at most: a kill during the trial must not lose more than a kill later
# Of the frame period: a second encoder, the tracker and the window share the processor.
_SHARE = 0.25
_TOO_LONG_S = 0.15  # a trial is cut short after this time

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder by FFmpeg's name, with x264's preset."""

    codec: str = "libx264"
    preset: str = PRESETS[0]

    def __str__(self) -> str:
        return f"{self.codec} {self.preset}" if self.codec == "libx264" else self.codec

    def set_up(self, context: av.VideoCodecContext, size: tuple[int, int], crf: int, key_every: int) -> None:
        """Configure a context of this codec for pictures of `size` (width, height)."""
        from av.codec.context import Flags

        context.width, context.height = size
        formats = {known.name for known in context.codec.video_formats or ()}
        context.pix_fmt = "yuv420p" if "yuv420p" in formats else "nv12"
        context.gop_size = key_every
        context.max_b_frames = 0
        # Enables the low-latency mode of VideoToolbox (libavcodec/videotoolboxenc.c, since FFmpeg 6.1); other encoders
        # ignore it.
        context.flags |= Flags.low_delay
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        context.options = self._options(size, crf)

    def _options(self, size: tuple[int, int], crf: int) -> dict[str, str]:
        """No look-ahead and no pictures in flight; a quality about that of x264 at this `crf`.

        Names as in `ffmpeg -h encoder=NAME`: by default NVENC delays by all of its surfaces
        (`delay`), Quick Sync and AMF have 4 and 16 pictures in flight (`async_depth`).
        """
        quality = str(max(1, crf))
        bits = str(
            max(1_000_000, round(size[0] * size[1] * 30 * 0.18))
        )  # per second, for encoders without constant quality
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
class EncoderRequest:
    """The requested encoder, see `RecordConfig.encoder` and `.preset`."""

    encoder: str = "auto"
    preset: str = "auto"
    crf: int = 20

    def settled(self, size: tuple[int, int]) -> Encoder | None:
        """The encoder for pictures of this size if no trial is needed, else None."""
        if self.encoder in ("auto", "x264") and self.preset != "auto":
            return Encoder(preset=self.preset)
        return _chosen.get((self, size))

    def choose(self, frames: Sequence[av.VideoFrame], period_s: float | None, notify: Notify) -> Encoder:
        """Choose by a trial on these pictures, the first of a video; the result is cached by their size.

        `period_s`: frame period; None if the encoder need not keep up. `notify` is called where the choice deviates
        from the request.
        """
        size = frames[0].width, frames[0].height
        with _choosing:
            found = self.settled(size)
            if found is None:
                found = _chosen[self, size] = self._by_trial(frames, period_s, notify)
        return found

    def _by_trial(self, frames: Sequence[av.VideoFrame], period_s: float | None, notify: Notify) -> Encoder:
        if self.encoder in HARDWARE:
            wanted = Encoder(HARDWARE[self.encoder])
            if seconds_of(wanted, frames, self.crf) is not None:
                return wanted
            if self.encoder not in _unavailable:
                _unavailable.add(self.encoder)
                notify(f"The encoder {self.encoder} is not available on this machine; using x264.")
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
            notify(f"This machine cannot encode {width}x{height} at this frame rate. Live, pictures will be dropped.")
        return Encoder(preset=PRESETS[-1])


def seconds_of(encoder: Encoder, frames: Sequence[av.VideoFrame], crf: int) -> float | None:
    """Median encoding time of a picture in seconds; None if the encoder is missing, fails or delays pictures."""
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
    return median(taken[1:] or taken)  # the first includes the encoder's start-up


_choosing = threading.Lock()
_chosen: dict[tuple[EncoderRequest, tuple[int, int]], Encoder] = {}
_unavailable: set[str] = set()  # hardware encoders whose absence the user was notified of
