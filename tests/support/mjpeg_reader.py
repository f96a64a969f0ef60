"""A reader of MJPEG over HTTP with nothing but a socket, so that each of its steps can be left out."""

from __future__ import annotations

import socket
import urllib.request
from urllib.parse import urlsplit

import cv2
import numpy as np


def asked(link: str, *, path: str | None = None, host: str | None = None, more: str = "", method: str = "GET") -> bytes:
    """A request for an address, with other parts where they are given."""
    parts = urlsplit(link)
    where = parts.path if path is None else path
    return f"{method} {where} HTTP/1.1\r\nHost: {parts.netloc if host is None else host}\r\n{more}\r\n".encode()


def connected(link: str, timeout_s: float = 20) -> socket.socket:
    """A connection to the program behind an address."""
    parts = urlsplit(link)
    assert parts.hostname is not None and parts.port is not None
    return socket.create_connection((parts.hostname, parts.port), timeout_s)


def answer(link: str, request: bytes) -> str:
    """The whole answer to a request that gets no pictures."""
    with connected(link) as connection:
        connection.sendall(request)
        found = b""
        while piece := connection.recv(1 << 16):
            found += piece
            assert b"200 OK" not in found
    return found.decode()


def status(link: str, request: bytes) -> int:
    """The status of that answer."""
    return int(answer(link, request).split(" ")[1])


class MjpegReader:
    """Reads one picture after the other, as browsers do: by the boundary and the length."""

    def __init__(self, link: str, timeout_s: float = 30) -> None:
        """Raises HTTPError where it is refused."""
        self._stream = urllib.request.urlopen(link, timeout=timeout_s)
        kind = self._stream.headers.get_content_type()
        self._boundary = b"--" + self._stream.headers.get_param("boundary").encode()
        assert kind == "multipart/x-mixed-replace" and self._stream.headers["Cache-Control"] == "no-store"

    def picture(self) -> np.ndarray:
        """The next one, (height, width, 3) RGB."""
        assert self._stream.readline().strip() == self._boundary
        fields = {}
        while line := self._stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        assert fields["Content-Type"] == "image/jpeg"
        jpeg = self._stream.read(int(fields["Content-Length"]))
        assert self._stream.readline() == b"\r\n"
        return cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)

    def close(self) -> None:
        self._stream.close()
