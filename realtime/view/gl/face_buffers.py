"""Faces on the graphics card: what is computed of a mesh once, and buffers that are written when it changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import moderngl
import numpy as np

from realtime.core.types import N_LANDMARKS, FloatArray
from realtime.geometry import N_MESH_VERTICES
from realtime.view.gl.eyes_and_mouth import EyesAndMouth
from realtime.view.gl.face_surface import FaceSurface

_MAX_OUTLINE = 2048  # edges; a face has some 300 in its silhouette


@dataclass(frozen=True, slots=True, eq=False)
class FaceShape:
    """One mesh, divided and in face coordinates."""

    mesh: FloatArray  # (478, 3) as it was given: model units
    points: FloatArray  # (478, 3) the same in face coordinates
    fine: FloatArray  # (468 + E, 7) position, normal and 0 of every vertex of the divided surface
    low: FloatArray = field(init=False)  # (3,) corners of the box around it
    high: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", self.points.min(axis=0))
        object.__setattr__(self, "high", self.points.max(axis=0))

    @classmethod
    def of(cls, surface: FaceSurface, mesh: FloatArray) -> FaceShape:
        """Of a mesh (478, 3), model units."""
        points = surface.to_face(mesh)
        return cls(mesh, points, surface.divide(points, None))

    def box(self) -> FloatArray:
        """(8, 3) the corners of the box around it, face coordinates."""
        at = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], bool)
        return np.where(at, self.high, self.low)


class FaceBuffers:
    """Buffers of one face with one set of numbers."""

    def __init__(self, ctx: moderngl.Context, surface: FaceSurface, programs: dict[str, moderngl.Program]) -> None:
        self._surface = surface
        self._inner = EyesAndMouth()
        self._skin_data = np.zeros((surface.n_vertices, 7), np.float32)
        self._eye_data = np.zeros((self._inner.n_eye_vertices, 6), np.float32)
        self._mouth_data = np.zeros((self._inner.n_mouth_vertices, 4), np.float32)
        self._dot_data = np.zeros((N_LANDMARKS, 7), np.float32)
        self._outline_data = np.zeros((4 * _MAX_OUTLINE, 10), np.float32)
        fixed = np.concatenate([surface.barycentrics, surface.cavities[:, None]], axis=1).astype(np.float32)
        quads = 4 * np.arange(_MAX_OUTLINE, dtype=np.uint32)[:, None] + np.array([0, 1, 2, 2, 1, 3], np.uint32)
        self._fixed = ctx.buffer(fixed.tobytes())
        self._quads = ctx.buffer(quads.tobytes())
        self._skin, self._eye, self._mouth, self._dot, self._outline = (
            ctx.buffer(reserve=data.nbytes, dynamic=True)
            for data in (self._skin_data, self._eye_data, self._mouth_data, self._dot_data, self._outline_data)
        )
        vertex = ("3f 3f 1f", "in_position", "in_normal", "in_value")
        self.skin, self.skin_veil = (
            ctx.vertex_array(programs[name], [(self._skin, *vertex), (self._fixed, "3f 1f", "in_inside", "in_cavity")])
            for name in ("mesh", "mesh_veil")
        )
        self.eyes = ctx.vertex_array(programs["eye"], [(self._eye, "3f 2f 1f", "in_position", "in_place", "in_rim")])
        self.mouth = ctx.vertex_array(programs["mouth"], [(self._mouth, "3f 1f", "in_position", "in_depth")])
        self._dots = ctx.vertex_array(programs["dots"], [(self._dot, *vertex)])
        edge = ("3f 3f 1f 3f", "in_position", "in_normal", "in_value", "in_other")
        self.outline, self.outline_veil = (
            ctx.vertex_array(programs[name], [(self._outline, *edge)], index_buffer=self._quads)
            for name in ("outline", "outline_veil")
        )
        self.shape: FaceShape | None = None
        self.scale: object = None  # by which numbers and ends of the scale it is coloured
        self.drawn_at = 0  # the draw that used it last
        self._fine: FloatArray = self._skin_data
        self._values: FloatArray | None = None
        self._dotted = False
        self._outlined: FloatArray | None = None
        self._outlined_n = 0

    def write(self, shape: FaceShape, scale: object, values: FloatArray | None, kept: object) -> None:
        """Upload a shape and its values (478,), 0..1 of the colour scale; None: no values.

        `kept` is referenced as long as `scale` contains its id: an array's id is unique during its lifetime only.
        """
        self.shape, self.scale, self._kept = shape, scale, kept
        self._fine = shape.fine if values is None else self._surface.colored(shape.fine, values)
        self._outlined = None
        self._surface.corners(self._fine, self._skin_data)
        self._inner.eyes(shape.points, self._fine, self._eye_data)
        self._inner.mouth(self._fine, self._mouth_data)
        self._values = values
        self._dotted = False
        for buffer, data in (
            (self._skin, self._skin_data),
            (self._eye, self._eye_data),
            (self._mouth, self._mouth_data),
        ):
            buffer.orphan()
            buffer.write(data)

    def dotted(self) -> moderngl.VertexArray:
        """The landmarks as dots, written where the face has none yet."""
        if not self._dotted:
            assert self.shape is not None
            dots, values = self._dot_data, self._values
            dots[:N_MESH_VERTICES] = self._fine[:N_MESH_VERTICES]
            dots[N_MESH_VERTICES:, :3] = self.shape.points[N_MESH_VERTICES:]
            dots[N_MESH_VERTICES:, 3:6] = (0.0, 0.0, 1.0)
            dots[N_MESH_VERTICES:, 6] = 0.0 if values is None else values[N_MESH_VERTICES:]
            self._dot.orphan()
            self._dot.write(dots)
            self._dotted = True
        return self._dots

    def outline_from(self, camera_position: FloatArray) -> int:
        """Write the silhouette seen from `camera_position` (3,), face coordinates; returns its number of vertices."""
        if self._outlined is None or not np.array_equal(self._outlined, camera_position):
            n = self._surface.outline(self._fine, camera_position, self._outline_data)
            self._outline.orphan()
            self._outline.write(self._outline_data[:n])
            self._outlined, self._outlined_n = camera_position, n // 4 * 6
        return self._outlined_n

    def close(self) -> None:
        """Release the GL objects."""
        for array in (self.skin, self.skin_veil, self.eyes, self.mouth, self._dots, self.outline, self.outline_veil):
            array.release()
        for buffer in (self._skin, self._eye, self._mouth, self._dot, self._outline, self._quads, self._fixed):
            buffer.release()
