"""A receiver of OSC with a decoder of its own, written from the specification and not from python-osc."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any


def decode(packet: bytes) -> list[tuple[str, list[Any]]]:
    """All messages of a packet, (address, arguments) each. Raises AssertionError for what is no OSC 1.0."""
    assert len(packet) % 4 == 0
    if not packet.startswith(b"#bundle\0"):
        return [_message(packet)]
    assert packet[8:16] == bytes(7) + b"\1", "not to be carried out at once"
    found, at = [], 16
    while at < len(packet):
        (size,) = struct.unpack_from(">i", packet, at)
        assert size > 0 and at + 4 + size <= len(packet)
        found += decode(packet[at + 4 : at + 4 + size])
        at += 4 + size
    assert at == len(packet)
    return found


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    after = end + 4 - end % 4
    assert data[end:after].strip(b"\0") == b""
    return data[at:end].decode("ascii"), after


def _message(data: bytes) -> tuple[str, list[Any]]:
    address, at = _text(data, 0)
    kinds, at = _text(data, at)
    assert address.startswith("/") and kinds.startswith(",")
    values: list[Any] = []
    for kind in kinds[1:]:
        if kind == "s":
            value, at = _text(data, at)
            values.append(value)
        else:
            values.append(struct.unpack_from({"f": ">f", "i": ">i"}[kind], data, at)[0])
            at += 4
    assert at == len(data)
    return address, values


class Receiver:
    """Receives packets at a free port of loopback until it is closed."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((host, 0))
        self.socket.settimeout(0.1)
        self.port: int = self.socket.getsockname()[1]
        self.packets: list[bytes] = []
        self.times_ns: list[int] = []
        self._closed = False
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        while not self._closed:
            try:
                packet = self.socket.recv(1 << 16)
            except TimeoutError:
                continue
            self.times_ns.append(time.monotonic_ns())
            self.packets.append(packet)

    @property
    def messages(self) -> list[tuple[str, list[Any]]]:
        return [message for packet in self.packets.copy() for message in decode(packet)]

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"{len(self.packets)} packets only"
            time.sleep(0.01)

    def close(self) -> None:
        self._closed = True
        self._thread.join()
        self.socket.close()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
