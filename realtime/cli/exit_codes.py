"""Exit codes that no error carries."""

from __future__ import annotations

INTERRUPTED = 130


class Told(int):
    """An exit code of which the command itself has told the reason."""
