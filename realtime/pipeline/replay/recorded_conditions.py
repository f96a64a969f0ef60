"""The pose mode and identity of each row as they were recorded; what the user chooses meanwhile takes precedence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from realtime.core.frame_result import FrameResult
from realtime.core.types import Frame, Identity, Pose
from realtime.pipeline.calibration import Calibration
from realtime.pipeline.face_states import FaceState
from realtime.pipeline.neutral_transfer import transfer_identity
from realtime.pipeline.predictor import PoseMode, Predictor
from realtime.pipeline.replay.recomputed import RecomputeReport
from realtime.pipeline.replay.recorded_frames import RecordedRows
from realtime.pipeline.replay.rest_pose import rest_pose
from realtime.session import Session
from realtime.session.read.rows import RecordedFrame
from realtime.session.schema import PartInfo


class RecordedConditions:
    """`Conditions` that set each predictor before its step as it was set when the row was recorded."""

    def __init__(
        self,
        session: Session,
        rows: RecordedRows,
        predictors: Sequence[Predictor],
        calibration: Calibration,
        info: PartInfo,
        origins: tuple[int | None, ...],
        default_pose: Literal["auto"] | PoseMode,
        *,
        same_emotions: bool,
        changed: Callable[[], None],
        begun: Callable[[], None],
    ) -> None:
        """`info` is that of the first part of the section; `predictors` and `calibration` are those of the first face;
        `origins` names for each predictor the recorded model that it is, None for another model. `default_pose` is for
        rows that have none; `same_emotions`: the features have the source that they had. What is accepted of a face's
        calibration replaces its recorded identities.

        `changed` is called when the row that is shown is to be computed once more, `begun` before the
        first frame.
        """
        self._session, self._rows = session, rows
        self._predictors, self._calibration = predictors, calibration
        self._info, self._origins = info, origins
        self._default_pose: Literal["auto"] | PoseMode = default_pose
        self._same_emotions = same_emotions
        self._changed, self._begun = changed, begun
        self._chosen: PoseMode | None = None
        self._as_recorded = False  # the newest row was computed with all that was recorded, and nothing else
        self._stamp_ns: int | None = None  # of the frame before
        self._went_back = False  # whether this frame is not later than that one
        self._transferred: dict[tuple[int, int, PoseMode], tuple[Identity, Identity]] = {}
        self._rest: dict[int, tuple[Identity, Pose | None]] = {}

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each predictor the recorded model that it is; None: another."""
        return self._origins

    def begin(self) -> None:
        """The frames of the section may come."""
        self._begun()

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """`auto`: as it was recorded; of a model that was not recorded, its own default."""
        self._chosen = None if mode == "auto" else mode  # takes effect with the next row, in the thread that computes
        self._changed()

    def before_step(self, frame: Frame) -> None:
        """Set each predictor as it was set for this row."""
        self._went_back = self._stamp_ns is not None and frame.stamp_ns <= self._stamp_ns
        self._stamp_ns = frame.stamp_ns
        self._as_recorded = self._chosen is None and self._same_emotions
        self._cancel(self._calibration)
        recorded = self._rows.of(frame)
        if recorded.landmarks is None:  # what is known of a face that is not there
            self._set(frame, recorded, self._predictors, self._calibration)

    def before_face(self, frame: Frame, track_id: int, state: FaceState) -> None:
        """Set its predictors as they were set for this face in this row; of one that was not recorded as of a row
        without a face.
        """
        self._cancel(state.calibration)
        self._set(frame, self._rows.face(frame, track_id), state.predictors, state.calibration)

    def _cancel(self, calibration: Calibration) -> None:
        if self._went_back:
            calibration.cancel("the replay went back meanwhile; let it play and try again")

    def _set(
        self, frame: Frame, recorded: RecordedFrame, predictors: Sequence[Predictor], calibration: Calibration
    ) -> None:
        chosen, recalibrated = self._chosen, calibration.accepted is not None
        self._as_recorded = self._as_recorded and not recalibrated
        for at, (predictor, origin) in enumerate(zip(predictors, self._origins, strict=True)):
            mode = recorded.models[origin].pose_mode if origin is not None and recorded.models else None
            predictor.choose_pose(chosen or mode or self._default_pose)
            if origin is not None and recorded.models:
                predictor.restore_gain(recorded.models[origin].gain_applied)
            if not recalibrated:
                predictor.restore_identity(self._identity(frame, recorded, at, predictor, mode))

    def compare(self, result: FrameResult, report: RecomputeReport) -> None:
        """Add a result to the comparison, if it was computed with all that was recorded and nothing else."""
        if self._as_recorded:
            recorded = self._rows.of(result.frame)
            faces = [(face, self._rows.face(result.frame, face.track_id)) for face in result.faces]
            report.add(recorded, faces, self._origins, self._info)

    def _identity(
        self, frame: Frame, recorded: RecordedFrame, at: int, predictor: Predictor, recorded_mode: PoseMode | None
    ) -> Identity | None:
        """What was known of the subject, for this model and the pose that it is given."""
        origin, mode = self._origins[at], predictor.chosen_pose
        identity = recorded.models[origin or 0].identity if recorded.models else None
        if identity is None or (
            origin is not None and (mode == (recorded_mode or mode) or identity.response is not None)
        ):
            return identity
        key = (at, id(identity), mode)
        if key not in self._transferred:
            pose = identity.rest or self._rest_pose(frame, identity)
            zero = self._info.models[0].pose_zero
            made = transfer_identity(identity, predictor.model, predictor.aligner, mode, pose, zero)
            self._transferred[key] = identity, made
        return self._transferred[key][1]

    def _rest_pose(self, frame: Frame, identity: Identity) -> Pose | None:
        key = id(identity)
        if key not in self._rest:
            assert frame.row is not None  # `RecordedRows.of` has refused all others
            self._rest[key] = identity, rest_pose(self._session, frame.row, identity)
        return self._rest[key][1]
