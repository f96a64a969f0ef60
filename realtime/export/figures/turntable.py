"""A turntable: from neutral to full intensity and back while the camera swings, as a loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from realtime.core.config import RecordConfig
from realtime.core.files import new_output
from realtime.core.progress import Progress
from realtime.core.types import ByteArray
from realtime.media.gif import write_gif
from realtime.media.new_video import new_video

SECONDS = {".mp4": 4.0, ".gif": 3.0}
FPS = {".mp4": 30.0, ".gif": 15.0}
SWING_DEG = 30.0  # camera swing to either side
_RISE = 0.3  # share of the turn for the rise to full intensity, and again for the fall


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment of a turn; by default the still: full intensity, from the front."""

    blend: float = 1.0  # 0 neutral .. 1 full
    swing: float = 0.0  # -1..1 of SWING_DEG, positive to the picture's right


def turn_at(phase: float) -> Turn:
    """The moment at `phase`, 0..1 of a turn. Full intensity is held while the camera swings from side to side."""
    rising = min(phase, 1.0 - phase) / _RISE
    eased = min(max(rising, 0.0), 1.0)
    return Turn(eased * eased * (3.0 - 2.0 * eased), math.sin(2.0 * math.pi * phase))


@dataclass(frozen=True, slots=True)
class Turntable:
    """One turn as a file."""

    path: Path
    frames: int
    fps: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / self.fps


def write_turntable(
    out: Path,
    size: tuple[int, int],
    draw: Callable[[Turn], ByteArray],
    seconds: float,
    fps: float,
    record: RecordConfig,
    progress: Progress,
) -> Turntable:
    """Write one turn as .mp4 or .gif under an unused name; its path and length.

    `draw` returns an image of `size`; `progress` gets the number of finished frames. Raises RecordError. No file is
    left where it fails.
    """
    gif = out.suffix.lower() == ".gif"
    hundredths = max(2, round(100 / fps))  # viewers slow down what is faster than 0.02 s
    fps = 100 / hundredths if gif else fps
    count = max(2, round(seconds * fps))

    def pictures() -> Iterator[ByteArray]:
        for at in range(count):
            yield draw(turn_at(at / count))
            progress(at + 1, count)

    if gif:
        with new_output(out) as path:
            samples = [draw(turn_at(phase)) for phase in (0.0, 0.25, 0.5)]
            write_gif(path, pictures(), samples, 10 * hundredths)
        return Turntable(path, count, fps)
    with new_video(out, size, record) as writer:
        for at, picture in enumerate(pictures()):
            if not writer.put(picture, round(at * 1e9 / fps), wait=True):
                break  # closing raises the reason
    return Turntable(writer.path, count, fps)
