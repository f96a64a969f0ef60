"""The regions of the face by which residuals are summed up."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from realtime.core.types import N_LANDMARKS
from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.topology import (
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    N_MESH_VERTICES,
    RIGHT_EYE,
    RIGHT_IRIS,
    triangles,
    unique_edges,
)

# fmt: off
# Landmarks that clearly belong to the region, in mirrored pairs; every other vertex goes to the region whose seeds are
# the fewest edges away. The order decides ties: features before the skin around them.
_SEEDS: dict[str, tuple[int, ...]] = {
    "eyes": (
        *RIGHT_EYE, *LEFT_EYE,
        130, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25,          # the next ring, right
        359, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255,  # and left
    ),
    "brows": (
        70, 63, 105, 66, 107, 46, 53, 52, 65, 55,
        300, 293, 334, 296, 336, 276, 283, 282, 295, 285,
    ),
    "mouth": (
        *INNER_LIPS,
        61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,  # outer lips
        164, 167, 393, 165, 391, 57, 287, 18, 83, 313,
    ),
    "nose": (
        168, 6, 197, 195, 5, 4, 1, 19, 94, 2,
        98, 97, 129, 64, 48, 115, 220, 45, 198, 236, 196, 122, 193,
        327, 326, 358, 294, 278, 344, 440, 275, 420, 456, 419, 351, 417,
    ),
    "forehead": (
        10, 151, 9, 67, 109, 108, 69, 104, 103, 54, 68, 21, 71,
        338, 297, 337, 299, 333, 332, 284, 298, 251, 301,
    ),
    "cheeks": (
        50, 280, 205, 425, 117, 346, 123, 352, 187, 411, 147, 376, 116, 345, 101, 330, 36, 266, 127, 356, 234, 454,
    ),
    "jaw": (
        152, 175, 199, 200,
        148, 176, 149, 150, 136, 172, 58, 135, 138, 169, 170, 140, 171, 208,
        377, 400, 378, 379, 365, 397, 288, 364, 367, 394, 395, 369, 396, 428,
    ),
}
# fmt: on

REGION_NAMES = ("forehead", "brows", "eyes", "nose", "cheeks", "mouth", "jaw")  # from above to below


def regions() -> dict[str, IntArray]:
    """The regions by name, from forehead to jaw: sorted vertex indices, together each of the 478 exactly once.

    A vertex belongs to the region whose seed landmarks are the fewest edges of the full triangulation away; the irises
    belong to the eyes.
    """
    labels = _labels()
    found: dict[str, IntArray] = {name: np.flatnonzero(labels == at) for at, name in enumerate(REGION_NAMES)}
    return found


def region_of(vertex: int) -> str:
    """The region of one of the 478 vertices."""
    return REGION_NAMES[_labels()[vertex]]


@lru_cache(maxsize=1)
def region_means() -> F64:
    """The (7, 478) matrix that averages one number per vertex over each region; read-only."""
    labels = _labels()
    member = labels[None, :] == np.arange(len(REGION_NAMES))[:, None]
    matrix: F64 = member / member.sum(axis=1, keepdims=True)
    matrix.setflags(write=False)
    return matrix


@lru_cache(maxsize=1)
def _labels() -> IntArray:
    """For each of the 478 vertices the index of its region in REGION_NAMES."""
    a, b = unique_edges(triangles()).T
    names = tuple(_SEEDS)
    steps = np.full((len(names), N_MESH_VERTICES), N_LANDMARKS, dtype=np.int64)
    for row, name in zip(steps, names, strict=True):
        row[list(_SEEDS[name])] = 0
        while True:  # Bellman-Ford over unit edges: as many rounds as the farthest vertex has edges to go
            before = row.copy()
            np.minimum.at(row, a, before[b] + 1)
            np.minimum.at(row, b, before[a] + 1)
            if np.array_equal(row, before):
                break
    nearest = steps.argmin(axis=0)  # the first of equals, so the order of the seeds decides ties
    labels = np.full(N_LANDMARKS, REGION_NAMES.index("eyes"))
    labels[:N_MESH_VERTICES] = np.array([REGION_NAMES.index(name) for name in names])[nearest]
    labels[list(RIGHT_IRIS + LEFT_IRIS)] = REGION_NAMES.index("eyes")
    labels.setflags(write=False)
    return labels
