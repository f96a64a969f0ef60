"""Progress of a long operation, as its caller shows it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # what is done, and all of it: bytes, rows or frames


def no_progress(done: int, total: int) -> None:
    """For a caller that shows nothing."""
