"""The folder of a comparison's parts, which belongs to one run at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.core.errors import RecordError, UsageError
from realtime.session.recording_lock import free_file, hold_file

_LOCK = ".running"


@contextmanager
def own_folder(parts: Path) -> Iterator[None]:
    """Make the folder and keep other runs out of it, which would remove what this one has under way as left over.

    The system frees it at a crash. Raises UsageError where another run has it, RecordError where it cannot be made.
    """
    path = parts / _LOCK
    try:
        parts.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = hold_file(path)
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
        free_file(path, descriptor)
