"""Finds a known file in the caches of this machine and verifies it; no network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realtime.core.errors import ModelFileError
from realtime.core.resources import pyfeat_folder
from realtime.core.user_folders import user_folder
from realtime.model.hub.hf_client import constants
from realtime.model.hub.manifest import SHA256, recorded
from realtime.model.hub.registry import Download, HubFile, PinnedFile

Place = Literal["cache", "py-feat"]
CacheState = Literal["verified", "not verified", "changed", "unreadable", "absent"]


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A file that was found, not yet verified."""

    path: Path
    place: Place
    sha256: str | None  # what it must have; None: nothing is known, its first use decides
    revision: str | None  # the commit; None for a pinned file


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """State of a known file in the cache."""

    state: CacheState
    place: Place | None = None
    path: Path | None = None
    bytes: int | None = None
    sha256: str | None = None  # what it has
    revision: str | None = None


def hub_cache() -> Path:
    """The Hugging Face cache (HF_HUB_CACHE, HF_HOME)."""
    return Path(constants().HF_HUB_CACHE)


def hub_folder(repo: str) -> str:
    """The name of a repository's folder in such a cache."""
    return "models--" + repo.replace("/", "--")


def pinned_path(known: PinnedFile) -> Path:
    """Where a pinned file is kept: in the user's cache folder."""
    return user_folder("cache") / known.file


def find(known: Download) -> CachedFile | None:
    """The path of a file: in the Hugging Face cache, else in py-feat's own; None where it is in neither.

    A recorded file is searched for at its commit only. Of one that was never recorded the commit that the cache calls
    `main` comes first, then the newest.
    """
    if not isinstance(known, HubFile):
        path = pinned_path(known)
        return CachedFile(path, "cache", known.sha256, None) if _is_file(path) else None
    revision, sha256 = required(known)
    for place, cache in _caches():
        repo = cache / hub_folder(known.repo)
        for commit in _commits(repo) if revision is None else (revision,):
            path = repo / "snapshots" / commit / known.file
            if _is_file(path):
                return CachedFile(path, place, sha256 or _blob_sha256(path), commit)
    return None


def required(known: HubFile) -> tuple[str | None, str | None]:
    """The commit and the SHA-256 that a file must have: pinned, or on record; None for what is neither."""
    record = recorded(known)
    if record is None:
        return known.revision, known.sha256
    return known.revision or record.revision, known.sha256 or record.sha256


def status(known: Download) -> CacheStatus:
    """The state of a known file; reads it completely."""
    found = find(known)
    if found is None:
        return CacheStatus("absent")
    try:
        sha256, size = sha256_of(found.path)
    except ModelFileError:
        return CacheStatus("unreadable", found.place, found.path)
    state: CacheState = "not verified" if found.sha256 is None else "verified" if found.sha256 == sha256 else "changed"
    return CacheStatus(state, found.place, found.path, size, sha256, found.revision)


def sha256_of(path: Path) -> tuple[str, int]:
    """SHA-256 in hex and size of a file. Raises ModelFileError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror or error}). Check its permissions.") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be entered
        return False


def _caches() -> Iterator[tuple[Place, Path]]:
    yield "cache", hub_cache()
    resources = pyfeat_folder("resources")  # py-feat downloads beside its own files
    if resources is not None:
        yield "py-feat", resources


def _commits(repo: Path) -> list[str]:
    """The commits of which a cache has files: that of `main`, then the others, newest first."""
    try:
        folders = sorted((repo / "snapshots").iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    except OSError:
        return []
    try:
        main = (repo / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        main = ""
    return sorted((folder.name for folder in folders), key=lambda name: name != main)


def _blob_sha256(path: Path) -> str | None:
    """The SHA-256 by which the cache has named the file's content.

    Only the first link counts: a shared store, to which the blob itself may be a link, names by another hash.
    """
    name = path.readlink().name if path.is_symlink() else ""
    return name if SHA256.fullmatch(name) else None
