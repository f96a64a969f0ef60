"""The time of day as files state it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime


def now_text() -> str:
    """Now, in ISO 8601 with milliseconds and the zone of this machine; in UTC where its TZ is none ("XXX-99:99")."""
    now = datetime.now(UTC)
    with contextlib.suppress(ValueError, OverflowError, OSError):
        now = now.astimezone()
    return now.isoformat(timespec="milliseconds")
