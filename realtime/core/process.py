"""Processes of this program's own modules with its module search path; shell quoting; the type of notify callables."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

# Takes a line for the user while something is in progress; called by any thread.
Notify = Callable[[str], None]


def module_command(module: str) -> list[str]:
    """How to start a module of this program in another process; its arguments follow.

    -P: a file of the current folder that is called like a module is not loaded for it.
    """
    return [sys.executable, "-P", "-m", module]


def module_environment(base: Mapping[str, str], **settings: str) -> dict[str, str]:
    """The environment for it: modules are found where this process finds them, as multiprocessing's "spawn" has it."""
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it was deleted
        here = ""
    path = os.pathsep.join(folder for folder in (path or here for path in sys.path) if folder)
    return {**base, "PYTHONPATH": path, **settings}


def available_cores() -> int:
    """Processor cores that this process may use, at least one."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_shell(path: Path) -> str:
    """A path as it is typed into this system's shell."""
    return subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))
