"""The 68 points of dlib and OpenFace among MediaPipe's 478, as py-feat selects them (feat.utils.blendshape_to_au)."""

from __future__ import annotations

from realtime.core.types import Array
from realtime.export.tables.selection import Block

POINTS = 68
_VERTICES = (
    127, 234, 93, 132, 58, 172, 136, 150, 176, 148, 152, 377, 400, 379, 365, 397, 356,  # jaw
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,  # brows
    168, 6, 195, 4, 240, 75, 1, 305, 460,  # nose
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # outer lips
    78, 82, 13, 312, 308, 317, 14, 87,  # inner lips
)  # fmt: skip


def points_68(block: Block) -> Array:
    """(n, 136) pixels, all x before all y."""
    points: Array = block.landmarks[:, list(_VERTICES), :2]
    return points.transpose(0, 2, 1).reshape(len(block), -1)
