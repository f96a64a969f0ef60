"""A file lock that marks what a running program writes; the system releases it when the program ends."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FAR = (1 << 62) - 1  # Windows locks bytes and blocks reading them: a byte beyond the end of any file


def hold(descriptor: int) -> bool:
    """Lock until the descriptor is closed; False where a running program holds it. Does nothing without locks."""
    try:
        _lock(descriptor, shared=False)
    except (BlockingIOError, PermissionError):  # of POSIX, of Windows
        return False
    except OSError:  # a file system without locks
        return True
    return True


def hold_file(path: Path) -> int | None:
    """Make a lock file and hold it: the descriptor, for `free_file`; None where a running program holds it.

    Raises OSError where it cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not hold(descriptor):
            os.close(descriptor)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # the program that held it has removed it meanwhile


def free_file(path: Path, descriptor: int) -> None:
    """Remove a lock file and let it go."""
    with contextlib.suppress(OSError):
        path.unlink()  # while it is held, so that no other program can hold it and lose it; not possible on Windows
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a running program holds the lock; False if the file is missing or cannot be locked."""
    descriptor = None
    for way in (os.O_RDWR, os.O_RDONLY):  # network folders lock only what is open for writing
        with contextlib.suppress(OSError):
            descriptor = os.open(path, way | getattr(os, "O_BINARY", 0))
            break
    if descriptor is None:
        return False
    try:
        _lock(descriptor, shared=True)  # two programs that ask at once do not take each other for a recording
    except (BlockingIOError, PermissionError):  # of POSIX, of Windows
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int, *, shared: bool) -> None:
    if os.name == "nt":
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
