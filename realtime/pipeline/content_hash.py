"""What makes a recording the same one under another name: the SHA-256 of its content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from realtime.core.errors import SourceError
from realtime.core.files import special_file

_BLOCK = 1 << 20


def contents_of(path: Path) -> list[Path]:
    """The files that make up a recording: itself, or those of a session without its pictures, which are not read."""
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and one.suffix != ".mp4")


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of the files of a session. Raises OSError, and SourceError for what has no end or
    blocks (a pipe, a device).
    """
    kind = special_file(path)
    if kind is not None:
        raise SourceError(f"{path}: {kind}, and no recording.")
    digest = hashlib.sha256()
    for file in contents_of(path):
        with file.open("rb") as content:
            while block := content.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
