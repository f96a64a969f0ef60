"""The record of downloads: time, commit and SHA-256 of each file, in one JSON file in the user's data folder."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.core.files import atomic_write, quarantine
from realtime.core.user_folders import user_folder
from realtime.model.hub.lock import exclusive_lock
from realtime.model.hub.registry import HubFile

log = logging.getLogger("meshmirror")

_FORMAT = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The record of one file at its first use; it must stay the same."""

    repo: str
    file: str
    revision: str  # the commit
    sha256: str
    bytes: int
    date: str  # ISO 8601, UTC


def manifest_path() -> Path:
    """The path of the records."""
    return user_folder("data") / "models.json"


def recorded(known: HubFile) -> FileRecord | None:
    """The record of a file."""
    record = (_read(manifest_path()) or {}).get(known.name)
    return record if record is not None and (record.repo, record.file) == (known.repo, known.file) else None


def remember(known: HubFile, revision: str, sha256: str, size: int) -> None:
    """Record a file atomically, unless it is recorded. A folder that cannot be written causes a warning only."""
    on_record = recorded(known)
    if on_record is not None and (on_record.revision, on_record.sha256) == (revision, sha256):
        return
    path = manifest_path()
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        with exclusive_lock(path.with_name(f".{path.name}.lock")):
            records = _read(path)
            if records is None:
                return
            records[known.name] = FileRecord(known.repo, known.file, revision, sha256, size, date)
            _write(path, records)
    except OSError as error:
        log.warning(
            "%s: the SHA-256 of %s cannot be recorded (%s); it is not compared next time.",
            path, known.name, error.strerror or error,
        )  # fmt: skip


def forget(known: HubFile) -> None:
    """Remove the record of a file."""
    path = manifest_path()
    with contextlib.suppress(OSError), exclusive_lock(path.with_name(f".{path.name}.lock")):
        records = _read(path)
        if records and records.pop(known.name, None):
            _write(path, records)


def _write(path: Path, records: dict[str, FileRecord]) -> None:
    files = {name: dataclasses.asdict(record) for name, record in sorted(records.items())}
    with atomic_write(path) as file:
        file.write((json.dumps({"format": _FORMAT, "files": files}, indent=2) + "\n").encode())


def _read(path: Path) -> dict[str, FileRecord] | None:
    """The records, none where there is no file; None for a newer version's file, which is not changed.

    A damaged file is renamed, with a warning.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        log.warning("%s: cannot be read (%s); downloaded files are not compared.", path, error.strerror or error)
        return {}
    try:
        content = json.loads(text)
        if isinstance(content, dict) and type(content.get("format")) is int and content["format"] > _FORMAT:
            log.warning(
                "%s was written by a newer version (format %d); downloaded files are not compared. Update meshmirror.",
                path, content["format"],
            )  # fmt: skip
            return None
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']!r}, expected {_FORMAT}")
        return {str(name): _checked(fields) for name, fields in content["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        try:
            kept = quarantine(path, f"{path.name}.damaged-{secrets.token_hex(4)}")
        except OSError:
            kept = path
        log.warning(
            "%s was damaged (%s) and is kept as %s. Its records are lost; files are recorded again at their "
            "next use.", path, error, kept.name,
        )  # fmt: skip
        return {}


def _checked(fields: dict[str, Any]) -> FileRecord:
    record = FileRecord(**fields)
    texts = (record.repo, record.file, record.date)
    if not (
        all(isinstance(text, str) for text in texts)
        and COMMIT.fullmatch(record.revision)
        and SHA256.fullmatch(record.sha256)
        and type(record.bytes) is int
    ):
        raise ValueError(f"a record has {fields}")
    return record
