"""A network camera on 127.0.0.1 that fails on command: multipart/x-mixed-replace, as cheap IP cameras send it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Literal, Self

import cv2
import numpy as np

Mode = Literal["play", "stall", "close", "refuse", "garbage", "half"]
_BITS, _CELL = 16, 20  # the picture's number as black and white cells, which survive JPEG


def numbered_picture(number: int, width: int = 640, height: int = 360) -> np.ndarray:
    """A BGR picture (height, width, 3) with a slope, noise, and `number` as a row of cells at the upper left."""
    noise = np.random.default_rng(number).integers(0, 24, (height, width, 3), dtype=np.uint8)
    picture = noise + np.linspace(40, 200, width, dtype=np.uint8)[None, :, None]
    for bit in range(_BITS):
        picture[:_CELL, bit * _CELL : (bit + 1) * _CELL] = 255 if number >> bit & 1 else 0
    return picture


def number_of(picture: np.ndarray) -> int:
    """The number that `numbered_picture` drew; RGB or BGR."""
    middles = picture[_CELL // 2, _CELL // 2 : _BITS * _CELL : _CELL].mean(axis=-1)
    return int(sum(1 << bit for bit, value in enumerate(middles) if value > 127))


class MjpegServer:
    """Serves `picture(n)` at `rate` a second to every client; set `mode` while it runs.

    "stall" sends nothing and keeps the connection, "close" ends connections after their next picture, "refuse" takes
    none, "garbage" sends bytes that are no JPEG, "half" sends the first half of each JPEG.
    """

    def __init__(self, picture: Callable[[int], np.ndarray] = numbered_picture, rate: float = 30.0) -> None:
        self.mode: Mode = "play"
        self.picture = picture
        self.sent_ns: dict[int, int] = {}  # monotonic time at which picture n was sent
        self.connections = 0
        self._period = 1.0 / rate
        self._number = 0
        self._closed = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/video.mjpg"
        self._clients: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._socket.close()
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            if self.mode == "refuse":
                client.close()
                continue
            self.connections += 1
            self._clients.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with client:
                client.recv(4096)
                client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
                while not self._closed.is_set() and self.mode not in ("close", "refuse"):
                    if self.mode != "stall":
                        self._send(client)
                    self._closed.wait(self._period)
        except OSError:
            pass  # the client went away
        finally:
            self._clients.discard(client)

    def _send(self, client: socket.socket) -> None:
        self._number += 1
        number = self._number
        data = cv2.imencode(".jpg", self.picture(number))[1].tobytes()
        if self.mode == "garbage":
            data = np.random.default_rng(number).integers(0, 255, len(data), dtype=np.uint8).tobytes()
        elif self.mode == "half":
            data = data[: len(data) // 2]
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        self.sent_ns[number] = time.monotonic_ns()
        client.sendall(head + data + b"\r\n")
