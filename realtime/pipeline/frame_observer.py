"""The first half of a step: a frame in, its faces out, each with its track and with what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import degrees

from realtime.core.frame_result import Chosen
from realtime.core.stopwatch import Stopwatch
from realtime.core.types import Frame
from realtime.detect import Tracker
from realtime.detect.landmarks.tracker import face_area
from realtime.pipeline.conditions import Conditions
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.face_choice import FaceChoice
from realtime.pipeline.face_states import FaceState, FaceStates
from realtime.pipeline.face_tracks import FaceTracks, FoundFace
from realtime.pipeline.network_sync import Observation
from realtime.pipeline.picture_rotation import PictureRotation, Sighting
from realtime.pipeline.plausibility import FacePlausibility


@dataclass(frozen=True, slots=True, eq=False)
class ObservedFace:
    """A face in a frame, before anything is predicted."""

    seen: Observation
    state: FaceState
    still: bool  # see `Track`


@dataclass(frozen=True, slots=True, eq=False)
class ObservedFrame:
    """A frame with its faces: the chosen one first, the others by their track ids."""

    frame: Frame
    faces: tuple[ObservedFace, ...]
    chosen: Chosen | None
    watch: Stopwatch

    @property
    def observations(self) -> list[Observation]:
        """The faces without their states."""
        return [face.seen for face in self.faces]


class FrameObserver:
    """Turns pictures, finds and aligns their faces, and tells which is which; belongs to the thread that computes."""

    def __init__(
        self,
        tracker: Tracker,
        aligner: FaceAligner,
        rotation: PictureRotation,
        plausibility: FacePlausibility,
        conditions: Conditions,
        tracks: FaceTracks,
        choice: FaceChoice,
        states: FaceStates,
    ) -> None:
        self._tracker, self._aligner = tracker, aligner
        self._rotation, self._plausibility, self._conditions = rotation, plausibility, conditions
        self._tracks, self._choice, self._states = tracks, choice, states

    def observe(self, frame: Frame) -> ObservedFrame:
        """The faces of a source's next frame."""
        watch = Stopwatch()
        frame = self._rotation.turn(frame)
        self._conditions.before_step(frame)
        found = self._tracker.track_all(frame)
        watch.lap("track")
        aligned = [self._aligner.align(landmarks.points_px) for landmarks in found]
        implausible = [
            self._plausibility.reasons(frame, landmarks) if in_models else ()
            for landmarks, in_models in zip(found, aligned, strict=True)
        ]
        tracks = self._tracks.update(frame, [FoundFace(*pair) for pair in zip(found, aligned, strict=True)])
        alive = self._tracks.alive
        chosen = self._choice.update(tracks, list(map(face_area, found)), alive)
        chosen_id = None if chosen is None else chosen.track_id
        states = self._states.update(tracks, alive, chosen_id)
        faces = []
        for landmarks, in_models, why, track, state in zip(found, aligned, implausible, tracks, states, strict=True):
            self._conditions.before_face(frame, track.track_id, state)
            seen = Observation(
                frame, landmarks, in_models, track.warm_up, track.track_id, track.since_ns, watch, why
            )  # fmt: skip
            faces.append(ObservedFace(seen, state, track.still))
        faces.sort(key=lambda face: (face.seen.track_id != chosen_id, face.seen.track_id))
        if faces:
            watch.lap("align")
        self._rotation.watch(frame, _sighting(faces))
        return ObservedFrame(frame, tuple(faces), chosen, watch)


def _sighting(faces: Sequence[ObservedFace]) -> Sighting | None:
    """What the faces of a frame say of its rotation: an upright one has the last word, else the first one."""
    sightings = [
        Sighting(degrees(face.seen.aligned[0].pose.roll), not face.seen.implausible)
        for face in faces
        if face.seen.aligned
    ]
    return next((one for one in sightings if one.upright), sightings[0] if sightings else None)
