"""Ticks of time axes: times of a recording, or how long ago. No GL, no imgui."""

from __future__ import annotations

from math import ceil

_STEPS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400,
)  # fmt: skip


def step_of(seconds: float, most: int) -> float:
    """The smallest spacing with at most `most` ticks in so many seconds."""
    return next((step for step in _STEPS if seconds / step <= max(most, 1)), _STEPS[-1])


def ticks(start_s: float, end_s: float, step: float) -> list[float]:
    """Multiples of the step within an interval."""
    first = ceil(start_s / step - 1e-9)
    return [at * step for at in range(first, int(end_s / step + 1e-9) + 1)]


def clock(seconds: float, step: float) -> str:
    """A time of a recording, as short as the step allows: "0:30", "1:02:00", "0:12.40"."""
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    hundredths = round(seconds * 10**digits)
    whole, rest = divmod(hundredths, 10**digits)
    minutes, second = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{ahead}:{second:02d}" + (f".{rest:0{digits}d}" if digits else "")


def ago(seconds: float, step: float) -> str:
    """How long ago: "now", "30 s ago", "2 min ago", "1:30 min ago"."""
    if seconds < 0.005:
        return "now"
    if seconds < 60:
        digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
        return f"{seconds:.{digits}f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds % 60 < 0.5 else f"{clock(seconds, step)} min ago"
