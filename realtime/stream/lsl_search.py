"""Answers to programs on this machine that search for LSL streams, without being found from other machines.

A program that searches asks multicast groups, and 127.0.0.1 at the port of multicasts. Who listens to the groups is
found from the whole network. At 127.0.0.1 one socket alone gets a question, and every stream has one: liblsl before
1.18 would find the newest stream and no other. So one socket here gets the questions and hands each to the service
ports of all streams of this machine; a stream answers to the port that the question names.
"""

from __future__ import annotations

import contextlib
import socket
import threading

ADDRESS, MULTICAST_PORT = "127.0.0.1", 16571
SERVICE_PORTS = range(16572, 16700)  # of this program; liblsl itself takes the first 32, enough for two programs
_QUESTION = b"LSL:shortinfo"
_MOST_BYTES = 1 << 16
_POLL_S = 0.2


class SearchForwarder:
    """Hands questions on, in a thread of its own. Where its port cannot be had it does nothing."""

    def __init__(self) -> None:
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(_POLL_S)
        try:
            # Other programs may have the port as well, as with liblsl itself.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((ADDRESS, MULTICAST_PORT))
        except OSError:
            self._socket.close()
            return
        self._thread = threading.Thread(target=self._work, name="LSL searches", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; may be called twice."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
            self._socket.close()

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                question = self._socket.recv(_MOST_BYTES)
            except OSError:  # nothing came; on Windows also that nobody listens where it was handed to
                continue
            if not question.startswith(_QUESTION):
                continue
            for port in SERVICE_PORTS:
                with contextlib.suppress(OSError):
                    self._socket.sendto(question, (ADDRESS, port))
