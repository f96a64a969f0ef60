"""Downloads a URL into a file: resumes where it stopped, with a limit on every wait, on slowness and on size."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from realtime.core.addresses import text_without_secrets, without_secrets
from realtime.core.connection_errors import connection_problem
from realtime.core.errors import SourceError
from realtime.core.http_get import HttpAnswer, RedirectRefusedError, http_get, phrase, within
from realtime.core.progress import Progress
from realtime.model.hub.registry import Download

# For name look-up, connection and the answer's head together: with the program's own start a dead network costs 3 s.
CONNECT_S = 2.0
STALL_S = 10.0  # without a byte
SLOW_S, SLOW_BYTES = 20.0, 20_000  # fewer bytes than that in so many seconds end a download: 1 kB/s, a dripping server
_CHUNK = 1 << 16
# A file of a hub may be larger than it was when this program was written, by so much; of a moderate size it always may.
_GROWTH, _MODERATE = 4, 64 * 2**20


def unreachable(known: Download, where: str, why: object) -> SourceError:
    """The error for a server that cannot be reached; no password of an address is in it."""
    reason = connection_problem(why, _host(where)) if isinstance(why, BaseException) else text_without_secrets(str(why))
    return SourceError(f"{known.name} cannot be downloaded from {without_secrets(where)}: {reason}. {known.instead}")


def check_announced(known: Download, where: str, size: int) -> None:
    """Refuse a size that the file cannot have, before a byte of it comes. Raises SourceError."""
    if size > max(_MODERATE, _GROWTH * known.about_bytes):
        about = f"{size / 1e6:,.0f} MB are announced, and it has about {known.about_bytes / 1e6:.2f} MB"
        raise unreachable(known, where, f"{about} (check HF_ENDPOINT and proxies)")


def _host(where: str) -> str:
    try:
        return urlsplit(where).hostname or ""
    except ValueError:
        return ""


def unwritable(place: Path, error: OSError) -> SourceError:
    """The error for a folder that cannot be written."""
    return SourceError(
        f"{place}: cannot be written: {error.strerror or error}. Make room or fix its permissions, or choose another "
        "place with HF_HOME and MESHMIRROR_HOME; what has come is kept, and the same command resumes from there."
    )


def download(known: Download, url: str, part: Path, size: int, progress: Progress) -> None:
    """Make `part` the `size` bytes of an address; what it already holds is not requested again.

    Raises SourceError where the address does not answer, where nothing comes for 10 s, where the answer ends too
    early, and where the file cannot be written. What has arrived stays in `part`.
    """
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        sink = part.open("ab", buffering=0)  # nothing is lost when the process is killed
    except OSError as error:
        raise unwritable(part.parent, error) from error
    with sink:
        here = sink.tell()
        if here > size:
            sink.truncate(0)
            here = 0
        if here == size:
            return
        free = shutil.disk_usage(part.parent).free
        if free < size - here:
            raise SourceError(
                f"{part.parent}: {free / 1e6:.1f} MB are free, {known.name} needs {(size - here) / 1e6:.1f} MB. "
                "Make room, or choose another place with HF_HOME and MESHMIRROR_HOME."
            )
        answer = _opened(known, url, here)
        try:
            if here and not _goes_on(answer, here):
                sink.truncate(0)
                here = 0
                if answer.status != 200:
                    raise unreachable(known, url, "it answers with another range than was requested; try again")
            _receive(known, url, answer, sink, here, size, progress)
        finally:
            answer.close()


def _receive(
    known: Download, url: str, answer: HttpAnswer, sink: BinaryIO, here: int, size: int, progress: Progress
) -> None:
    """Append the rest of the file, from byte `here` on, to `sink`."""
    if answer.length is not None and answer.length > size - here:
        raise unreachable(known, url, f"it sends {answer.length:,} bytes, and {size - here:,} were announced")
    since, before = time.monotonic(), here
    while here < size:
        progress(here, size)
        try:
            chunk = answer.read(min(_CHUNK, size - here))
        except (OSError, http.client.HTTPException) as error:
            raise _stopped(known, here, size, error) from error
        if not chunk:
            raise _stopped(known, here, size, "the connection was closed")
        try:
            while chunk:
                written = sink.write(chunk)  # an almost full disk writes less than all of it
                here += written
                chunk = chunk[written:]
        except OSError as error:
            raise unwritable(Path(sink.name), error) from error
        now = time.monotonic()
        if now - since >= SLOW_S and here < size:
            if here - before < SLOW_BYTES:
                raise _stopped(known, here, size, f"only {here - before:,} bytes came in {now - since:.0f} s")
            since, before = now, here
    progress(here, size)
    if answer.length is None and _has_more(answer):  # in pieces, without a length
        sink.truncate(0)
        raise unreachable(known, url, f"it sends more than the {size:,} bytes that were announced")


def _has_more(answer: HttpAnswer) -> bool:
    """Whether a body goes on; one that is cut off here does not, all of it has come."""
    try:
        return bool(within(CONNECT_S, lambda: answer.read(1)))
    except (OSError, http.client.HTTPException):
        return False


def _opened(known: Download, url: str, here: int) -> HttpAnswer:
    headers = {"Range": f"bytes={here}-"} if here else {}
    try:
        return within(CONNECT_S, lambda: http_get(url, STALL_S, lambda _before, _after: "", headers))
    except urllib.error.HTTPError as error:
        why = "it redirects in a circle" if 300 <= error.code < 400 else f"it answers {error.code} {phrase(error.code)}"
        raise unreachable(known, url, why.rstrip()) from error
    except RedirectRefusedError as error:
        raise unreachable(known, url, str(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise unreachable(known, url, error) from error


def _goes_on(answer: HttpAnswer, here: int) -> bool:
    """Whether the answer is the requested range; a server may send everything again."""
    return answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {here}-")


def _stopped(known: Download, here: int, size: int, why: object) -> SourceError:
    if isinstance(why, TimeoutError):
        why = f"nothing came for {STALL_S:g} s"
    elif isinstance(why, BaseException):
        why = connection_problem(why)
    return SourceError(
        f"{known.name}: the download stopped at {here / 1e6:.2f} of {size / 1e6:.2f} MB: {why}. "
        f"`meshmirror models fetch {known.name}` resumes from there. {known.instead}"
    )
