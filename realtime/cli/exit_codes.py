"""Exit codes that no error carries."""

from __future__ import annotations

INTERRUPTED = 130


class ReportedCode(int):
    """An exit code whose reason the command has printed itself."""
