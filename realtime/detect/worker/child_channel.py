"""The worker's end of the channel: requests come in on stdin, all messages go out on stdout."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from types import FrameType
from typing import NoReturn

from realtime.core.errors import MeshmirrorError
from realtime.core.types import ByteArray
from realtime.detect.worker.protocol import (
    Hello,
    MessageKind,
    Parser,
    ProtocolError,
    Ready,
    Refusal,
    Request,
    Result,
    answer_message,
    message,
    read_hello,
    read_request,
    ready_message,
    start_failed_message,
)
from realtime.detect.worker.shared_memory import SharedFrames

START_HEARTBEAT_S = 0.5
CLEANUP_S = 1.0  # what a start may take to clean up once the program has ended
NICER = 5  # steps of Unix's nice: the display has priority over the emotions
_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def connect() -> ChildChannel:
    """Take stdin and stdout for the channel. Called first of all, before a library can print or start a thread.

    Returns once the program has sent the handle of its pictures. Raises ProtocolError for another peer.
    """
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # what a library prints goes to the program's log and not into the channel
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (reading, writing):  # a text stream there makes two bytes of each 10 (Microsoft's _setmode)
            msvcrt.setmode(descriptor, os.O_BINARY)
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would contain a person's face
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which closes the channel
    signal.signal(signal.SIGTERM, _leave)
    return ChildChannel(reading, writing)


def _leave(*_: int | FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


class ChildChannel:
    """Messages in both directions, and the pictures. `take` belongs to one thread, the rest to any.

    A thread reads: when the program ends, so does this process, whatever the network is doing.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._received: SimpleQueue[tuple[MessageKind, bytes] | ProtocolError] = SimpleQueue()
        self._write_lock = threading.Lock()
        self._serving = threading.Event()
        threading.Thread(target=self._read, name="line", daemon=True).start()
        kind, body = self._next(None)
        if kind is not MessageKind.HELLO:
            raise ProtocolError(f"{kind.name} instead of HELLO")
        self.hello: Hello = read_hello(body)
        self._frames = SharedFrames.attached(self.hello.memory, self.hello.slots)
        if self.hello.live and hasattr(
            os, "nice"
        ):  # before the network's threads are made: under Linux each has its own
            os.nice(NICER)
        threading.Thread(target=self._heartbeat_while_starting, name="beats", daemon=True).start()

    def notify(self, text: str) -> None:
        """Report what takes so long before it is ready, as a line for the user."""
        self._send(message(MessageKind.PROGRESS, text.encode()))

    def refuse(self, error: MeshmirrorError) -> None:
        """Report that it cannot start, and why."""
        self._send(start_failed_message(Refusal(error.exit_code, str(error))))

    def ready(self, ready: Ready) -> None:
        """From here on it answers, and dies at once with the program."""
        # Also when it is stopped, or a library holds Python's lock for good. prctl(2): "the death of the parent" is
        # that of the thread which has started this process; the supervisor's stays for as long as there is a worker.
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != self.hello.parent:
                os._exit(0)
        self._serving.set()
        self._send(ready_message(ready))

    def heartbeat(self) -> None:
        """Send a heartbeat."""
        self._send(message(MessageKind.HEARTBEAT))

    def answer(self, results: Sequence[Result]) -> None:
        """Send answers."""
        self._send(b"".join(answer_message(result) for result in results))

    def take(self, timeout_s: float) -> list[Request]:
        """Every request that waits, at most one for each slot; none after `timeout_s`. Raises ProtocolError."""
        requests: list[Request] = []
        try:
            while len(requests) < self.hello.slots:
                kind, body = self._next(0 if requests else timeout_s)
                if kind is not MessageKind.REQUEST:
                    raise ProtocolError(f"{kind.name} instead of REQUEST")
                requests.append(read_request(body))
        except Empty:
            pass
        return requests

    def patch(self, request: Request) -> ByteArray:
        """The picture of a request, in place: valid until it is answered."""
        return self._frames.view(request.slot, request.shape)

    def _next(self, timeout_s: float | None) -> tuple[MessageKind, bytes]:
        received = self._received.get(timeout=timeout_s) if timeout_s != 0 else self._received.get_nowait()
        if isinstance(received, ProtocolError):
            raise received
        return received

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        with self._write_lock:
            while left:
                left = left[os.write(self._writing, left) :]

    def _heartbeat_while_starting(self) -> None:
        """Loading and converting take long, and their thread is busy."""
        while not self._serving.wait(START_HEARTBEAT_S):
            try:
                self.heartbeat()
            except OSError:  # the program has ended; the other thread handles that
                return

    def _read(self) -> None:
        parser = Parser()
        try:
            while piece := os.read(self._reading, _CHUNK):
                for one in parser.parse(piece):
                    self._received.put(one)
        except ProtocolError as error:
            self._received.put(error)
            return
        except OSError:  # counts as its end
            pass
        self._end()

    def _end(self) -> NoReturn:
        if not self._serving.is_set():  # a conversion removes what it has begun
            if hasattr(signal, "pthread_kill"):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            else:
                signal.raise_signal(signal.SIGTERM)
            time.sleep(CLEANUP_S)
        os._exit(0)
