"""All faces of a frame by MediaPipe, at the cost of one face while there is only one.

Detecting several faces makes MediaPipe run its detector on every frame on which fewer are found (FaceMesh: 4.1 ms
instead of 2.5 ms). So one face is tracked, and once in `census_every` frames all are counted; while there are
several, all are tracked.
"""

from __future__ import annotations

from realtime.core.types import Frame, Landmarks
from realtime.detect.landmarks.tracker import Tracker


class CensusTracker:
    """A `Tracker` over two graphs of one kind: for one face, and for several."""

    def __init__(self, single: Tracker, several: Tracker, census_every: int = 30) -> None:
        self.name = single.name
        self.blendshapes = single.blendshapes
        self._single = single
        self._several = several
        self._census_every = census_every
        self._until_census = 0
        self._crowd = False

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """The faces of the frame; one at most until the next census has found more."""
        self._until_census -= 1
        faces: list[Landmarks] = []
        if self._crowd or self._until_census < 0:
            faces = self._several.track_all(frame)
            self._crowd = len(faces) > 1
            if self._until_census < 0:
                self._until_census = self._census_every
        if not self._crowd:  # the one face always comes from the same graph, or its landmarks would jump at each census
            faces = self._single.track_all(frame) or faces
        return faces

    def close(self) -> None:
        """Free both graphs."""
        self._single.close()
        self._several.close()
