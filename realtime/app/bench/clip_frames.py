"""A clip that is gone through several times."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from realtime.core.types import Frame


def again(frames: Sequence[Frame], turn: int) -> Iterator[Frame]:
    """The frames again, with times and numbers that continue to increase from turn to turn."""
    span = frames[-1].stamp_ns - frames[0].stamp_ns + 33_000_000
    for frame in frames:
        yield Frame(frame.image, frame.stamp_ns + turn * span, frame.index + turn * len(frames), time.monotonic_ns())
