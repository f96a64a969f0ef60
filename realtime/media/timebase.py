"""The clock of a session's videos."""

from __future__ import annotations

from fractions import Fraction

# What MPEG players expect: divides the common rates, and 90 kHz is the resolution of MPEG's own clock.
TIME_BASE = Fraction(1, 90_000)
TICK_NS = 1e9 / TIME_BASE.denominator
APART_NS = 11_112  # times so far apart are never the same tick
TOLERANCE = 3  # ticks by which a picture's time may be off: it was rounded, and moved by one where two were equal
