"""How many independent frames a series of frames is worth.

Neighbouring frames are nearly the same one, so the number of frames says little of how sure a mean over them is. The
autocorrelation time is summed over Geyer's initial positive sequence (Geyer 1992): sums of two neighbouring
autocovariances, which are positive for a reversible chain, as far as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64


@dataclass(frozen=True, slots=True)
class EffectiveSize:
    """Of the frames of a series that count."""

    frames: int
    effective: float  # so many independent frames have a mean as sure as theirs; at most `frames`
    time: float  # autocorrelation time, frames: frames / effective; 1 for independent ones


def effective_size(values: npt.ArrayLike, valid: npt.ArrayLike | None = None) -> EffectiveSize | None:
    """The effective size of a series for its mean; None without a frame that counts.

    values
        (n,) one value a frame, in the order of time, at one rate; for a score the difference of the squared error from
        the baseline's.
    valid
        (n,) whether the frame counts; the others keep their place in time, so that gaps are gaps. None: all of them.

    A series that does not vary is worth one frame. The mean is estimated from the series itself, so a drift that is
    slower than the whole series is not seen.
    """
    series = np.asarray(values, np.float64)
    counts = np.ones(len(series), bool) if valid is None else np.asarray(valid, bool)
    frames = int(counts.sum())
    if not frames:
        return None
    if not np.isfinite(series[counts]).all():
        raise ValueError("a frame that counts has a value that is not finite")
    apart = np.where(counts, series, 0.0)
    apart = np.where(counts, apart - apart.sum() / frames, 0.0)
    products, pairs = lagged_products(apart, apart), np.rint(lagged_products(counts * 1.0, counts * 1.0))
    scale = float(np.abs(series[counts]).max())
    if not products[0] > 1e-24 * frames * scale**2:
        return EffectiveSize(frames, 1.0, float(frames))
    by_two = np.add.reduceat(products, np.arange(0, len(products), 2))
    observed = np.add.reduceat(pairs, np.arange(0, len(pairs), 2)) > 0  # lags at which gaps leave no pair say nothing
    negative = np.flatnonzero(observed & (by_two <= 0))
    last = negative[0] if len(negative) else len(by_two)
    # The variance of the mean: every pair of frames that count, at its autocovariance.
    total = 2.0 * float(by_two[:last].sum()) - products[0]
    time = float(np.clip(total / products[0], 1.0, frames))
    return EffectiveSize(frames, frames / time, time)


def lagged_products(one: npt.ArrayLike, other: npt.ArrayLike) -> F64:
    """(n,) sums over t of one[t + lag] * other[t] for every lag from 0 to n - 1; both (n,) or (n, k), summed over k.

    By Fourier transform, zeros beyond the ends.
    """
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    n = len(a)
    size = 1 << max(1, 2 * n - 1).bit_length()
    spectrum = np.fft.rfft(a, size, axis=0) * np.fft.rfft(b, size, axis=0).conj()
    if spectrum.ndim == 2:
        spectrum = spectrum.sum(axis=1)
    found: F64 = np.fft.irfft(spectrum, size)[:n]
    return found
