"""What a user types before a recording, and the sources that were opened: the next window begins with them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from realtime.core.addresses import holds_secrets
from realtime.core.config import RecordConfig
from realtime.core.files import atomic_write
from realtime.core.process import Notify
from realtime.core.status import RecordingSetup
from realtime.core.toml_text import parse_toml
from realtime.core.user_folders import user_folder

NAME = "recording.toml"
MOST_SOURCES = 8
_MOST_BYTES = 1 << 16
_HEAD = "# What was typed in Meshmirror's window; `--set view.remember=false` neither reads nor writes this file.\n\n"


def _kept(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in sources if not holds_secrets(path))[:MOST_SOURCES]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    participant: str = ""
    folder: str = "."
    events: tuple[str, ...] = ()
    sources: Annotated[tuple[str, ...], AfterValidator(_kept)] = Field((), description="the newest first")


class Remembered:
    """The file of it. A file that cannot be read is replaced; no failure here ends the program."""

    def __init__(self, notify: Notify, folder: Path | None = None) -> None:
        """Read the file; `notify` gets a line where it cannot be written."""
        self._notify = notify
        self._path = (folder or user_folder("config")) / NAME
        self._now = self._read()
        self._writable = True

    @property
    def sources(self) -> tuple[str, ...]:
        """Files, folders and addresses that were opened, the newest first; never one with a password."""
        return self._now.sources

    def under(self, config: RecordConfig) -> RecordConfig:
        """The settings of a run; what was not given for it is as it was typed last, as far as that is valid."""
        for name in ("participant", "folder", "events"):
            if name not in config.model_fields_set:
                try:
                    config = RecordConfig.model_validate(
                        {**config.model_dump(exclude_unset=True), name: getattr(self._now, name)}
                    )
                except ValueError:  # the file was edited
                    continue
        return config

    def watch(self, setup: RecordingSetup) -> None:
        """Write what has changed since the last call."""
        update = {"participant": setup.participant, "folder": setup.folder, "events": setup.events}
        self._write(self._now.model_copy(update=update))

    def opened(self, source: str) -> None:
        """A source was opened; cameras are listed by themselves."""
        if source.isdecimal() or holds_secrets(source):
            return
        path = source if "://" in source else str(Path(source).absolute())
        others = tuple(one for one in self._now.sources if one != path)
        self._write(self._now.model_copy(update={"sources": (path, *others)[:MOST_SOURCES]}))

    def _read(self) -> _File:
        try:
            with self._path.open("rb") as file:
                return _File.model_validate(parse_toml(file.read(_MOST_BYTES).decode()))
        except (OSError, ValueError, RecursionError):
            return _File()

    def _write(self, wanted: _File) -> None:
        if wanted == self._now:
            return
        self._now = wanted
        if not self._writable:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with atomic_write(self._path, mode=0o600) as file:
                lines = (f"{name} = {json.dumps(value)}\n" for name, value in wanted.model_dump().items())
                file.write((_HEAD + "".join(lines)).encode())
        except OSError as error:
            self._writable = False
            self._notify(f"{self._path}: cannot be saved: {error.strerror or os.strerror(error.errno or 0)}.")
