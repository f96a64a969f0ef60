"""Value axis: nice limits with hysteresis, ticks and labels. No imgui."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, log10

_NICE = (1.0, 2.0, 2.5, 5.0)
_PARTS_BELOW = 5  # an axis ends below zero at a fifth of a step: small negative values need no full step
_KEPT = 0.55  # hysteresis: an axis is kept while the data fill this share of it


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """From `low`, which is 0 or less, to `high`, a multiple of the step."""

    low: float
    high: float
    step: float

    @property
    def levels(self) -> list[float]:
        """Tick positions, from the lowest."""
        first, last = ceil(self.low / self.step - 1e-6), round(self.high / self.step)
        return [at * self.step for at in range(first, last + 1)]


def fit_axis(lowest: float, highest: float, least: float, most: int, before: ValueAxis | None = None) -> ValueAxis:
    """Axis limits for data between two numbers, in at most `most` steps, spanning at least `least`.

    The axis `before` is kept while it contains the data and they fill enough of it, so that small changes do not
    rescale the axis.
    """
    lowest, highest = min(lowest, 0.0), max(highest, 0.0)
    if before is not None and before.low <= lowest and highest <= before.high:
        height = before.high - before.low
        if len(before.levels) <= most + 1 and (highest - lowest > _KEPT * height or height <= least * 1.5):
            return before
    highest = max(highest, lowest + least)
    for step in _steps((highest - lowest) / most):
        low = floor(lowest / step * _PARTS_BELOW + 1e-6) * step / _PARTS_BELOW
        high = ceil(highest / step - 1e-6) * step
        if high - low <= most * step * (1 + 1e-6):
            return ValueAxis(low, high, step)
    raise AssertionError("steps grow without end")


def time_step(span_s: float, most: int) -> float:
    """Tick spacing in seconds of a time axis with at most `most` ticks."""
    return next(step for step in _steps(span_s / most) if span_s / step <= most)


@lru_cache(maxsize=256)
def label(value: float, step: float) -> str:
    """A tick label, as short as its step allows: thousands with a k, a typographic minus."""
    if step >= 1000 or abs(value) >= 10_000:
        text = f"{value / 1000:.{1 if step % 1000 else 0}f}k" if value else "0"
    else:
        digits = max(0, -floor(log10(step) + 1e-9))
        digits += abs(step * 10**digits - round(step * 10**digits)) > 1e-6
        text = f"{value:.{digits}f}" if value else "0"
    return text.replace("-", "−")


def _steps(smallest: float) -> list[float]:
    power = floor(log10(max(smallest, 1e-9)))
    return [nice * 10.0 ** (power + more) for more in range(3) for nice in _NICE]
