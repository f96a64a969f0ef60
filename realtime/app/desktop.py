"""What is opened beside this window: a folder in the desktop's file manager, a replay in a window of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from realtime.core.process import in_shell, module_command, module_environment

_OPENERS = {"linux": "xdg-open", "darwin": "open"}


def open_folder(folder: Path) -> str:
    """Show a folder in the file manager; why that is not possible, else empty."""
    if not folder.is_dir():
        return f"{folder}: there is no such folder any more."
    try:
        if sys.platform == "win32":
            os.startfile(folder)
        else:
            _start([_OPENERS.get(sys.platform, "xdg-open"), str(folder)])
    except OSError as error:
        return f"{folder}: no file manager could be started ({error.strerror or error})."
    return ""


def open_replay(session: Path) -> str:
    """Replay a session in a window of its own, since this one goes on; why that is not possible, else empty."""
    if not session.is_dir():
        return f"{session}: there is no such session any more."
    try:
        _start([*module_command("realtime"), "replay", str(session)], module_environment(os.environ))
    except OSError as error:
        way_out = f"Run `meshmirror replay {in_shell(session)}`."
        return f"The replay could not be started ({error.strerror or error}). {way_out}"
    return ""


def _start(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Start a program that outlives this one. Raises OSError."""
    subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
