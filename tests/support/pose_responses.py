"""Pose responses that are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from realtime.core.types import Identity, Pose, PoseResponse
from realtime.pipeline.predictor import Predictor


def made_response(identity: Identity) -> PoseResponse:
    """Slopes of any kind on two axes; the clip of one face goes beyond their range."""
    rest = identity.rest
    assert rest is not None
    slopes = np.random.default_rng(5).normal(size=(3, 478, 3)).astype(np.float32) * 40
    slopes[2] = 0
    low, high = replace(rest, pitch=rest.pitch - 0.02, yaw=rest.yaw - 0.02), replace(rest, yaw=rest.yaw + 0.01)
    return PoseResponse(slopes, rest, (True, True, False), low, high, 0.01, 20.0, 5.0, 150, 5.0)


def respond(predictor: Predictor) -> bool:
    """Give a predictor such a response, where it is calibrated and has none yet; whether it is calibrated."""
    known = predictor.identities().get("zero")
    if known is not None and known.response is None:
        predictor.use_identities({"zero": replace(known, response=made_response(known))})
    return known is not None


def moved_by_loops(response: PoseResponse, pose: Pose) -> np.ndarray:
    """What the response adds to the face at rest, in float64 and axis by axis."""
    moved = np.zeros((478, 3))
    for axis, name in enumerate(("pitch", "yaw", "roll")):
        low, high, rest = (getattr(at, name) for at in (response.low, response.high, response.rest))
        moved += response.slopes_canon[axis] * (min(max(getattr(pose, name), low), high) - rest)
    return moved
