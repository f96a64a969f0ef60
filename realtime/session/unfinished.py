"""A registry of unfinished recordings in the user's folder, so that the next start can offer to recover them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from realtime.core.errors import SessionError
from realtime.core.files import atomic_write
from realtime.core.process import in_shell
from realtime.core.user_folders import user_folder
from realtime.session.folder import parts_in, read_info, stream_path
from realtime.session.recording_lock import is_held

_MOST_NOTE = 1 << 16


def note_begun(session: str, folder: Path) -> None:
    """Register a recording that begins; does nothing where that cannot be written."""
    with contextlib.suppress(OSError):
        _notes().mkdir(parents=True, exist_ok=True, mode=0o700)
        with atomic_write(_notes() / f"{session}.json", mode=0o600) as file:
            file.write(json.dumps({"path": str(folder.absolute())}).encode())


def note_ended(session: str) -> None:
    """Remove a recording that was completed."""
    with contextlib.suppress(OSError):
        (_notes() / f"{session}.json").unlink(missing_ok=True)


def unfinished() -> list[Path]:
    """Folders of recordings that were not closed and still exist, oldest first."""
    found: list[tuple[float, Path]] = []
    try:
        notes = list(_notes().glob("*.json"))
    except OSError:
        return []
    for note in notes:
        try:
            if note.stat().st_size > _MOST_NOTE:
                continue
            folder = Path(str(json.loads(note.read_bytes())["path"]))
            info = read_info(folder)
        except (OSError, ValueError, KeyError, TypeError, SessionError):
            continue
        if info is None or info.session != note.stem or info.state != "recording" or in_progress(folder):
            continue
        if not parts_in(folder):  # without any row
            continue
        found.append((note.stat().st_mtime, folder))
    return [folder for _, folder in sorted(found)]


def offer() -> str:
    """A notification about unfinished recordings; empty if there are none."""
    folders = unfinished()
    if not folders:
        return ""
    last = folders[-1]
    if len(folders) == 1:
        return f"Unfinished recording: {last}. `meshmirror recover {in_shell(last)}` completes it."
    return f"{len(folders)} unfinished recordings, the latest {last}. `meshmirror recover` completes them."


def in_progress(folder: Path) -> bool:
    """Whether a program is recording into the folder."""
    return any(is_held(path) for path in (stream_path(folder, "frames", 1), *folder.glob("frames_*.arrow")))


def _notes() -> Path:
    return user_folder("state") / "recordings"
