"""Where the face of a recording becomes another one."""

from __future__ import annotations

import numpy as np

from realtime.core.types import Landmarks
from realtime.detect.landmarks.tracker import face_center


class FaceChanges:
    """Numbers the faces of a recording: another one wherever a face was lost, or where the largest of several faces
    lies somewhere else in the picture than the one before it.
    """

    def __init__(self) -> None:
        self._number = -1
        self._before: tuple[int, Landmarks] | None = None

    def number(self, track_id: int, landmarks: Landmarks) -> int:
        """The number of the next frame's face, from 0."""
        self._number += self._before is None or self._before[0] != track_id or _apart(self._before[1], landmarks)
        self._before = track_id, landmarks
        return self._number


def _apart(one: Landmarks, other: Landmarks) -> bool:
    """Whether two faces of one track are different ones: of several in the picture, and a face's width apart."""
    if max(one.faces_seen, other.faces_seen) < 2:
        return False
    width = max(float(np.ptp(face.points_px[:, 0])) for face in (one, other))
    return float(np.linalg.norm(face_center(one) - face_center(other))) > width
