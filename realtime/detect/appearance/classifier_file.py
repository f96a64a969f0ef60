"""Finds and verifies the file of the classifier `appearance`."""

from __future__ import annotations

from pathlib import Path

from realtime.model.hub import APPEARANCE, find
from realtime.model.hub.pinned import check_pinned

APPEARANCE_COMMAND = f"meshmirror models fetch {APPEARANCE.name}"


def find_appearance() -> Path | None:
    """The verified file; None where it was not fetched.

    Raises ModelFileError for another file in its place.
    """
    found = find(APPEARANCE)
    if found is None:
        return None
    check_pinned(APPEARANCE, found.path)
    return found.path
