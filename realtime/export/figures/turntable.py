"""A sheet in motion: from neutral to full and back while the eye turns, so that its end is its beginning."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.core.config import RecordConfig
from realtime.core.errors import RecordError
from realtime.core.files import unique_path
from realtime.core.types import ByteArray
from realtime.media.gif import write_gif
from realtime.media.video_writer import VideoWriter

SECONDS = {".mp4": 4.0, ".gif": 3.0}
FPS = {".mp4": 30.0, ".gif": 15.0}
SWING_DEG = 30.0  # of the eye, to either side
_RISE = 0.3  # of the turn in which the face goes to full, and again back; it stays there in between


@dataclass(frozen=True, slots=True)
class Turn:
    """One moment of a turn; without arguments the still: full, from straight ahead."""

    blend: float = 1.0  # 0 neutral .. 1 full
    swing: float = 0.0  # -1..1 of SWING_DEG, positive to the picture's right


def turn_at(phase: float) -> Turn:
    """The moment `phase` 0..1 of a turn. Full is held while the eye swings from one side to the other."""
    rising = min(phase, 1.0 - phase) / _RISE
    eased = min(max(rising, 0.0), 1.0)
    return Turn(eased * eased * (3.0 - 2.0 * eased), math.sin(2.0 * math.pi * phase))


def write_turntable(
    out: Path,
    size: tuple[int, int],
    draw: Callable[[Turn], ByteArray],
    seconds: float,
    fps: float,
    record: RecordConfig,
    progress: Callable[[int, int], None],
) -> tuple[Path, dict[str, Any]]:
    """Write one turn as .mp4 or .gif, where nothing is written over; the path, and what to say of it.

    `draw` gives a picture of `size`; `progress` is told how many are done. Raises RecordError. Of a turn that was
    interrupted no file is left.
    """
    gif = out.suffix.lower() == ".gif"
    hundredths = max(2, round(100 / fps))  # viewers slow down what is faster than 0.02 s
    fps = 100 / hundredths if gif else fps
    count = max(2, round(seconds * fps))

    def pictures() -> Iterator[ByteArray]:
        for at in range(count):
            yield draw(turn_at(at / count))
            progress(at + 1, count)

    told = {"frames": count, "fps": fps, "seconds": count / fps}
    if gif:
        path = unique_path(out)
        try:
            samples = [draw(turn_at(phase)) for phase in (0.0, 0.25, 0.5)]
            write_gif(path, pictures(), samples, 10 * hundredths)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path, told
    writer = VideoWriter(out, size, record.crf, record.preset)
    try:
        with writer:
            for at, picture in enumerate(pictures()):
                if not writer.put(picture, round(at * 1e9 / fps), wait=True):
                    break  # closing says why
    except BaseException as error:
        if not (isinstance(error, RecordError) and writer.written):  # which says that its beginning is kept
            writer.path.unlink(missing_ok=True)
        raise
    return writer.path, told
