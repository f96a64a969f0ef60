"""Intervals of differences over folds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def t_interval(differences: npt.ArrayLike) -> tuple[float, float] | None:
    """The 95 % interval of the mean of some differences (n,) by Student's t; None for fewer than two.

    Folds share most of their training sets, so it is a rough one (Bengio & Grandvalet 2004).
    """
    from scipy.special import stdtrit

    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2:
        return None
    half = float(stdtrit(len(values) - 1, 0.975)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)
