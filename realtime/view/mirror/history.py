"""The last minute of residuals: a ring of fixed size, so that an hour costs no more than a minute."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.types import FloatArray, FrameResult

SERIES = ("raw", "adjusted", "mean_mesh", "own_neutral")  # of the first model; all in % of the outer-canthal distance


def series_of(model: int) -> tuple[str, ...]:
    """The names of the four series of a model, counted from 0."""
    return SERIES if model == 0 else tuple(f"{name} {model + 1}" for name in SERIES)


_CAPACITY = 7200  # a minute at 120 frames a second
_LONGEST_STEP_S = 1.0  # a longer silence is a gap: it is left open and never bridged by a line


class History:
    """Times and four series for each model; NaN stands for what was not known."""

    def __init__(self, seconds: float = 60.0, capacity: int = _CAPACITY, models: int = 1) -> None:
        self.seconds = seconds
        self.series = tuple(name for model in range(models) for name in series_of(model))
        self._times_s = np.full(capacity, np.nan)
        self._values = np.full((capacity, len(self.series)), np.nan, np.float32)
        self._count = 0
        self._segment: int | None = None
        self._first_ns: int | None = None
        self._last_ns: int | None = None

    @property
    def span_s(self) -> float:
        """Seconds that the time axis shows: a quarter, a half or all of `seconds`, whatever holds all there is."""
        if self._first_ns is None or self._last_ns is None:
            return self.seconds / 4
        age_s = (self._last_ns - self._first_ns) * 1e-9
        return next((part for part in (self.seconds / 4, self.seconds / 2) if age_s <= part), self.seconds)

    def push(self, result: FrameResult) -> bool:
        """Take the numbers of one frame; a frame that is shown again adds nothing. True when something was added."""
        stamp = result.stamp
        if self._last_ns is not None and stamp <= self._last_ns:
            if stamp == self._last_ns:
                return False
            self.clear()  # a file that starts anew, or another clock: the past has no place on this axis
        broken = self._last_ns is not None and (
            result.frame.segment != self._segment or stamp - self._last_ns > _LONGEST_STEP_S * 1e9
        )
        if broken:
            self._write(stamp * 1e-9, (np.nan,) * len(self.series))
        values: dict[str, float] = {}
        for at, model in enumerate(result.models):
            names = dict(zip(SERIES, series_of(at), strict=True))
            for name, residual in (("raw", model.residual), ("adjusted", model.residual_adjusted)):
                if residual is not None:
                    values[names[name]] = residual.nme
                    values |= {names[k]: v for k, v in residual.baselines.items() if k in names}
        self._write(stamp * 1e-9, tuple(values.get(name, np.nan) for name in self.series))
        self._first_ns = stamp if self._first_ns is None else self._first_ns
        self._last_ns, self._segment = stamp, result.frame.segment
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._count, self._first_ns, self._last_ns, self._segment = 0, None, None, None
        self._times_s.fill(np.nan)
        self._values.fill(np.nan)

    def columns(self, n: int) -> FloatArray:
        """Means over `n` equal slices of the last `span_s`, (n, series), oldest first; NaN where there is a gap.

        The slices lie at fixed times, not at fixed distances from now: so a curve moves without changing its shape.
        """
        out = np.full((n, len(self.series)), np.nan, np.float32)
        if self._last_ns is None or n < 1:
            return out
        step = self.span_s / n
        used = min(self._count, len(self._times_s))
        times, values = self._times_s[:used], self._values[:used]
        newest = int(np.floor(self._last_ns * 1e-9 / step))
        slot = np.floor(times / step).astype(np.int64) - newest + n - 1
        inside = slot >= 0
        slot, values = slot[inside], values[inside]
        for at in range(len(self.series)):
            known = np.isfinite(values[:, at])
            hits = np.bincount(slot[known], minlength=n)
            total = np.bincount(slot[known], weights=values[known, at], minlength=n)
            filled = hits > 0
            out[filled, at] = total[filled] / hits[filled]
        self._bridge(out, slot, values, step)
        return out

    def _bridge(self, out: FloatArray, slot: npt.NDArray[np.int64], values: FloatArray, step: float) -> None:
        """Fill slices that lie between two frames of a slow source, but none that a gap was written into."""
        longest = int(np.ceil(_LONGEST_STEP_S / step))
        for at in range(len(self.series)):
            filled = np.flatnonzero(np.isfinite(out[:, at]))
            if len(filled) < 2:
                continue
            holes = np.bincount(slot[~np.isfinite(values[:, at])], minlength=len(out)) > 0
            broken_before = np.cumsum(holes)
            every = np.arange(filled[0], filled[-1] + 1)
            right = np.searchsorted(filled, every)
            left = np.maximum(right - 1, 0)
            a, b = filled[left], filled[right]
            spans = (a < every) & (every < b) & (b - a <= longest) & (broken_before[b] == broken_before[a])
            out[every[spans], at] = np.interp(every[spans], filled, out[filled, at])

    def _write(self, time_s: float, values: tuple[float, ...]) -> None:
        at = self._count % len(self._times_s)
        self._times_s[at] = time_s
        self._values[at] = values
        self._count += 1
