"""Atomic writes and unused file names: a file is complete or absent, and none is overwritten."""

from __future__ import annotations

import contextlib
import filecmp
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from realtime.core.errors import RecordError, UsageError
from realtime.core.interrupts import held_back

_OWNER = stat.S_IRUSR | stat.S_IWUSR


def user_path(text: str | Path) -> Path:
    """A path in which "~" is the user's home, as in a shell; a user who does not exist is left as written."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises for that user


_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def special_file(path: Path) -> str | None:
    """What is at this path where reading or writing it could block for ever: "a named pipe", "a device", "a socket".

    None for a file, a folder, and where there is nothing.
    """
    try:
        return _SPECIAL.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None


def check_output(path: Path, what: str) -> None:
    """Refuse a path under which no file can be made beside others. Raises UsageError, which begins with `what`."""
    if str(path) == "-":
        raise UsageError(f"{what} -: files are written, not stdout; give the name of a file.")
    kind = special_file(path)
    if kind is not None:
        raise UsageError(f"{what} {path}: {kind}, and nothing is written there. Choose another place.")


def is_video(path: Path) -> bool:
    """Whether a recording of this name is a video of the window alone, and not a session."""
    return path.suffix.lower() == ".mp4"


@contextmanager
def atomic_write(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """An atomic write: the file replaces `path` in one step at the end, so that a reader sees the old or the new.

    `mode` is that of a new file, less the user's mask. Nothing is left behind where something goes wrong.
    Raises OSError.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(part, "xb", opener=lambda name, flags: _create(name, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with held_back():
            part.unlink(missing_ok=True)


@contextmanager
def new_output(wanted: Path, mode: int = 0o666) -> Iterator[Path]:
    """An unused name, see `unique_path`, reserved for the block that fills the file; nothing is left where it fails.

    Raises RecordError where nothing can be created.
    """
    path: Path | None = None
    try:
        with held_back():
            path = unique_path(wanted, mode)
        yield path
    except BaseException:
        if path is not None:
            discard(path)
        raise


def require_place(path: Path) -> None:
    """Raise RecordError now where no file of this name could be created after hours of work; nothing is left there.

    Where its folder does not exist yet, the nearest one that does is tried.
    """
    folder = path.parent
    try:
        while not folder.exists():
            folder = folder.parent
        with held_back():
            _reserve(folder / path.name, 0o600).unlink()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise RecordError(f"{path}: nothing can be written there: {_reason(error)}. Choose another place.") from error


def discard(path: Path) -> None:
    """Remove an output that was not completed, whatever else goes wrong meanwhile."""
    with held_back(), contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def unique_path(path: Path, mode: int = 0o666) -> Path:
    """Create an empty file under this name, or with _2, _3 ... before its suffix, and return which it was.

    What was recorded is never written over, by another program at the same moment either. Raises RecordError where
    nothing can be created, UsageError for a device or a pipe.
    """
    check_output(path, "output")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _reserve(path, mode)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise RecordError(f"{path}: nothing can be written there: {_reason(error)}. Choose another place.") from error


def quarantine(path: Path, name: str) -> Path:
    """Rename a damaged file to `name`, or to that with _2, _3 ... before its suffix, in its folder; the new path.

    No other file is written over. Raises OSError, and then the file keeps its name.
    """
    kept = _reserve(path.with_name(name), 0o600)
    try:
        return path.replace(kept)
    except OSError:
        kept.unlink(missing_ok=True)
        raise


def keep_original(path: Path) -> Path:
    """A second name of a file that is about to be replaced, NAME.original, or with _2, _3 ...; that name.

    A copy where the file system has no hard links; a name that already has this content, from an attempt that was
    interrupted, is used again. Raises OSError.
    """
    wanted, number = path.with_name(f"{path.name}.original"), 2
    while True:
        try:
            os.link(path, wanted)
            return wanted
        except FileExistsError:
            if wanted.samefile(path) or filecmp.cmp(wanted, path, shallow=False):
                return wanted
            wanted, number = path.with_name(f"{path.name}.original_{number}"), number + 1
        except OSError:  # a memory card, a network folder
            kept = _reserve(wanted, 0o600)
            shutil.copyfile(path, kept)
            return kept


def _reserve(path: Path, mode: int) -> Path:
    """Create an empty file under the first free name. Raises OSError, and ValueError for a NUL in the name."""
    candidate, number = path, 2
    while True:
        try:
            os.close(_create(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
            return candidate
        except FileExistsError:
            candidate = path.with_stem(f"{path.stem}_{number}")
            number += 1


def create_private(path: Path) -> int:
    """A new file for reading and writing that only this user may read; its descriptor. OSError where one is there."""
    binary = getattr(os, "O_BINARY", 0)
    return _create(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | binary, 0o600)


def _create(path: str | Path, flags: int, mode: int) -> int:
    """A new file that its owner can read and write, whatever the user's mask; its descriptor. Raises OSError."""
    descriptor = os.open(path, flags, mode)
    with contextlib.suppress(OSError):  # file systems without permissions
        given = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if given & _OWNER != _OWNER and hasattr(os, "fchmod"):  # Windows has none
            os.fchmod(descriptor, given | _OWNER)
    return descriptor


def sync_folder(folder: Path) -> None:
    """What was created in it is there after a power cut as well; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
