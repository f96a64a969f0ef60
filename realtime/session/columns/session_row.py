"""A row on its way into a session's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    # Models (from 0) that have another identity for this face from this row on.
    identities: tuple[tuple[int, Identity], ...] = ()
    other_identities: Mapping[int, tuple[tuple[int, Identity], ...]] = field(default_factory=dict)  # of `others`
    number: int = 0  # 0: the chosen face, or none; from 1 on: of the face in `result.others`
    frame_row: int = 0  # number of the frame in its part; the table's writer counts
    cells: Mapping[str, Any] = field(default_factory=dict)  # by column: cells that replace those read from the result

    @property
    def face(self) -> Face | None:
        """The face of the row; None where the chosen one is not in the frame."""
        return self.result.others[self.number - 1] if self.number else self.result.face

    @property
    def others(self) -> tuple[SessionRow, ...]:
        """The rows of the other faces of the frame."""
        return tuple(
            replace(self, number=number, identities=self.other_identities.get(number, ()), cells={})
            for number in range(1, len(self.result.others) + 1)
        )

    @property
    def models(self) -> tuple[ModelResult, ...]:
        """What each model computed of the face; empty without an aligned face."""
        return () if self.face is None else self.face.estimate.models

    @property
    def validity(self) -> Validity:
        """Whether the face is in the models' range."""
        return self.result.validity if self.face is None else self.face.estimate.validity
