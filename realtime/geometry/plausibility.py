"""Whether a mesh lies on a face: whether the picture shows a mouth where the mesh has one.

A tracker completes what it does not see. Over a hand, on a profile and on a face that is upside down it lays a mesh
whose shape is as good as any other (see docs/methods.md for measurements), so the picture has to be asked. Lips, the
line between them and the corners of the mouth are darker than the skin around them, whatever the expression, since the
mesh follows it. So the brightness at the vertices of the mouth is compared with the pattern that mouths have.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

MIN_MOUTH_MATCH = 0.65
_NOT_SEEN = "mouth not seen"

# Mean logarithm of the brightness at vertices of the mouth and of the skin around it, unit length over all of them; a
# pair of vertices that mirror each other has one number. Of 490 faces of 50 people, talking and smiling included.
# fmt: off
_PATTERN: dict[tuple[int, ...], float] = {
    (0,): 0.04, (11,): -0.06, (13,): -0.09, (14,): -0.04, (15,): 0.06, (16,): 0.08, (17,): 0.02, (18,): 0.02,
    (37, 267): 0.07, (39, 269): 0.02, (40, 270): -0.07, (43, 273): 0.1, (57, 287): 0.05, (61, 291): -0.1,
    (62, 292): -0.15, (72, 302): -0.07, (73, 303): -0.09, (74, 304): -0.14, (76, 306): -0.12, (78, 308): -0.18,
    (80, 310): -0.17, (81, 311): -0.12, (82, 312): -0.1, (83, 313): 0.05, (84, 314): 0.05, (85, 315): 0.08,
    (86, 316): 0.06, (87, 317): -0.03, (88, 318): -0.11, (90, 320): 0.01, (91, 321): 0.07, (92, 322): 0.12,
    (95, 324): -0.15, (106, 335): 0.12, (146, 375): 0.0, (164,): 0.05, (165, 391): 0.15, (167, 393): 0.09,
    (178, 402): -0.07, (180, 404): 0.06, (181, 405): 0.09, (182, 406): 0.09, (185, 409): -0.13, (186, 410): 0.06,
    (191, 415): -0.23, (199,): 0.14, (200,): 0.16, (201, 421): 0.16, (202, 422): 0.1, (204, 424): 0.1,
    (212, 432): 0.13,
}
# fmt: on

_SPACING = 0.02  # of the nine pixels whose mean is a vertex's brightness, outer-canthal distances
_DARKEST = 8.0  # gray levels that are added, so that noise in the dark counts little
# Length of what does not fit the pattern that is taken for granted: a flat area, whose pattern is noise, matches by 0.
_GRANTED = 0.15
_GRAY = np.array([0.299, 0.587, 0.114])


def mouth_match(image: ByteArray, points_px: FloatArray) -> float:
    """How well the picture (height, width, 3) RGB shows a mouth where the landmarks (478, 3) in pixels have one.

    The part of the brightness at the vertices that is the pattern of a mouth, over the part that is not: 1 where both
    are equal, 0 where there is no such pattern, negative where it is inverted. A gradient from side to side, as of a
    lamp beside the face, is taken out before. Takes 0.1 ms.
    """
    vertices, pattern = _pattern()
    across = (points_px[LEFT_OUTER_CANTHUS] - points_px[RIGHT_OUTER_CANTHUS]).astype(np.float64)
    unit = float(np.sqrt(across @ across))
    if not 0 < unit < np.inf:
        return 0.0
    points = points_px[vertices, :2].astype(np.float64)
    height, width = image.shape[:2]
    steps = _SPACING * unit * np.array([-1.0, 0.0, 1.0])
    columns = np.clip(np.rint(points[:, 0] + steps[:, None]), 0, width - 1).astype(np.intp)
    rows = np.clip(np.rint(points[:, 1] + steps[:, None]), 0, height - 1).astype(np.intp)
    colors = image[rows[:, None], columns[None]].reshape(9, len(vertices), 3)
    bright = np.log(colors.mean(axis=0) @ _GRAY + _DARKEST)
    sideways = points @ across[:2]
    sideways -= sideways.mean()
    bright -= bright.mean()
    bright -= sideways * (sideways @ bright) / max(float(sideways @ sideways), 1e-12)
    fits = float(bright @ pattern)
    rest = sqrt(max(float(bright @ bright) - fits * fits, 0.0))
    return fits / (rest + _GRANTED)


def implausible(image: ByteArray, points_px: FloatArray, limit: float = MIN_MOUTH_MATCH) -> tuple[str, ...]:
    """Why a mesh (478, 3) in pixels does not lie on a whole face of the picture; empty where it does."""
    match = mouth_match(image, points_px)
    return () if match >= limit else (f"{_NOT_SEEN}: match {match:.2f}, needs {limit:g}",)


def is_implausible(reason: str) -> bool:
    """Whether a reason for which a frame is invalid is one that `implausible` gives."""
    return reason.startswith(_NOT_SEEN)


@lru_cache(maxsize=1)
def _pattern() -> tuple[IntArray, F64]:
    """The vertices and their numbers, without mean and of unit length."""
    vertices = np.array([vertex for pair in _PATTERN for vertex in pair])
    numbers = np.array([value for pair, value in _PATTERN.items() for _ in pair])
    numbers -= numbers.mean()
    numbers /= np.linalg.norm(numbers)
    for array in (vertices, numbers):
        array.setflags(write=False)
    return vertices, numbers
