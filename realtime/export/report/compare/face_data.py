"""The faces of the page as its viewer reads them: int16 in base64, and nothing that is not shown."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.compare_view import CompareView, ShownFrame, VertexErrors
from realtime.core.wording import time_text
from realtime.export.report.number_text import decimal, percent
from realtime.export.report.palette import AMBER, AUBERGINE, INWARDS, OUTWARDS, PLASTER
from realtime.geometry.topology import (
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    N_MESH_VERTICES,
    RIGHT_EYE,
    RIGHT_IRIS,
    features_contour,
    surface_triangles,
)

MOST, SIGNED = 12.0, 8.0  # % of the outer-canthal distance at the ends of the colours
STEP = 0.01  # % of the outer-canthal distance in a unit of the stored numbers
_LIMIT = 32767 * STEP
_CLAY, _IRIS, _MOUTH, _INK = "#d8d0c4", "#2c3136", "#3b2723", "#15191e"
_EYES = "#d9d5cd", "#f7f5f0"  # of the shape, which is in the shade of its lids, and of the coloured faces


def first_frame(frames: Sequence[ShownFrame]) -> int:
    """The frame with which the page begins: the one nearest to the middle of the distribution."""
    return min(range(len(frames)), key=lambda at: abs(frames[at].worse_than - 0.5))


def frame_text(frame: ShownFrame) -> str:
    """Where a frame is, and how well it is predicted."""
    return (
        f"{frame.recording}, {time_text(frame.seconds)} · error {decimal(frame.nme, 2)} % · worse than "
        f"{percent(frame.worse_than, 0)} of the frames"
    )


def face_data(view: CompareView, setups: Sequence[str], tracker: str) -> dict[str, Any]:
    """The JSON for the viewer; `view` has frames, and errors by vertex for each of the setups or for none."""
    frames = view.frames
    names = recordings_of(frames)
    middle, size = _extent(frames)
    return {
        "step": STEP,
        "most": MOST,
        "signed": SIGNED,
        "middle": middle,
        "size": size,
        "first": first_frame(frames),
        "tracker": tracker,
        "setups": list(setups),
        "frames": [
            {
                "recording": names.index(frame.recording),
                "seconds": round(frame.seconds, 3),
                "text": frame_text(frame),
                "observed": [_packed(mesh) for mesh in frame.observed],
                "predicted": [_packed(mesh) for mesh in frame.predicted],
            }
            for frame in frames
        ],
        "means": [_mean(one) for one in view.vertices],
        "triangles": _base64(surface_triangles().astype("<u2")),
        "contour": _base64(features_contour().astype("<u2")),
        "eyes": [RIGHT_EYE, LEFT_EYE],
        "irises": [RIGHT_IRIS, LEFT_IRIS],
        "mouth": INNER_LIPS,
        "unsignedColors": [PLASTER, AMBER, AUBERGINE],
        "signedColors": [INWARDS, PLASTER, OUTWARDS],
        "clay": _CLAY,
        "eyeColors": _EYES,
        "irisColor": _IRIS,
        "mouthColor": _MOUTH,
        "ink": _INK,
    }


def recordings_of(frames: Sequence[ShownFrame]) -> list[str]:
    """The recordings that have frames to be looked at, by name."""
    return sorted({frame.recording for frame in frames})


def _mean(errors: VertexErrors) -> dict[str, str]:
    return {
        "mesh": _packed(errors.mesh),
        "distance": _packed(errors.distance),
        "signed": _packed(errors.signed),
    }


def _packed(values: npt.ArrayLike) -> str:
    """Hundredths of a percent as int16; what is farther away than 300 % is no face, and ends there."""
    limited = np.clip(np.nan_to_num(np.asarray(values, np.float64)), -_LIMIT, _LIMIT)
    return _base64(np.round(limited / STEP).astype("<i2"))


def _base64(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _extent(frames: Sequence[ShownFrame]) -> tuple[list[float], list[float]]:
    """About what the faces turn, and the width and height that hold nearly all of them."""
    meshes = np.concatenate([np.asarray(frame.observed, np.float64) for frame in frames])[:, :N_MESH_VERTICES]
    low, high = np.percentile(meshes.min(axis=1), 10, axis=0), np.percentile(meshes.max(axis=1), 90, axis=0)
    middle = (low + high) / 2.0
    size = (high - low)[:2]
    return [round(float(value), 2) for value in middle], [round(float(value), 2) for value in size]
