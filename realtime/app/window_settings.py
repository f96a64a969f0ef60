"""The settings of the window, saved for each user: the next window starts with them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pydantic

from realtime.core.config import ViewConfig
from realtime.core.files import atomic_write, quarantine
from realtime.core.process import Notify
from realtime.core.toml_text import parse_toml, shortened, shown_value
from realtime.core.user_folders import user_folder
from realtime.core.view_state import REMEMBERED, ViewState

NAME = "settings.toml"
SETTLE_S = 3.0  # they are written once nothing has changed for that long
_OF_THE_OLD_WINDOW = ("views", "cards", "overlay", "panel", "colours", "signed_colours", "colour_auto")
_MAX_BYTES = 2**16
_HEAD = "# Settings of Meshmirror's window; `--set view.remember=false` neither reads nor writes this file.\n"


class WindowSettings:
    """The file, which holds only what was changed in a window, and the changes of this run.

    A damaged file is kept under another name. No failure here ends the program.
    """

    def __init__(self, notify: Notify, folder: Path | None = None) -> None:
        """Read the file; `notify` gets a line about what is wrong with it."""
        self._notify = notify
        self._path = (folder or user_folder("config")) / NAME
        self._writable = True
        self._saved = self._read()
        self._written = dict(self._saved)
        self._seen: dict[str, Any] = {}
        self._changed_at: float | None = None

    def under(self, view: ViewConfig) -> ViewConfig:
        """The settings of a run; what was not given for it is taken from the saved ones.

        What is shown where is not taken from a file that an older version left: its window had other parts.
        """
        older = () if self._saved.get("introduced") else _OF_THE_OLD_WINDOW
        left_out = {*view.model_fields_set, *older}
        layer = {name: value for name, value in self._saved.items() if name not in left_out}
        return ViewConfig.model_validate({**view.model_dump(exclude_unset=True), **layer})

    def watch(self, ui: ViewState) -> None:
        """Note what has changed since the last call, and save it once it has settled."""
        now = ui.settings()
        if now != (self._seen or now):
            self._changed_at = time.monotonic()
            self._saved |= {name: now[name] for name in now if now[name] != self._seen[name]}
        self._seen = now
        if self._changed_at is not None and time.monotonic() - self._changed_at >= SETTLE_S:
            self.save()

    def save(self) -> None:
        """Write the changes atomically; of several programs the last one wins."""
        self._changed_at = None
        if self._saved == self._written or not self._writable:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with atomic_write(self._path.resolve()) as file:
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), 0o600)
                file.write(_document(self._saved).encode())
            self._written = dict(self._saved)
        except OSError as error:
            self._writable = False
            self._notify(f"{self._path}: the window's settings cannot be saved: {error.strerror or error}.")

    def _read(self) -> dict[str, Any]:
        if self._path.exists() and not self._path.is_file() and not self._path.is_dir():
            self._writable = False  # a named pipe: opening it would block
            self._notify(f"{self._path}: not a file, so the window's settings are neither read nor saved.")
            return {}
        try:
            with self._path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._writable = False
            self._notify(f"{self._path}: the window's settings cannot be read: {error.strerror or error}.")
            return {}
        try:
            return _settings(content)
        except (ValueError, RecursionError) as error:  # ValueError: broken TOML, no UTF-8, what pydantic refuses
            self._put_aside(_words(error))
            return {}

    def _put_aside(self, problem: str) -> None:
        problem_text = f"{self._path}: the window's settings are damaged ({problem})"
        try:
            kept = quarantine(self._path, "settings-damaged.toml")
        except OSError:
            self._writable = False  # it is not overwritten
            self._notify(f"{problem_text} and cannot be moved; the defaults are used, and nothing is saved.")
            return
        self._notify(f"{problem_text}; they are kept as {kept.name}, and the defaults are used.")


def _settings(content: bytes) -> dict[str, Any]:
    """The settings of a document, as `ViewState` has them. Raises ValueError with the reason."""
    if len(content) > _MAX_BYTES:
        raise ValueError(f"larger than {_MAX_BYTES} bytes")
    tree = parse_toml(content.decode("utf-8-sig"))
    view = tree.pop("view", {})
    if not isinstance(view, dict):
        raise ValueError("'view' is no section")
    if unknown := [*tree, *sorted(view.keys() - set(REMEMBERED))]:
        raise ValueError(f"'{shortened(unknown[0])}' is unknown")
    checked = ViewConfig.model_validate(view)
    return {name: getattr(checked, name) for name in view}


def _words(error: Exception) -> str:
    if isinstance(error, pydantic.ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])} = {shown_value(first['input'])}: {first['msg']}"
    return str(error) or type(error).__name__


def _document(settings: dict[str, Any]) -> str:
    """TOML; every value here is written the same in JSON."""
    return _HEAD + "\n[view]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
