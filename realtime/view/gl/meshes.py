"""The faces: drawn side by side into a target of their own, then laid over the window.

Silhouettes are smoothed either by multisampling, of these views alone, or by soft lines along them. The lines cost
a millisecond over software GL where four samples cost eight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moderngl
import numpy as np

from realtime.geometry import N_MESH_VERTICES
from realtime.types import FloatArray
from realtime.view.gl.camera3d import Fit, eye_position, projection_matrix, view_matrix
from realtime.view.gl.shader import load_program
from realtime.view.gl.surface import FaceSurface
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Colour

_DEFAULT_SAMPLES = 4
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "gdi generic")
_MAX_OUTLINE = 2048  # edges; a face has some 300 in its silhouette


@dataclass(frozen=True, slots=True, eq=False)
class FaceLook:
    """One face as it is to be drawn; nothing is sent again to the graphics card while its arrays are the same ones."""

    mesh: FloatArray  # (478, 3) model units, in the frame of the pass's mean mesh
    values: FloatArray | None = None  # (478,) the number that colours each vertex; None: all in `tone`
    highest: float = 1.0  # the number at the upper end of the colour scale, which starts at 0
    tone: Colour = theme.SKIN


@dataclass(frozen=True, slots=True)
class Eye:
    """From where all faces of one draw are seen."""

    orbit_deg: tuple[float, float] = (0.0, 0.0)  # azimuth, elevation around the face
    zoom: float = 1.0
    mirrored: bool = False


class _Face:
    """Buffers of one face, written anew when its mesh changes."""

    def __init__(self, ctx: moderngl.Context, surface: FaceSurface, programs: dict[str, moderngl.Program]) -> None:
        self.skin_data = np.zeros((surface.n_vertices, 7), np.float32)
        self.eye_data = np.zeros((surface.n_eye_vertices, 5), np.float32)
        fixed = np.concatenate([surface.barycentrics, surface.cavities[:, None]], axis=1).astype(np.float32)
        self.fixed = ctx.buffer(fixed.tobytes())
        self.skin = ctx.buffer(reserve=self.skin_data.nbytes, dynamic=True)
        self.eye = ctx.buffer(reserve=self.eye_data.nbytes, dynamic=True)
        self.skin_array = ctx.vertex_array(
            programs["mesh"],
            [
                (self.skin, "3f 3f 1f", "in_position", "in_normal", "in_value"),
                (self.fixed, "3f 1f", "in_inside", "in_cavity"),
            ],
        )
        self.eye_array = ctx.vertex_array(programs["eye"], [(self.eye, "3f 2f", "in_position", "in_place")])
        self.outline_data = np.zeros((4 * _MAX_OUTLINE, 10), np.float32)
        self.outline = ctx.buffer(reserve=self.outline_data.nbytes, dynamic=True)
        quads = 4 * np.arange(_MAX_OUTLINE, dtype=np.uint32)[:, None] + np.array([0, 1, 2, 2, 1, 3], np.uint32)
        self.quads = ctx.buffer(quads.tobytes())
        self.outline_array = ctx.vertex_array(
            programs["outline"],
            [(self.outline, "3f 3f 1f 3f", "in_position", "in_normal", "in_value", "in_other")],
            index_buffer=self.quads,
        )
        self.fine: FloatArray | None = None
        self.shown: FaceLook | None = None

    def close(self) -> None:
        for array in (self.skin_array, self.eye_array, self.outline_array):
            array.release()
        for buffer in (self.skin, self.eye, self.outline, self.quads, self.fixed):
            buffer.release()


class MeshPass:
    """Draws up to `slots` faces, each in the colours of its numbers or in one tone.

    All meshes stand in one canonical frame, that of `mean_mesh` (478, 3); it and the points `shown` (N, 3) are what has
    to be in view at zoom 1: from `eyes`, or from the front with room for a jaw that opens.
    `samples` is the number of samples a pixel (None: 4 on graphics hardware, soft outlines over software GL).
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        mean_mesh: FloatArray,
        shown: FloatArray,
        slots: int,
        samples: int | None = None,
        eyes: Sequence[Eye] = (),
    ) -> None:
        self._ctx = ctx
        if samples is None:
            software = any(name in ctx.info["GL_RENDERER"].lower() for name in _SOFTWARE)
            samples = 0 if software else _DEFAULT_SAMPLES
        self._samples = min(samples, ctx.max_samples)
        self._surface = FaceSurface(mean_mesh)
        faces = self._surface.to_face(mean_mesh), self._surface.to_face(shown)
        self._fit = Fit.seen_from([eye.orbit_deg for eye in eyes], *faces) if eyes else Fit.of(*faces)
        self._programs = {name: load_program(ctx, name) for name in ("mesh", "eye", "composite")}
        self._programs["outline"] = load_program(ctx, "outline", "mesh")
        self._faces = [_Face(ctx, self._surface, self._programs) for _ in range(slots)]
        self._quad = ctx.vertex_array(self._programs["composite"], [])
        rgb = colormap.table(256)
        self._colours = ctx.texture((256, 1), 3, rgb.tobytes(), alignment=1)
        self._colours.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._colours.repeat_x = False
        self._size = (0, 0)
        self._targets: list[moderngl.Framebuffer] = []
        self._attachments: list[moderngl.Texture | moderngl.Renderbuffer] = []

    @property
    def ratio(self) -> float:
        """Height over width of the smallest view that has everything in it."""
        return self._fit.half_height / self._fit.half_width

    def project(self, points_canon: FloatArray, rect: Rect, eye: Eye) -> FloatArray:
        """Where points (N, 3) of the canonical frame, model units, are drawn in `rect`: (N, 2) pixels of the target."""
        view = view_matrix(self._fit, eye.orbit_deg, eye.mirrored)
        place = projection_matrix(self._fit, rect.w / rect.h, eye.zoom) @ view
        points = self._surface.to_face(points_canon)
        clip = points @ place[:3, :3].T + place[:3, 3]
        share = 0.5 + 0.5 * clip[:, :2] * (1, -1) / (points @ place[3, :3] + place[3, 3])[:, None]
        found: FloatArray = (rect.x, rect.y) + share * (rect.w, rect.h)
        return found

    def facing(self, mesh_canon: FloatArray, eye: Eye) -> FloatArray:
        """(478,) cosine between each vertex's normal and the direction to the eye: below 0 it is turned away.

        Irises, which belong to no triangle, look straight ahead.
        """
        points = self._surface.to_face(mesh_canon)
        towards = eye_position(view_matrix(self._fit, eye.orbit_deg, eye.mirrored)) - points
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        normals = np.zeros_like(towards)
        normals[:N_MESH_VERTICES] = self._surface.normals(points)
        normals[N_MESH_VERTICES:, 2] = 1.0
        cosine: FloatArray = np.einsum("ij,ij->i", normals, towards)
        return cosine

    def resize(self, view: tuple[int, int]) -> None:
        """Make the target for views of this size in pixels."""
        if view == self._size:
            return
        self._drop_targets()
        self._size = view
        if min(view) < 1:
            return
        size = (len(self._faces) * view[0], view[1])
        drawn = self._ctx.texture(size, 4)
        drawn.filter = (moderngl.NEAREST, moderngl.NEAREST)
        depth = self._ctx.depth_renderbuffer(size, samples=self._samples)
        if self._samples:
            many = self._ctx.renderbuffer(size, 4, samples=self._samples)
            self._attachments = [drawn, many, depth]
            self._targets = [self._ctx.framebuffer([many], depth), self._ctx.framebuffer([drawn])]
        else:
            self._attachments = [drawn, depth]
            self._targets = [self._ctx.framebuffer([drawn], depth)]

    def draw(
        self,
        target: moderngl.Framebuffer,
        size_px: tuple[int, int],
        rects: Sequence[Rect],
        looks: Sequence[FaceLook | None],
        eye: Eye,
    ) -> None:
        """Draw each look into its rectangle, which is of the size given to `resize`; None leaves its place empty."""
        if not self._targets or all(look is None for look in looks):
            return
        width, height = self._size
        self._targets[0].use()
        self._ctx.viewport = (0, 0, len(self._faces) * width, height)
        self._ctx.clear(0.0, 0.0, 0.0, 0.0)
        view = view_matrix(self._fit, eye.orbit_deg, eye.mirrored)
        projection = projection_matrix(self._fit, width / height, eye.zoom)
        for name in ("mesh", "eye", "outline"):
            self._programs[name]["view"] = tuple(view.T.ravel())
            self._programs[name]["projection"] = tuple(projection.T.ravel())
        self._programs["outline"]["view_px"] = self._size
        self._programs["eye"]["mirror"] = -1.0 if eye.mirrored else 1.0
        self._ctx.front_face = "cw" if eye.mirrored else "ccw"
        for slot, look in enumerate(looks):
            if look is not None:
                self._ctx.viewport = (slot * width, 0, width, height)
                self._draw_face(self._faces[slot], look, eye_position(view))
        self._ctx.front_face = "ccw"
        if self._samples:
            self._ctx.copy_framebuffer(self._targets[1], self._targets[0])
        self._lay_over(target, size_px, rects, looks)

    def _draw_face(self, face: _Face, look: FaceLook, eye: FloatArray) -> None:
        before = face.shown
        if (
            before is None
            or before.mesh is not look.mesh
            or before.values is not look.values
            or before.highest != look.highest
        ):
            points = self._surface.to_face(look.mesh)
            values = None if look.values is None else np.clip(look.values / max(look.highest, 1e-6), 0.0, 1.0)
            face.fine = self._surface.divide(points, values)
            self._surface.corners(face.fine, face.skin_data)
            self._surface.eyes(points, face.eye_data)
            face.skin.orphan()
            face.skin.write(face.skin_data)
            face.eye.orphan()
            face.eye.write(face.eye_data)
        face.shown = look
        coloured = look.values is not None
        for name in ("mesh", "outline"):
            program = self._programs[name]
            program["coloured"] = coloured
            program["outline"] = name == "outline"
            program["skin"] = look.tone.linear()
        program = self._programs["mesh"]
        program["line"] = (0.42, 0.40, 0.50) if coloured else (0.06, 0.045, 0.04)
        program["line_px"] = 0.5 * max(1.0, self._size[1] / 380)
        program["line_alpha"] = 0.17 if coloured else 0.26
        eye_program = self._programs["eye"]
        eye_program["sclera"] = theme.SCLERA[:3]
        eye_program["iris"] = theme.IRIS[:3]
        eye_program["lively"] = 0.62 if coloured else 0.95
        self._colours.use(0)
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        face.skin_array.render(moderngl.TRIANGLES)
        face.eye_array.render(moderngl.TRIANGLES)
        if not self._samples:
            self._draw_outline(face, eye)

    def _draw_outline(self, face: _Face, eye: FloatArray) -> None:
        assert face.fine is not None
        n = self._surface.outline(face.fine, eye, face.outline_data)
        face.outline.orphan()
        face.outline.write(face.outline_data[:n])
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._targets[0].depth_mask = False
        face.outline_array.render(moderngl.TRIANGLES, vertices=n // 4 * 6)
        self._targets[0].depth_mask = True

    def _lay_over(
        self,
        target: moderngl.Framebuffer,
        size_px: tuple[int, int],
        rects: Sequence[Rect],
        looks: Sequence[FaceLook | None],
    ) -> None:
        target.use()
        self._ctx.viewport = (0, 0, *size_px)
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        drawn = self._attachments[0]
        assert isinstance(drawn, moderngl.Texture)
        drawn.use(0)
        program = self._programs["composite"]
        program["size_px"] = size_px
        program["strength"] = 1.0
        slots = len(self._faces)
        for slot, (rect, look) in enumerate(zip(rects, looks, strict=True)):
            if look is not None:
                program["rect"] = rect.x, rect.y, rect.w, rect.h
                program["source"] = slot / slots, 0.0, 1.0 / slots, 1.0
                self._quad.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def _drop_targets(self) -> None:
        for thing in (*self._targets, *self._attachments):
            thing.release()
        self._targets, self._attachments, self._size = [], [], (0, 0)

    def close(self) -> None:
        """Release the GL objects."""
        self._drop_targets()
        for face in self._faces:
            face.close()
        self._quad.release()
        self._colours.release()
        for program in self._programs.values():
            program.release()
