"""MediaPipe's native side: its log lines are kept off the terminal, and a graph that fails is rebuilt once."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from realtime.core.errors import TrackerError

log = logging.getLogger("meshmirror.mediapipe")
Face = TypeVar("Face")

# What a fresh graph is warmed up with; no face is in it, so it leaves no trace in what follows.
EMPTY_PICTURE = np.zeros((64, 64, 3), np.uint8)

# Two threads that redirect at once would restore each other's sink.
_REDIRECTING = threading.RLock()

# Lines as TFLite and absl write them: "INFO: ...", "W0000 00:00:1795358335.077575 ...".
NATIVE_LINE = re.compile(r"INFO: |WARNING: |[IWE]\d{4} ")

# Read when the library is loaded, so set before its import.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def redirect_native_stderr() -> Iterator[None]:
    """Redirect what native code writes to stderr into the debug log: TFLite logs its start before any level applies."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_REDIRECTING)
        try:
            keep = os.dup(2)
        except OSError:  # no stderr at all, as under pythonw
            yield
            return
        sink = stack.enter_context(tempfile.TemporaryFile())
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(keep, 2)
            os.close(keep)
            sink.seek(0)
            for line in sink.read().decode(errors="replace").splitlines():
                if NATIVE_LINE.match(line):
                    log.debug(line)
                elif sys.stderr is not None:  # another thread's output, caught as well
                    print(line, file=sys.stderr)


class GraphOwner:
    """Builds a MediaPipe graph, runs it, and rebuilds it once when it fails.

    After some errors every later call to the same graph fails as well, and so does closing it; a fresh one works.
    """

    def __init__(self, name: str, build: Callable[[], Any], close: Callable[[Any], None]) -> None:
        """`build` also runs a first, empty picture: only then are all models loaded and all start messages written."""
        self._name = name
        self._build = build
        self._close_graph = close
        self._closed = False
        self._warm = False
        with redirect_native_stderr():
            self._graph: Any = build()

    def ask(self, question: Callable[[Any], list[Face]]) -> list[Face]:
        """The faces of one frame. Raises TrackerError when a fresh graph fails too, or after `close`."""
        if self._closed:
            raise TrackerError(f"The tracker '{self._name}' was closed.")
        try:
            if self._graph is None:
                raise RuntimeError("it could not be restarted")
            if self._warm:
                return question(self._graph)
            with redirect_native_stderr():  # the first face causes the last start message
                faces = question(self._graph)
            self._warm = bool(faces)
            return faces
        except (RuntimeError, ValueError) as first:
            if self._graph is not None:
                log.warning("%s failed and is restarted: %s", self._name, first)
            self._drop()
            try:
                with redirect_native_stderr():
                    self._graph = self._build()
                return question(self._graph)
            except (RuntimeError, ValueError) as second:
                raise TrackerError(f"MediaPipe's {self._name} failed twice in a row: {second}") from second

    def close(self) -> None:
        """Free the graph; may be called twice."""
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        graph, self._graph = self._graph, None
        if graph is not None:
            with contextlib.suppress(RuntimeError, ValueError):  # a poisoned graph refuses to close
                self._close_graph(graph)
