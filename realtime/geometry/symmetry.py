"""Left-right symmetry of the face mesh: pairs of mirrored landmarks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.canonical_frame import CanonicalFrame
from realtime.geometry.similarity import fit_similarity

_ACROSS = np.array([-1.0, 1.0, 1.0])  # the first axis of the canonical frame points to the subject's left
_ROUNDS = 20  # the family's mean mesh needs three


def mirror_pairs(mean_mesh: npt.ArrayLike) -> IntArray:
    """For each landmark of a mean mesh (478, 3) the one on the other half of the face; (478,), read-only.

    The mesh's mirror image is superimposed on the mesh and moved until the nearest neighbours stay the same (iterated
    closest points, Besl & McKay 1992). Landmarks on the midline are their own partners.

    Raises ValueError for a mesh that is no face, or so lopsided that the nearest neighbours are not mutual.
    """
    mesh = np.asarray(mean_mesh, dtype=np.float64)
    frame = CanonicalFrame.of(mesh)
    at = (mesh - frame.origin) @ frame.axes.T
    image = at * _ACROSS
    pairs: IntArray = np.zeros(0, dtype=np.intp)
    for _ in range(_ROUNDS):
        apart = (at * at).sum(axis=1) - 2.0 * image @ at.T  # squared distance, less what is the same along a row
        nearest = apart.argmin(axis=1)
        if np.array_equal(nearest, pairs):
            break
        pairs = nearest
        image = fit_similarity(image, at[pairs]).apply(image)
    if not np.array_equal(pairs[pairs], np.arange(len(pairs))):
        raise ValueError("the mean mesh is not symmetric enough to pair its landmarks left and right")
    pairs.setflags(write=False)
    return pairs


def mirrored(fields: F64, pairs: IntArray) -> F64:
    """Displacement fields (..., 478, 3) along left, up and forward, as the other half of the face would make them."""
    image: F64 = fields[..., pairs, :] * _ACROSS
    return image


def symmetric_part(fields: F64, pairs: IntArray) -> F64:
    """The part of displacement fields (..., 478, 3) that both halves of the face share."""
    shared: F64 = 0.5 * (fields + mirrored(fields, pairs))
    return shared


def asymmetry(fields: F64, pairs: IntArray, others: F64 | None = None) -> F64:
    """The share of the energy of fields (..., 478, 3) that is not mirrored by `others` (by themselves where None).

    (...,) from 0 (mirror images) over 0.5 (unrelated) to 1 (opposite); 0 where nothing moves.
    """
    others = fields if others is None else others
    missed = ((fields - mirrored(others, pairs)) ** 2).sum(axis=(-2, -1))
    energy = 2.0 * ((fields**2).sum(axis=(-2, -1)) + (others**2).sum(axis=(-2, -1)))
    share: F64 = np.divide(missed, energy, out=np.zeros_like(missed), where=energy > 0)
    return share
