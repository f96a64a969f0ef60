"""Which recordings are meant: videos and sessions, in files, folders, patterns and lists; their names and contents."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from realtime.core.errors import UsageError
from realtime.core.files import user_path
from realtime.session.folder import parts_in

VIDEOS = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ts", ".mts"}
_BLOCK = 1 << 20


def find_recordings(inputs: Sequence[str]) -> list[Path]:
    """Videos and sessions: files, folders (all that is in them), patterns, and lists of these (.txt)."""
    found: dict[Path, None] = {}
    for text in inputs:
        path = user_path(text)
        if path.suffix.lower() == ".txt" and path.is_file():
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
            found |= dict.fromkeys(find_recordings([line for line in lines if line and not line.startswith("#")]))
        elif path.is_dir():
            found |= dict.fromkeys(_in_folder(path))
        elif path.exists():
            found[path] = None
        else:
            matching = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
            if not matching:
                raise UsageError(f"{text}: there is no such video, session or folder, and no file matches it.")
            found |= dict.fromkeys(matching)
    if not found:
        raise UsageError("no video and no session was found there.")
    return list(found)


def _in_folder(folder: Path) -> list[Path]:
    if parts_in(folder):
        return [folder]
    entries = sorted(folder.iterdir())
    return [
        found
        for entry in entries
        for found in (_in_folder(entry) if entry.is_dir() else [entry] if entry.suffix.lower() in VIDEOS else [])
    ]


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each recording: the file's, with as many folders before it as tell it apart."""
    names = {path: path.stem if path.is_file() else path.name for path in paths}
    for depth in range(1, 64):
        twice = {name for name, count in Counter(names.values()).items() if count > 1}
        if not twice:
            break
        for path in paths:
            if names[path] in twice and depth < len(path.absolute().parts):
                names[path] = f"{path.absolute().parts[-1 - depth]}/{names[path]}"
    return names


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of the files of a session."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file()):
        if file.suffix == ".mp4" and path.is_dir():  # the pictures of a session are not read
            continue
        with file.open("rb") as content:
            while block := content.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def read_people(path: Path) -> dict[str, str]:
    """Who is in which recording: a table with the columns recording and person. Raises UsageError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        return {row["recording"]: row["person"] for row in rows if row["person"]}
    except OSError as error:
        reason = error.strerror or str(error)
    except KeyError as error:
        reason = f"there is no column {error}"
    except (UnicodeDecodeError, csv.Error) as error:
        reason = str(error)
    raise UsageError(f"--people {path}: {reason}. Expected a CSV file with the columns recording and person.")
