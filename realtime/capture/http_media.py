"""Bodies of http answers as the files that FFmpeg reads: a video, and the segments that an HLS list names."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError
from realtime.core.http_get import HttpAnswer, origin

LIST_BEGINS = (b"#EXTM3U", b"\xef\xbb\xbf#EXTM3U")
_MOST_LIST = 2**20  # bytes
_CHUNK = 1 << 16
Request = Callable[[str, dict[str, str]], HttpAnswer]  # address and headers; raises SourceError


def same_place(before: str, after: str) -> bool:
    """Whether an address is on the host and port of another one, or on that host with https instead of http."""
    try:
        (scheme, host, port), (new_scheme, new_host, new_port) = origin(before), origin(after)
    except ValueError:
        return False
    if host != new_host:
        return False
    return (new_scheme in ("http", "https") and port == new_port) or (scheme == "http" and new_scheme == "https")


class HttpFile:
    """The body of an answer with the methods of a file; where the server takes ranges, also with `seek`."""

    def __init__(self, url: str, answer: HttpAnswer | None, begun: bytes, request: Request | None = None) -> None:
        """`begun` is what was already read of the body: all of it where `answer` is None."""
        self.name = url
        self.failure = ""  # why the bytes end before the body does, as a clause
        self._answer, self._begun, self._request = answer, begun, request
        self._at = 0
        length = None if answer is None else answer.length
        ranges = answer is not None and answer.headers.get("Accept-Ranges", "").strip().lower() == "bytes"
        self._size = len(begun) + length if ranges and length is not None and request is not None else None
        self._read_at = len(begun)  # of the answer's next byte

    def read(self, most: int) -> bytes:
        """The next bytes as they come, at most so many; b"" at the end, and where they stop coming (`failure`).

        It raises nothing: PyAV prints an exception where FFmpeg calls again after it.
        """
        try:
            data = self._read(most)
        except TimeoutError:
            self.failure, data = "nothing comes any more", b""
        except (OSError, http.client.HTTPException, ValueError):
            self.failure, data = "the connection was closed", b""
        except SourceError as error:
            self.failure, data = str(error), b""
        self._at += len(data)
        return data

    def _read(self, most: int) -> bytes:
        if self.failure:
            return b""
        if self._at < len(self._begun):
            return self._begun[self._at : self._at + most]
        if self._answer is None or (self._size is not None and self._at >= self._size):
            return b""
        if self._at != self._read_at and self._request is not None:
            self._answer.close()
            self._answer = self._request(self.name, {"Range": f"bytes={self._at}-"})
            if self._answer.status != 206:
                raise SourceError("it answers with another part of the video than was requested")
            self._read_at = self._at
        data = self._answer.read(most)
        self._read_at += len(data)
        return data

    def seekable(self) -> bool:
        """Whether `seek` works."""
        return self._size is not None

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte; the next `read` requests it."""
        self._at = max(0, offset + (0, self._at, self._size or 0)[whence])
        return self._at

    def tell(self) -> int:
        """The position of the next byte."""
        return self._at

    def close(self) -> None:
        """Close the connection; may be called twice."""
        if self._answer is not None:
            self._answer.close()


class Segments:
    """Opens what an HLS list names, for FFmpeg (`io_open` of PyAV); nothing on another host or port is requested."""

    def __init__(self, url: str, request: Request) -> None:
        """`url` is the list's address, after redirects."""
        self._url, self._request = url, request
        self._last: HttpFile | None = None
        self._refused = ""

    @property
    def failure(self) -> str:
        """Why something was not opened or read, as a clause; FFmpeg passes over it."""
        return self._refused or (self._last.failure if self._last is not None else "")

    def __call__(self, url: str, flags: int, options: dict[str, Any]) -> HttpFile:
        """The opened file; an empty one for what is not of the list's own host and port, encrypted or not there."""
        try:
            self._last = self._open(url, int(options.get("offset", 0)), int(options.get("end_offset", 0)))
        except SourceError as error:
            self._refused = self._refused or str(error)
            return HttpFile(url, None, b"")
        return self._last

    def _open(self, url: str, start: int, end: int) -> HttpFile:
        self._check(url)
        answer = self._request(url, {"Range": f"bytes={start}-{end - 1 if end else ''}"} if start or end else {})
        try:
            if start and answer.status != 206:
                raise SourceError("its segments are parts of one file, and the server gives only whole files")
            begun = answer.read(_CHUNK)
            if begun.startswith(LIST_BEGINS):
                begun = read_list(answer, begun)
                self.check_list(begun, answer.url)
        except (OSError, http.client.HTTPException, ValueError):
            answer.close()
            raise SourceError("the connection was closed") from None
        except SourceError:
            answer.close()
            raise
        return HttpFile(answer.url, answer, begun)

    def check_list(self, content: bytes, url: str) -> None:
        """Hold all that a list names against the one host and port.

        Raises:
            SourceError: it names something else, or is encrypted.
        """
        for line in content.decode("utf-8", errors="replace").splitlines():
            if re.match(r"#EXT-X-(SESSION-)?KEY:", line) and not re.search(r"METHOD=NONE\b", line):
                raise SourceError("its segments are encrypted, which is not read")
            named = re.findall(r'URI\s*=\s*"([^"]*)"', line) if line.startswith("#") else [line.strip()]
            for each in filter(None, named):
                try:
                    self._check(urljoin(url, each))
                except ValueError:
                    raise SourceError("its list names what is no address") from None

    def _check(self, url: str) -> None:
        if url.startswith("crypto"):
            raise SourceError("its segments are encrypted, which is not read")
        if not url.lower().startswith(("http://", "https://")):
            raise SourceError(f"its list names {without_secrets(url)[:80]}, which is not opened")
        if not same_place(self._url, url):
            raise SourceError(
                f"its list names {without_secrets(url)}, on another host or port, and only the address that was given "
                "is contacted. If that is your camera, give the address of a list there"
            )


def read_list(answer: HttpAnswer, begun: bytes) -> bytes:
    """All of a list of which this is the beginning, up to a size that none has."""
    text = begun
    while len(text) <= _MOST_LIST and (more := answer.read(_CHUNK)):
        text += more
    return text


class NothingElse:
    """`io_open` for a format that has no reason to open a second file."""

    def __init__(self, file: HttpFile) -> None:
        self._file, self._refused = file, ""

    @property
    def failure(self) -> str:
        """Why the file could not be read to its end, as a clause."""
        return self._refused or self._file.failure

    def __call__(self, url: str, flags: int, options: dict[str, Any]) -> HttpFile:
        """An empty file."""
        self._refused = f"it names {without_secrets(url)[:80]}, which is not opened"
        return HttpFile(url, None, b"")
