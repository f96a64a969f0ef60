"""Decomposition of a face's variance: identity, pose, features, noise, and what is left."""

from __future__ import annotations

from math import pi

import numpy as np

from realtime.core.frame_result import SumOfSquares
from realtime.core.types import FloatArray, Identity
from realtime.geometry.canonical_frame import CanonicalFrame

# Mean square over squared mean of the length of an isotropic normal error in three dimensions (Maxwell distribution).
_SQUARE_OF_MEAN = 3 * pi / 8


def parts(
    observed: FloatArray,
    mean_mesh: FloatArray,
    neutral: FloatArray,
    posed_neutral: FloatArray,
    predicted: FloatArray,
    frame: CanonicalFrame,
    identity: Identity | None = None,
    identity_here: Identity | None = None,
    tracker_offset: FloatArray | None = None,
) -> SumOfSquares:
    """Split the squared distance of a face from the model's mean face into sequential sums of squares.

    All meshes (478, 3) in the model's canonical frame and units; `neutral` is the model's face at rest at pose = 0,
    `posed_neutral` the same at the pose that `predicted` was given, none with the identity offset: it is taken from
    `identity`. `identity_here` is the identity at the pose of the face, where the subject's own response to it is known
    (`identity_at`), else the identity itself. The predictions are refined in this order, and each component is the sum
    of squares that its step takes away (type I, as in a sequential analysis of variance): the mean face, the subject at
    rest, that in the given pose, the full prediction. What remains is noise, as far as the calibration has measured
    some, and unexplained. A step that makes the prediction worse has a negative component. Without a calibration
    identity and noise are 0, and the subject's identity counts as unexplained.

    `tracker_offset` (478, 3): what all faces of this tracker have in common beyond the mean face, where it was measured
    (`realtime.geometry.tracker_offset`); its step then comes first. Otherwise, and without a calibration, it has none.
    """
    own = own_here = observed if identity is None else observed - identity.offset_canon
    if identity_here is not None and identity_here is not identity:
        own_here = observed - identity_here.offset_canon
    total = _squares(observed, mean_mesh)
    rest = _squares(own, neutral)
    held = rest if posed_neutral is neutral and own_here is own else _squares(own_here, posed_neutral)
    left = _squares(own_here, predicted)
    if identity is None:  # from the mean face, which has a mean expression, to the neutral one is no identity
        return SumOfSquares(
            identity=0.0, pose=rest - held, emotion=held - left + total - rest, unexplained=left, noise=0.0
        )
    noise = min(left, noise_squares(identity, frame))
    tracker = None if tracker_offset is None else total - _squares(observed - tracker_offset, mean_mesh)
    return SumOfSquares(total - rest - (tracker or 0.0), rest - held, held - left, left - noise, noise, tracker)


def noise_squares(identity: Identity, frame: CanonicalFrame) -> float:
    """Squared noise of the landmarks of one frame, summed over the vertices; squared model units.

    By the same number as everywhere: the larger of the jitter and the tracker's repeatability. What a frame lies from
    a prediction by less than that is no evidence of an expression that the model lacks.
    """
    vertices = len(identity.neutral_canon)
    return vertices * _SQUARE_OF_MEAN * (identity.measurable_nme * frame.unit / 100.0) ** 2


def _squares(one: FloatArray, other: FloatArray) -> float:
    apart = np.subtract(one, other, dtype=np.float32).ravel()
    return float(apart @ apart)
