"""Finds and verifies `face_landmarker.task`."""

from __future__ import annotations

from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.model.hub import FACE_LANDMARKER
from realtime.model.hub.cache import pinned_path
from realtime.model.hub.pinned import check_pinned

TASK_NAME = FACE_LANDMARKER.name
FETCH_COMMAND = f"meshmirror models fetch {TASK_NAME}"


def task_path() -> Path:
    """Where the program keeps the file: in the user's cache folder."""
    return pinned_path(FACE_LANDMARKER)


def find_task(given: Path | None = None) -> Path | None:
    """The verified file: the one given, or the cached one; None when nothing is cached.

    Raises ModelFileError when the file is there and is not the one that this program was tried with: the native loader
    accepts a file with flipped bits silently.
    """
    path = given if given is not None else task_path()
    try:
        there = path.is_file()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    if not there:
        if given is not None:
            raise ModelFileError(f"{given}: no such file (detect.task_file). `{FETCH_COMMAND}` downloads it.")
        return None
    check_pinned(FACE_LANDMARKER, path)
    return path


def required_task(given: Path | None = None) -> Path:
    """The same for who cannot do without. Raises ModelFileError also where it is not installed."""
    path = find_task(given)
    if path is None:
        raise ModelFileError(f"{TASK_NAME} is not installed. `{FETCH_COMMAND}` downloads it (3.8 MB, Apache-2.0).")
    return path
