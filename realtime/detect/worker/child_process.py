"""One worker process as the program sees it: start, messages in both directions, end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from realtime.core.blas_threads import environment_for_children
from realtime.core.process import module_environment
from realtime.detect.worker.protocol import Hello, MessageKind, Parser, ProtocolError, hello_message
from realtime.detect.worker.shared_memory import SharedFrames

log = logging.getLogger("meshmirror")

OnMessage = Callable[[MessageKind, bytes], None]

_CHUNK = 1 << 16
_LINES = 30  # kept of what it writes to stderr
_LONGEST_LINE = 2000
_DEAD_S = 1.0  # from the kill to the end of a process
_LAST_S = 0.3  # from its end to its last line
_MAX_TEXT = 300  # characters of the summary


class ChildProcess:
    """A child process and its pipes. One thread reads its stdout, another one its stderr: pipes can be waited
    for together, or read without waiting, on some systems only (Microsoft's "Anonymous Pipe Operations").
    """

    def __init__(self, command: Sequence[str], slots: SharedFrames, count: int, live: bool) -> None:
        """Starts the process and sends it the handle of the pictures. Raises OSError where it cannot be started."""
        self.messages_read = 0
        self.fault = ""  # what was invalid in its messages
        self.ended = threading.Event()  # its stdout has ended, or is not read any more
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._process = subprocess.Popen(
            list(command), bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=_environment(), **_process_options(slots, live),
        )  # fmt: skip
        self._errors = threading.Thread(target=self._read_errors, name="worker-stderr", daemon=True)
        self._errors.start()
        self.send(hello_message(Hello(slots.handle, count, live, os.getpid())))

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._process.pid

    @property
    def exited(self) -> bool:
        """Whether the process has ended; what it sent before may not have been read yet."""
        return self._process.poll() is not None

    def listen(self, on_message: OnMessage, wake: threading.Event) -> None:
        """From now on `on_message` is called with every message, and `wake` is set after the last one.

        What `on_message` raises as ProtocolError ends the reading, as do bytes that are no message.
        """
        threading.Thread(target=self._listen, args=(on_message, wake), name="worker-stdout", daemon=True).start()

    def send(self, data: bytes) -> None:
        """A message. It never waits: all that can be under way is much smaller than the pipe."""
        assert self._process.stdin
        with contextlib.suppress(OSError, ValueError):  # a dead worker is seen by the end of its stdout
            self._process.stdin.write(data)

    def end(self, grace_s: float) -> str:
        """Close its stdin, wait so long, then kill it; how it ended, as text that follows its name."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        killed = False
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            killed = True
            self._kill()
        self._errors.join(_LAST_S)  # longer only where another process has inherited its stderr
        return "closed its channel and kept running" if killed else self._exit_text()

    def _listen(self, on_message: OnMessage, wake: threading.Event) -> None:
        assert self._process.stdout
        parser = Parser()
        with self._process.stdout as stdout, contextlib.suppress(OSError):
            try:
                while piece := stdout.read(_CHUNK):
                    for kind, body in parser.parse(piece):
                        self.messages_read += 1
                        on_message(kind, body)
            except ProtocolError as error:
                self.fault = str(error)
        self.ended.set()
        wake.set()

    def _read_errors(self) -> None:
        assert self._process.stderr
        unfinished = ""
        with self._process.stderr as stderr, contextlib.suppress(OSError):
            while piece := stderr.read(_CHUNK):
                *lines, rest = (unfinished + piece.decode(errors="replace")).split("\n")
                unfinished = rest[-_LONGEST_LINE:]
                for line in lines:
                    self._keep_line(line)
        self._keep_line(unfinished)

    def _kill(self) -> None:
        if sys.platform != "win32":  # with what it has started itself, a conversion for one
            with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter for a zombie under macOS
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # held up in the kernel; it is reaped some time later
            self._process.wait(_DEAD_S)

    def _exit_text(self) -> str:
        code: int = self._process.returncode
        summary = error_summary(list(self._lines))
        if code < 0:
            how = f"was ended by signal {_signal_name(-code)}"
        else:
            how = f"ended with code {code if code < 256 else hex(code)}"
        return f"{how}: {summary}" if summary else how

    def _keep_line(self, line: str) -> None:
        shown = "".join(sign for sign in line if sign.isprintable() or sign == "\t").rstrip()
        if shown:
            self._lines.append(shown[:_LONGEST_LINE])
            log.debug("worker: %s", shown)


def error_summary(lines: Iterable[str]) -> str:
    """The error at the end of a traceback, or else the last two lines."""
    kept = list(lines)
    if "Traceback (most recent call last):" in kept:
        while kept and any(line.startswith(" ") for line in kept):
            kept.pop(0)
    else:
        kept = kept[-2:]
    summary = " ".join(line.strip() for line in kept)
    return summary if len(summary) <= _MAX_TEXT else summary[: _MAX_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _environment() -> dict[str, str]:
    return module_environment(environment_for_children())


def _process_options(slots: SharedFrames, live: bool) -> dict[str, Any]:
    """It inherits the pictures, and gets no Ctrl-C and no window of a terminal."""
    if sys.platform == "win32":
        lower = subprocess.BELOW_NORMAL_PRIORITY_CLASS if live else 0
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | lower}
    return {"pass_fds": (slots.descriptor,), "process_group": 0}
