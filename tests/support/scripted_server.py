"""A server on 127.0.0.1 whose answers are raw bytes, as wrong as those of real servers; it keeps what was asked."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case


Answer = Callable[[Asked, socket.socket], None]


class ScriptedServer:
    """Calls `answer` with each request and its connection, which is closed afterwards; set `answer` while it runs.

    `banner`: what it sends before it reads anything, as SSH does; with `silent` it never reads or sends. `tls`: a
    server-side context.
    """

    def __init__(
        self, answer: Answer | bytes = b"", banner: bytes = b"", silent: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer: Answer = always(answer) if isinstance(answer, bytes) else answer
        self.asked: list[Asked] = []
        self.connections = 0
        self.closed = threading.Event()
        self._banner, self._silent, self._tls = banner, silent, tls
        self._clients: set[socket.socket] = set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http{'s' if tls else ''}://{self.host}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        for each in (self._socket, *list(self._clients)):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while not self.closed.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._clients.add(client)
        try:
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is not None:
                    with self._tls.wrap_socket(client, server_side=True) as inner:
                        self._talk(inner)
                else:
                    self._talk(client)
        except OSError:
            pass  # the client went away
        finally:
            self._clients.discard(client)

    def _talk(self, client: socket.socket) -> None:
        client.sendall(self._banner)
        if self._silent:
            self.closed.wait()
            return
        while (asked := _request(client)) is not None:
            self.asked.append(asked)
            self.answer(asked, client)
            if not asked.path.startswith("rtsp:"):  # there one connection carries a dialogue
                return


def _request(client: socket.socket) -> Asked | None:
    """The next request; None when the client has gone."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(1) if head.endswith((b"\r", b"\n")) else client.recv(4096)
        if not more:
            return None
        head += more
    first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    method, path, *_ = [*first.split(" "), "", ""]
    pairs = (line.partition(":") for line in lines)
    return Asked(method, path, {name.strip().lower(): value.strip() for name, _, value in pairs})


def always(data: bytes) -> Answer:
    """The same bytes for every request."""
    return lambda _, client: client.sendall(data)


def http(status: str, body: bytes = b"", **headers: str) -> bytes:
    """An answer in HTTP/1.1 with its length; the underscores of a header's name become hyphens."""
    named = {"content_length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-').title()}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body
