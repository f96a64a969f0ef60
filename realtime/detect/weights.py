"""`face_landmarker.task`: where it lies, whether it is the right one, and how it gets there when the user asks."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from realtime.errors import ModelFileError, SourceError

TASK_NAME = "face_landmarker.task"
TASK_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
TASK_BYTES = 3_758_596
TASK_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
TASK_LICENCE = "Apache-2.0 (Google MediaPipe)"
FETCH_COMMAND = f"meshmirror models fetch {TASK_NAME}"


def task_path() -> Path:
    """Where the program keeps the file: in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("meshmirror", appauthor=False)) / TASK_NAME


def find_task(given: Path | None = None) -> Path | None:
    """The verified file: the one given, or the cached one; None when nothing is cached.

    Raises ModelFileError when the file is there and is not the one that this program was tried with: the native loader
    takes a file with flipped bits without a word.
    """
    path = given if given is not None else task_path()
    try:
        there = path.is_file()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not there:
        if given is not None:
            raise ModelFileError(f"{given}: no such file (detect.task_file). `{FETCH_COMMAND}` downloads it.")
        return None
    check_task(path)
    return path


def _unreadable(path: Path, error: OSError) -> ModelFileError:
    return ModelFileError(f"{path}: cannot be read: {error.strerror}. Check its permissions.")


def check_task(path: Path) -> None:
    """Compare size and SHA-256 with the pinned ones. Raises ModelFileError."""
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if size == TASK_BYTES else None
    except OSError as error:
        raise _unreadable(path, error) from error
    if digest != TASK_SHA256:
        what = (
            f"its SHA-256 is {digest[:12]}..., not"
            if digest
            else f"it has {size:,} bytes, not {TASK_BYTES:,}; expected"
        )
        raise ModelFileError(
            f"{path}: not the {TASK_NAME} that this program knows: {what} {TASK_SHA256[:12]}.... "
            f"Remove the file, then run `{FETCH_COMMAND}`."
        )


def fetch_task(url: str = TASK_URL, report: Callable[[int], None] | None = None, timeout_s: float = 3.0) -> Path:
    """Download the file into the cache: verified, then moved into place in one step.

    `report` gets the number of bytes that have come. Raises SourceError when the address does not answer, and
    ModelFileError when what came is not the pinned file.
    """
    target = task_path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=TASK_NAME, suffix=".part")
    except OSError as error:
        raise SourceError(
            f"{target.parent}: nothing can be written there: {error.strerror}. Set XDG_CACHE_HOME."
        ) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as sink, urllib.request.urlopen(url, timeout=timeout_s) as answer:
            done = 0
            while chunk := answer.read(1 << 16):
                sink.write(chunk)
                done += len(chunk)
                if report is not None:
                    report(done)
                if done > TASK_BYTES:  # whatever this is, it is not the file
                    break
        check_task(part)
        part.replace(target)
    except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
        raise SourceError(
            f"{TASK_NAME} could not be downloaded from {url}: {error}. "
            f"Download it by another way and put it at {target}, or go on with the bundled tracker (Python 3.11/3.12)."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target
