"""Tracks of faces over frames: track ids and the warm-up of a tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from realtime.core.types import Frame, Landmarks

# Trackers start from a detection and settle over the next frames; those are marked, since their residual is larger.
WARM_UP_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of a face from the frames before."""

    track_id: int  # grows when the face was lost and when the picture is another
    warm_up: bool  # one of its first frames


class FaceTracks(Protocol):
    """Follows faces from frame to frame; belongs to the thread that computes."""

    def update(self, frame: Frame, landmarks: Landmarks | None) -> Track:
        """The track of the face that was found in the next frame; without a face, that of the next one to come."""
        ...


class SingleFaceTrack:
    """The track of one face: a new one begins whenever there was no face, or another picture."""

    def __init__(self) -> None:
        self._faces_in_row = 0
        self._segment = 0
        self._track_id = 0

    def update(self, frame: Frame, landmarks: Landmarks | None) -> Track:
        """Count the frames with a face; a new segment is another picture than the tracker expects."""
        if frame.segment != self._segment:
            self._segment, self._faces_in_row = frame.segment, 0
        self._faces_in_row = 0 if landmarks is None else self._faces_in_row + 1
        self._track_id += self._faces_in_row <= 1
        return Track(self._track_id, self._faces_in_row <= WARM_UP_FRAMES)
