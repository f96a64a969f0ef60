"""Whether the desktop is set to dark or light. GLFW does not tell, so each system is asked in its own way."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache

from realtime.core.view_options import Theme, ThemeName

_LONGEST_S = 1.0
_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
_MAC = ("defaults", "read", "-g", "AppleInterfaceStyle")  # fails where the desktop is light
_WINDOWS = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


def theme_name(theme: Theme) -> ThemeName:
    """The colours that are meant; the system's are dark where it does not tell."""
    if theme is Theme.SYSTEM:
        return _system()
    return "light" if theme is Theme.LIGHT else "dark"


@lru_cache(maxsize=1)  # some systems are asked through a process: once, and not for every frame
def _system() -> ThemeName:
    if sys.platform == "win32":
        return "light" if _windows_is_light() else "dark"
    if sys.platform == "darwin":
        return "dark" if "Dark" in _answer(_MAC) else "light"
    chosen = os.environ.get("GTK_THEME", "")
    if chosen:
        return "dark" if chosen.endswith(("dark", "Dark")) else "light"
    answer = _answer(_GNOME)
    return "light" if "light" in answer or "default" in answer else "dark"


def _answer(command: tuple[str, ...]) -> str:
    """What a program says; empty where there is none, or where it fails."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_S, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout


def _windows_is_light() -> bool:
    if sys.platform != "win32":
        return False
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS) as key:
            return bool(winreg.QueryValueEx(key, "AppsUseLightTheme")[0])
    except OSError:
        return False
