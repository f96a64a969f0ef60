"""The folder of a session: its name, its files and their permissions, and the contents of `session.json`.

    session.json      what the recording is; written at its start, completed at its end
    frames.arrow      a row a frame (Arrow IPC stream), see `schema.py`
    camera.mp4        the camera's pictures, clean
    view.mp4          the window
    annotations.csv   annotations, see `annotations.py`

A second part has `frames_2.arrow`, `camera_2.mp4`, `view_2.mp4`, and so on. Paths inside files are never
followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from realtime.core.errors import DamagedError, RecordError, SessionError, UsageError
from realtime.core.files import atomic_write, check_output, create_private
from realtime.core.stream_counts import StreamCounts
from realtime.session.schema import FORMAT, VERSION, PartInfo, check_version
from realtime.session.strict_json import parse_as, parse_json

Stream = Literal["frames", "camera", "view"]
SUFFIX: dict[Stream, str] = {"frames": ".arrow", "camera": ".mp4", "view": ".mp4"}
INFO = "session.json"
MARKS = "annotations.csv"
MOST_NAME = 64
_MOST_BYTES = 200  # of a name in UTF-8; file systems take 255
_MOST_INFO = 16 << 20
# A folder of such a name is not what was meant.
_VIDEO_SUFFIXES = (
    ".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv",
    ".ts", ".webm", ".wmv",
)  # fmt: skip
# Names that Windows reserves for devices, with any suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class PartSummary(BaseModel):
    """The outcome of a part."""

    model_config = ConfigDict(frozen=True, extra="allow")

    info: PartInfo
    end_ns: int | None = None  # of its last row on the session's clock; None while it is written
    streams: dict[str, StreamCounts] = Field(default_factory=dict)
    skipped: int = 0  # frames that a live source had to skip, because processing was too slow
    undrawn: int = 0  # results that were recorded but never drawn, because a newer one arrived


class SessionInfo(BaseModel):
    """The contents of `session.json`; keys of other versions are kept where the file is written again."""

    model_config = ConfigDict(frozen=True, extra="allow")

    format: Literal["meshmirror-session"] = FORMAT
    version: int = VERSION
    session: str = Field(pattern=r"^[0-9a-f]{32}$")
    state: Literal["recording", "closed", "recovered"] = "recording"
    created: str = ""  # ISO 8601, with the zone
    utc_ns: int = 0  # wall clock, and ...
    monotonic_ns: int = 0  # ... the monotonic clock at the same moment, at which live sources are stamped
    program: dict[str, Any] = Field(default_factory=dict)  # versions, system
    participant: str = ""  # whom it is of, where that was named
    parts: tuple[PartSummary, ...] = ()
    notes: tuple[str, ...] = ()  # events: why it ended, what was recovered


def check_name(name: str) -> str:
    """The normalized name, valid on every system: letters and digits of any script, space, dot, _ and -.

    Raises UsageError.
    """
    plain = unicodedata.normalize("NFC", name)
    good = (
        0 < len(plain) <= MOST_NAME
        and len(plain.encode("utf-8", "replace")) <= _MOST_BYTES
        and all(letter.isalnum() or letter in " ._-" or unicodedata.combining(letter) for letter in plain)
        and plain[0] not in " .-"
        and plain[-1] not in " ."
        and not _RESERVED.fullmatch(plain)
    )
    if not good:
        raise UsageError(
            f"'{name}' is not a valid session name: use up to {MOST_NAME} letters, digits, spaces, dots, _ and -, "
            "begin with a letter, digit or _, and avoid names that Windows reserves for devices."
        )
    return plain


def stream_path(folder: Path, stream: Stream, part: int) -> Path:
    """The file of a stream of a part; parts are counted from 1."""
    return folder / f"{stream}{'' if part == 1 else f'_{part}'}{SUFFIX[stream]}"


def parts_in(folder: Path) -> list[int]:
    """Numbers of the parts with a table. Raises SessionError where the folder cannot be read."""
    try:
        found = [re.fullmatch(r"frames(?:_([1-9][0-9]{0,4}))?\.arrow", path.name) for path in folder.iterdir()]
    except OSError as error:
        raise SessionError(f"{folder}: cannot be read: {error.strerror or error}.") from error
    return sorted(int(match[1] or 1) for match in found if match is not None and match[1] != "1")


def is_session(folder: Path) -> bool:
    """Whether a folder is that of a session, complete or not."""
    return (folder / INFO).is_file() or (folder / "frames.arrow").is_file()


def check_outside(path: Path) -> None:
    """Raises UsageError for a place inside a session, whose files are its own: `view_2.mp4` would be its part 2."""
    for above in path.absolute().resolve().parents:
        if is_session(above):
            raise UsageError(f"{path}: inside the session {above}, which must not be changed; choose another place.")


def claim_folder(wanted: Path) -> Path:
    """Create a folder of this name, or with _2, _3 ..., for one recording; an existing empty folder is used.

    Only this user may read it: faces are personal data. Raises UsageError for an invalid name, that of a video, or a
    place inside a session, RecordError where no folder can be created.
    """
    check_output(wanted, "session")
    wanted = wanted.with_name(check_name(wanted.name))
    if wanted.suffix.lower() in _VIDEO_SUFFIXES:
        raise UsageError(
            f"{wanted}: a session is a folder, and this is the name of a video. Use a name without "
            f"'{wanted.suffix}' for a session; videos are written as .mp4."
        )
    check_outside(wanted)
    candidate, number = wanted, 2
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                candidate.mkdir(mode=0o700)
                candidate.chmod(0o700)  # a mask may have taken the owner's own rights
            except FileExistsError:
                empty = candidate.is_dir() and not candidate.is_symlink() and not any(candidate.iterdir())
                if not empty:
                    candidate, number = wanted.with_name(f"{wanted.name}_{number}"), number + 1
                    continue
                candidate.chmod(0o700)
            with contextlib.suppress(FileExistsError):  # another program was faster
                os.close(create_private(candidate / INFO))
                return candidate
            candidate, number = wanted.with_name(f"{wanted.name}_{number}"), number + 1
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError(f"{wanted}: no session can be recorded there: {reason}. Choose another place.") from error


def write_info(folder: Path, info: SessionInfo) -> None:
    """Write `session.json` atomically. Raises OSError."""
    with atomic_write(folder / INFO, mode=0o600) as file:
        file.write(info.model_dump_json(indent=1).encode() + b"\n")


def read_info(folder: Path) -> SessionInfo | None:
    """The contents of `session.json`; None where it is missing or empty.

    Raises SessionError where it is damaged, of another kind, or of a newer version.
    """
    path = folder / INFO
    try:
        if not path.is_file() or path.is_symlink():
            return None
        if path.stat().st_size > _MOST_INFO:
            raise SessionError(f"{path}: too large for a session's description.")
        content = path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if not content.strip():  # power was lost before the first row
        return None
    try:
        tree = parse_json(content)
    except ValueError as error:
        raise DamagedError(
            f"{path}: damaged, not valid JSON: {error}. `meshmirror recover {folder}` rebuilds it."
        ) from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise SessionError(f"{path}: not a session of Meshmirror.")
    check_version(tree.get("version"), path)
    try:
        return parse_as(SessionInfo, tree)
    except ValueError as error:
        raise DamagedError(f"{path}: damaged: {error}. `meshmirror recover {folder}` rebuilds it.") from error
