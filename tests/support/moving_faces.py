"""Results whose every number of the movement from rest is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.core.frame_result import (
    Estimate,
    Face,
    Floor,
    FloorFit,
    FrameResult,
    GainLine,
    GainTerms,
    ModelResult,
    Residual,
)
from realtime.core.types import (
    Aligned,
    Features,
    Frame,
    Identity,
    Landmarks,
    Pose,
    Prediction,
    Similarity,
    Validity,
)

_IMAGE = np.zeros((8, 8, 3), np.uint8)
_MESH = np.zeros((478, 3), np.float32)
_ALIGNED = Aligned(_MESH, Similarity(np.array(1.0), np.eye(3), np.zeros(3)), 1.0, Pose(0.0, 0.0, 0.0))
_RAW = Residual(np.zeros((478, 3), np.float32), np.zeros(478, np.float32), 5.0, {}, {}, 1.0, 1.0, "mean_mesh")
_VALID = Validity(True)
HAPPY = {"happiness": 0.8, "neutral": 0.2}


def rest_of(noise_nme: float = 0.3) -> Identity:
    """A face at rest; each is another calibration."""
    return Identity(_MESH, _MESH, noise_nme, 90)


REST = rest_of()


def moved(
    share: float | None,
    *,
    movement: float = 100.0,
    noise: float = 1.0,
    gained: float | None = None,
    floor: float = 0.9,
    source: str = "appearance",
    values: dict[str, float] | None = None,
    identity: Identity | None = REST,
    name: str = "emotion@test",
) -> ModelResult:
    """A model's result: `share` of the squared `movement` is predicted as delivered, `gained` with the gain 0.5.

    `share` None: without features. `identity` None: not calibrated.
    """
    if share is None:
        return ModelResult(name, 0, _ALIGNED, None, None, None, None, None, identity=identity)
    features = Features(values or HAPPY, source, 0)
    predicted = Prediction(_MESH, None if identity is None else _MESH, None, None, name)
    if identity is None:
        return ModelResult(name, 0, _ALIGNED, features, predicted, _RAW, None, None)
    sse = (1 - share) * movement
    baselines = {"mean_mesh": 6.0, "own_neutral": movement**0.5 / 10, "noise": 0.3}
    adjusted = Residual(_RAW.vectors_canon, _RAW.distance, 1.0, {}, baselines, sse, movement, "own_neutral")
    # sse = rest - 2 along + displaced; with the gain g it is rest - 2 g along + g^2 displaced.
    gain = None if gained is None else 0.5
    along = 0.5 * share * movement if gained is None else movement * (2 * gained - 0.5 * share)
    displaced = 2 * along - share * movement if gained is not None else 0.0
    terms = GainTerms(movement, along, displaced, noise)
    fit = FloorFit(values or HAPPY, 1.0, (1 - floor) * movement)
    return ModelResult(
        name, 0, _ALIGNED, features, predicted, _RAW, adjusted, None, None, identity, Floor(fit, fit), terms,
        GainLine(gain, None if gain is None else 1.0),
    )  # fmt: skip


def frame(
    time_s: float,
    *models: ModelResult,
    face: bool = True,
    validity: Validity = _VALID,
    segment: int = 0,
    flags: Sequence[str] = (),
) -> FrameResult:
    """A frame at a time with one face, or with none."""
    stamp = round(time_s * 1e9)
    shown = Frame(_IMAGE, stamp, 0, 0, flags=frozenset(flags), segment=segment)
    if not face:
        return FrameResult(shown)
    landmarks = Landmarks(np.zeros((478, 3), np.float32), (8, 8), 1, "bundled")
    return FrameResult(shown, (Face(1, landmarks, Estimate(stamp, models, validity=validity)),))
