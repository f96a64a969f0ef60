"""The settings of the window, saved for each user: the next window starts with them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from realtime.app.user_file import UserFile
from realtime.core.config import ViewConfig
from realtime.core.process import Notify
from realtime.core.toml_text import parse_toml, shortened
from realtime.core.user_folders import user_folder
from realtime.core.view_state import REMEMBERED, ViewState

NAME = "settings.toml"
SETTLE_S = 3.0  # they are written once nothing has changed for that long
_OF_THE_OLD_WINDOW = ("views", "cards", "overlay", "panel", "colours", "signed_colours", "colour_auto")
_HEAD = "# Settings of Meshmirror's window; `--set view.remember=false` neither reads nor writes this file.\n"


class WindowSettings:
    """The file, which holds only what was changed in a window, and the changes of this run."""

    def __init__(self, notify: Notify, folder: Path | None = None) -> None:
        """Read the file; `notify` gets a line about what is wrong with it."""
        path = (folder or user_folder("config")) / NAME
        self._file = UserFile(path, "the window's settings", "the defaults are used", notify)
        self._saved = self._file.read(_settings) or {}
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
        """Write the changes; of several programs the last one wins."""
        self._changed_at = None
        if self._saved != self._written and self._file.write(_document(self._saved)):
            self._written = dict(self._saved)


def _settings(content: bytes) -> dict[str, Any]:
    """The settings of a document, as `ViewState` has them. Raises ValueError with the reason."""
    tree = parse_toml(content.decode("utf-8-sig"))
    view = tree.pop("view", {})
    if not isinstance(view, dict):
        raise ValueError("'view' is no section")
    if unknown := [*tree, *sorted(view.keys() - set(REMEMBERED))]:
        raise ValueError(f"'{shortened(unknown[0])}' is unknown")
    checked = ViewConfig.model_validate(view)
    return {name: getattr(checked, name) for name in view}


def _document(settings: dict[str, Any]) -> str:
    """TOML; every value here is written the same in JSON."""
    return _HEAD + "\n[view]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
