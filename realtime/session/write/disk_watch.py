"""What looks after a recording from the side: has the disk take it, watches the room that is left, and the folder."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

GB = 1_000_000_000
_GONE = "its folder is gone"
_SYNC_S = 0.5  # a power cut costs what came since


class DiskWatch:
    """A thread that calls `look` and `sync` twice a second, and `end` with the reason if it cannot go on."""

    def __init__(
        self,
        folder: Path,
        *,
        warn_gb: float,
        stop_gb: float,
        sync: Callable[[], None],
        end: Callable[[str], None],
        say: Callable[[str], None],
        look: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._identity = _identity(folder)
        self._warn_gb = warn_gb
        self._stop_gb = stop_gb
        self._sync = sync
        self._end = end
        self._say = say
        self._look_more = look
        self._warned = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recording-guard", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_SYNC_S) and self._look():
            try:
                self._sync()
            except OSError as error:
                gone = _identity(self._folder) != self._identity
                self._end(_GONE if gone else f"the disk refuses what is written ({error.strerror or error})")
                return

    def _look(self) -> bool:
        self._look_more()
        if _identity(self._folder) != self._identity:
            self._end(_GONE)
            return False
        free = None
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._folder).free / GB
        if free is None:
            return True
        if free < self._stop_gb:
            self._end(f"only {free:.1f} GB are free (record.stop_gb = {self._stop_gb:g})")
            return False
        if free < self._warn_gb and not self._warned:
            self._warned = True
            self._say(f"Only {free:.1f} GB are free; the recording stops at {self._stop_gb:g} GB.")
        return True


def _identity(folder: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        status = folder.stat()
        return status.st_dev, status.st_ino
    return None
