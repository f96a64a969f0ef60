"""A row on its way into a session's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.core.types import FrameResult, Identity


@dataclass(frozen=True, slots=True, eq=False)
class SessionRow:
    """What the columns of one row are read from; the frame's picture is written to a video instead."""

    result: FrameResult
    time_ns: int  # on the session's clock, which begins with 0
    skipped: int = 0  # frames that the source had to skip until now
    identities: tuple[tuple[int, Identity], ...] = ()  # models (from 0) that have another identity from this row on
    cells: Mapping[str, Any] = field(default_factory=dict)  # by column: cells that replace those read from the result
