"""The clock of a session's videos."""

from __future__ import annotations

from fractions import Fraction

# 90 kHz, the resolution of MPEG's clock: common frame rates divide it, and players expect it.
TIME_BASE = Fraction(1, 90_000)
TICK_NS = 1e9 / TIME_BASE.denominator
APART_NS = 11_112  # times at least this far apart never share a tick
TOLERANCE = 3  # ticks by which a picture's time may be off by rounding, and by separating equal times
