"""The head of a request, read within limits, and whether it may have the pictures.

The standard library's handler takes 64 KiB a line, a hundred of them, and as much time as the other side likes.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
import time

MOST_BYTES = 4096  # of a request's head; OBS and browsers send below one thousand
HEAD_S = 3.0  # that it may take, all of it


class RefusedError(Exception):
    """A request that gets no pictures, with the status line of the answer."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def read_head(connection: socket.socket) -> bytes:
    """The head of a request, without its end. Raises RefusedError, and OSError where the other side is gone."""
    held = b""
    deadline = time.monotonic() + HEAD_S
    while b"\r\n\r\n" not in held:
        left = deadline - time.monotonic()
        if left <= 0:
            raise RefusedError("408 Request Timeout")
        if len(held) >= MOST_BYTES:
            raise RefusedError("431 Request Header Fields Too Large")
        connection.settimeout(left)
        try:
            piece = connection.recv(MOST_BYTES - len(held))
        except TimeoutError:
            raise RefusedError("408 Request Timeout") from None
        if not piece:
            raise ConnectionError("closed by the other side")
        held += piece
    return held.partition(b"\r\n\r\n")[0]


def check_head(head: bytes, token: str, hosts: frozenset[str]) -> None:
    """Raises RefusedError unless it asks for the pictures, at one of `hosts`, with the token.

    A page of the web that has made a name lead here (DNS rebinding) sends that name as Host, and is refused before the
    token is looked at.
    """
    request, *lines = head.split(b"\r\n")
    parts = request.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise RefusedError("400 Bad Request")
    fields = [line.partition(b":") for line in lines]
    asked = [value.strip().lower() for name, _, value in fields if name.lower() == b"host"]
    if len(asked) != 1 or asked[0].decode("latin-1") not in hosts:
        raise RefusedError("403 Forbidden")
    if not hmac.compare_digest(parts[1], b"/" + token.encode()):
        raise RefusedError("404 Not Found")
    if parts[0] != b"GET":
        raise RefusedError("405 Method Not Allowed")


def hosts_of(connection: socket.socket, name: str) -> frozenset[str]:
    """What a request may give as Host: the address at which it came in, with its port, and the name that was given."""
    host, port = connection.getsockname()[:2]
    address = ipaddress.ip_address(host.partition("%")[0])
    found = {host_and_port(str(address), port), host_and_port(name, port).lower()}
    if address.is_loopback:
        found.add(host_and_port("localhost", port))
    if port == 80:
        found |= {one.removesuffix(":80") for one in found}
    return frozenset(found)


def host_and_port(host: str, port: int) -> str:
    """As it stands in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
