"""Keeps the process small: memory that is freed goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import sys

_ARENA_MAX = -8  # glibc's M_ARENA_MAX


def use_one_heap() -> None:
    """Let the threads to come allocate from one heap, where the C library gives each of them its own (glibc).

    Threads that allocate arrays in turn leave gaps in every heap; one heap is a tenth smaller, at no cost that could be
    measured.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Give back what was freed, where the C library keeps it (glibc); some milliseconds.

    The threads of an encoder have heaps of their own, which glibc keeps for threads to come: the process would be some
    megabytes larger after every recording.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # musl has no such function, and keeps nothing
            ctypes.CDLL(None).malloc_trim(0)
