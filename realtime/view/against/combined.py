"""Two replays as one result of two models, for the cards that compare models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from realtime.core.against import PairedResult, ReplayedSide
from realtime.core.frame_result import Estimate, Face, FrameResult, ModelResult
from realtime.core.types import Pose
from realtime.core.view_state import ViewState

_UNKNOWN = Pose(float("nan"), float("nan"), float("nan"))


def model_of(side: ReplayedSide) -> ModelResult | None:
    """What the compared model of a side makes of its frame; None where it does not run, or has no face."""
    running = side.state == "runs" and side.result is not None and side.result.models
    return side.result.models[0] if running and side.result is not None else None


def combined(pair: PairedResult) -> FrameResult | None:
    """A result with the model of each side, at the time of the common clock; None before the first frame.

    A side that has no face at that time is a model without a prediction. Its meshes are not to be drawn: they are in
    the frame of each side's own model.
    """
    present = next((side.result for side in pair.sides if model_of(side) is not None), None)
    shown = present or next((side.result for side in pair.sides if side.result is not None), None)
    if shown is None:
        return None
    frame = replace(shown.frame, stamp_ns=pair.time_ns, segment=0, row=pair.tick)
    if present is None or present.landmarks is None:
        return FrameResult(frame)
    models = tuple(model_of(side) or _without(present.models[0], side.label) for side in pair.sides)
    return FrameResult(frame, (Face(0, present.landmarks, Estimate(pair.time_ns, models)),))


def same_kind(pair: PairedResult, ui: ViewState) -> ViewState:
    """The settings with which both are shown: adjusted where that is selected and the identity of both is known."""
    models = [model for model in map(model_of, pair.sides) if model is not None]
    adjusted = ui.adjusted and all(model.residual_adjusted is not None for model in models)
    return ui if adjusted == ui.adjusted else replace(ui, adjusted=adjusted)


def _without(other: ModelResult, label: str) -> ModelResult:
    """A side without a face; of an aligned face only the pose is ever read of it, which is not known."""
    aligned = replace(other.aligned, mesh_canon=np.full_like(other.aligned.mesh_canon, np.nan), pose=_UNKNOWN)
    return ModelResult(label, other.stamp_ns, aligned, None, None, None, None, None)
