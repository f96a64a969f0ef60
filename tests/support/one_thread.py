"""Linear algebra in one thread, as the program and its workers have it: sums of several threads round differently."""

from __future__ import annotations

from contextlib import AbstractContextManager

import scipy.linalg  # noqa: F401  has an OpenBLAS of its own, which is limited only where it is loaded
from threadpoolctl import threadpool_limits


def one_blas_thread() -> AbstractContextManager[object]:
    """From now on, or while it is entered."""
    return threadpool_limits(1)
