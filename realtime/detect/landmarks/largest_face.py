"""Tracks the largest face at the cost of tracking one.

Detecting several faces makes MediaPipe run its detector on every frame on which fewer are found (FaceMesh: 4.1 ms
instead of 2.5 ms). So one face is tracked, and once in `census_every` frames all are counted; while there are
several, all are tracked and the largest is taken.
"""

from __future__ import annotations

import numpy as np

from realtime.core.types import Frame, Landmarks
from realtime.detect.landmarks.tracker import MultiTracker, face_area, face_center

# A face that was chosen stays chosen until another is this much larger: two people at one distance must not alternate.
HYSTERESIS = 1.3


class LargestFace:
    """A `Tracker` over two graphs of one kind: for one face, and for several."""

    def __init__(self, single: MultiTracker, several: MultiTracker | None, census_every: int = 30) -> None:
        self.name = single.name
        self.blendshapes = single.blendshapes
        self._single = single
        self._several = several
        self._census_every = census_every
        self._until_census = 0
        self._crowd = False
        self._previous: Landmarks | None = None

    def track(self, frame: Frame) -> Landmarks | None:
        """The largest face of the frame, or None."""
        self._until_census -= 1
        if self._several is not None and (self._crowd or self._until_census < 0):
            faces = self._several.track_all(frame)
            self._crowd = len(faces) > 1
            if self._until_census < 0:
                self._until_census = self._census_every
        else:
            faces = []
        if not self._crowd:  # the one face always comes from the same graph, or its landmarks would jump at each census
            faces = self._single.track_all(frame) or faces
        self._previous = self._choose(faces) if faces else None
        return self._previous

    def close(self) -> None:
        """Free both graphs."""
        self._single.close()
        if self._several is not None:
            self._several.close()

    def _choose(self, faces: list[Landmarks]) -> Landmarks:
        if len(faces) == 1:
            return faces[0]
        largest = max(faces, key=face_area)
        if self._previous is None:
            return largest
        before = face_center(self._previous)
        same = min(faces, key=lambda face: float(np.square(face_center(face) - before).sum()))
        return largest if face_area(largest) > HYSTERESIS * face_area(same) else same
