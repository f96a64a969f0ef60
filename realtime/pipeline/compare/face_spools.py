"""The faces of one recording on their way to the scores, each in a spool of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.face_units import long_enough


class FaceSpools:
    """A spool of each face, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """An empty folder."""
        self._folder = folder
        self._of: dict[int, Spool] = {}
        self._spans_ns: dict[int, tuple[int, int]] = {}

    def add(self, track_id: int, frame: SeenFrame) -> None:
        """Add the next frame of a face. Raises OSError."""
        if track_id not in self._of:
            place = self._folder / str(track_id)
            place.mkdir()
            self._of[track_id] = Spool(place)
        first, last = self._spans_ns.get(track_id, (frame.stamp_ns, frame.stamp_ns))
        self._spans_ns[track_id] = min(first, frame.stamp_ns), max(last, frame.stamp_ns)
        # The others are followed apart: none is taken for this one, and none is in its neutral.
        self._of[track_id].add(replace(frame, faces_seen=1))

    def kept(self) -> dict[int, Spool]:
        """The spools of the faces that are seen for long enough, by track ids."""
        return {track_id: self._of[track_id] for track_id in long_enough(self._spans_ns)}

    def short(self) -> tuple[int, int]:
        """How many faces are not, and in how many frames they are seen."""
        left_out = self._of.keys() - self.kept().keys()
        return len(left_out), sum(self._of[track_id].frames for track_id in left_out)
