"""py-feat's Fex, as its `Detectorv2` writes it: `feat.utils.io.read_feat` recognizes every group of columns.

Two traps of `read_feat`: every column whose name contains "AU" becomes an action unit, and one that begins with mesh_x_
makes the file Detectorv2's, whose emotions are capitalised and whose mesh is the observed one.

What py-feat's methods need of its own files: all groups of columns are there, empty where nothing was measured
(`rectification` and `plot_detections` fail without action units), and `input` is the only text (`interpolate`,
`baseline`, `clean` and differences fail with texts, so that users drop that column).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from realtime.core.types import EMOTIONS, N_LANDMARKS, Array
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.export.tables.column_groups import (
    ColumnGroup,
    emotion_columns,
    emotion_time_column,
    event_labels,
    excluded_column,
    face_column,
    numbered,
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
FEX_ACTION_UNITS = tuple(
    f"AU{number:02d}" for number in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
)


def columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """The columns of a Fex, in the order of `Detectorv2`, then additional ones."""
    timestamp, frame = time_columns()
    emotions = emotion_columns(FEX_EMOTIONS)[0]
    action_units = selection.action_units or FEX_ACTION_UNITS
    blendshapes = selection.blendshapes or BLENDSHAPES
    rect = tuple(f"FaceRect{name}" for name in ("X", "Y", "Width", "Height"))
    return (
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
        ColumnGroup(
            action_units, "double", FRACTION, "action units, output of py-feat's network; empty without it",
            lambda block: _named(block, "action_units", action_units),
        ),
        emotions,
        ColumnGroup(
            ("valence", "arousal"), "double", "-1..1", "output of py-feat's network; empty without it",
            lambda block: np.hstack([_output(block, "valence"), _output(block, "arousal")]),
        ),
        ColumnGroup(
            ("gaze_pitch", "gaze_yaw", "gaze_angle"), "double", RADIANS,
            "gaze, output of py-feat's network; empty without it", _gaze,
            "+pitch up, +yaw to the subject's right; the angle to straight ahead",
        ),
        ColumnGroup(
            tuple(f"mesh_{name}" for name in numbered("xyz", N_LANDMARKS)), "float", PIXELS,
            "MediaPipe's 478 landmarks as observed, all x, then all y, then all z", _mesh, IN_PICTURE,
        ),
        ColumnGroup(
            blendshapes, "float", FRACTION, "blendshapes; empty where none were measured",
            lambda block: shapes(block, blendshapes),
        ),
        ColumnGroup(
            ("FrameHeight", "FrameWidth"), "double", PIXELS, "size of the picture",
            lambda block: np.tile(block.info.image_size[::-1], (len(block), 1)),
        ),
        ColumnGroup(
            ("input",), "string", NO_UNIT, "what the pictures are of, as it was named",
            lambda block: [block.info.source] * len(block), is_name=True,
        ),
        frame,
        timestamp,
        face_column(),
        _is_from("pyfeat", "emotion_pyfeat", "the emotions", lambda block: block.emotions[1]),
        _is_from("appearance", "emotion_appearance", "the emotions", lambda block: block.emotions[1]),
        emotion_time_column(),
        _is_from("pyfeat", "blendshape_pyfeat", "the blendshapes", lambda block: block.blendshapes[1]),
        *quality_columns(),
        excluded_column(selection),
        _events(selection),
    )  # fmt: skip


def shapes(block: Block, names: tuple[str, ...]) -> Array:
    """(n, k) blendshapes of these names."""
    return np.array([[row.get(name, np.nan) for name in names] for row in block.blendshapes[0]])


_OUTPUTS_OF = {"pyfeat": "py-feat's network", "appearance": "the classifier 'appearance' (66 % right on FER2013)"}


def _is_from(source: str, name: str, of_what: str, sources: Callable[[Block], list[str | None]]) -> ColumnGroup:
    """The source of numbers as a number, so that the file has no other text than `input`."""

    def values(block: Block) -> Array:
        return np.array([math.nan if of is None else of == source for of in sources(block)], np.float64)

    what = f"1 where {of_what} are outputs of {_OUTPUTS_OF[source]}, 0 where they are of another source"
    return ColumnGroup((name,), "double", NO_UNIT, what, values)


def _events(selection: Selection) -> ColumnGroup:
    labels = event_labels(selection)
    what = "number of events at this row; their labels are in the description of the file"

    def counts(block: Block) -> list[int]:
        return [len(labels.get(row, ())) for row in block.rows.tolist()]

    return ColumnGroup(("events",), "int64", NO_UNIT, what, counts)


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
