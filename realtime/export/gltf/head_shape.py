"""The parts of a head that is exported: skin, eyeballs, irises and the inside of the mouth, made of 478 landmarks.

Skin, eyeballs and mouth are those of the window: the landmarks' mesh divided once, open at eyes and mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array, FloatArray
from realtime.export.gltf.iris import Irises
from realtime.view.gl.eyes_and_mouth import EyesAndMouth
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.paint import theme

CANTHAL_M = 0.09  # outer-canthal distance of an exported head, metres: some 90 mm in adults
_MOUTH_NEAR, _MOUTH_DEEP = (0.19, 0.085, 0.085), (0.045, 0.022, 0.028)  # sRGB, as shaders/mouth.frag has them


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The vertices of a part in one shape of the face."""

    positions: FloatArray  # (n, 3) float32 metres; x to the subject's left, y up, z forward
    normals: FloatArray  # (n, 3) float32 unit normals


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What does not change with the shape of the face."""

    name: str
    triangles: npt.NDArray[np.int64]  # (t, 3) counter-clockwise seen from outside
    colors: FloatArray | None  # (n, 3) linear; None: given with the mesh
    roughness: float


class HeadShape:
    """Divides meshes of one canonical frame, that of `mean_mesh` (478, 3), into the parts of a head."""

    def __init__(self, mean_mesh: FloatArray) -> None:
        self._surface = FaceSurface(mean_mesh)
        self._holes = EyesAndMouth()
        self._irises = Irises()
        skin, eyes, irises, mouth = self._positions(mean_mesh)
        self.parts = (
            Part("skin", _outward(self._surface.corner_indices.reshape(-1, 3), skin), None, 0.6),
            Part("eyes", _outward(self._holes.eye_corners.reshape(-1, 3), eyes, 2), self._eye_colors(mean_mesh), 0.3),
            Part("irises", _outward(self._irises.triangles, irises, 2), self._irises.colors, 0.2),
            Part("mouth", _outward(self._holes.mouth_corners.reshape(-1, 3), mouth), self._mouth_colors(), 0.9),
        )

    @property
    def unit(self) -> float:
        """The outer-canthal distance of the mean mesh, model units."""
        return self._surface.unit

    def points(self, mesh_canon: FloatArray) -> tuple[Points, ...]:
        """The vertices of each part for a mesh (478, 3) in model units. The first 468 of the skin are the landmarks."""
        found = []
        for part, positions in zip(self.parts, self._positions(mesh_canon), strict=True):
            found.append(Points(positions * np.float32(CANTHAL_M), vertex_normals(positions, part.triangles)))
        return tuple(found)

    def skin_values(self, values: FloatArray) -> FloatArray:
        """Numbers (478,) of the landmarks at the vertices of the skin, (n,)."""
        zeros = np.zeros((478, 3), np.float32)
        found: FloatArray = self._surface.colored(self._surface.divide(zeros, None), values)[:, 6]
        return found

    def _positions(self, mesh_canon: FloatArray) -> tuple[FloatArray, ...]:
        points = self._surface.to_face(mesh_canon)
        fine = self._surface.divide(points, None)
        eyes = self._holes.eye_grid(points, fine)
        irises = self._irises.positions(points, eyes)
        return fine[:, :3], eyes[..., :3].reshape(-1, 3), irises, self._holes.mouth_grid(fine)[..., :3].reshape(-1, 3)

    def _eye_colors(self, mesh_canon: FloatArray) -> FloatArray:
        """Darker at the lids, as in the window."""
        points = self._surface.to_face(mesh_canon)
        shadow = self._holes.eye_grid(points, self._surface.divide(points, None))[..., 5].reshape(-1, 1)
        return np.asarray(linear(theme.SCLERA[:3]) * (1.0 - 0.45 * np.clip(shadow, 0.0, 1.0) ** 4), np.float32)

    def _mouth_colors(self) -> FloatArray:
        depth = self._holes.mouth_grid(np.zeros((468 + len(self._surface.corner_indices), 7), np.float32))[..., 3]
        share = np.clip(depth.reshape(-1, 1) / 0.5, 0.0, 1.0)
        srgb = np.asarray(_MOUTH_NEAR) * (1.0 - share) + np.asarray(_MOUTH_DEEP) * share
        return np.asarray(linear(srgb), np.float32)


def linear(srgb: npt.ArrayLike) -> FloatArray:
    """sRGB colours (..., 3) of 0 to 1 without the curve of IEC 61966-2-1, as glTF wants them at vertices."""
    given = np.asarray(srgb, np.float64)
    return np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)


def vertex_normals(positions: FloatArray, triangles: Array) -> FloatArray:
    """Unit normals (n, 3) float32 of a surface; forward where its triangles have no area."""
    a, b, c = (positions[triangles[:, corner]].astype(np.float64) for corner in range(3))
    across = np.cross(b - a, c - a)
    summed = np.zeros(positions.shape)
    for corner in range(3):
        np.add.at(summed, triangles[:, corner], across)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    there = length > 1e-12
    found: FloatArray = np.where(there, summed / np.where(there, length, 1.0), (0.0, 0.0, 1.0)).astype(np.float32)
    return found


def _outward(triangles: npt.NDArray[np.int64], positions: FloatArray, surfaces: int = 1) -> npt.NDArray[np.int64]:
    """Triangles (t, 3) of equally large surfaces that look forward, in that order of corners.

    Two eyes are mirror images, so that one order of corners turns one of them inside out.
    """
    found = triangles.copy()
    for surface in np.split(found, surfaces):  # views of it
        a, b, c = (positions[surface[:, corner]] for corner in range(3))
        if float(np.cross(b - a, c - a)[:, 2].sum()) < 0:
            surface[:, 1:] = surface[:, :0:-1].copy()
    return found
