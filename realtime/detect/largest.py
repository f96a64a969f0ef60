"""The largest face, at the price of tracking one.

Looking for several faces makes MediaPipe run its detector on every frame on which fewer are found (FaceMesh: 4.1 ms
instead of 2.5 ms). So one face is tracked, and once in `census_every` frames all are counted; while there are
several, all are tracked and the largest is taken.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.detect.base import MultiTracker, face_area
from realtime.types import Frame, Landmarks

# A face that was chosen stays chosen until another is this much larger: two people at one distance must not alternate.
HYSTERESIS = 1.3


class LargestFace:
    """A `Tracker` over two graphs of one kind: for one face, and for several."""

    def __init__(self, single: MultiTracker, several: MultiTracker | None, census_every: int = 30) -> None:
        self.name = single.name
        self._single = single
        self._several = several
        self._census_every = census_every
        self._until_census = 0
        self._crowd = False
        self._centre: tuple[float, float] | None = None

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
        if not faces:
            self._centre = None
            return None
        chosen = self._choose(faces)
        mid = chosen.points_px[:, :2].mean(axis=0)
        self._centre = (float(mid[0]), float(mid[1]))
        return replace(chosen, faces_seen=len(faces))

    def close(self) -> None:
        """Free both graphs."""
        self._single.close()
        if self._several is not None:
            self._several.close()

    def _choose(self, faces: list[Landmarks]) -> Landmarks:
        largest = max(faces, key=face_area)
        if self._centre is None or len(faces) == 1:
            return largest
        x, y = self._centre

        def distance(face: Landmarks) -> float:
            mid = face.points_px[:, :2].mean(axis=0)
            return float((mid[0] - x) ** 2 + (mid[1] - y) ** 2)

        previous = min(faces, key=distance)
        return largest if face_area(largest) > HYSTERESIS * face_area(previous) else previous
