"""The packets of a picture track, of which the first are looked at for the rate that the file really has."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

_AHEAD = 64  # packets
_AHEAD_BYTES = 32 << 20
_DEFAULT_RATE = Fraction(25)
_MOST_RATE = 1000  # frames a second; above it a rate is that of a clock (60000 of raw DV, 90000 of MPEG)
_FACTOR = 2  # within which a stated rate agrees with the times


class Packets:
    """Hands over the packets of a track in order; raises what the container raises where they cannot be read."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._packets = container.demux(stream)
        self._ahead: deque[Any] = deque()
        self._error: Exception | None = None

    def next(self) -> Any:
        """The next packet; None after the last. Raises av.FFmpegError and OSError."""
        if self._ahead:
            return self._ahead.popleft()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return next(self._packets, None)

    def look_ahead(self) -> list[Any]:
        """The first packets, which `next` still hands over: at most 64, and not many more bytes than 32 MiB."""
        import av

        size = sum(packet.size for packet in self._ahead)
        while len(self._ahead) < _AHEAD and size < _AHEAD_BYTES and self._error is None:
            try:
                packet = next(self._packets, None)
            except (av.FFmpegError, OSError) as error:
                self._error = error
                break
            if packet is None:
                break
            size += packet.size
            self._ahead.append(packet)
        return list(self._ahead)


def true_rate(stream: Any, packets: list[Any]) -> Fraction:
    """Frames a second of a track: the rate that is stated, where the times of its first packets bear it out.

    Stated rates are nonsense where the headers hold that of a clock, a browser's milliseconds, or what was meant to be
    recorded; then it is the mean of the usual steps between the packets.
    """
    measured = _measured(stream, packets)
    for stated in (stream.average_rate, stream.guessed_rate):
        if not stated or not 0 < stated <= _MOST_RATE:
            continue
        if measured is None or measured / _FACTOR <= stated <= measured * _FACTOR:
            return Fraction(stated)
    return measured or _DEFAULT_RATE


def _measured(stream: Any, packets: list[Any]) -> Fraction | None:
    """By the steps between the packets in the order in which they are stored, gaps and doubled times left out."""
    base = stream.time_base
    times = [packet.dts if packet.dts is not None else packet.pts for packet in packets if packet.size]
    known = [time for time in times if time is not None]
    steps = [after - before for before, after in pairwise(known) if after > before]
    if not steps or not base:
        return None
    middle = median(steps)
    usual = [step for step in steps if middle / _FACTOR <= step <= middle * _FACTOR]
    rate = Fraction(len(usual)) / (sum(usual) * Fraction(base))
    return rate.limit_denominator(100_000) if 0 < rate <= _MOST_RATE else None
