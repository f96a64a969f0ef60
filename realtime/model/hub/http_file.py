"""Files at plain addresses, pinned by size and SHA-256."""

from __future__ import annotations

from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.core.progress import Progress
from realtime.model.hub.cache import pinned_path, sha256_of
from realtime.model.hub.download import download, unwritable
from realtime.model.hub.lock import exclusive_lock
from realtime.model.hub.pinned import check_pinned
from realtime.model.hub.registry import WebFile


def fetch_web(known: WebFile, progress: Progress) -> Path:
    """Download a file into the user's cache folder: verified, then moved into place in one step.

    Raises SourceError where that is not possible, ModelFileError where another file came.
    """
    target = pinned_path(known)
    part = target.with_name(f"{target.name}.part")
    try:
        held = exclusive_lock(target.parent / ".locks" / f"{target.name}.lock")
        with held:
            if not target.is_file() or sha256_of(target)[0] != known.sha256:
                download(known, known.url, part, known.exact_bytes, progress)
                try:
                    check_pinned(known, part)
                except ModelFileError:
                    part.unlink()
                    raise
                part.replace(target)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    return target
