"""The tighter range, in which expression and pose are told apart."""

from __future__ import annotations

from math import radians

import numpy as np
import pytest

from realtime.core.types import Identity, Pose, PoseResponse, Validity
from realtime.geometry import ValidityLimits, mixed_with_pose

MESH = np.zeros((478, 3), np.float32)


def pose(pitch: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> Pose:
    return Pose(radians(pitch), radians(yaw), radians(roll))


def identity(rest: Pose | None, response: PoseResponse | None = None) -> Identity:
    return Identity(MESH, MESH, 0.1, 90, rest=rest, response=response)


def response(rest: Pose, low: Pose, high: Pose, known: tuple[bool, bool, bool]) -> PoseResponse:
    slopes = np.zeros((3, 478, 3), np.float32)
    return PoseResponse(slopes, rest, known, low, high, 0.1, 50.0, 5.0, 150, 5.0)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (pose(), ""),
        (pose(9.9, -9.9, 34), ""),  # a tilt is taken out by the alignment
        (pose(yaw=14), "head turned (yaw 14°): beyond 10° pose and expression are not told apart"),
        (pose(yaw=-14), "head turned (yaw 14°): beyond 10° pose and expression are not told apart"),
        (pose(pitch=10.3), "head turned (pitch 10.3°): beyond 10° pose and expression are not told apart"),
        (pose(-12, 20), "head turned (pitch 12°, yaw 20°): beyond 10° pose and expression are not told apart"),
    ],
)
def test_the_sentence(seen, why):
    assert mixed_with_pose(seen, None) == why
    assert mixed_with_pose(seen, identity(None)) == why  # a neutral of an earlier session, whose pose is not known


def test_a_neutral_is_the_zero_of_its_own_pose():
    """Once calibrated, what is compared is the face at rest in the pose of the neutral."""
    rested = identity(pose(pitch=-12, yaw=4))
    assert not mixed_with_pose(pose(pitch=-12, yaw=4), rested)
    assert not mixed_with_pose(pose(pitch=-21, yaw=13), rested)
    why = "head turned (pitch 12°, yaw 14° from rest): beyond 10° pose and expression are not told apart"
    assert mixed_with_pose(pose(pitch=0, yaw=18), rested) == why


def test_the_limit_is_a_setting():
    assert mixed_with_pose(pose(yaw=14), None, ValidityLimits(amber_deg=15)) == ""
    assert "beyond 5°" in mixed_with_pose(pose(yaw=6), None, ValidityLimits(amber_deg=5))


def test_where_the_pose_response_was_measured_they_are_told_apart():
    """On its own axes and in its own range; elsewhere as without it."""
    rest = pose(pitch=-2)
    measured = identity(rest, response(rest, pose(-2, -18), pose(-2, 22), (False, True, False)))
    assert not mixed_with_pose(pose(-2, 21), measured) and not mixed_with_pose(pose(-2, -17), measured)
    beyond = mixed_with_pose(pose(-2, 25), measured)
    assert "(yaw 25° from rest): beyond 10° and outside the measured pose response" in beyond
    assert "(pitch 14° from rest): beyond 10° pose" in mixed_with_pose(pose(12, 21), measured)
    narrow = identity(rest, response(rest, pose(-2, -8), pose(-2, 8), (False, True, False)))
    assert not mixed_with_pose(pose(-2, 9.5), narrow)  # the range is added to the limit, and never narrows it


def test_only_a_valid_frame_is_amber():
    with pytest.raises(ValueError, match="valid"):
        Validity(False, ("yaw 52° beyond 40°",), "head turned")
