"""The program's command line run in the tests' own process: a start of its own takes two seconds."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import constants

from realtime.cli import output
from realtime.cli.entry import run
from realtime.cli.streams import CleanStream

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def run_in_process(args: tuple[str, ...], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command line in a folder with these variables alone: its exit code and what it printed.

    An exception that the program does not expect is raised here, where a program of its own would print a traceback.
    """
    streams = [CleanStream(io.BytesIO(), "utf-8", errors="replace", write_through=True) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(variables))
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(_signal_handlers())
        stack.enter_context(_logging())
        stack.enter_context(_default_warnings())
        stack.enter_context(contextlib.redirect_stdout(streams[0]))
        stack.enter_context(contextlib.redirect_stderr(streams[1]))
        stack.enter_context(_consoles())
        code = run(list(args))
    out, err = (stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["meshmirror", *args], code, out, err)


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _set_variables(variables)
    try:
        yield
    finally:
        _set_variables(before)


def _set_variables(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    importlib.reload(constants)  # the hub's client reads its variables when it is imported, and never again


@contextlib.contextmanager
def _signal_handlers() -> Iterator[None]:
    """The defaults inside, what was there afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _logging() -> Iterator[None]:
    """A root logger as a new process has it; pytest's handlers would otherwise be closed by `set_up_logging`."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers[:] = []
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:], level = before
        root.setLevel(level)


@contextlib.contextmanager
def _default_warnings() -> Iterator[None]:
    """Python's own filters; those of the tests make errors of warnings that the program is to show."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        yield


@contextlib.contextmanager
def _consoles() -> Iterator[None]:
    """Consoles of the width and the streams that are set now."""
    for console in (output.stdout, output.stderr):
        console.cache_clear()
    try:
        yield
        sys.stdout.flush()
    finally:
        for console in (output.stdout, output.stderr):
            console.cache_clear()
