"""The rate of a file is that of its frames, whatever clock its headers state for one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from made_videos import ffmpeg, read_all, steps_ms

from realtime.capture import SourceOptions, open_source
from realtime.capture.packets import Packets

SOURCE = ("-f", "lavfi", "-i")
PAL, NTSC = "testsrc=s=720x576:r=25:d=1", "testsrc=s=720x480:r=30000/1001:d=1"
JITTERED_MS = [round(number * 1000 / 30 + (5, -4, 0, -5, 3)[number % 5]) + 5 for number in range(60)]


def rate_of(path: Path, **options: object) -> float:
    with open_source(path, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        assert source.info.rate is not None
        return source.info.rate


@pytest.mark.parametrize("wrapped", ["a.dv", "a.avi", "a.mov", "a.mkv", "a.mxf"])
@pytest.mark.parametrize(("content", "pixels", "rate"), [(PAL, "yuv420p", 25.0), (NTSC, "yuv411p", 30000 / 1001)])
def test_dv(tmp_path: Path, wrapped: str, content: str, pixels: str, rate: float) -> None:
    raw = tmp_path / "raw.dv"
    ffmpeg(*SOURCE, content, "-pix_fmt", pixels, "-c:v", "dvvideo", raw)
    path = tmp_path / wrapped
    if wrapped.endswith("mkv") and pixels == "yuv411p":
        ffmpeg("-f", "dv", "-i", raw, "-c", "copy", path)
    else:
        ffmpeg("-i", raw, "-c", "copy", path)
    assert rate_of(path) == pytest.approx(rate, rel=1e-6)
    frames, error, *_ = read_all(path)
    assert error == "" and steps_ms(frames) == pytest.approx([1000 / rate] * (len(frames) - 1), abs=1.0)


def write(path: Path, times: list[int], base: Fraction, codec: str, stated: int) -> Path:
    """A video of pictures at these times, for which the encoder states another rate."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=stated)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = stream.time_base = base
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "ticks", "stated"),
    [
        ("browser.webm", "libvpx", 1, 1000),
        ("browser.mkv", "libx264", 1, 1000),
        ("phone.mp4", "libx264", 90, 90000),
        ("camera.ts", "libx264", 90, 90000),
        ("meant.mkv", "mpeg4", 1, 5),
    ],
)
def test_stated_rates_that_are_a_clock_s(tmp_path: Path, name: str, codec: str, ticks: int, stated: int) -> None:
    times = [time * ticks for time in JITTERED_MS]
    path = write(tmp_path / name, times, Fraction(1, 1000 * ticks), codec, stated)
    assert rate_of(path) == pytest.approx(30, rel=0.03)


def test_one_picture_that_lasts_a_tick(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [0], Fraction(1, 90000), "libx264", 90000)
    assert 1 <= rate_of(path) <= 1000


@pytest.mark.parametrize("name", ["a.h264", "a.mjpeg", "a"])
def test_a_raw_stream_has_the_rate_that_is_given(tmp_path: Path, name: str) -> None:
    """With 1000 ticks a second in its headers; FFmpeg takes such JPEGs for pictures with times of their own."""
    if name == "a.h264":
        encoding = ("-c:v", "libx264", "-bsf:v", "h264_metadata=tick_rate=2000", "-f", "h264")
    else:
        encoding = ("-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-f", "mjpeg")
    ffmpeg(*SOURCE, "testsrc=s=320x240:r=25:d=1", *encoding, tmp_path / name)
    frames, error, *_ = read_all(tmp_path / name, raw_fps=12.5)
    assert (error, set(steps_ms(frames))) == ("", {80.0}) and rate_of(tmp_path / name, raw_fps=12.5) == 12.5


def test_packets_that_were_looked_at_are_handed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", JITTERED_MS, Fraction(1, 1000), "mpeg4", 30)
    with av.open(str(path)) as whole, av.open(str(path)) as container:
        sizes = [packet.size for packet in whole.demux(whole.streams.video[0])]
        packets = Packets(container, container.streams.video[0])
        assert [packet.size for packet in packets.look_ahead()] == sizes[:64]
        handed = []
        while (packet := packets.next()) is not None:
            handed.append(packet.size)
    assert handed == sizes
