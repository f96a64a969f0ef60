"""Rendering of faces: each into a slot of a shared target, then composited over the window.

Silhouettes are anti-aliased by multisampling, of these slots alone, or by soft lines along them. The lines cost a
millisecond over software GL where four samples cost eight.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import moderngl
import numpy as np

from realtime.core.types import FloatArray
from realtime.core.view_options import SignedMap, Style
from realtime.view.gl.face_buffers import FaceBuffers, FaceShape
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.functions import function
from realtime.view.gl.orbit_camera import Fit, OrbitCamera, Placement, around
from realtime.view.gl.renderer import is_software
from realtime.view.gl.shader import load_program
from realtime.view.gl.styled_face import Layer, StyledFace
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect

_DEFAULT_SAMPLES = 4
_ROOM = 0.04  # around the box of a face, in its larger side: the curved surface leaves it by less
_DOT, _WIRE = 4.0, 0.55  # in a view of 380 pixels' height: a dot's width, half a line's
_DARK_LINE, _LIGHT_LINE = (0.06, 0.045, 0.04), (0.62, 0.60, 0.72)  # linear
_FACE_PROGRAMS = ("mesh", "outline", "mesh_veil", "outline_veil", "eye", "mouth", "dots")


class MeshPass:
    """Draws faces, coloured by values or in a base colour.

    All meshes are in one canonical frame, that of `mean_mesh` (478, 3); it and the points `shown` (N, 3) are in view at
    zoom 1: from `cameras`, or from the front with room for an opening jaw. `slots` is the number of layers drawn at
    once until `resize` changes it; `samples` is the number of samples per pixel (None: 4 on graphics hardware, soft
    outlines over software GL).
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        mean_mesh: FloatArray,
        shown: FloatArray,
        slots: int,
        samples: int | None = None,
        cameras: Sequence[OrbitCamera] = (),
    ) -> None:
        self._ctx = ctx
        if samples is None:
            samples = 0 if is_software(ctx) else _DEFAULT_SAMPLES
        self._samples = min(samples, ctx.max_samples)
        self.surface = FaceSurface(mean_mesh)
        faces = self.surface.to_face(mean_mesh), self.surface.to_face(shown)
        self._fit = Fit.seen_from([camera.orbit_deg for camera in cameras], *faces) if cameras else Fit.of(*faces)
        self._programs = {name: load_program(ctx, name) for name in ("mesh", "eye", "mouth", "dots", "composite")}
        for name in ("mesh", "outline"):
            self._programs[f"{name}_veil"] = load_program(ctx, name, "mesh", define="VEIL")
        self._programs["outline"] = load_program(ctx, "outline", "mesh")
        for name, program in self._programs.items():
            if name.startswith(("mesh", "outline")):
                program["outline"] = name.startswith("outline")
        self._shapes: list[FaceShape] = []  # of the last draw
        self._faces: list[FaceBuffers] = []
        self._draws = 0
        self._quad = ctx.vertex_array(self._programs["composite"], [])
        rgb = np.stack([colormap.table(256, name) for name in colormap.MAPS])
        self._colors = ctx.texture((256, len(rgb)), 3, rgb.tobytes(), alignment=1)
        self._colors.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._colors.repeat_x = False
        self._most_px = int(ctx.info["GL_MAX_TEXTURE_SIZE"])
        self._slots = slots
        self._size = (0, 0)  # of a view
        self._columns = 1
        self._drawn: moderngl.Texture | None = None
        self._targets: list[moderngl.Framebuffer] = []
        self._attachments: list[moderngl.Texture | moderngl.Renderbuffer] = []
        self._rendered: list[tuple[Layer, Rect]] = []  # with what each can change of the window
        # Without a flush, drivers queue commands until their result is needed.
        self._flush = function(ctx, "glFlush", None)

    @property
    def ratio(self) -> float:
        """Height over width of the smallest view that has everything in it."""
        return self._fit.half_height / self._fit.half_width

    def around(self, camera: OrbitCamera) -> Placement:
        """The placement of a face in the middle of a slot, seen by `camera`."""
        width, height = self._size
        return around(self._fit, width / max(height, 1), camera.orbit_deg, camera.zoom, camera.mirrored)

    def project(self, points_canon: FloatArray, rect: Rect, camera: OrbitCamera) -> FloatArray:
        """Where points (N, 3) of the canonical frame, model units, are drawn in `rect`: (N, 2) pixels of the target."""
        placement = around(self._fit, rect.w / rect.h, camera.orbit_deg, camera.zoom, camera.mirrored)
        return placement.project(self.surface.to_face(points_canon), rect)

    def facing(self, mesh_canon: FloatArray, seen: OrbitCamera | Placement) -> FloatArray:
        """(478,) cosine between each vertex's normal and the direction to the camera: below 0 it faces away.

        Irises, which belong to no triangle, face forward.
        """
        placement = self.around(seen) if isinstance(seen, OrbitCamera) else seen
        points = self.surface.to_face(mesh_canon)
        cosine: FloatArray = np.einsum("ij,ij->i", self.surface.vertex_normals(points), placement.towards(points))
        return cosine

    def resize(self, view: tuple[int, int], slots: int | None = None) -> None:
        """Make the target for views of this size in pixels, and for this many layers at once."""
        slots = self._slots if slots is None else slots
        if (view, slots) == (self._size, self._slots) and self._targets:
            return
        self._drop_targets()
        self._size, self._slots = view, slots
        if min(view) < 1 or slots < 1:
            return
        self._columns = max(1, min(slots, self._most_px // view[0]))
        size = (self._columns * view[0], -(-slots // self._columns) * view[1])
        self._drawn = self._ctx.texture(size, 4)
        self._drawn.filter = (moderngl.NEAREST, moderngl.NEAREST)
        depth = self._ctx.depth_renderbuffer(size, samples=self._samples)
        if self._samples:
            many = self._ctx.renderbuffer(size, 4, samples=self._samples)
            self._attachments = [self._drawn, many, depth]
            self._targets = [self._ctx.framebuffer([many], depth), self._ctx.framebuffer([self._drawn])]
        else:
            self._attachments = [self._drawn, depth]
            self._targets = [self._ctx.framebuffer([self._drawn], depth)]

    def draw(
        self,
        target: moderngl.Framebuffer,
        size_px: tuple[int, int],
        rects: Sequence[Rect],
        styled_faces: Sequence[StyledFace | None],
        camera: OrbitCamera,
    ) -> None:
        """Draw each face into its rectangle, of the size given to `resize`; None leaves a rectangle empty."""
        placement = self.around(camera)
        shown = [(styled, rect) for styled, rect in zip(styled_faces, rects, strict=True) if styled is not None]
        self.render([Layer(styled, rect, placement) for styled, rect in shown])
        self.composite(target, size_px)

    def render(self, layers: Sequence[Layer]) -> None:
        """Start rendering layers, at most as many as there are slots; the GPU works while the CPU continues."""
        self._rendered = []
        if not self._targets or not layers:
            return
        if len(layers) > self._slots:
            raise ValueError(f"{len(layers)} layers for {self._slots} slots: resize first")
        self._draws += 1
        self._take_shapes(layers)
        width, height = self._size
        parts = [self._part(layer, shape) for layer, shape in zip(layers, self._shapes, strict=True)]
        self._targets[0].use()
        self._ctx.scissor = None
        self._ctx.clear(0.0, 0.0, 0.0, 0.0)
        placed: Placement | None = None
        for slot, (layer, shape, part) in enumerate(zip(layers, self._shapes, parts, strict=True)):
            if part.w < 1 or part.h < 1:
                continue
            if layer.placement is not placed:
                placed = layer.placement
                self._see_from(placed)
            x, y = self._corner(slot)
            self._ctx.viewport = (x, y, width, height)
            self._ctx.scissor = x + part.x - layer.body.x, y + layer.body.bottom - part.bottom, part.w, part.h
            self._draw_face(layer.styled, shape, placed.camera_position)
        self._ctx.scissor = None
        self._ctx.front_face = "ccw"
        if self._samples:
            self._ctx.copy_framebuffer(self._targets[1], self._targets[0])
        self._rendered = list(zip(layers, parts, strict=True))
        self._flush()

    def _take_shapes(self, layers: Sequence[Layer]) -> None:
        """Divide the meshes, each once and only if the last draw had not done it."""
        known = {id(shape.mesh): shape for shape in self._shapes}
        found = []
        for layer in layers:
            mesh = layer.styled.mesh
            if id(mesh) not in known:
                known[id(mesh)] = FaceShape.of(self.surface, mesh)
            found.append(known[id(mesh)])
        self._shapes = found

    def _part(self, layer: Layer, shape: FaceShape) -> Rect:
        """What of the window a layer can change."""
        box = layer.placement.project(shape.box(), layer.body)
        low, high = box.min(axis=0), box.max(axis=0)
        room = _ROOM * float((high - low).max()) + 3
        clip = layer.clip or layer.body
        left, top = max(clip.x, layer.body.x, floor(low[0] - room)), max(clip.y, layer.body.y, floor(low[1] - room))
        right = min(clip.right, layer.body.right, ceil(high[0] + room))
        return Rect.between(left, top, right, min(clip.bottom, layer.body.bottom, ceil(high[1] + room)))

    def _corner(self, slot: int) -> tuple[int, int]:
        """Lower left corner of a slot in the target."""
        return slot % self._columns * self._size[0], slot // self._columns * self._size[1]

    def _see_from(self, placement: Placement) -> None:
        view, projection = tuple(placement.view.T.ravel()), tuple(placement.projection.T.ravel())
        for name in _FACE_PROGRAMS:
            self._programs[name]["view"] = view
            self._programs[name]["projection"] = projection
        for name in ("outline", "outline_veil"):
            self._programs[name]["view_px"] = self._size
        self._programs["eye"]["mirror"] = -1.0 if placement.mirrored else 1.0
        self._ctx.front_face = "cw" if placement.mirrored else "ccw"

    def _buffers(self, styled: StyledFace, shape: FaceShape) -> FaceBuffers:
        """Buffers that hold this face with these values; the least recently used are rewritten."""
        signed = isinstance(styled.colors, SignedMap)
        scale = None if styled.values is None else (id(styled.values), styled.highest, styled.flat, signed)
        same = [face for face in self._faces if face.shape is shape]
        found = next((face for face in same if scale is None or face.scale == scale), None)
        if found is None:
            free = [face for face in self._faces if face.drawn_at < self._draws]
            if not free:
                free = [FaceBuffers(self._ctx, self.surface, self._programs)]
                self._faces += free
            found = min(free, key=lambda face: face.drawn_at)
            values = None
            if styled.values is not None:
                values = colormap.share(styled.values, styled.highest, styled.flat, signed=signed)
            found.write(shape, scale, values, styled.values)
        found.drawn_at = self._draws
        return found

    def _draw_face(self, styled: StyledFace, shape: FaceShape, camera_position: FloatArray) -> None:
        face = self._buffers(styled, shape)
        material = styled.material
        colored = styled.values is not None
        veil = material.veil
        grown = max(1.0, self._size[1] / 380)
        self._prepare(styled, ("mesh_veil", "outline_veil") if veil else ("mesh", "outline"))
        program = self._programs["mesh_veil" if veil else "mesh"]
        program["line_px"] = (_WIRE if material.hollow else 0.5) * grown
        self._colors.use(0)
        self._ctx.enable_only(moderngl.DEPTH_TEST)
        (face.skin_veil if veil else face.skin).render(moderngl.TRIANGLES)
        if not material.open:
            pale = not colored or colormap.light_zero(styled.colors)
            self._draw_eyes(face, 0.95 if pale else 0.62, material.hollow)
            if not material.hollow:
                face.mouth.render(moderngl.TRIANGLES)
        if material.style is Style.POINTS:
            self._draw_dots(face, styled, _DOT * grown)
        elif not self._samples:
            self._draw_outline(face, camera_position, veil)

    def _prepare(self, styled: StyledFace, names: Sequence[str]) -> None:
        """Set the uniforms of the surface's material in two programs."""
        material = styled.material
        colored = styled.values is not None
        own_line = material.style is Style.WIREFRAME and material.edges is None
        # Lines are there to be felt: the face under them, and its colours, have to be seen.
        dark = not colored or colormap.light_zero(styled.colors)
        line, alpha = (_DARK_LINE, 0.13) if dark else (_LIGHT_LINE, 0.11)
        if material.edges is not None:
            line, alpha = material.edges.linear(), material.edges.alpha
        elif own_line:
            alpha = 0.9
        if material.style in (Style.SHADED, Style.POINTS):
            alpha = 0.0
        for name in names:
            program = self._programs[name]
            self._color(program, styled)
            program["line"] = line
            program["line_alpha"] = alpha
            if material.veil:
                program["lit"] = material.lit
                program["own_line"] = own_line
                program["fill"] = 0.0 if material.hollow else material.fill

    def _color(self, program: moderngl.Program, styled: StyledFace) -> None:
        program["colored"] = styled.values is not None
        program["map"] = (colormap.MAPS.index(styled.colors) + 0.5) / len(colormap.MAPS)
        program["skin"] = styled.base_color.linear()

    def _draw_eyes(self, face: FaceBuffers, lively: float, bare: bool) -> None:
        program = self._programs["eye"]
        program["sclera"] = theme.SCLERA[:3]
        program["iris"] = theme.IRIS[:3]
        program["lively"] = lively
        program["bare"] = bare
        face.eyes.render(moderngl.TRIANGLES)

    def _draw_dots(self, face: FaceBuffers, styled: StyledFace, size: float) -> None:
        self._color(self._programs["dots"], styled)
        self._programs["dots"]["size_px"] = size
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.PROGRAM_POINT_SIZE)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._targets[0].depth_mask = False
        face.dotted().render(moderngl.POINTS)
        self._targets[0].depth_mask = True

    def _draw_outline(self, face: FaceBuffers, camera_position: FloatArray, veil: bool) -> None:
        vertices = face.outline_from(camera_position)
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._targets[0].depth_mask = False
        (face.outline_veil if veil else face.outline).render(moderngl.TRIANGLES, vertices=vertices)
        self._targets[0].depth_mask = True

    def composite(self, target: moderngl.Framebuffer, size_px: tuple[int, int]) -> None:
        """Lay what was rendered last over what is in `target`, of `size_px` pixels."""
        if not self._rendered:
            return
        target.use()
        self._ctx.viewport = (0, 0, *size_px)
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        assert self._drawn is not None
        self._drawn.use(0)
        whole_w, whole_h = self._drawn.size
        program = self._programs["composite"]
        program["size_px"] = size_px
        for slot, (layer, part) in enumerate(self._rendered):
            if part.w < 1 or part.h < 1:
                continue
            x, y = self._corner(slot)
            x, y = x + part.x - layer.body.x, y + layer.body.bottom - part.bottom
            body = layer.body
            program["strength"] = layer.strength
            program["fade"] = layer.fade
            program["view"] = body.x, body.y, body.w, body.h
            program["rect"] = part.x, part.y, part.w, part.h
            program["source"] = x / whole_w, y / whole_h, part.w / whole_w, part.h / whole_h
            self._quad.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def _drop_targets(self) -> None:
        for thing in (*self._targets, *self._attachments):
            thing.release()
        self._targets, self._attachments, self._drawn, self._size = [], [], None, (0, 0)
        self._rendered = []

    def close(self) -> None:
        """Release the GL objects."""
        self._drop_targets()
        for face in self._faces:
            face.close()
        self._quad.release()
        self._colors.release()
        for program in self._programs.values():
            program.release()
