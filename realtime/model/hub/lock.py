"""A file lock, so that one program at a time writes a file."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from realtime.model.hub.hf_client import client

log = logging.getLogger("meshmirror")

_NOTICE_AFTER_S = 0.5


@contextlib.contextmanager
def exclusive_lock(lock: Path) -> Iterator[None]:
    """Hold a lock file; waits for another program that holds it, with a notice. The system frees it at a crash.

    It is the Hugging Face client's own lock, so that its programs and this one also wait for each other.
    Raises OSError where the file cannot be made.
    """
    lock_file = client().utils.WeakFileLock
    lock.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lock_file(lock, timeout=_NOTICE_AFTER_S))
        except TimeoutError:
            log.warning("Another program is at the same file; waiting for it (Ctrl-C ends this).")
            held.enter_context(lock_file(lock))
        yield
