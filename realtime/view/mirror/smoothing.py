"""The one-euro filter of the displayed meshes: still at rest, without lag in motion. Measurements are never filtered.

Casiez, Roussel, Vogel 2012: 1 euro filter: a simple speed-based low-pass filter for noisy input in interactive systems
(CHI '12, 2527-2530).
"""

from __future__ import annotations

import numpy as np

from realtime.core.types import FloatArray

_CUTOFFS = 8.0, 0.3  # Hz at rest: of the weakest smoothing and of the strongest
_BETA = 4.0  # Hz more for each outer-canthal distance a second
_SPEED_CUTOFF = 1.0  # Hz, as in the paper


def cutoff(strength: float) -> float:
    """The cutoff frequency at rest in Hz for a strength above 0 and up to 1."""
    weakest, strongest = _CUTOFFS
    return float(weakest * (strongest / weakest) ** strength)


class OneEuroFilter:
    """Filters an array over time, each number by itself."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._stamp_ns: int | None = None
        self._raw: FloatArray = np.zeros(0)
        self._smooth: FloatArray = self._raw
        self._speed: FloatArray = self._raw
        self._shown: FloatArray = self._raw

    def __call__(self, values: FloatArray, stamp_ns: int, strength: float, unit: float) -> FloatArray:
        """The filtered values, float32; `unit` is the outer-canthal distance in the unit of the values.

        The first values pass unchanged, and so do values older than the last ones; the same time gives the same answer
        again.
        """
        if self._stamp_ns is not None and stamp_ns == self._stamp_ns:
            return self._shown
        if self._stamp_ns is None or stamp_ns < self._stamp_ns or values.shape != self._raw.shape:
            self._smooth = values.astype(np.float64)
            self._speed = np.zeros_like(self._smooth)
        else:
            seconds = (stamp_ns - self._stamp_ns) / 1e9
            part = _part(_SPEED_CUTOFF, seconds)
            self._speed = self._speed + part * ((values - self._raw) / seconds - self._speed)
            parts = _part(cutoff(strength) + _BETA / unit * np.abs(self._speed), seconds)
            self._smooth = self._smooth + parts * (values - self._smooth)
        self._stamp_ns, self._raw = stamp_ns, values.astype(np.float64)
        self._shown = self._smooth.astype(np.float32)
        return self._shown


def _part(cutoff_hz: FloatArray | float, seconds: float) -> FloatArray:
    """Smoothing factor of an exponential filter."""
    found: FloatArray = np.asarray(1.0 / (1.0 + 1.0 / (2 * np.pi * cutoff_hz * seconds)))
    return found
