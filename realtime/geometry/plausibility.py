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

# Mean brightness and redness (logarithms of gray and of red over green) at vertices of the mouth and of the skin around
# it, each of unit length over all of them; vertices that mirror each other have one number. Of 490 faces
# of clips and photographs, talking and smiling ones included.
# fmt: off
_PATTERN: dict[tuple[int, ...], tuple[float, float]] = {
    (0,): (0.04, 0.06), (11,): (-0.06, 0.16), (13,): (-0.09, 0.14), (14,): (-0.04, 0.16), (15,): (0.06, 0.11),
    (16,): (0.08, 0.08), (17,): (0.02, 0.04), (18,): (0.02, -0.05), (37, 267): (0.07, -0.04),
    (39, 269): (0.02, -0.03), (40, 270): (-0.07, 0.02), (43, 273): (0.1, -0.12), (57, 287): (0.05, -0.11),
    (61, 291): (-0.1, 0.01), (62, 292): (-0.15, 0.05), (72, 302): (-0.07, 0.13), (73, 303): (-0.09, 0.11),
    (74, 304): (-0.14, 0.1), (76, 306): (-0.12, 0.03), (78, 308): (-0.18, 0.08), (80, 310): (-0.17, 0.13),
    (81, 311): (-0.12, 0.13), (82, 312): (-0.1, 0.12), (83, 313): (0.05, -0.06), (84, 314): (0.05, 0),
    (85, 315): (0.08, 0.04), (86, 316): (0.06, 0.07), (87, 317): (-0.03, 0.12), (88, 318): (-0.11, 0.11),
    (90, 320): (0.01, 0), (91, 321): (0.07, -0.06), (92, 322): (0.12, -0.17), (95, 324): (-0.15, 0.12),
    (106, 335): (0.12, -0.12), (146, 375): (0, -0.03), (164,): (0.05, -0.1), (165, 391): (0.15, -0.17),
    (167, 393): (0.09, -0.15), (178, 402): (-0.07, 0.11), (180, 404): (0.06, 0), (181, 405): (0.09, -0.05),
    (182, 406): (0.09, -0.09), (185, 409): (-0.13, 0.05), (186, 410): (0.06, -0.14), (191, 415): (-0.23, 0.18),
    (199,): (0.14, -0.13), (200,): (0.16, -0.13), (201, 421): (0.16, -0.14), (202, 422): (0.1, -0.13),
    (204, 424): (0.1, -0.13), (212, 432): (0.13, -0.16),
}
# fmt: on

_SPACING = 0.02  # of the nine pixels whose mean is a vertex's color, outer-canthal distances
_DARKEST = 8.0, 16.0  # gray levels that are added for brightness and redness, so that noise in the dark counts little
# Length of what does not fit the pattern that is taken for granted: a flat area, whose pattern is noise, matches by 0.
_GRANTED = 0.15, 0.2
_GRAY = np.array([0.299, 0.587, 0.114])
# In a beard lips are not darker than what is around them, but so much redder that this alone shows a mouth, unless the
# brightness contradicts. Of hands over a mouth one in a hundred passes by it.
_RED_ENOUGH = 0.75
_NOT_CONTRADICTED = 0.2


def mouth_match(image: ByteArray, points_px: FloatArray) -> float:
    """How well the picture (height, width, 3) RGB shows a mouth where the landmarks (478, 3) in pixels have one.

    The part of the brightness at the vertices that is the pattern of a mouth, over the part that is not: 1 where both
    are equal, 0 where there is no such pattern, negative where it is inverted. That of the redness instead where lips
    are red enough to show in a beard. A gradient from side to side, as of a lamp beside the face, is taken out before.
    """
    vertices, patterns = _patterns()
    across = (points_px[LEFT_OUTER_CANTHUS] - points_px[RIGHT_OUTER_CANTHUS]).astype(np.float64)
    unit = sqrt(float(across @ across))
    if not 0 < unit < np.inf:
        return 0.0
    points = points_px[vertices, :2].astype(np.float64)
    height, width = image.shape[:2]
    steps = _SPACING * unit * np.array([-1.0, 0.0, 1.0])
    columns = np.clip(np.rint(points[:, 0] + steps[:, None]), 0, width - 1).astype(np.intp)
    rows = np.clip(np.rint(points[:, 1] + steps[:, None]), 0, height - 1).astype(np.intp)
    colors = image[rows[:, None], columns[None]].reshape(9, len(vertices), 3).mean(axis=0)
    sideways = points @ across[:2]
    sideways -= sideways.mean()
    bright = _match(np.log(colors @ _GRAY + _DARKEST[0]), patterns[0], sideways, _GRANTED[0])
    red = np.log((colors[:, 0] + _DARKEST[1]) / (colors[:, 1] + _DARKEST[1]))
    redness = _match(red, patterns[1], sideways, _GRANTED[1])
    return max(bright, redness) if redness >= _RED_ENOUGH and bright >= _NOT_CONTRADICTED else bright


def implausible(image: ByteArray, points_px: FloatArray, limit: float = MIN_MOUTH_MATCH) -> tuple[str, ...]:
    """Why a mesh (478, 3) in pixels does not lie on a whole face of the picture; empty where it does."""
    match = mouth_match(image, points_px)
    return () if match >= limit else (f"{_NOT_SEEN}: match {match:.2f}, needs {limit:g}",)


def is_implausible(reason: str) -> bool:
    """Whether a reason for which a frame is invalid is one that `implausible` gives."""
    return reason.startswith(_NOT_SEEN)


def _match(values: F64, pattern: F64, sideways: F64, granted: float) -> float:
    """The part of `values` (vertices,) that is the pattern, over the part that is neither it nor a gradient."""
    rest = values - values.mean()
    rest -= sideways * (float(sideways @ rest) / max(float(sideways @ sideways), 1e-12))
    fits = float(rest @ pattern)
    return fits / (sqrt(max(float(rest @ rest) - fits * fits, 0.0)) + granted)


@lru_cache(maxsize=1)
def _patterns() -> tuple[IntArray, F64]:
    """The vertices, and the two patterns (2, vertices) without mean and of unit length."""
    vertices = np.array([vertex for pair in _PATTERN for vertex in pair])
    patterns = np.array([values for pair, values in _PATTERN.items() for _ in pair]).T
    patterns -= patterns.mean(axis=1, keepdims=True)
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    for array in (vertices, patterns):
        array.setflags(write=False)
    return vertices, patterns
