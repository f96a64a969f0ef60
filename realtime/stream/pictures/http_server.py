"""The newest JPEG to whoever has the address: multipart over HTTP, in a thread for each connection.

What it does not do is the point: no other path, no file, no second request on a connection, nothing written anywhere.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import threading
import time

from realtime.stream.pictures.http_request import RefusedError, check_head, hosts_of, read_head

MOST_READERS = 4
MOST_CONNECTIONS = 12  # readers, and those whose request is still being read
STALL_S = 5.0  # that a reader may take for one picture
_PAUSE_S = 0.01  # after each connection: at most a hundred a second are looked at
_LOOK_S = 0.5
_BOUNDARY = b"--meshmirror-picture"
_ALWAYS = (
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close"
)
_TYPE = f"multipart/x-mixed-replace; boundary={_BOUNDARY[2:].decode()}"
_BEGIN = f"HTTP/1.1 200 OK\r\nContent-Type: {_TYPE}\r\n{_ALWAYS}\r\n\r\n".encode()


class JpegServer:
    """Listens until it is closed. `publish` never waits."""

    def __init__(self, host: str, port: int, token: str) -> None:
        """Listen at an address of this machine; port 0: a free one. Raises OSError."""
        self._token, self._name = token, host
        self._listener = _listening(host, port)
        self.port: int = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._newest = b""
        self._number = 0
        self._connections: set[socket.socket] = set()
        self._readers = 0
        self._closed = False
        threading.Thread(target=self._accept, name="pictures: HTTP", daemon=True).start()

    @property
    def readers(self) -> int:
        """Who reads now."""
        return self._readers

    def publish(self, jpeg: bytes) -> None:
        """From now on this is the newest picture."""
        with self._changed:
            self._newest = jpeg
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End every connection and listen no longer; may be called twice."""
        with self._changed:
            self._closed = True
            connections = list(self._connections)
            self._changed.notify_all()
        self._listener.close()
        for connection in connections:
            _shut(connection)

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # closed; or it was reset before it was looked at, or there is no descriptor free
                time.sleep(_PAUSE_S)
                continue
            with self._changed:
                free = len(self._connections) < MOST_CONNECTIONS and not self._closed
                if free:
                    self._connections.add(connection)
            if free:
                threading.Thread(target=self._handle, args=(connection,), name="pictures: reader", daemon=True).start()
            else:
                connection.close()
            time.sleep(_PAUSE_S)

    def _handle(self, connection: socket.socket) -> None:
        try:
            try:
                check_head(read_head(connection), self._token, hosts_of(connection, self._name))
                self._begin()
            except RefusedError as refused:
                _refuse(connection, refused.status)
                return
            try:
                self._serve(connection)
            finally:
                self._end()
        except OSError:  # gone, or too slow
            pass
        finally:
            with self._changed:
                self._connections.discard(connection)
            connection.close()

    def _begin(self) -> None:
        with self._changed:
            if self._readers >= MOST_READERS:
                raise RefusedError("503 Service Unavailable")
            self._readers += 1

    def _end(self) -> None:
        with self._changed:
            self._readers -= 1
            if not self._readers:
                self._newest = b""  # the next reader gets no picture of the past

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(STALL_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)  # no queue of old pictures
        connection.sendall(_BEGIN + _BOUNDARY + b"\r\n")
        seen = -1
        while True:
            seen, jpeg = self._next(seen)
            if self._closed or _gone(connection):
                return
            if jpeg:
                head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                # Browsers show a picture when the next one begins, so its beginning is sent along.
                connection.sendall(head + jpeg + b"\r\n" + _BOUNDARY + b"\r\n")

    def _next(self, seen: int) -> tuple[int, bytes]:
        """The newest picture after the one with the number `seen`, with its own; after a while none."""
        with self._changed:
            fresh = self._changed.wait_for(lambda: self._closed or (self._number != seen and self._newest), _LOOK_S)
            return (self._number, self._newest) if fresh else (seen, b"")


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, to = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":  # there the other option would let a second program take the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(to)
        listener.listen(MOST_CONNECTIONS)
        listener.settimeout(_LOOK_S)
    except BaseException:
        listener.close()
        raise
    return listener


def _refuse(connection: socket.socket, status: str) -> None:
    connection.settimeout(1.0)
    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n{_ALWAYS}\r\n\r\n".encode())
    connection.shutdown(socket.SHUT_WR)
    # What is still unread would reset the connection, and with it the answer.
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline and connection.recv(1 << 16):
        pass


def _gone(connection: socket.socket) -> bool:
    """Whether the reader has closed its side; what else it sends is of no interest, and ends it too."""
    return bool(select.select([connection], [], [], 0)[0])


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its own thread was faster
        connection.shutdown(socket.SHUT_RDWR)
