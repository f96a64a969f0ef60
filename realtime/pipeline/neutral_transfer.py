"""The subject's face at rest, for another model or another pose than the one with which it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from realtime.core.tracker_names import network_of
from realtime.core.types import Identity, Pose, PoseZero
from realtime.geometry import Aligner, CanonicalFrame, pose_in
from realtime.geometry.identity import read_only_mesh
from realtime.geometry.model_frame import SAME_FRAME, ModelFrame
from realtime.model import LinearMeshModel
from realtime.pipeline.predictor import POSE_MODES, PoseMode, Predictor, same_model

# Outer-canthal distances by which another alignment moves a neutral. An average of aligned faces is off its own
# alignment by 0.001; the anchors of au@v4 with its depth as filed and corrected by 0.015 to 0.018.
_OTHER_ANCHORS = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class CarriedNeutral:
    """A neutral that is to be used by other predictors than those of its calibration."""

    identity: Identity
    frame: ModelFrame
    tracker: str  # of its landmarks
    measured: tuple[tuple[LinearMeshModel, Mapping[PoseMode, Identity]], ...] = ()  # for the models of its calibration

    def for_predictors(
        self, predictors: Sequence[Predictor], tracker: str
    ) -> tuple[list[dict[PoseMode, Identity]], tuple[str, ...]]:
        """The identities of each predictor, and why some have none: a tracker of another network, another frame.

        A model of the calibration keeps its own; for another the offset follows from the observed neutral.
        """
        if network_of(self.tracker) != network_of(tracker):
            return [{} for _ in predictors], (f"its tracker is {self.tracker}, this run has {tracker}",)
        found: list[dict[PoseMode, Identity]] = []
        reasons = []
        for predictor in predictors:
            own = next((modes for model, modes in self.measured if same_model(model, predictor.model)), None)
            if own:
                found.append(dict(own))
            elif self.frame.same_as(frame_of(predictor.model)):
                found.append(identities_for(self.identity, predictor))
            else:
                reasons.append(f"{predictor.model.name} has another frame")
                found.append({})
        return found, tuple(reasons)


def carry_over(
    old: Sequence[Predictor], old_tracker: str, new: Sequence[Predictor], tracker: str
) -> tuple[list[dict[PoseMode, Identity]], tuple[str, ...]]:
    """The neutral of some predictors for others: the identities of each, and why some have none."""
    carried = neutral_of(old, old_tracker)
    return ([{} for _ in new], ()) if carried is None else carried.for_predictors(new, tracker)


def neutral_of(predictors: Sequence[Predictor], tracker: str) -> CarriedNeutral | None:
    """The neutral that some predictors use, of the first that has one; `tracker` is that of its landmarks."""
    measured = tuple((one.model, modes) for one in predictors if (modes := one.identities()))
    if not measured:
        return None
    model, modes = measured[0]
    return CarriedNeutral(modes["zero"], frame_of(model), tracker, measured)


def frame_of(model: LinearMeshModel) -> ModelFrame:
    """The canonical frame of a model."""
    return ModelFrame(model.anchors, model.anchor_indices)


def identities_for(identity: Identity, predictor: Predictor) -> dict[PoseMode, Identity]:
    """An identity for another predictor, in both pose modes."""
    model, aligner = predictor.model, predictor.aligner
    zero = aligner.canonical.pose_zero  # which all predictors of a run have
    return {mode: transfer_identity(identity, model, aligner, mode, identity.rest, zero) for mode in POSE_MODES}


def transfer_identity(
    identity: Identity,
    model: LinearMeshModel,
    aligner: Aligner,
    mode: PoseMode,
    rest: Pose | None,
    rest_zero: PoseZero,
) -> Identity:
    """An identity for another model: its neutral in that model's frame, minus the model's own neutral.

    `rest`: the head pose while the neutral was taken, measured from `rest_zero`, for predictions with a live pose; None
    where it is not known. All that is known about the neutral stays as it was; a pose response, with which models are
    given pose = 0, stays where the frame is the same.
    """
    neutral, response = identity.neutral_canon, identity.response
    aligned = aligner(neutral)
    if aligned is not None:
        moved = np.linalg.norm(aligned.mesh_canon - neutral, axis=1).mean()
        if moved >= _OTHER_ANCHORS * aligner.canonical.unit:
            neutral = aligned.mesh_canon
        if moved >= SAME_FRAME * aligner.canonical.unit:  # see `frame_map`
            response = None
    if rest is not None and rest_zero != aligner.canonical.pose_zero:
        rest = pose_in(aligner.canonical, rest, CanonicalFrame.of(model.mean_mesh, rest_zero))
    expected = model.predict_neutral(rest if mode == "live" and response is None else None)
    offset = read_only_mesh(neutral - expected)
    return replace(identity, offset_canon=offset, neutral_canon=read_only_mesh(neutral), response=response)
