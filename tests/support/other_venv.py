"""A virtual environment with packages that do not go with this one, for programs that judge what we send."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def make_venv(folder: Path, *packages: str) -> Path:
    """A new environment with these packages, for `once`. Skips without a package index that can be reached."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    command = [str(python_of(folder)), "-m", "pip", "install", "--quiet", *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"needs a package index with {', '.join(packages)}: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def python_of(folder: Path) -> Path:
    """Its interpreter."""
    windows = sys.platform == "win32"
    return folder / "venv" / ("Scripts/python.exe" if windows else "bin/python")


def answer(folder: Path, code: str, *arguments: str) -> Any:
    """What the code prints as JSON, run there."""
    done = subprocess.run(
        [str(python_of(folder)), "-I", "-c", code, *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
