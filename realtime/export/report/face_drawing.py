"""The mesh as lines, with its anchors marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.export.report.markup import Markup, tag
from realtime.export.report.svg import Drawing
from realtime.geometry import N_MESH_VERTICES, CanonicalFrame
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.geometry.topology import edges, features_contour, oval_contour

F64 = npt.NDArray[np.float64]


def seen(mesh: npt.ArrayLike, frame: CanonicalFrame, azimuth_deg: float = 0.0) -> F64:
    """(478, 3) x to the right, y down and z towards the viewer, in outer-canthal distances about the face's middle.

    A positive azimuth shows the subject's left side, which is on the right of a face seen from the front.
    """
    points = (np.asarray(mesh, np.float64) - frame.origin) @ frame.axes.T / frame.unit
    angle = np.radians(azimuth_deg)
    x = np.cos(angle) * points[:, 0] - np.sin(angle) * points[:, 2]
    z = np.sin(angle) * points[:, 0] + np.cos(angle) * points[:, 2]
    return np.stack([x, -points[:, 1], z], axis=1)


class _Placed:
    """Points in px: a face of this width, with its upper left corner where it is to be."""

    def __init__(self, points: F64, width: float, x: float = 0.0, y: float = 0.0, scale: float | None = None) -> None:
        low, high = points[:N_MESH_VERTICES, :2].min(axis=0), points[:N_MESH_VERTICES, :2].max(axis=0)
        self.scale = scale or width / float(high[0] - low[0])
        self.px: F64 = (points[:, :2] - low) * self.scale + (x, y)
        self.height = float(high[1] - low[1]) * self.scale


def mesh_drawing(width: int, mesh: npt.ArrayLike, anchors: Sequence[int], across: str, description: str) -> Markup:
    """The mesh from the front and from its left side as lines, the anchors as dots.

    `across` is the text under the line between the outer canthi.
    """
    frame = CanonicalFrame.of(mesh)
    face = 300.0 if width > 600 else 176.0
    gap = 110.0 if width > 600 else 24.0
    front = _Placed(seen(mesh, frame), face, 4.0, 8.0)
    side = _Placed(seen(mesh, frame, 90.0), face, face + gap, 8.0, front.scale)
    drawing = Drawing(width, front.height + 48.0, description)
    for placed in (front, side):
        _lines(drawing, placed, edges(), "s-mesh")
        _lines(drawing, placed, np.concatenate([features_contour(), oval_contour()]), "s-contour")
        for at in anchors:
            drawing.dot(placed.px[at, 0], placed.px[at, 1], "f-anchor", 4.5)
    right, left = front.px[RIGHT_OUTER_CANTHUS], front.px[LEFT_OUTER_CANTHUS]
    y = front.height + 22.0
    for x, point in ((right[0], right), (left[0], left)):
        drawing.line(x, point[1] + 6.0, x, y + 4.0, "s-neutral")
    drawing.line(right[0], y, left[0], y, "s-axis")
    drawing.text((right[0] + left[0]) / 2.0, y + 18.0, across, "t-muted", "middle")
    return drawing.markup()


def _lines(drawing: Drawing, placed: _Placed, pairs: npt.ArrayLike, style: str) -> None:
    px = placed.px
    steps = "".join(
        f"M{px[a, 0]:.1f} {px[a, 1]:.1f}L{px[b, 0]:.1f} {px[b, 1]:.1f}" for a, b in np.asarray(pairs).tolist()
    )
    drawing.add(tag("path", d=steps, class_=style))
