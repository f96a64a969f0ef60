"""The depth of `au_to_mesh_pls_v4`, and of what is composed from it, in MediaPipe's proportions.

py-feat's recipe of v4 ends by stretching the mean mesh and all that goes with it along y, by 1.1524489, to the height
over width of MediaPipe's canonical face; z was left as it was (`scripts/fit_pls_v24_mesh.py`, `aspect_scale_y`). The
hypothesis that z is too large by exactly this factor was tested on faces that have nothing to do with the fit: see
docs/methods.md. It is a correction of the whole frame, so everything in it is scaled: mean, face at rest, intercept,
every row and the anchors, about the anchors' mean.

Which models have this frame is decided by what they say of themselves and never by how deep they look: the SHA-256 of
the file in py-feat's wheel, a card that begins with "au_to_mesh_pls_v4", or metadata of a model composed from that
file. A file that was written from a corrected model says so in its metadata and is not corrected again.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt

from realtime.core.errors import UsageError
from realtime.core.types import N_LANDMARKS, FrameChoice
from realtime.model.linear import LinearMeshModel

FRAMES: tuple[FrameChoice, ...] = get_args(FrameChoice)
Y_STRETCH = 1.1524489  # of py-feat's recipe
DEPTH = 1.0 / Y_STRETCH
V4_SHA256 = "b5ca40b880530212bccc48d955f32e49309fa7bcdac761b5ed05b6340dfd1f6b"
_V4 = "au_to_mesh_pls_v4"
_NOTE = "z_corrected"  # in the metadata of a corrected model


def in_frame(model: LinearMeshModel, frame: FrameChoice) -> LinearMeshModel:
    """The model in the frame that is asked for: "corrected", where the depth of its file is known to be wrong, else as
    it is.

    Raises UsageError for an unknown value of `frame`.
    """
    if frame not in FRAMES:
        raise UsageError(f"frame = '{frame}' is not known. Known are {', '.join(FRAMES)}.")
    return _corrected(model) if frame == "corrected" and is_too_deep(model) else model


def is_too_deep(model: LinearMeshModel) -> bool:
    """Whether a model has the frame of `au_to_mesh_pls_v4` with its depth as filed."""
    if _NOTE in model.metadata:
        return False
    card = model.card.split(maxsplit=1)
    composed_from = model.metadata.get("composed_from")
    return model.sha256 == V4_SHA256 or card[:1] == [_V4] or composed_from == f"{_V4}.npz"


def _corrected(model: LinearMeshModel) -> LinearMeshModel:
    center = float(model.anchors[:, 2].astype(np.float64).mean())
    # A neutral that the file does not give is predicted, and is predicted again.
    predicted = np.array_equal(model.neutral_mesh, model.predict_neutral())
    note = f"z * {DEPTH:.7f} about the anchors' mean: the frame's y was stretched by {Y_STRETCH} and its z was not"
    return model.replaced(
        coef=_rows(model.coef, 0.0),
        coef_full=None if model.coef_full is None else _rows(model.coef_full, 0.0),
        intercept=_rows(model.intercept, center),
        mean_mesh=_mesh(model.mean_mesh, center),
        neutral_mesh=None if predicted else _mesh(model.neutral_mesh, center),
        anchors=_mesh(model.anchors, center),
        depth_factor=model.depth_factor * DEPTH,
        card=f"{model.card} {'' if model.card.endswith('.') else '| '}Depth corrected by this program: {note}.".strip(),
        metadata=dict(model.metadata) | {_NOTE: note},
    )


def _rows(rows: npt.NDArray[np.float32], center: float) -> npt.NDArray[np.float64]:
    """Outputs (..., 1434) in the files' axis-major order, z scaled about `center`: 0 for displacements."""
    scaled = rows.astype(np.float64)
    z = scaled[..., 2 * N_LANDMARKS :]
    z[...] = center + DEPTH * (z - center)
    return scaled


def _mesh(points: npt.NDArray[np.float32], center: float) -> npt.NDArray[np.float64]:
    scaled = points.astype(np.float64)
    scaled[:, 2] = center + DEPTH * (scaled[:, 2] - center)
    return scaled
