"""From 478 landmarks to a smooth surface with open eyes and mouth. No GL here.

The coarse mesh is subdivided once: landmarks keep their positions, and every edge gets a midpoint on a curved patch (PN
triangles: Vlachos, Peters, Boyd, Mitchell 2001), so that silhouettes are round and no value is smoothed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.types import FloatArray, Similarity
from realtime.geometry import (
    N_MESH_VERTICES,
    CanonicalFrame,
    surface_triangles,
)
from realtime.geometry import edges as mesh_edges

Index = npt.NDArray[np.int64]


class FaceSurface:
    """The topology of the divided mesh, and the maps from landmarks to vertices.

    Face coordinates: x to the subject's left, y up, z forward, in outer-canthal distances from the face's centre.
    """

    def __init__(self, mean_mesh: FloatArray) -> None:
        frame = CanonicalFrame.of(mean_mesh)
        self._axes = np.asarray(frame.axes, np.float32)
        self._origin = np.asarray(frame.origin, np.float32)
        self._unit = float(frame.unit)
        self._faces: Index = np.asarray(surface_triangles(), np.int64)
        self._edges: Index = np.asarray(mesh_edges(), np.int64)
        self._around = _faces_around(self._faces)
        self._rims = _rim_neighbors(self._faces, self._edges)
        self._corners, self.barycentrics = _divided(self._faces, self._edges)
        self._borders = _borders(self._corners.reshape(-1, 3))
        self._fine_faces = [np.ascontiguousarray(corner) for corner in self._corners.reshape(-1, 3).T]
        points = self.to_face(mean_mesh)
        self.cavities = self._corner_values(_cavities(points, self.normals(points), self._edges))

    @property
    def n_vertices(self) -> int:
        """Vertices of the divided surface, three to a triangle."""
        return len(self._corners)

    @property
    def corner_indices(self) -> Index:
        """Corners of all triangles, as numbers of the vertices that `divide` gives, (n_vertices,)."""
        return self._corners

    @property
    def unit(self) -> float:
        """The outer-canthal distance, model units: the length 1 of face coordinates."""
        return self._unit

    def to_face(self, mesh_canon: FloatArray) -> FloatArray:
        """Canonical mesh (N, 3) in model units -> face coordinates (N, 3)."""
        moved: FloatArray = (mesh_canon.astype(np.float32) - self._origin) @ self._axes.T / self._unit
        return moved

    def normals(self, points: FloatArray) -> FloatArray:
        """Unit normals (468, 3) of the coarse mesh, outward, weighted by the triangles' areas."""
        a, b, c = (points[self._faces[:, corner]] for corner in range(3))
        flat = np.zeros((len(self._faces) + 1, 3), np.float32)
        flat[:-1] = np.cross(b - a, c - a)
        summed: FloatArray = flat[self._around].sum(axis=1)
        summed /= np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
        return summed

    def vertex_normals(self, points: FloatArray) -> FloatArray:
        """Unit normals (478, 3) of all landmarks; irises, which belong to no triangle, point forward."""
        normals = np.zeros((len(points), 3), np.float32)
        normals[:N_MESH_VERTICES] = self.normals(points)
        normals[N_MESH_VERTICES:, 2] = 1.0
        return normals

    def px_from_face(self, px_from_canon: Similarity) -> Similarity:
        """The map from face coordinates into a picture, from the one that begins at the canonical frame."""
        scale, rotation = np.asarray(px_from_canon.scale), px_from_canon.rotation
        moved = scale * (rotation @ self._origin) + px_from_canon.translation
        return Similarity(scale * self._unit, rotation @ self._axes.T, moved)

    def corners(self, fine: FloatArray, out: FloatArray) -> None:
        """Spread what `divide` found over the corners of all triangles, into `out` (n_vertices, 7) float32."""
        np.take(fine, self._corners, axis=0, out=out)

    def outline(self, fine: FloatArray, camera_position: FloatArray, out: FloatArray) -> int:
        """Write the silhouette seen from `camera_position` (3,) as strips of four vertices.

        `out` (4 N, 10) float32 takes them: a vertex is position, normal, value, and the position of the edge's other
        end. Returns how many vertices were written; what is more than `out` can hold is left out.
        """
        # A triangle faces the camera where the signed volume that it spans with it is negative. Single columns,
        # since numpy gathers those five times as fast as rows.
        x, y, z = (np.ascontiguousarray(fine[:, axis]) - np.float32(camera_position[axis]) for axis in range(3))
        a, b, c = self._fine_faces
        xa, ya, za, xb, yb, zb, xc, yc, zc = (part.take(at) for at in (a, b, c) for part in (x, y, z))
        towards = np.zeros(len(a) + 1, bool)  # the last represents the missing triangle beyond a rim
        towards[:-1] = xa * (yb * zc - zb * yc) + ya * (zb * xc - xb * zc) + za * (xb * yc - yb * xc) < 0
        first, second, one, other = self._borders
        seen = np.flatnonzero(towards[one] != towards[other])[: len(out) // 4]
        start, end = fine[first[seen]], fine[second[seen]]
        strips = out[: 4 * len(seen)].reshape(-1, 4, 10)
        strips[:, :2, :7], strips[:, 2:, :7] = start[:, None], end[:, None]
        strips[:, :2, 7:], strips[:, 2:, 7:] = end[:, None, :3], start[:, None, :3]
        return 4 * len(seen)

    def divide(self, points: FloatArray, values: FloatArray | None) -> FloatArray:
        """Position, normal and value of every landmark and every middle of an edge, (468 + E, 7) float32.

        `points` (478, 3) face coordinates; `values` (478,) one number a landmark, or None for zeros.
        """
        coarse = points[:N_MESH_VERTICES]
        normals = self.normals(points)
        first, second = self._edges[:, 0], self._edges[:, 1]
        a, b, na, nb = coarse[first], coarse[second], normals[first], normals[second]
        along = b - a
        lift_a = np.einsum("ij,ij->i", along, na)[:, None] * na
        lift_b = np.einsum("ij,ij->i", along, nb)[:, None] * nb
        middle = 0.5 * (a + b) + 0.125 * (lift_b - lift_a)
        at, before, after = self._rims
        # Along an open rim the four-point scheme (Dyn, Levin, Gregory 1987), which uses the rim alone.
        middle[at] = 0.5625 * (a[at] + b[at]) - 0.0625 * (coarse[before] + coarse[after])
        middle_normals = na + nb
        middle_normals /= np.maximum(np.linalg.norm(middle_normals, axis=1, keepdims=True), 1e-12)

        fine = np.zeros((N_MESH_VERTICES + len(self._edges), 7), np.float32)
        fine[:N_MESH_VERTICES, :3], fine[N_MESH_VERTICES:, :3] = coarse, middle
        fine[:N_MESH_VERTICES, 3:6], fine[N_MESH_VERTICES:, 3:6] = normals, middle_normals
        return fine if values is None else self.colored(fine, values)

    def colored(self, fine: FloatArray, values: FloatArray) -> FloatArray:
        """What `divide` found, with other numbers (478,) in its last column."""
        found = fine.copy()
        found[:N_MESH_VERTICES, 6] = values[:N_MESH_VERTICES]
        found[N_MESH_VERTICES:, 6] = 0.5 * (values[self._edges[:, 0]] + values[self._edges[:, 1]])
        return found

    def _corner_values(self, coarse: FloatArray) -> FloatArray:
        fine = np.concatenate([coarse, coarse[self._edges].mean(axis=1)])
        corners: FloatArray = fine[self._corners].astype(np.float32)
        return corners


def _faces_around(faces: Index) -> Index:
    """For each vertex the triangles that touch it, (468, most); what is missing points at one past the last."""
    owner = faces.ravel()
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=N_MESH_VERTICES)
    around = np.full((N_MESH_VERTICES, counts.max()), len(faces), np.int64)
    column = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    around[owner[order], column] = order // 3
    return around


def _edge_of(faces: Index, edges: Index) -> Index:
    """(T, 3): the index of the edge between corners 0-1, 1-2 and 2-0 of every triangle."""
    number = {(int(a), int(b)): at for at, (a, b) in enumerate(edges)}
    pairs = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1), axis=-1)
    return np.array([[number[int(a), int(b)] for a, b in triangle] for triangle in pairs], np.int64)


def _rim_neighbors(faces: Index, edges: Index) -> tuple[Index, Index, Index]:
    """The edges that belong to one triangle only, and for each the next vertex of the rim on either side."""
    uses = np.bincount(_edge_of(faces, edges).ravel(), minlength=len(edges))
    rim = np.flatnonzero(uses == 1)
    beside: dict[int, list[int]] = {}
    for a, b in edges[rim]:
        beside.setdefault(int(a), []).append(int(b))
        beside.setdefault(int(b), []).append(int(a))
    plain = [at for at in rim if all(len(beside[int(v)]) == 2 for v in edges[at])]
    before = [next(v for v in beside[int(edges[at][0])] if v != edges[at][1]) for at in plain]
    after = [next(v for v in beside[int(edges[at][1])] if v != edges[at][0]) for at in plain]
    return np.array(plain, np.int64), np.array(before, np.int64), np.array(after, np.int64)


def _divided(faces: Index, edges: Index) -> tuple[Index, FloatArray]:
    """Vertex indices (12 T,) of the four triangles that each triangle is divided into, and their coordinates.

    The coordinates (12 T, 3) are barycentric in the undivided triangle: edges are drawn along the landmarks' mesh.
    """
    middles = N_MESH_VERTICES + _edge_of(faces, edges)
    a, b, c = faces.T
    ab, bc, ca = middles.T
    corners = np.stack([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca], axis=1).reshape(-1)
    whole = np.eye(3)
    half = 0.5 * (whole + np.roll(whole, 1, axis=1))  # the middles ab, bc, ca
    place = np.concatenate([whole, half])[[0, 3, 5, 1, 4, 3, 2, 5, 4, 3, 4, 5]]
    return corners, np.tile(place, (len(faces), 1)).astype(np.float32)


def _borders(faces: Index) -> tuple[Index, Index, Index, Index]:
    """For every edge its two ends and its two triangles; one past the last where there is no second."""
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    owner = np.tile(np.arange(len(faces)), 3)
    unique, where = np.unique(sides, axis=0, return_inverse=True)
    where = where.ravel()
    order = np.argsort(where, kind="stable")
    starts = np.searchsorted(where[order], np.arange(len(unique)))
    twice = np.bincount(where, minlength=len(unique)) == 2
    other = np.full(len(unique), len(faces), np.int64)
    other[twice] = owner[order[starts[twice] + 1]]
    return unique[:, 0], unique[:, 1], owner[order[starts]], other


def _cavities(points: FloatArray, normals: FloatArray, edges: Index) -> FloatArray:
    """Cavity of each vertex of the mean face relative to its neighbours, (468,), 0 flat or raised .. 1 deep."""
    ends = np.concatenate([edges, edges[:, ::-1]])
    counts = np.bincount(ends[:, 0], minlength=N_MESH_VERTICES)[:, None]
    total = np.zeros((N_MESH_VERTICES, 3))
    np.add.at(total, ends[:, 0], points[ends[:, 1]])
    depth = np.einsum("ij,ij->i", total / counts - points[:N_MESH_VERTICES], normals)
    for _ in range(2):
        spread = np.zeros(N_MESH_VERTICES)
        np.add.at(spread, ends[:, 0], depth[ends[:, 1]])
        depth = 0.5 * depth + 0.5 * spread / counts[:, 0]
    found: FloatArray = np.clip(depth / 0.02, 0.0, 1.0)
    return found
