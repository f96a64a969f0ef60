"""The folder of a comparison's parts, which belongs to one run at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.core.errors import RecordError, UsageError
from realtime.session.recording_lock import try_hold

_LOCK = ".running"


@contextmanager
def own_folder(parts: Path) -> Iterator[None]:
    """Make the folder and keep other runs out of it, which would remove what this one has under way as left over.

    The system frees it at a crash. Raises UsageError where another run has it, RecordError where it cannot be made.
    """
    path = parts / _LOCK
    try:
        parts.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = _held(path)
    except OSError as error:
        raise RecordError(
            f"{parts.parent}: cannot be written ({error.strerror or error}). Choose another folder."
        ) from error
    if descriptor is None:
        raise UsageError(
            f"--out {parts.parent}: another comparison is writing there. Wait for it, or choose another folder."
        )
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()  # while it is held, so that no other run can hold it and lose it; not possible on Windows
        os.close(descriptor)


def _held(path: Path) -> int | None:
    """The descriptor of the lock, None where another run has it. Raises OSError."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not try_hold(descriptor):
            os.close(descriptor)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # the run before has just removed it
