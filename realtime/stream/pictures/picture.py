"""A picture that is sent to other programs."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.types import ByteArray


@dataclass(frozen=True, slots=True, eq=False)
class StreamPicture:
    """The array belongs to whoever gets it."""

    image: ByteArray  # (height, width, 3) RGB, top row first
    captured_ns: int  # monotonic clock at which the frame in it was taken, or read from a file
    accepted_ns: int  # at which the picture was handed over
