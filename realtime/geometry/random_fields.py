"""Random displacement fields that are as large and as smooth as given ones, and move the face otherwise.

What a fit of a model to faces is worth is shown by fits of models that mean nothing. Those have to be of equal size
and smoothness: fields in which every vertex moves by itself fit no face, and larger ones fit more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS
from realtime.geometry._arrays import F64
from realtime.geometry.topology import LEFT_EYE, LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS, triangles, unique_edges


def random_alike(fields: npt.ArrayLike, rng: np.random.Generator) -> F64:
    """Fields (k, 478, 3) with the same inner products, and the same energy at each spatial frequency, at random.

    In the eigenvectors of the mesh's graph Laplacian (Taubin 1995) each frequency is turned in space by a random
    rotation or reflection, the same for all k fields. That is the surrogate of a time series with random phases, on a
    mesh: an orthogonal map of all displacements, under which lengths, angles between fields and smoothness stay.
    """
    waves = _waves(np.asarray(fields, np.float64))
    turned = waves @ _turns(rng)  # (478, k, 3)
    back = _frequencies().T @ turned.reshape(N_LANDMARKS, -1)
    found: F64 = np.ascontiguousarray(back.reshape(N_LANDMARKS, -1, 3).swapaxes(0, 1))
    return found


def random_projections(
    fields: npt.ArrayLike, directions: npt.ArrayLike, rng: np.random.Generator, count: int
) -> Iterator[F64]:
    """`count` times the inner products (n, r) of fields (n, 478, 3), made random alike, with directions (r, 478, 3).

    As if `random_alike` had turned the directions, as many random models, and the fields were the faces: an orthogonal
    map of the ones is the inverse map of the others. The n-th one is the same map for all fields of one seed.
    """
    faces, at = (_waves(np.asarray(values, np.float64)) for values in (fields, directions))
    flat = at.swapaxes(0, 1).reshape(at.shape[1], -1).T
    for _ in range(count):
        turned = faces @ _turns(rng)
        yield turned.swapaxes(0, 1).reshape(turned.shape[1], -1) @ flat


def _waves(fields: F64) -> F64:
    """(478, k, 3) fields (k, 478, 3) by spatial frequency, from smooth to rough."""
    found: F64 = (_frequencies() @ fields.swapaxes(0, 1).reshape(N_LANDMARKS, -1)).reshape(N_LANDMARKS, -1, 3)
    return found


def _turns(rng: np.random.Generator) -> F64:
    """(478, 3, 3) a random rotation or reflection of each frequency, uniform (Mezzadri 2007)."""
    turns, triangular = np.linalg.qr(rng.normal(size=(N_LANDMARKS, 3, 3)))
    found: F64 = turns * np.sign(np.diagonal(triangular, axis1=1, axis2=2))[:, None, :]
    return found


@lru_cache(maxsize=1)
def _frequencies() -> F64:
    """(478, 478) the eigenvectors of the Laplacian as rows, from smooth to rough; read-only."""
    basis: F64 = np.ascontiguousarray(np.linalg.eigh(_laplacian())[1].T)
    basis.setflags(write=False)
    return basis


@lru_cache(maxsize=1)
def _laplacian() -> F64:
    """(478, 478) the graph Laplacian of the mesh, each iris as a ring about its center that is tied to the eye.

    The edges of the irises differ a little in weight: their symmetry would leave some eigenvectors undetermined, which
    another number of threads would then turn, and with them every random field.
    """
    sides, of_irises = unique_edges(triangles()), []
    for iris, eye in ((RIGHT_IRIS, RIGHT_EYE), (LEFT_IRIS, LEFT_EYE)):
        center, *ring = iris
        of_irises += [(center, vertex) for vertex in (*ring, *eye[::4])]
        of_irises += zip(ring, [*ring[1:], ring[0]], strict=True)
    a, b = np.concatenate([sides, of_irises]).T
    weights = np.concatenate([np.ones(len(sides)), 1.0 + 0.2 * np.arange(len(of_irises)) / len(of_irises)])
    found = np.zeros((N_LANDMARKS, N_LANDMARKS))
    np.add.at(found, (np.r_[a, b], np.r_[b, a]), -np.r_[weights, weights])
    np.fill_diagonal(found, -found.sum(axis=1))
    found.setflags(write=False)
    return found
