"""Stages of a run over recorded rows that know no person: landmarks without identity, and what follows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from realtime.core.run_report import RecordedNetworkReport
from realtime.core.types import Features, Frame, Landmarks, NetworkOutput
from realtime.detect.feature_sources import FaceObservation, InverseSource
from realtime.export.anonymous_rows import AnonymousRows
from realtime.model import LinearMeshModel
from realtime.pipeline.build import Pipeline
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.face_states import FaceState
from realtime.pipeline.network_sync import Matched, Observation
from realtime.pipeline.predictor import PoseMode, Predictor
from realtime.pipeline.replay.recorded_stages import RecordedAppearance, RecordedPlausibility
from realtime.session.columns.network_fields import NETWORK_FIELDS
from realtime.session.columns.spec import Privacy


class _Tracker:
    """`Tracker` that gives the faces without their identity."""

    def __init__(self, rows: AnonymousRows) -> None:
        self._rows = rows
        self.name = rows.info.tracker
        self.blendshapes = rows.info.blendshapes

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """The face of a row, if it has one."""
        landmarks = self._rows.landmarks(frame)
        return [] if landmarks is None else [landmarks]

    def close(self) -> None:
        """There is nothing to free."""


class _Network:
    """`NetworkOutputs` without what identifies a person, each matched with the face with which it was recorded."""

    ahead = 1
    reason = ""
    answers = False

    def __init__(self, rows: AnonymousRows, predictors: Sequence[Predictor]) -> None:
        self._rows = rows
        self._aligner = FaceAligner(predictors)

    def report(self, sync: Literal["pair", "latest"]) -> RecordedNetworkReport:
        """Where its outputs come from; `sync` is how they are shown."""
        return RecordedNetworkReport.shown_as(sync)

    def match_newest(self, faces: Sequence[Observation]) -> list[Matched]:
        """The outputs that were recorded, each with the face with which it was shown."""
        return list(map(self.finish, faces))

    def submit(self, seen: Observation) -> None:
        """There is nothing to submit."""

    def finish(self, seen: Observation) -> Matched:
        """The output that was recorded, and the face with which it was shown."""
        recorded, shift = self._rows.of(seen.frame), self._rows.shift_ns(seen.frame)
        output = None if recorded.network is None else _anonymous_network(recorded.network, shift)
        if not recorded.models:
            return Matched(replace(seen, aligned=()), output)
        first = recorded.models[0]
        if first.stamp_ns == recorded.stamp_ns:
            return Matched(seen, output)
        # Live, the models had an older face.
        older_px = first.aligned.canon_from_px.inverse().apply(first.aligned.mesh_canon)
        points_px = self._rows.without_identity(older_px, seen.frame)
        frame = replace(seen.frame, stamp_ns=first.stamp_ns + shift)
        if points_px is None:
            return Matched(replace(seen, frame=frame, aligned=()), output)
        landmarks = replace(seen.landmarks, points_px=points_px)
        return Matched(replace(seen, frame=frame, landmarks=landmarks, aligned=self._aligner.align(points_px)), output)

    def close(self) -> None:
        """There is nothing to free."""


class _Features:
    """The features that were recorded; those that were fitted to the mesh are fitted again."""

    name = "recorded"

    def __init__(self, model: LinearMeshModel) -> None:
        self._inverse = InverseSource(model)
        self.now: Features | None = None

    def features(self, face: FaceObservation) -> Features | None:
        """Of the row that is computed."""
        if self.now is None or self.now.source != InverseSource.name:
            return self.now
        return replace(self._inverse.features(face) or self.now, stamp_ns=self.now.stamp_ns)


class _Conditions:
    """`Conditions` of each row as they were recorded, without an identity, and the features that were recorded."""

    def __init__(self, rows: AnonymousRows, predictors: Sequence[Predictor], features: Sequence[_Features]) -> None:
        self._rows = rows
        self._predictors, self._features = predictors, features

    def begin(self) -> None:
        """There is nothing to prepare."""

    def before_step(self, frame: Frame) -> None:
        """Set each predictor as it was set for this row."""
        shift = self._rows.shift_ns(frame)
        for at, model in enumerate(self._rows.of(frame).models):
            predictor = self._predictors[at]
            predictor.choose_pose(model.pose_mode or "auto")
            predictor.pose_source = self._rows.pose_source(frame, at)
            features = model.features
            self._features[at].now = None if features is None else replace(features, stamp_ns=features.stamp_ns + shift)

    def before_face(self, frame: Frame, track_id: int, state: FaceState) -> None:
        """A row has one face, for which `before_step` has set all that was recorded."""

    def choose_pose(self, mode: Literal["auto"] | PoseMode) -> None:
        """It is recorded."""


def _anonymous_network(output: NetworkOutput, shift_ns: int) -> NetworkOutput:
    """The network's outputs with the stamp moved, and NaN in fields that identify a person."""
    removed: dict[str, Any] = {
        field.target: np.full(field.shape, np.nan, np.float32)
        for field in NETWORK_FIELDS
        if field.privacy is Privacy.REMOVED
    }
    return replace(output, stamp_ns=output.stamp_ns + shift_ns, **removed)


def anonymous_pipeline(rows: AnonymousRows, models: Sequence[LinearMeshModel]) -> Pipeline:
    """The pipeline of every run, with stages that know no person."""
    features = [_Features(model) for model in models]
    predictors = [
        Predictor(model, source, pose_zero=known.pose_zero)
        for model, source, known in zip(models, features, rows.info.models, strict=True)
    ]
    conditions = _Conditions(rows, predictors, features)
    info = rows.info.appearance
    return Pipeline(
        _Tracker(rows),
        predictors,
        open_network=lambda live: _Network(rows, predictors),
        plausibility=RecordedPlausibility(rows),
        appearance=None if info is None else RecordedAppearance(rows, info),
        conditions=conditions,
    )
