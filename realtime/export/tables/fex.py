"""py-feat's Fex, as its `Detectorv2` writes it: `feat.utils.io.read_feat` recognizes every group of columns.

Two traps of `read_feat`: every column whose name contains "AU" becomes an action unit, and one that begins with mesh_x_
makes the file Detectorv2's, whose emotions are capitalised and whose mesh is the observed one.
"""

from __future__ import annotations

import numpy as np

from realtime.core.types import EMOTIONS, N_LANDMARKS, Array
from realtime.export.tables.column_groups import (
    ColumnGroup,
    emotion_columns,
    mark_columns,
    numbered,
    plain_texts,
    pose,
    present,
    quality_columns,
    time_columns,
)
from realtime.export.tables.dlib68 import POINTS, points_68
from realtime.export.tables.selection import Block, Selection
from realtime.session.columns.spec import FEX_POSE, FRACTION, IN_PICTURE, NO_UNIT, PIXELS, RADIANS

# py-feat's network uses Happy, its model files happiness.
_NAMES = {"happiness": "Happy", "sadness": "Sad"}
FEX_EMOTIONS = tuple(_NAMES.get(name, name.capitalize()) for name in EMOTIONS)


def columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """The columns of a Fex, in the order of `Detectorv2`, then additional ones."""
    timestamp, frame = time_columns()
    emotions, *emotion_sources = emotion_columns(FEX_EMOTIONS)
    rect = tuple(f"FaceRect{name}" for name in ("X", "Y", "Width", "Height"))
    found = [
        ColumnGroup(rect, "float", PIXELS, "box around the landmarks", _rect, IN_PICTURE),
        ColumnGroup(
            ("FaceScore",), "double", FRACTION, "1 where there is a face: MediaPipe gives no score of one it follows",
            lambda block: np.where(present(block), 1.0, np.nan),
        ),
        ColumnGroup(
            numbered("xy", POINTS), "float", PIXELS, "the 68 points of dlib among the landmarks", points_68, IN_PICTURE
        ),
        ColumnGroup(
            ("Pitch", "Roll", "Yaw"), "double", RADIANS, "head pose, measured on the mesh",
            lambda block: pose(block)[:, [0, 2, 1]], FEX_POSE,
        ),
        ColumnGroup(
            ("X", "Y", "Z"), "double", "py-feat's", "translation, output of py-feat's network",
            lambda block: _output(block, "translation", 3), "py-feat's",
        ),
    ]  # fmt: skip
    if selection.action_units:
        found.append(
            ColumnGroup(
                selection.action_units, "double", FRACTION, "action units, output of py-feat's network",
                lambda block: _named(block, "action_units", selection.action_units),
            )
        )  # fmt: skip
    found.append(emotions)
    if selection.network:
        found += [
            ColumnGroup(
                ("valence", "arousal"), "double", "-1..1", "output of py-feat's network",
                lambda block: np.hstack([_output(block, "valence"), _output(block, "arousal")]),
            ),
            ColumnGroup(
                ("gaze_pitch", "gaze_yaw", "gaze_angle"), "double", RADIANS, "gaze, output of py-feat's network", _gaze,
                "+pitch up, +yaw to the subject's right; the angle to straight ahead",
            ),
        ]  # fmt: skip
    found.append(
        ColumnGroup(
            tuple(f"mesh_{name}" for name in numbered("xyz", N_LANDMARKS)), "float", PIXELS,
            "MediaPipe's 478 landmarks as observed, all x, then all y, then all z", _mesh, IN_PICTURE,
        )
    )  # fmt: skip
    if selection.blendshapes:
        found += [
            ColumnGroup(
                selection.blendshapes, "float", FRACTION, "blendshapes; blendshape_source names their source",
                lambda block: shapes(block, selection.blendshapes),
            ),
            ColumnGroup(
                ("blendshape_source",), "string", NO_UNIT, "mediapipe or pyfeat",
                lambda block: plain_texts(block.blendshapes[1]),
            ),
        ]  # fmt: skip
    return (
        *found,
        ColumnGroup(
            ("FrameHeight", "FrameWidth"), "int64", PIXELS, "size of the picture",
            lambda block: np.tile(block.info.image_size[::-1], (len(block), 1)),
        ),
        ColumnGroup(
            ("input",), "string", NO_UNIT, "what the pictures are of", lambda b: plain_texts([b.info.source] * len(b))
        ),
        frame,
        timestamp,
        *emotion_sources,
        *quality_columns(),
        *mark_columns(selection),
    )  # fmt: skip


def shapes(block: Block, names: tuple[str, ...]) -> Array:
    """(n, k) blendshapes of these names."""
    return np.array([[row.get(name, np.nan) for name in names] for row in block.blendshapes[0]])


def _mesh(block: Block) -> Array:
    return block.landmarks.transpose(0, 2, 1).reshape(len(block), -1)


def _rect(block: Block) -> Array:
    points = block.landmarks[:, :, :2]
    low = points.min(axis=1)
    return np.hstack([low, points.max(axis=1) - low])


def _output(block: Block, field: str, count: int = 1) -> Array:
    """(n, k) outputs of the network; NaN where it gave none."""
    values = block.network.get(field, [None] * len(block))
    return np.array([np.full(count, np.nan) if value is None else np.ravel(value)[:count] for value in values])


def _named(block: Block, field: str, names: tuple[str, ...]) -> Array:
    """(n, k) outputs of the network, by name."""
    rows = [dict(output or ()) for output in block.network.get(field, [None] * len(block))]
    return np.array([[row.get(name, np.nan) for name in names] for row in rows])


def _gaze(block: Block) -> Array:
    pitch, yaw = _output(block, "gaze_pitch"), _output(block, "gaze_yaw")
    return np.hstack([pitch, yaw, np.arccos(np.clip(np.cos(pitch) * np.cos(yaw), -1.0, 1.0))])
