"""A small TOML file in the user's configuration folder, which the program writes and the user may edit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pydantic

from realtime.core.files import atomic_write, quarantine
from realtime.core.process import Notify
from realtime.core.toml_text import shown_value

MOST_BYTES = 2**16

Content = TypeVar("Content")


class UserFile:
    """Read and written whole. A damaged file is kept under another name; no failure here ends the program."""

    def __init__(self, path: Path, what: str, instead: str, notify: Notify) -> None:
        """`notify` gets a line about what is wrong with it. `what` it holds, in the plural: "the window's settings";
        `instead`: what is done without it: "the defaults are used".
        """
        self._path = path
        self._what = what
        self._instead = instead
        self._notify = notify
        self._writable = True

    @property
    def path(self) -> Path:
        return self._path

    def read(self, parse: Callable[[bytes], Content]) -> Content | None:
        """What `parse` makes of the file, which raises ValueError for what it cannot read; None without a good file."""
        if self._path.exists() and not self._path.is_file() and not self._path.is_dir():
            self._writable = False  # a named pipe: opening it would block
            self._notify(f"{self._path}: not a file, so {self._what} are neither read nor saved.")
            return None
        try:
            with self._path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._writable = False
            self._notify(f"{self._path}: {self._what} cannot be read: {error.strerror or error}.")
            return None
        try:
            if len(content) > MOST_BYTES:
                raise ValueError(f"larger than {MOST_BYTES} bytes")
            return parse(content)
        except (ValueError, RecursionError) as error:  # ValueError: broken TOML, no UTF-8, what pydantic refuses
            self._put_aside(_words(error))
            return None

    def write(self, text: str) -> bool:
        """Write it atomically, for the user alone; of several programs the last one wins. Whether it was written."""
        if not self._writable:
            return False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with atomic_write(self._path.resolve()) as file:
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), 0o600)
                file.write(text.encode())
        except OSError as error:
            self._writable = False
            self._notify(f"{self._path}: {self._what} cannot be saved: {error.strerror or error}.")
            return False
        return True

    def _put_aside(self, problem: str) -> None:
        problem_text = f"{self._path}: {self._what} are damaged ({problem})"
        try:
            kept = quarantine(self._path, f"{self._path.stem}-damaged{self._path.suffix}")
        except OSError:
            self._writable = False  # it is not overwritten
            self._notify(f"{problem_text} and cannot be moved; {self._instead}, and nothing is saved.")
            return
        self._notify(f"{problem_text}; they are kept as {kept.name}, and {self._instead}.")


def _words(error: Exception) -> str:
    if isinstance(error, pydantic.ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])} = {shown_value(first['input'])}: {first['msg']}"
    return str(error) or type(error).__name__
