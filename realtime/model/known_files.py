"""Paths of the user's own model files by their hashes: in the user's folder, since no recording contains a path."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from realtime.core.files import atomic_write
from realtime.core.user_folders import user_folder

_MAX_FILES = 1000
_MAX_BYTES = 1 << 20


def note_place(sha256: str, path: Path) -> None:
    """Store the path of the file with this hash; does nothing where that cannot be written."""
    places = {known: place for known, place in _places().items() if known != sha256}
    places[sha256] = str(path.absolute())
    with contextlib.suppress(OSError):
        _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with atomic_write(_file(), mode=0o600) as file:
            file.write(json.dumps(dict(list(places.items())[-_MAX_FILES:]), indent=1).encode())


def place_of(sha256: str) -> Path | None:
    """The path of the file at its last use; None where it is not known or the file no longer exists."""
    place = _places().get(sha256)
    with contextlib.suppress(OSError, ValueError):
        if isinstance(place, str) and Path(place).is_file():
            return Path(place)
    return None


def _file() -> Path:
    return user_folder("state") / "models.json"


def _places() -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        if _file().stat().st_size <= _MAX_BYTES:
            found = json.loads(_file().read_bytes())
            return found if isinstance(found, dict) else {}
    return {}
