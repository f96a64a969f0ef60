"""Downloads a URL into a file: resumes where it stopped, with a time limit on every wait."""

from __future__ import annotations

import http.client
import queue
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from realtime.core.errors import SourceError
from realtime.core.progress import Progress
from realtime.core.version import __version__
from realtime.model.hub.registry import Download

# For name look-up, connection and the answer's head together: with the program's own start a dead network costs 3 s.
CONNECT_S = 2.0
STALL_S = 10.0  # without a byte
_CHUNK = 1 << 16

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """The result of a call, or TimeoutError after so many seconds.

    Not every step of reaching a server has a time-out of its own: a name server that does not answer blocks the call
    for as long as the system likes. The thread is abandoned then.
    """
    outcome: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True, name="meshmirror-connect").start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def unreachable(known: Download, where: str, why: object) -> SourceError:
    """The error for a server that cannot be reached."""
    return SourceError(f"{known.name} cannot be downloaded from {where}: {why}. {known.instead}")


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
        with _opened(known, url, here) as answer:
            if here and not _goes_on(answer, here):
                sink.truncate(0)
                here = 0
                if answer.status != 200:
                    raise unreachable(known, url, "it answers with another range than was requested; try again")
            while here < size:
                progress(here, size)
                try:
                    chunk = answer.read1(min(_CHUNK, size - here))
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
                    raise unwritable(part, error) from error
            progress(here, size)


def _opened(known: Download, url: str, here: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": f"meshmirror/{__version__}", "Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        answer: http.client.HTTPResponse = within(CONNECT_S, lambda: urllib.request.urlopen(request, timeout=STALL_S))
    except urllib.error.HTTPError as error:
        raise unreachable(known, url, f"it answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise unreachable(known, url, error.reason) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise unreachable(known, url, error) from error
    return answer


def _goes_on(answer: http.client.HTTPResponse, here: int) -> bool:
    """Whether the answer is the requested range; a server may send everything again."""
    return answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {here}-")


def _stopped(known: Download, here: int, size: int, why: object) -> SourceError:
    if isinstance(why, TimeoutError):
        why = f"nothing came for {STALL_S:g} s"
    return SourceError(
        f"{known.name}: the download stopped at {here / 1e6:.2f} of {size / 1e6:.2f} MB: {why}. "
        f"`meshmirror models fetch {known.name}` resumes from there. {known.instead}"
    )
