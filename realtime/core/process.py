"""Processes of this program's own modules, which find what this process finds, and nothing else."""

from __future__ import annotations

import os
import sys


def module_command(module: str) -> list[str]:
    """How to start a module of this program in another process; its arguments follow.

    -P: a file of the current folder that is called like a module is not loaded for it.
    """
    return [sys.executable, "-P", "-m", module]


def module_path() -> str:
    """PYTHONPATH for it: modules are found where this process finds them, as multiprocessing's "spawn" has it."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109
