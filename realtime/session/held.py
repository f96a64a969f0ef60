"""Whether somebody records into a file right now: a lock on it, which the system frees when the program ends."""

from __future__ import annotations

import os
from pathlib import Path

_FAR = (1 << 62) - 1  # Windows locks bytes: one that no file has, so that everybody may read


def hold(descriptor: int) -> bool:
    """Take the lock until the descriptor is closed; False where another has it, or the file system knows no locks."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, _FAR, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            finally:
                os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether a program that runs holds it; False where it is gone."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except PermissionError:
        return False
    except OSError:
        return False
    try:
        return not hold(descriptor)
    finally:
        os.close(descriptor)
