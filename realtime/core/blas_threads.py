"""How many threads the linear algebra of this process may use. Standard library only: it has to come before numpy.

numpy and scipy each bring an OpenBLAS of their own, which reads these variables once, when it is loaded; so does
OpenCV, whose own has no threads in the wheels of today.
"""

from __future__ import annotations

import os

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")  # Accelerate's is the last
_set_here: set[str] = set()


def use_one_blas_thread() -> None:
    """From now on a library of linear algebra that is loaded uses one thread, unless the user's environment says
    otherwise.

    A prediction is one small product a frame. OpenBLAS divides it among all cores and waits for the slowest, which on
    a busy machine costs up to a hundred times the product.
    """
    for name in _VARIABLES:
        if name not in os.environ:
            os.environ[name] = "1"
            _set_here.add(name)


def environment_for_children() -> dict[str, str]:
    """The environment without what `use_one_blas_thread` has set: another process divides its work as it likes."""
    return {name: value for name, value in os.environ.items() if name not in _set_here}
