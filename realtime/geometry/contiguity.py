"""Whether the vertices of a mesh, or of a field on it, are in the order and on the axes of the FaceMesh.

Neighbours on a face lie near each other and move alike. Vertices in a wrong order, and axes that are read in a wrong
one, break that: the edges of the mesh become long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64, IntArray
from realtime.geometry.topology import N_MESH_VERTICES, triangles, unique_edges

# The family's mean mesh has 0.02, the rows of its models 0.03 to 0.19 (closed eyes), any of them with permuted vertices
# 0.95 or more, read in the other axis order 0.78 or more.
MOST_CONTIGUITY = 0.5
_LONG = 4.0  # times as long as in the reference


def contiguity(fields: npt.ArrayLike) -> F64:
    """Geary's contiguity ratio (Geary 1954) of fields (..., 478, 3) on the mesh; (...,), NaN of a constant one.

    The mean squared difference of the ends of an edge over that of two vertices at random: near 0 where neighbours are
    alike, 1 where they are as different as any two. Of a mesh itself, or of what moves it. The irises have no edges.
    """
    values = np.asarray(fields, np.float64)[..., :N_MESH_VERTICES, :]
    a, b = _edges().T
    along = np.square(values[..., a, :] - values[..., b, :]).sum(axis=-1).mean(axis=-1)
    centered = values - values.mean(axis=-2, keepdims=True)
    spread = 2.0 * np.square(centered).sum(axis=-1).mean(axis=-1)
    size = np.square(values).sum(axis=-1).mean(axis=-1)
    found: F64 = np.divide(along, spread, out=np.full(np.shape(spread), np.nan), where=spread > 1e-12 * size)
    return found


def misplaced_vertices(mesh: npt.ArrayLike, reference: npt.ArrayLike) -> IntArray:
    """The vertices of a mesh (478, 3) that are far from their neighbours: a few that were exchanged are found so.

    Edges are measured in those of a reference of the same kind of face, each mesh in the median of its edges. A vertex
    is misplaced where the median of its edges is four times as long as it should be.
    """
    a, b = _edges().T
    here, there = (_lengths(np.asarray(one, np.float64), a, b) for one in (mesh, reference))
    ratio = np.divide(here, there, out=np.ones(len(a)), where=there > 0)
    longer: list[list[float]] = [[] for _ in range(N_MESH_VERTICES)]
    for one, other, times in zip(a.tolist(), b.tolist(), ratio.tolist(), strict=True):
        longer[one].append(times)
        longer[other].append(times)
    found: IntArray = np.flatnonzero([float(np.median(times)) > _LONG for times in longer])
    return found


@dataclass(frozen=True, slots=True)
class AxisMatch:
    """Which axes of a reference the axes of a mesh are, by their signed correlations over the vertices."""

    axes: tuple[str, str, str]  # ("x", "y", "z") where they are as they should be; ("y", "-x", "z") were turned
    correlation: float  # smallest of the three
    runner_up: float  # the smallest correlation of the best other order

    @property
    def as_expected(self) -> bool:
        """Whether every axis is itself, and no other one."""
        return self.axes == ("x", "y", "z") and self.correlation > 0.5


def axis_match(mesh: npt.ArrayLike, reference: npt.ArrayLike) -> AxisMatch:
    """Find the order and the signs of the axes under which a mesh (v, 3) is most like a reference (v, 3)."""
    one, other = (np.asarray(values, np.float64) for values in (mesh, reference))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    scale = np.sqrt(np.outer(np.square(one).sum(axis=0), np.square(other).sum(axis=0)))
    correlations = np.divide(one.T @ other, scale, out=np.zeros((3, 3)), where=scale > 0)
    found = []
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        names = tuple(("-" if sign < 0 else "") + "xyz"[at] for at, sign in zip(order, signs, strict=True))
        values = [sign * correlations[axis, at] for axis, (at, sign) in enumerate(zip(order, signs, strict=True))]
        found.append((float(sum(values)), float(min(values)), names))
    (_, least, (first, second, third)), (_, next_least, _) = sorted(found, reverse=True)[:2]
    return AxisMatch((first, second, third), least, next_least)


def _lengths(mesh: F64, a: IntArray, b: IntArray) -> F64:
    lengths: F64 = np.linalg.norm(mesh[a] - mesh[b], axis=-1)
    middle = float(np.median(lengths))
    return lengths / middle if middle > 0 else lengths


@lru_cache(maxsize=1)
def _edges() -> IntArray:
    """The edges of all triangles, those across the eyes and the mouth included: they are ends of one field too."""
    found = unique_edges(triangles())
    found.setflags(write=False)
    return found
