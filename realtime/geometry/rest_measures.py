"""Measures of a face at rest: lips, eyes, corners of the mouth. They are ratios, so any frame of reference serves."""

from __future__ import annotations

from math import radians, tan

import numpy as np

from realtime.core.types import FloatArray
from realtime.geometry.canonical_frame import CHIN, FOREHEAD, LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

_LIPS = ((82, 87), (13, 14), (312, 317))  # inner edges, upper and lower
_CORNERS = (61, 291)
# For each eye: outer and inner corner, and two pairs of lid points (Soukupova and Cech 2016).
_EYES = (((RIGHT_OUTER_CANTHUS, 133), ((160, 144), (158, 153))), ((LEFT_OUTER_CANTHUS, 362), ((387, 373), (385, 380))))

# A mouth at rest is 0.56 outer-canthal distances wide (0.55 to 0.57 in anthropometric tables: 52 to 56 mm of 94 to 98),
# and its corners lie 0.01 below the line between the lips on MediaPipe's canonical face. A full smile widens the mouth
# by 27 % and moves the corners up at 47 degrees (spontaneous smiles: Tarantili, Halazonetis and Spyropoulos 2005).
_REST_WIDTH, _REST_RISE = 0.56, -0.01
_SMILE_WIDENS = 0.27 * _REST_WIDTH
_SMILE_RISES = _SMILE_WIDENS / 2 * tan(radians(47))


def lip_gap(mesh: FloatArray) -> float:
    """How far the inner edges of the lips of a mesh (478, 3) are apart, % of the outer-canthal distance."""
    return 100.0 * float(np.mean([_distance(mesh, *pair) for pair in _LIPS])) / _unit(mesh)


def eye_aspect_ratio(mesh: FloatArray) -> float:
    """Height of the eyes over their width, mean of both (Soukupova and Cech 2016): below about 0.2 they are closed."""
    ratios = [
        sum(_distance(mesh, *pair) for pair in lids) / (2.0 * _distance(mesh, *corners)) for corners, lids in _EYES
    ]
    return float(np.mean(ratios))


def smile_extent(mesh: FloatArray) -> float:
    """How far the corners of the mouth are drawn outwards and up, as a multiple of a full smile; 0 for a mouth of
    average width at rest, negative where it is narrower or its corners hang.
    """
    unit = _unit(mesh)
    down = (mesh[CHIN] - mesh[FOREHEAD]).astype(np.float64)
    down /= np.sqrt(float(down @ down))
    between_lips = (mesh[13].astype(np.float64) + mesh[14]) / 2
    rise = float((between_lips - mesh[list(_CORNERS)].mean(axis=0)) @ down) / unit
    widening = _distance(mesh, *_CORNERS) / unit - _REST_WIDTH
    return 0.5 * (widening / _SMILE_WIDENS + (rise - _REST_RISE) / _SMILE_RISES)


def _distance(mesh: FloatArray, one: int, other: int) -> float:
    apart = mesh[one].astype(np.float64) - mesh[other]
    return float(np.sqrt(apart @ apart))


def _unit(mesh: FloatArray) -> float:
    return _distance(mesh, LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS)
