"""The stage that judges whether a mesh lies on a face."""

from __future__ import annotations

from typing import Protocol

from realtime.core.types import Frame, Landmarks
from realtime.geometry import implausible
from realtime.geometry.plausibility import MIN_MOUTH_MATCH


class FacePlausibility(Protocol):
    """Judges the landmarks of a frame; belongs to the thread that computes."""

    def reasons(self, frame: Frame, landmarks: Landmarks) -> tuple[str, ...]:
        """Why the mesh does not lie on a whole face; empty where it does."""
        ...


class MeasuredPlausibility:
    """Judges by the picture."""

    def __init__(self, min_mouth_match: float = MIN_MOUTH_MATCH) -> None:
        """`min_mouth_match`: see `realtime.geometry.mouth_match`; 0: every mesh is plausible."""
        self._min_mouth_match = min_mouth_match

    def reasons(self, frame: Frame, landmarks: Landmarks) -> tuple[str, ...]:
        """What is seen in the frame's picture."""
        if self._min_mouth_match <= 0:
            return ()
        return implausible(frame.image, landmarks.points_px, self._min_mouth_match)
