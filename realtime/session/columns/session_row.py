"""A row on its way into a session's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.core.frame_result import Face, FrameResult, ModelResult
from realtime.core.types import Identity, Validity


@dataclass(frozen=True, slots=True, eq=False)
class SessionRow:
    """What the columns of one row are read from: a frame and one of its faces.

    The frame's picture is written to a video instead.
    """

    result: FrameResult
    time_ns: int  # on the session's clock, which begins with 0
    skipped: int = 0  # frames that the source had to skip until now
    identities: tuple[tuple[int, Identity], ...] = ()  # models (from 0) that have another identity from this row on
    number: int = 0  # of the face in `result.faces`; 0 is the chosen one
    cells: Mapping[str, Any] = field(default_factory=dict)  # by column: cells that replace those read from the result

    @property
    def face(self) -> Face | None:
        """The face of the row; None in a frame without one."""
        return self.result.faces[self.number] if self.number < len(self.result.faces) else None

    @property
    def models(self) -> tuple[ModelResult, ...]:
        """What each model computed of the face; empty without an aligned face."""
        return () if self.face is None else self.face.estimate.models

    @property
    def validity(self) -> Validity:
        """Whether the face is in the models' range."""
        return self.result.validity if self.face is None else self.face.estimate.validity
