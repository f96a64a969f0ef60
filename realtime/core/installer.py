"""Runs pip, or uv where an environment has no pip: they know the user's index and proxies."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_UNREACHABLE = "connection broken by"  # of pip's warnings


class InstallerError(Exception):
    """Why nothing was downloaded or installed; one sentence, without a full stop."""


def run_installer(for_pip: Sequence[str], for_uv: Sequence[str], folder: Path, longest_s: float) -> None:
    """Run `pip ...` in a folder, or `uv pip ...`, for the environment of this process. Raises InstallerError."""
    uv = shutil.which("uv")
    if importlib.util.find_spec("pip") is not None:
        quietly = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1"]
        name, command = "pip", [sys.executable, "-P", "-m", "pip", for_pip[0], *quietly, *for_pip[1:]]
    elif uv is not None:
        name, command = "uv", [uv, "pip", for_uv[0], "--quiet", "--python", sys.executable, *for_uv[1:]]
    else:
        raise InstallerError("there is neither pip nor uv here; `python -m ensurepip` installs pip")
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=longest_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InstallerError(f"{name} did not finish within {longest_s:g} s") from None
    except OSError as error:
        raise InstallerError(f"{name} cannot be started: {error.strerror or error}") from error
    if done.returncode:
        raise InstallerError(f"{name} says: {_said(done.stdout)}")


def _said(output: str) -> str:
    """The reason of a failure, out of the lines that pip or uv has printed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["nothing"]
    last = next((line for line in reversed(lines) if line.lower().startswith("error")), lines[-1])
    said = last.partition(":")[2].strip() or last
    return f"the package index cannot be reached; {said}" if _UNREACHABLE in output else said
