"""The desktop's own dialog for files and folders, beside the window, which goes on meanwhile."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

# On Linux the dialog is a program of the desktop, which a slim system lacks.
_PROGRAMS = ("zenity", "kdialog", "matedialog", "qarma")
_NONE = "There is no file dialog here (zenity or kdialog): drop a file onto the window, or type its path in the panel."


class FileDialog:
    """One dialog at a time; for the main thread only."""

    def __init__(self) -> None:
        self._open: Any = None  # of portable_file_dialogs

    def ask(self, *, folder: bool) -> str:
        """Open a dialog for a file or a folder; why there is none, else empty. An open one stays."""
        if self._open is not None:
            return ""
        if sys.platform.startswith("linux") and not any(map(shutil.which, _PROGRAMS)):
            return _NONE
        from imgui_bundle import portable_file_dialogs as dialogs

        here = str(Path.cwd())
        if folder:
            self._open = dialogs.select_folder("Replay a session", here)
        else:
            self._open = dialogs.open_file("Open a video or picture", here)
        return ""

    def picked(self) -> Path | None:
        """What was picked, once; None as long as nothing is, and where the dialog was cancelled."""
        if self._open is None or not self._open.ready(0):
            return None
        found, self._open = self._open.result(), None
        path = found if isinstance(found, str) else next(iter(found), "")
        return Path(path) if path else None
