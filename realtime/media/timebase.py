"""The clock of a session's videos."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from realtime.core.types import Array

# 90 kHz, the resolution of MPEG's clock: common frame rates divide it, and players expect it.
TIME_BASE = Fraction(1, 90_000)
TICK_NS = 1e9 / TIME_BASE.denominator
APART_NS = 11_112  # times at least this far apart never share a tick
TOLERANCE = 3  # ticks by which a picture's time may be off by rounding, and by separating equal times
_EVEN_NS, _EVEN_TICKS = 100_000, 9  # the smallest whole numbers of both


def ticks_of(times_ns: Array) -> Array:
    """(n,) int64 ticks of times (n,) int64 ns, rounded down; multiplied first they would overflow after 28 hours."""
    whole, rest = np.divmod(times_ns, _EVEN_NS)
    ticks: Array = whole * _EVEN_TICKS + rest * _EVEN_TICKS // _EVEN_NS
    return ticks
