"""Which face is which in a replay, and which is the chosen one: as it was recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from realtime.core.frame_result import Chosen
from realtime.core.types import Frame, Landmarks
from realtime.detect.landmarks.tracker import face_area, face_center
from realtime.pipeline.face_choice import LiveFaceChoice
from realtime.pipeline.face_tracks import AssignedTracks, FoundFace, Track
from realtime.pipeline.replay.recorded_frames import RecordedRows
from realtime.session import Session

_NEAR = 0.5  # a face found again is the recorded one within this part of its size


class RecordedTracks:
    """`FaceTracks` with the numbers, warm-up and stillness that were recorded.

    Faces that are detected again have the number of the recorded face in whose place they are, and the largest of the
    others that of a chosen face that had been lost; all others have numbers of their own. So have all faces of sessions
    of earlier programs, which have no numbers.
    """

    def __init__(self, session: Session, rows: RecordedRows, *, redetected: bool = False) -> None:
        self._rows = rows
        self._redetected = redetected
        self._own = AssignedTracks()
        self._first_free = 1 + max((face.track_id or 0 for face in session.faces()), default=0)
        self._alive: Collection[int] = ()
        self.chosen: Chosen | None = None  # in the newest frame

    @property
    def alive(self) -> Collection[int]:
        """The ids of the newest frame, and that of a chosen face which is lost for a moment."""
        return self._alive

    def update(self, frame: Frame, faces: Sequence[FoundFace]) -> list[Track]:
        """The tracks of the faces of a row, in their order."""
        recorded = self._rows.of(frame)
        self.chosen = recorded.chosen
        tracks = self._own.update(frame, faces)
        known = [one for one in (recorded, *recorded.others) if one.landmarks is not None]
        if all(one.track_id is None for one in known) and recorded.chosen is None:
            self._alive = self._own.alive
            return tracks if self._redetected else [replace(track, warm_up=recorded.warm_up) for track in tracks]
        places = matching([one.landmarks for one in known if one.landmarks], [face.landmarks for face in faces])
        found = []
        for track, place in zip(tracks, places, strict=True):
            one = None if place is None else known[place]
            if one is None or one.track_id is None:
                found.append(replace(track, track_id=self._first_free + track.track_id))
            elif self._redetected:
                found.append(replace(track, track_id=one.track_id))
            else:
                found.append(replace(track, track_id=one.track_id, warm_up=one.warm_up, still=one.still))
        ids = {track.track_id for track in found}
        if recorded.chosen is not None and recorded.chosen.track_id not in ids:
            unknown = [at for at, place in enumerate(places) if place is None]
            if unknown:
                largest = max(unknown, key=lambda at: face_area(faces[at].landmarks))
                found[largest] = replace(found[largest], track_id=recorded.chosen.track_id)
            ids.add(recorded.chosen.track_id)
        self._alive = ids
        return found


class RecordedChoice(LiveFaceChoice):
    """`FaceChoice` as it was recorded, unless the user chooses meanwhile."""

    def __init__(self, tracks: RecordedTracks) -> None:
        super().__init__()
        self._tracks = tracks

    def update(self, tracks: Sequence[Track], areas: Sequence[float], alive: Collection[int]) -> Chosen | None:
        """The recorded choice; where none was recorded, as live."""
        found = super().update(tracks, areas, alive)
        if self._tracks.chosen is None or (found is not None and found.by_user):
            return found
        with self._changing:
            self._chosen = self._tracks.chosen
        return self._chosen


def matching(known: Sequence[Landmarks], found: Sequence[Landmarks]) -> list[int | None]:
    """For each of the found faces the known one in whose place it is; None where there is none."""
    pairs = []
    for at, one in enumerate(found):
        size = np.sqrt(face_area(one))
        for place, other in enumerate(known):
            away = 0.0 if one is other else float(np.linalg.norm(face_center(one) - face_center(other))) / size
            if away <= _NEAR:
                pairs.append((away, at, place))
    places: list[int | None] = [None] * len(found)
    for _, at, place in sorted(pairs):
        if places[at] is None and place not in places:
            places[at] = place
    return places
