"""Head pose from the rotation of the alignment, with the signs of py-feat's Fex.

The angles are intrinsic yaw, pitch, roll: the head at rest, looking into the camera, is first turned to the subject's
right by `yaw` about the vertical, then raised by `pitch` about its own ear-to-ear axis, then tilted towards its right
shoulder by `roll` about its own nose axis. With left, up, forward as axes (right-handed) that is

    head = Ry(-yaw) @ Rx(-pitch) @ Rz(+roll)

They are zero for MediaPipe's canonical face looking into the camera (`CanonicalFrame.axes`).

Compared with py-feat 2.1.5:

* `Detectorv2` (`feat/detector_v2.py`): +pitch up, +yaw to the subject's right, +roll tilt to the subject's right,
  radians. The signs here are the same. Its three numbers come out of a network that was trained on img2pose's output,
  and are the components of a rotation vector (`feat/multitask/heads_v26.py`, `rodrigues`); for a turn about one axis
  they equal these angles, for a mixed one they differ in the second order (yaw 30, pitch 20: roll by 5 degrees, the
  others by less than half a degree).
* `Detectorv1` with img2pose (`feat/utils/image_operations.py`, `convert_to_euler`): the same signs, another order.
* `MPDetector` (`feat/utils/face_pose.py`, `rotation_matrix_to_euler_angles`): Rz @ Ry @ Rx of the canonical face in a
  frame with y up: the same zero, and its pitch is + down; what it calls roll is the turn about y, + to the subject's
  left, what it calls yaw the one about z. Its columns must not be used with a model that was fit on those of
  `Detectorv2`.
"""

from __future__ import annotations

from math import atan2, hypot

import numpy as np
import numpy.typing as npt

from realtime.core.types import Pose
from realtime.geometry._arrays import F64
from realtime.geometry.canonical_frame import CanonicalFrame

# The picture (x right, y down, z away) seen with y up and z towards the camera; its own inverse.
_FLIP = np.array([1.0, -1.0, -1.0])

# cos(pitch) below which yaw and roll turn about the same axis; then roll is taken as zero.
_GIMBAL = 1e-9


def _head_rotation(rotation: npt.ArrayLike, frame: CanonicalFrame | None) -> F64:
    """Rotation of the head (..., 3, 3) in (image right, up, towards the camera), from that of canon_from_px."""
    given: F64 = np.asarray(rotation, dtype=np.float64)
    if given.shape[-2:] != (3, 3):
        raise ValueError(f"rotation must be (..., 3, 3), got {given.shape}")
    if frame is not None:
        given = np.matmul(frame.axes, given)  # head axes from picture axes
    turned: F64 = np.multiply(_FLIP[:, None], np.swapaxes(given, -1, -2))
    return turned


def pose_from_rotation(rotation: npt.ArrayLike, frame: CanonicalFrame | None = None) -> Pose:
    """The pose that a rotation `canon_from_px` (3, 3) undoes; NaN angles for a NaN rotation.

    frame
        Axes of the canonical frame; None for those of the published models (x to the subject's left, y up, z forward).
    """
    head = _head_rotation(rotation, frame)
    if head.shape != (3, 3):
        raise ValueError(f"one rotation (3, 3) is expected, got {head.shape}; use pose_angles for many")
    # The same formulas as in `pose_angles`, on plain floats: a quarter of the time for one face.
    (a, _, c), (d, e, f), (g, _, i) = head.tolist()
    level = hypot(c, i)  # cos(pitch)
    if level <= _GIMBAL:
        return Pose(atan2(f, level), -atan2(-g, a), 0.0)
    return Pose(atan2(f, level), -atan2(c, i), atan2(d, e))


def pose_angles(rotation: npt.ArrayLike, frame: CanonicalFrame | None = None) -> F64:
    """`pose_from_rotation` over leading axes: (..., 3, 3) to (..., 3) radians in the order Pitch, Yaw, Roll."""
    head = _head_rotation(rotation, frame)
    level = np.hypot(head[..., 0, 2], head[..., 2, 2])  # cos(pitch)
    pitch = np.arctan2(head[..., 1, 2], level)
    locked = level <= _GIMBAL
    yaw = -np.where(locked, np.arctan2(-head[..., 2, 0], head[..., 0, 0]), np.arctan2(head[..., 0, 2], head[..., 2, 2]))
    roll = np.where(locked, 0.0, np.arctan2(head[..., 1, 0], head[..., 1, 1]))
    angles: F64 = np.stack([pitch, yaw, roll], axis=-1)
    return angles


def pose_in(frame: CanonicalFrame, pose: Pose, of: CanonicalFrame) -> Pose:
    """A pose that was measured in `of`, another reading of the same model's axes, in `frame`."""
    return pose_from_rotation(rotation_from_pose(pose, of), frame)


def rotation_from_pose(pose: Pose | npt.ArrayLike, frame: CanonicalFrame | None = None) -> F64:
    """The rotation `canon_from_px` (..., 3, 3) of a head in this pose; the inverse of `pose_angles`.

    pose
        A Pose, or angles (..., 3) in radians in the order Pitch, Yaw, Roll.
    """
    angles = np.asarray(pose.angles if isinstance(pose, Pose) else pose, dtype=np.float64)
    if angles.ndim < 1 or angles.shape[-1] != 3:
        raise ValueError(f"pose must be (..., 3) in the order Pitch, Yaw, Roll, got {angles.shape}")
    cp, cy, cr = np.moveaxis(np.cos(angles), -1, 0)
    sp, sy, sr = np.moveaxis(np.sin(angles), -1, 0)
    head = np.empty((*angles.shape[:-1], 3, 3))
    # Ry(-yaw) @ Rx(-pitch) @ Rz(roll), written out.
    head[..., 0, 0] = cy * cr + sy * sp * sr
    head[..., 0, 1] = -cy * sr + sy * sp * cr
    head[..., 0, 2] = -sy * cp
    head[..., 1, 0] = cp * sr
    head[..., 1, 1] = cp * cr
    head[..., 1, 2] = sp
    head[..., 2, 0] = sy * cr - cy * sp * sr
    head[..., 2, 1] = -sy * sr - cy * sp * cr
    head[..., 2, 2] = cy * cp
    head_from_px = np.swapaxes(_FLIP[:, None] * head, -1, -2)
    rotation: F64 = head_from_px if frame is None else frame.axes.T @ head_from_px
    return rotation
