"""How much of the variance of some numbers others account for, linearly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64


def shares_of_variance(inputs: npt.ArrayLike, outputs: npt.ArrayLike) -> F64:
    """The in-sample R2 of a linear regression with intercept, output by output.

    inputs
        (n, m), n rows of m numbers.
    outputs
        (n, k).

    Returns (k,), NaN for an output that does not vary. Raises ValueError where there are not more rows than
    coefficients: everything would be accounted for.
    """
    x, y = np.asarray(inputs, np.float64), np.asarray(outputs, np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) <= x.shape[1] + 1:
        raise ValueError(f"inputs (n, m) and outputs (n, k) need n > m + 1 rows, got {x.shape} and {y.shape}")
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    total = (y * y).sum(axis=0)
    shares: F64 = 1.0 - np.divide((left * left).sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0)
    return shares
