"""Layouts of the window that are saved by name, for each user."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

from realtime.app.user_file import UserFile
from realtime.core.config import Config, ViewConfig
from realtime.core.errors import ConfigError
from realtime.core.printable import printable
from realtime.core.process import Notify
from realtime.core.toml_text import parse_toml, shortened
from realtime.core.user_folders import user_folder
from realtime.core.view_layout import LAYOUT_SETTINGS, ViewLayout

NAME = "layouts.toml"
MOST_LAYOUTS, MOST_NAME = 40, 40  # characters of a name
_HEAD = "# Layouts of Meshmirror's window, by name: `--set view.layout=NAME` begins with one.\n"


class SavedLayouts:
    """The file of them. It is read again before each change, so that what another window saved stays."""

    def __init__(self, notify: Notify, folder: Path | None = None) -> None:
        """`notify` gets a line about what is wrong with the file, which is read when it is needed."""
        path = (folder or user_folder("config")) / NAME
        self._file = UserFile(path, "the saved layouts", "there are none", notify)
        self._layouts: dict[str, ViewLayout] | None = None  # as read last

    @property
    def names(self) -> tuple[str, ...]:
        """In alphabetical order."""
        if self._layouts is None:
            self._layouts = self._read()
        return tuple(sorted(self._layouts, key=str.casefold))

    def get(self, name: str) -> ViewLayout | None:
        """The layout of a name, as the file has it now; None where there is none."""
        self._layouts = self._read()
        return self._layouts.get(name)

    def put(self, name: str, layout: ViewLayout | None) -> bool:
        """Save a layout under a name, in place of an older one; None removes it. Whether the file was written.

        Raises ValueError, with the reason, for a name that is none, and where there are too many.
        """
        name = layout_name(name)
        found = self._read()
        if layout is None:
            found.pop(name, None)
        else:
            found[name] = layout
        if len(found) > MOST_LAYOUTS:
            raise ValueError(f"at most {MOST_LAYOUTS} layouts are kept; delete one of them first")
        if not self._file.write(_document(found)):
            return False
        self._layouts = found
        return True

    def under(self, config: Config) -> Config:
        """The settings of a run that begins with a saved layout; what else was given for it is as it was given.

        Raises ConfigError for a name that is not known.
        """
        name = config.view.layout
        layout = self.get(name)
        if layout is None:
            known = ", ".join(self.names)
            ways = f"Saved are: {known}." if known else "None is saved: the panel's section Layouts saves one."
            raise ConfigError(f"view.layout = {shortened(repr(name))}: there is no layout of this name. {ways}")
        given = config.view.model_dump(exclude_unset=True)
        return config.model_copy(update={"view": ViewConfig.model_validate({**layout.settings(), **given})})

    def _read(self) -> dict[str, ViewLayout]:
        return self._file.read(_layouts) or {}


def begin_with_layout(config: Config, notify: Notify) -> Config:
    """The settings of a run, arranged as the layout that `view.layout` names. Raises ConfigError."""
    return SavedLayouts(notify).under(config) if config.view.layout else config


def layout_name(text: str) -> str:
    """A name as it is kept: composed Unicode, without space around it. Raises ValueError with the reason."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise ValueError("a layout needs a name")
    if len(name) > MOST_NAME:
        raise ValueError(f"the name of a layout has at most {MOST_NAME} characters, this one has {len(name):,}")
    if printable(name) != name or any(sign in name for sign in "\t\n"):
        raise ValueError("the name of a layout has no control characters")
    return name


def _layouts(content: bytes) -> dict[str, ViewLayout]:
    """The layouts of a document. Raises ValueError with the reason."""
    tree = parse_toml(content.decode("utf-8-sig"))
    layouts = tree.pop("layout", {})
    if not isinstance(layouts, dict) or not all(isinstance(one, dict) for one in layouts.values()):
        raise ValueError("'layout' is no section of sections")
    if tree:
        raise ValueError(f"'{shortened(next(iter(tree)))}' is unknown")
    return {layout_name(name): _layout(settings) for name, settings in layouts.items()}


def _layout(settings: dict[str, Any]) -> ViewLayout:
    if unknown := sorted(settings.keys() - set(LAYOUT_SETTINGS)):
        raise ValueError(f"'{shortened(unknown[0])}' is unknown")
    checked = ViewConfig.model_validate(settings)
    return ViewLayout(**{name: getattr(checked, name) for name in LAYOUT_SETTINGS})


def _document(layouts: dict[str, ViewLayout]) -> str:
    """TOML; strings and other values are written the same in JSON, but for DEL, which no name has."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    sections = (
        f"\n[layout.{text(name)}]\n" + "".join(f"{key} = {text(value)}\n" for key, value in layout.settings().items())
        for name, layout in sorted(layouts.items())
    )
    return _HEAD + "".join(sections)
