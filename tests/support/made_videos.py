"""Videos that ffmpeg makes for a test, each picture with the number of its frame in it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from clips import regular, write_clip

from realtime.capture import SourceOptions, open_source
from realtime.core.errors import SourceError
from realtime.core.types import Frame

MS = 1_000_000


def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg, silently and to its end."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def numbered(path: Path, frames: int, *encoding: str, rate: str = "25") -> Path:
    """A clip of numbered pictures, made once losslessly and then encoded by ffmpeg as `encoding` says."""
    lossless = write_clip(path.with_name(f"{path.name}.lossless.mkv"), regular(frames), codec="ffv1", pix_fmt="yuv420p")
    ffmpeg("-r", rate, "-i", lossless, *encoding, path)
    return path


def read_all(path: Path, **options: object) -> tuple[list[Frame], str, str, int]:
    """The frames, the error that came after them ("" when none did), the source's note and its corrections."""
    frames: list[Frame] = []
    error = ""
    with open_source(path, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        try:
            frames.extend(source)
        except SourceError as failure:
            error = str(failure)
        return frames, error, source.note, source.corrections


def steps_ms(frames: Sequence[Frame]) -> list[float]:
    """Time from each frame to the next, in ms to three digits."""
    stamps = [frame.stamp_ns for frame in frames]
    return [round((after - before) / MS, 3) for before, after in pairwise(stamps)]
