"""The three faces as pictures, for where there is no WebGL, no script or only paper."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.compare_view import ShownFrame
from realtime.export.report.compare.face_data import MOST, SIGNED
from realtime.export.report.face_picture import face_image
from realtime.export.report.palette import PLASTER, ramp, signed_ramp
from realtime.geometry import N_MESH_VERTICES
from realtime.geometry.normals import outward_normals

F64 = npt.NDArray[np.float64]
_WIDTH, _MARGIN = 300, 6.0
_RELIEF = 0.62  # the shape is shown by its shading alone


def stored_faces(frame: ShownFrame) -> tuple[str, str, str]:
    """Addresses of pictures of the shape, the error and the error with its sign, under the first setup."""
    observed, predicted = (np.asarray(meshes[0], np.float64) for meshes in (frame.observed, frame.predicted))
    px, height = _placed(observed)
    error = observed - predicted
    distance = np.linalg.norm(error, axis=1) / MOST
    signed = (error * outward_normals(predicted)).sum(axis=1) / (2.0 * SIGNED) + 0.5
    return (
        face_image(px, np.zeros(len(px)), _WIDTH, height, lambda _: PLASTER, _RELIEF),
        face_image(px, distance, _WIDTH, height, ramp),
        face_image(px, signed, _WIDTH, height, signed_ramp),
    )


def _placed(mesh: F64) -> tuple[F64, int]:
    """Vertices in px of the page, y down and z towards the viewer, and the height of the picture."""
    low, high = mesh[:N_MESH_VERTICES].min(axis=0), mesh[:N_MESH_VERTICES].max(axis=0)
    scale = (_WIDTH - 2.0 * _MARGIN) / float(high[0] - low[0])
    px = np.column_stack([mesh[:, 0] - low[0], high[1] - mesh[:, 1], mesh[:, 2]]) * scale
    px[:, :2] += _MARGIN
    return px, int(np.ceil(scale * float(high[1] - low[1]) + 2.0 * _MARGIN))
