"""Bodies of http answers as the files that FFmpeg reads: a video, and the segments that an HLS list names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime.core.addresses import without_secrets
from realtime.core.errors import SourceError
from realtime.core.http_get import HttpAnswer, origin

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
        self._answer, self._begun, self._request = answer, begun, request
        self._at = 0
        length = None if answer is None else answer.length
        ranges = answer is not None and answer.headers.get("Accept-Ranges", "").strip().lower() == "bytes"
        self._size = len(begun) + length if ranges and length is not None and request is not None else None
        self._read_at = len(begun)  # of the answer's next byte

    def read(self, most: int) -> bytes:
        """The next bytes as they come, at most so many; b"" at the end.

        Raises:
            SourceError: the server refuses a range.
        """
        if self._at < len(self._begun):
            data = self._begun[self._at : self._at + most]
        elif self._answer is None or (self._size is not None and self._at >= self._size):
            return b""
        else:
            if self._at != self._read_at and self._request is not None:
                self._answer.close()
                self._answer = self._request(self.name, {"Range": f"bytes={self._at}-"})
                if self._answer.status != 206:
                    raise SourceError("it answers with another part of the video than was requested")
                self._read_at = self._at
            data = self._answer.read(most)
            self._read_at += len(data)
        self._at += len(data)
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
    """Opens what an HLS list names, for FFmpeg (`io_open` of PyAV); refuses everything on another host or port."""

    def __init__(self, url: str, request: Request) -> None:
        """`url` is the list's address, after redirects."""
        self._url, self._request = url, request
        self.refused = ""  # a clause, for the error; FFmpeg passes over what cannot be opened

    def __call__(self, url: str, flags: int, options: dict[str, Any]) -> HttpFile:
        """The opened file.

        Raises:
            SourceError: it is not of the list's own host and port, or encrypted, or the server does not give it.
        """
        if not url.startswith(("http://", "https://")):
            what = "encrypted segments" if url.startswith(("crypto", "data")) else without_secrets(url)
            self.refused = f"its list names {what}, which are not read"
        elif not same_place(self._url, url):
            self.refused = (
                f"its list names {without_secrets(url)}, on another host or port, and only the address that was given "
                "is contacted. If that is your camera, give the address of a list there"
            )
        else:
            start, end = int(options.get("offset", 0)), int(options.get("end_offset", 0))
            wanted = {"Range": f"bytes={start}-{end - 1 if end else ''}"} if start or end else {}
            answer = self._request(url, wanted)
            if not start or answer.status == 206:
                return HttpFile(url, answer, b"")
            answer.close()
            self.refused = "its segments are parts of one file, and the server gives only whole files"
        raise SourceError(self.refused)


def nothing_else(url: str, flags: int, options: dict[str, Any]) -> HttpFile:
    """`io_open` for a format that has no reason to open a second file."""
    raise SourceError(f"it names {without_secrets(url)}, which is not opened")
