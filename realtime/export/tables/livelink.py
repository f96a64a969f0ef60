"""The CSV of a take of Live Link Face: 52 curves of ARKit and nine rotations, at a time code.

The order of its columns is its own: JawRight precedes JawLeft and MouthRight precedes MouthLeft, other than in its
UDP packets, and some readers count columns.
"""

from __future__ import annotations

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import Array
from realtime.export.tables.column_groups import ColumnGroup, pose
from realtime.export.tables.fex import shapes
from realtime.export.tables.selection import Block, Selection
from realtime.session.columns.spec import FEX_POSE, FRACTION, NO_UNIT, RADIANS
from realtime.stream.arkit import ARKIT

_SWAPPED = {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}
CURVES = tuple(name[0].upper() + name[1:] for name in (_SWAPPED.get(name, name) for name in ARKIT))
_HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
_EYES = tuple(f"{side}Eye{angle}" for side in ("Left", "Right") for angle in ("Yaw", "Pitch", "Roll"))
_NEVER = "TongueOut"  # MediaPipe has no such blendshape
_RATE = 30.0  # for a session with a single row
_MOST_RATE = 1000.0  # no camera is faster


def columns(selection: Selection) -> tuple[ColumnGroup, ...]:
    """The columns of the app. Raises SessionError for a session without blendshapes."""
    if not selection.blendshapes:
        raise SessionError(
            f"{selection.session.folder}: no blendshapes were recorded, which Live Link needs. Record with "
            "--set detect.tracker=task, or with py-feat's network (--emotion pyfeat)."
        )
    rate = round(frame_rate(selection))
    names = tuple(name[0].lower() + name[1:] for name in CURVES if name != _NEVER)

    def curves(block: Block) -> Array:
        return np.nan_to_num(np.hstack([shapes(block, names), np.zeros((len(block), 1))]))

    def times(block: Block) -> list[str]:
        return [timecode(seconds, rate) for seconds in block.times.tolist()]

    return (
        ColumnGroup(
            ("Timecode",), "string", f"HH:MM:SS:FF.sub at {rate} frames a second", "time since the beginning", times
        ),
        ColumnGroup(("BlendShapeCount",), "int64", NO_UNIT, "curves of a row", lambda b: np.full(len(b), 61)),
        ColumnGroup(
            CURVES, "float", FRACTION, "blendshapes; 0 where there is no face; TongueOut is not measured", curves
        ),
        ColumnGroup(
            _HEAD, "double", RADIANS, "head pose, measured on the mesh; 0 where there is no face",
            lambda block: np.nan_to_num(pose(block)[:, [1, 0, 2]]), FEX_POSE,
        ),
        ColumnGroup(_EYES, "double", RADIANS, "not measured", lambda block: np.zeros((len(block), len(_EYES)))),
    )  # fmt: skip


def timecode(seconds: float, rate: int) -> str:
    """HH:MM:SS:FF.sub, with the fraction of a frame in thousandths."""
    thousandths = round(seconds * rate * 1000)
    frames, sub = divmod(thousandths, 1000)
    whole, frame = divmod(frames, rate)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frame:02d}.{sub:03d}"


def frame_rate(selection: Selection) -> float:
    """Frames a second, by the median of the times between the rows; 1 to 1000."""
    steps = np.concatenate([np.diff(part.times[first : first + count]) for part, first, count in selection.parts])
    steps = steps[steps > 0]  # times of a damaged table may not increase
    return float(np.clip(1e9 / np.median(steps), 1.0, _MOST_RATE)) if len(steps) else _RATE
