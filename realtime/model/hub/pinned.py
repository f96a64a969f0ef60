"""Files whose size and SHA-256 are pinned in the program itself."""

from __future__ import annotations

from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.model.hub.cache import sha256_of
from realtime.model.hub.registry import PinnedFile


def check_pinned(known: PinnedFile, path: Path) -> None:
    """Compare a file's SHA-256 with the pinned one. Raises ModelFileError."""
    sha256, size = sha256_of(path)
    if sha256 != known.sha256:
        what = f"it has {size:,} bytes, not {known.exact_bytes:,}; " if size != known.exact_bytes else ""
        raise ModelFileError(
            f"{path}: not the {known.file} that this program knows: {what}its SHA-256 is {sha256[:12]}..., "
            f"expected {known.sha256[:12]}.... `meshmirror models fetch {known.name}` downloads it."
        )
