"""Supervises a recording: flushes its files to the disk, checks the free space and that the folder still exists."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

GB = 1_000_000_000
_GONE = "its folder is gone"
_SYNC_S = 0.5  # a power cut costs what was written since the last flush


class DiskWatch:
    """A thread that calls `check` and `sync` twice a second, and `end` with the reason if recording is impossible."""

    def __init__(
        self,
        folder: Path,
        *,
        warn_gb: float,
        stop_gb: float,
        sync: Callable[[], None],
        end: Callable[[str], None],
        notify: Callable[[str], None],
        check: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._identity = _identity(folder)
        self._warn_gb = warn_gb
        self._stop_gb = stop_gb
        self._sync = sync
        self._end = end
        self._notify = notify
        self._check_more = check
        self._warned = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="disk-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_SYNC_S) and self._check():
            try:
                self._sync()
            except OSError as error:
                gone = _identity(self._folder) != self._identity
                self._end(_GONE if gone else f"flushing to the disk failed ({error.strerror or error})")
                return

    def _check(self) -> bool:
        self._check_more()
        if _identity(self._folder) != self._identity:
            self._end(_GONE)
            return False
        free = None
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._folder).free / GB
        if free is None:
            return True
        if free < self._stop_gb:
            self._end(f"disk space fell to {free:.1f} GB (record.stop_gb = {self._stop_gb:g})")
            return False
        if free < self._warn_gb and not self._warned:
            self._warned = True
            self._notify(f"Low disk space: {free:.1f} GB free; the recording stops at {self._stop_gb:g} GB.")
        return True


def _identity(folder: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        status = folder.stat()
        return status.st_dev, status.st_ino
    return None
