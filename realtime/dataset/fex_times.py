"""The times of a Fex's frames. py-feat writes the number of each frame, and its time in whole seconds only.

`frame` is the frame's number in its video (`VideoDataset`), or that of a picture among the pictures of one call;
`approx_time` is "MM:SS", cut down to a second, and absent for pictures. So a frame's time is its number divided by a
rate: of all rates that agree with every `approx_time`, the one nearest to 30 frames a second. It is right to the
reciprocal of the video's length in seconds; whole rates are exact after a second. Pictures, and tables without times,
count 30 frames a second, which nothing is known of; where times and numbers cannot agree, the whole seconds are taken,
with the frames of a second evenly in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

NOMINAL = 30.0  # frames a second


def seconds_of(text: str | None) -> int | None:
    """Seconds of an `approx_time`; None for what is none."""
    minutes, colon, seconds = (text or "").strip().partition(":")
    if not colon or not minutes.isdecimal() or not seconds.isdecimal() or len(minutes) > 9 or len(seconds) > 9:
        return None
    return 60 * int(minutes) + int(seconds)


def stamps(numbers: Sequence[int], seconds: Sequence[int | None]) -> list[int]:
    """The stamps of frames, nanoseconds, of their increasing numbers and their whole seconds where these are known."""
    timed = [(number, second) for number, second in zip(numbers, seconds, strict=True) if second is not None]
    lowest = max((number / (second + 1) for number, second in timed), default=0.0)
    highest = min((number / second for number, second in timed if second > 0), default=float("inf"))
    if highest > 0 and lowest <= highest:
        rate = min(max(NOMINAL, lowest), highest)
        return [round(number * 1e9 / rate) for number in numbers]
    return _within_seconds(numbers, seconds)


def _within_seconds(numbers: Sequence[int], seconds: Sequence[int | None]) -> list[int]:
    found: list[int] = []
    known = 0
    for second, group in groupby(zip(numbers, seconds, strict=True), lambda one: one[1]):
        count = len(list(group))
        known = known if second is None else max(known, second)
        start = max(known * 1_000_000_000, found[-1] + 1 if found else 0)
        step = 1_000_000_000 // count
        found += [start + at * step for at in range(count)]
    return found
