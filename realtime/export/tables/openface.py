"""CSV with the columns of OpenFace 2 in its order and angles, then emotions and additional columns."""

from __future__ import annotations

import numpy as np

from realtime.core.types import EMOTIONS, Array
from realtime.export.tables.column_groups import (
    ColumnGroup,
    emotion_columns,
    mark_columns,
    numbered,
    pose,
    present,
    quality_columns,
    time_columns,
    track_ids,
)
from realtime.export.tables.dlib68 import POINTS, points_68
from realtime.export.tables.selection import Block, Selection
from realtime.geometry import rotation_from_pose
from realtime.session.columns.spec import FRACTION, IN_PICTURE, NO_UNIT, PIXELS, RADIANS

_CAMERA = "x right, y down, z away from the camera; R = Rx Ry Rz, as OpenFace has it"
_AT_REST = np.diag([1.0, -1.0, -1.0])  # canon_from_px of a head that looks into the camera


def columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """The columns of OpenFace that this program can fill, then its own. Millimetres would need a calibrated camera, and
    OpenFace's action units are intensities 0..5 of its own classifiers: both are omitted.
    """
    timestamp, frame = time_columns()
    return (
        frame,
        ColumnGroup(("face_id",), "int64", NO_UNIT, "track id of the face; 0 where it is not known", _face_id),
        timestamp,
        ColumnGroup(
            ("confidence",), "double", FRACTION, "as success: MediaPipe gives no score of a face that it follows",
            lambda block: present(block).astype(np.float64),
        ),
        ColumnGroup(("success",), "int8", NO_UNIT, "1 where there is a face", lambda b: present(b).astype(np.int8)),
        ColumnGroup(
            ("pose_Rx", "pose_Ry", "pose_Rz"), "double", RADIANS, "head pose, measured on the mesh", _pose, _CAMERA
        ),
        ColumnGroup(
            numbered("xy", POINTS), "float", PIXELS, "the 68 points of OpenFace among the landmarks", points_68,
            IN_PICTURE,
        ),
        *emotion_columns(EMOTIONS),
        *quality_columns(),
        *mark_columns(selection),
    )  # fmt: skip


def openface_angles(pose_fex: Array) -> Array:
    """Rx, Ry, Rz (..., 3) of OpenFace from pitch, yaw, roll (..., 3) of Fex, both in radians.

    The rotation of the head against a camera whose y points down, taken apart as R = Rx Ry Rz (OpenFace 2.2,
    RotationHelpers.h).
    """
    head: Array = np.swapaxes(rotation_from_pose(pose_fex), -1, -2) @ _AT_REST
    rx = np.arctan2(-head[..., 1, 2], head[..., 2, 2])
    ry = np.arcsin(np.clip(head[..., 0, 2], -1.0, 1.0))
    rz = np.arctan2(-head[..., 0, 1], head[..., 0, 0])
    return np.stack([rx, ry, rz], axis=-1)


def _face_id(block: Block) -> Array:
    return np.nan_to_num(track_ids(block)).astype(np.int64)


def _pose(block: Block) -> Array:
    return openface_angles(pose(block))
