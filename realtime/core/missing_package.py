"""A package that this installation should have and has not, or not whole: the command that brings it."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path


def explain_missing(error: ImportError) -> str | None:
    """What is missing and how to install it, in two sentences; None for another reason than a missing module."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.partition(".")[0]
    return (
        f"The Python package '{package}' is missing from this installation, or not whole. Install it: {_mend(package)}"
    )


def _mend(package: str) -> str:
    for distribution in importlib.metadata.distributions():
        # Of its record as a text: `files` leaves out what is not there.
        if f"\n{package}/" in f"\n{distribution.read_text('RECORD')}":  # pip takes it for installed
            return f"pip install --force-reinstall --no-deps {distribution.name}=={distribution.version}"
    if package == "mediapipe" and sys.version_info >= (3, 13):  # an extra there
        return "pip install 'mediapipe>=1.2'"
    # All that is required at once: pip then keeps the versions that go together, which it does not for one alone.
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return f"pip install --constraint {checkout / 'constraints.txt'} --editable {checkout}"
    return "pip install meshmirror"
