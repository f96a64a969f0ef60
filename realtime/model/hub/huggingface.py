"""Files of the Hugging Face hub, brought into its cache in the cache's own layout.

Who does what: the hub's client knows where the cache is, which commit a revision is, and the metadata of a file. The
bytes are fetched by `realtime.model.hub.download`, because the client (2.4.0) discards half a download, tries a dead
network for 23.7 s, never compares a hash, and takes the Xet way over further hosts where the package hf_xet is there.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from realtime.core.addresses import split_credentials
from realtime.core.errors import ModelFileError, SourceError
from realtime.core.files import atomic_write
from realtime.core.http_get import phrase, within
from realtime.core.progress import Progress
from realtime.core.version import __version__
from realtime.model.hub.cache import hub_cache, hub_folder, sha256_of
from realtime.model.hub.download import CONNECT_S, check_announced, download, unreachable, unwritable
from realtime.model.hub.hf_client import client, constants
from realtime.model.hub.lock import exclusive_lock
from realtime.model.hub.manifest import COMMIT, SHA256
from realtime.model.hub.registry import HubFile

_NAME = re.compile(r"\w[\w.-]{0,127}")  # an ETag becomes the name of a file
_MAIN = "main"
Accept = Callable[[Path], object]


def anything(_: Path) -> None:
    """Accepts every file."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the hub reports about a file before the download."""

    commit: str
    etag: str  # names the content: the SHA-256 of a large file (LFS), else git's hash
    bytes: int
    url: str

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the content, where the hub reports it."""
        return self.etag if SHA256.fullmatch(self.etag) else None


def offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids the hub."""
    return bool(constants().HF_HUB_OFFLINE)


def endpoint() -> str:
    """The hub's address: https://huggingface.co, or HF_ENDPOINT."""
    return str(constants().ENDPOINT)


def ask(known: HubFile, revision: str | None) -> Offer:
    """Query the hub for a file at a commit, or at the current `main`. Raises SourceError, after `CONNECT_S` at most."""
    if offline():
        raise SourceError(
            f"{known.name} is not in the cache of this machine, and HF_HUB_OFFLINE forbids to download it. "
            f"Unset HF_HUB_OFFLINE and run `meshmirror models fetch {known.name}`. {known.instead}"
        )
    hub = client()
    where = f"{endpoint()}/{known.repo}"
    try:
        split_credentials(where)
        url = hub.hf_hub_url(known.repo, known.file, revision=revision or _MAIN)
        about = within(
            CONNECT_S,
            lambda: hub.get_hf_file_metadata(
                url, token=False, timeout=CONNECT_S, library_name="meshmirror", library_version=__version__
            ),
        )
    except Exception as error:  # of three libraries, by version; whatever it is, the hub cannot be asked
        raise unreachable(known, where, _reason(error)) from error
    commit, etag, size = about.commit_hash or "", about.etag or "", about.size or 0
    if not COMMIT.fullmatch(commit) or not _NAME.fullmatch(etag) or size <= 0:
        raise unreachable(known, where, "the server there is no Hugging Face hub (check HF_ENDPOINT and proxies)")
    check_announced(known, where, size)
    if revision is not None and commit != revision:
        raise unreachable(known, where, f"it answers with commit {commit[:12]} for {revision[:12]}")
    return Offer(commit, etag, size, hub.hf_hub_url(known.repo, known.file, revision=commit))


def fetch_hub(known: HubFile, offer: Offer, sha256: str | None, progress: Progress, accept: Accept = anything) -> Path:
    """Download an offered file into the Hugging Face cache: verified, then moved into place.

    `sha256` is what the file must have, where that is known; the hub's own value is compared in any case. Raises
    SourceError where that is not possible, ModelFileError where another file came.
    """
    if sha256 and offer.sha256 and sha256 != offer.sha256:
        raise _another(known, offer.sha256, sha256)
    cache = hub_cache()
    repo = cache / hub_folder(known.repo)
    part = repo / "blobs" / f"{offer.etag}.incomplete"  # as the client's own commands for cleaning expect it
    pointer = repo / "snapshots" / offer.commit / known.file
    try:
        with exclusive_lock(cache / ".locks" / repo.name / f"{offer.etag}.lock"):
            wanted = sha256 or offer.sha256
            if wanted and pointer.is_file() and sha256_of(pointer)[0] == wanted:
                return pointer  # another program has brought it
            download(known, offer.url, part, offer.bytes, progress)
            came, _ = sha256_of(part)
            if wanted and came != wanted:
                part.unlink()
                raise _another(known, came, wanted)
            try:
                accept(part)
            except ModelFileError as error:
                part.unlink()
                raise ModelFileError(f"{known.name}: what the hub gives was not kept: {error}") from error
            _put(part, part.with_suffix(""), pointer)
            main = repo / "refs" / _MAIN
            if not main.exists():  # an older one is another program's
                main.parent.mkdir(exist_ok=True)
                with atomic_write(main) as file:
                    file.write(offer.commit.encode())
    except OSError as error:
        raise unwritable(cache, error) from error
    return pointer


def _put(part: Path, blob: Path, pointer: Path) -> None:
    """The cache's layout: the content under its hash, and a link to it; without links the file itself, moved."""
    pointer.parent.mkdir(parents=True, exist_ok=True)
    link = pointer.with_name(f".{pointer.name}.{secrets.token_hex(4)}")
    try:
        link.symlink_to(Path("..", "..", "blobs", blob.name))
    except OSError:
        part.replace(pointer)
        return
    with contextlib.ExitStack() as undo:
        undo.callback(link.unlink, missing_ok=True)
        part.replace(blob)
        link.replace(pointer)


def _another(known: HubFile, came: str, wanted: str) -> ModelFileError:
    return ModelFileError(
        f"{known.name}: what the hub gives is not the file that is expected: its SHA-256 is {came[:12]}..., not "
        f"{wanted[:12]}.... It was not kept. {known.instead}"
    )


def _reason(error: Exception) -> object:
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"it answers {answer.status_code} {phrase(answer.status_code)}".rstrip()
    return error
