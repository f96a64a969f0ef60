"""MediaPipe 1 and later reports its usage to Google as soon as it runs, without a switch; the notice before that."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

from realtime.core.user_folders import user_folder

NOTICE = (
    "mediapipe {version} reports usage to play.googleapis.com by itself whenever it runs, and offers no switch. "
    "Images are not sent. Python 3.11 or 3.12 with mediapipe 0.10.21 sends nothing."
)


def notice() -> str | None:
    """The notice for the installed mediapipe; None for a version that sends nothing."""
    try:
        version = importlib.metadata.version("mediapipe")
    except importlib.metadata.PackageNotFoundError:
        return None
    return NOTICE.format(version=version) if int(version.split(".")[0]) >= 1 else None


def notify_once(notify: Callable[[str], None], folder: Path | None = None) -> None:
    """Log the notice before the first start on this machine; a marker in the user's state folder remembers it."""
    text = notice()
    if text is None:
        return
    place = folder or user_folder("state")
    marker = place / "mediapipe-notice-shown"
    if marker.exists():
        return
    notify(text)
    try:
        place.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError:
        return  # a read-only home: the notice is shown again next time
