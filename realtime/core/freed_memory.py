"""Returns freed memory to the system."""

from __future__ import annotations

import contextlib
import ctypes
import sys


def return_freed_memory() -> None:
    """Give back what was freed, where the C library keeps it (glibc); some milliseconds.

    The threads of an encoder have heaps of their own, which glibc keeps for threads to come: the process would be some
    megabytes larger after every recording.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # musl has no such function, and keeps nothing
            ctypes.CDLL(None).malloc_trim(0)
