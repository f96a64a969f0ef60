"""Files at plain addresses, pinned by size and SHA-256."""

from __future__ import annotations

from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.core.progress import Progress
from realtime.model.hub.cache import sha256_of, web_path
from realtime.model.hub.download import download, unwritable
from realtime.model.hub.lock import exclusive_lock
from realtime.model.hub.registry import WebFile


def check_web(known: WebFile, path: Path) -> None:
    """Compare a file's SHA-256 with the pinned one. Raises ModelFileError."""
    sha256, size = sha256_of(path)
    if sha256 != known.sha256:
        what = f"it has {size:,} bytes, not {known.exact_bytes:,}; " if size != known.exact_bytes else ""
        raise ModelFileError(
            f"{path}: not the {known.name} that this program knows: {what}its SHA-256 is {sha256[:12]}..., "
            f"expected {known.sha256[:12]}.... `meshmirror models fetch {known.name}` downloads it."
        )


def fetch_web(known: WebFile, progress: Progress) -> Path:
    """Download a file into the user's cache folder: verified, then moved into place in one step.

    Raises SourceError where that is not possible, ModelFileError where another file came.
    """
    target = web_path(known)
    part = target.with_name(f"{target.name}.part")
    try:
        held = exclusive_lock(target.parent / ".locks" / f"{target.name}.lock")
        with held:
            if not target.is_file() or sha256_of(target)[0] != known.sha256:
                download(known, known.url, part, known.exact_bytes, progress)
                try:
                    check_web(known, part)
                except ModelFileError:
                    part.unlink()
                    raise
                part.replace(target)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    return target
