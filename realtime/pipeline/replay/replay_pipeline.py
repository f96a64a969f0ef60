"""The pipeline of a replay: the same `step`, given what was recorded and set as it was then, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from realtime.core.types import Frame, Identity, Landmarks, Pose
from realtime.detect import Tracker
from realtime.geometry import ValidityLimits
from realtime.pipeline.network_sync import Observation
from realtime.pipeline.pipeline import Pipeline
from realtime.pipeline.predictor import PoseMode, Predictor
from realtime.pipeline.replay.identity_transfer import rest_pose, transfer_identity
from realtime.pipeline.replay.recorded_frames import ReplayFrame, ReplayFrames
from realtime.pipeline.replay.recorded_stages import StoredPairing
from realtime.session import Session
from realtime.session.schema import PartInfo

_BACK_ROWS = 4096  # a word of the network belongs to a face that is a little older, never by more than this
_FOUND_ROWS = 256  # faces that were found anew and are kept for the network's words on them


@dataclass(frozen=True, slots=True)
class Replaying:
    """What a pipeline of a replay has beyond its predictors."""

    session: Session
    info: PartInfo  # of the first of its parts
    origins: tuple[int | None, ...]  # for each predictor the recorded model that it is; None: another
    pose: Literal["auto"] | PoseMode  # as it was recorded, where a row does not tell
    emotion: bool  # whether the features are to come from where they came
    redetect: bool
    again: Callable[[], None]  # the row that is shown is to be computed once more
    served: Callable[[], None]  # called once frames are taken


class ReplayPipeline(Pipeline):
    """Puts each row's pose mode and identity in force before its step; what the user chose meanwhile goes before."""

    def __init__(
        self, tracker: Tracker, predictors: Sequence[Predictor], limits: ValidityLimits, replaying: Replaying
    ) -> None:
        self._of = replaying
        super().__init__(tracker, predictors, limits, self._open_stored if replaying.info.network else None)
        self._frames = ReplayFrames(replaying.session, pictures=False)
        self._chosen: PoseMode | None = None
        self._begun = False
        self.as_recorded = False  # the row before was computed with all that was recorded, and nothing else
        self._collecting = False
        self._own: set[int] = set()  # predictors that were calibrated in this replay
        self._carried: dict[tuple[int, int, PoseMode], tuple[Identity, Identity]] = {}
        self._rest: dict[int, tuple[Identity, Pose | None]] = {}
        self._stamps = np.concatenate([part.table.numbers("stamp_ns") for part in replaying.session.parts])
        self._stamp_ns: int | None = None  # of the frame before
        self._found: dict[int, Landmarks] = {}  # anew, by row

    @property
    def info(self) -> PartInfo:
        """What holds for its stretch."""
        return self._of.info

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each predictor the recorded model that it is; None: another."""
        return self._of.origins

    def begin(self, live: bool) -> None:
        """Live as it was recorded, so that words may be on older faces."""
        super().begin(self._of.info.live)
        if not self._begun:
            self._begun = True
            self._of.served()

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """`auto`: as it was recorded; of a model that was not recorded, its own choice."""
        self._chosen = None if mode == "auto" else mode  # put in force with the next row, by the thread that computes
        self._of.again()

    def calibrate(self, seconds: float) -> None:
        """Average the coming seconds; from then on that stands in the place of what was recorded."""
        super().calibrate(seconds)
        self._collecting = True

    def _observe(self, frame: Frame) -> Observation:
        assert isinstance(frame, ReplayFrame)
        if self._collecting:
            self._watch_calibration(frame)
        self._stamp_ns = frame.stamp_ns
        self._restore(frame)
        seen = super()._observe(frame)
        if not self._of.redetect:
            return replace(seen, warm_up=frame.known.warm_up)
        if seen.landmarks is not None:
            self._found[frame.row] = seen.landmarks
            while len(self._found) > _FOUND_ROWS:
                del self._found[next(iter(self._found))]
        return seen

    def _watch_calibration(self, frame: ReplayFrame) -> None:
        if self.calibrating is None:
            self._own |= {at for at, predictor in enumerate(self.predictors) if not predictor.calibration_note}
            self._collecting = False
        elif self._stamp_ns is not None and frame.stamp_ns <= self._stamp_ns:
            for predictor in self.predictors:
                predictor.break_off("the replay went back meanwhile; let it play and try again")
            self._collecting = False

    def _restore(self, frame: ReplayFrame) -> None:
        models = frame.known.models
        chosen = self._chosen
        self.as_recorded = chosen is None and not self._own and self._of.emotion
        for at, (predictor, origin) in enumerate(zip(self.predictors, self.origins, strict=True)):
            recorded = models[origin].pose_mode if origin is not None and models else None
            predictor.choose_pose(chosen or recorded or self._of.pose)
            if at not in self._own:
                predictor.recall(self._identity(frame, at, predictor, recorded))

    def _identity(
        self, frame: ReplayFrame, at: int, predictor: Predictor, recorded: PoseMode | None
    ) -> Identity | None:
        """What was known of the subject, for this model and the pose that it is given."""
        origin, mode = self.origins[at], predictor.pose_mode
        models = frame.known.models
        identity = models[origin or 0].identity if models else None
        if identity is None or (origin is not None and mode == (recorded or mode)):
            return identity
        key = (at, id(identity), mode)
        if key not in self._carried:
            pose = self._rest_pose(frame.row, identity)
            made = transfer_identity(identity, predictor.model, predictor.aligner, mode, pose)
            self._carried[key] = identity, made
        return self._carried[key][1]

    def _rest_pose(self, row: int, identity: Identity) -> Pose | None:
        key = id(identity)
        if key not in self._rest:
            self._rest[key] = identity, rest_pose(self._of.session, row, identity)
        return self._rest[key][1]

    # The network's words

    def _open_stored(self, live: bool) -> StoredPairing:
        return StoredPairing(self._older)

    def _older(self, seen: Observation, face_ns: int) -> Observation:
        """The face of which a word was said: that of the newest row before with its stamp."""
        assert isinstance(seen.frame, ReplayFrame)
        row = seen.frame.row
        first = max(0, row - _BACK_ROWS)
        rows = np.flatnonzero(self._stamps[first:row] == face_ns)
        frame = self._frames.bare(first + int(rows[-1])) if len(rows) else None
        landmarks = None
        if frame is not None:
            landmarks = self._found.get(frame.row) if self._of.redetect else frame.known.landmarks
        if landmarks is None and not self._of.redetect:  # it came before the recording began, or found no room in it
            frame, landmarks = replace(seen.frame, stamp_ns=face_ns), _as_aligned(seen)
        if frame is None or landmarks is None:
            return seen
        aligned = self._align(landmarks.points_px) or ()
        return Observation(frame, landmarks, tuple(aligned), seen.warm_up, seen.track_id, seen.watch)


def _as_aligned(seen: Observation) -> Landmarks:
    """The landmarks of an older face, out of what was recorded of its alignment."""
    assert isinstance(seen.frame, ReplayFrame) and seen.landmarks is not None
    aligned = seen.frame.known.models[0].aligned
    points_px = aligned.canon_from_px.inverse().apply(aligned.mesh_canon.astype(np.float64))
    return replace(seen.landmarks, points_px=points_px, blendshapes=None)
