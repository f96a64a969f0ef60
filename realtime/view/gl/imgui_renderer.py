"""A renderer of Dear ImGui's draw data with ModernGL, for windows and offscreen targets.

Implements the texture protocol of imgui 1.92 and later (create, update, destroy).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import moderngl
import numpy as np
from imgui_bundle import imgui, implot

from realtime.core.types import ByteArray
from realtime.view.gl.shader import load_program

_INDEX_TYPE = {2: np.uint16, 4: np.uint32}[imgui.INDEX_SIZE]


class ImguiRenderer:
    """Owns an imgui context with an ImPlot context, and their GL objects."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self.context = imgui.create_context()
        imgui.set_current_context(self.context)
        self._plots = implot.create_context()
        io = imgui.get_io()
        io.set_ini_filename(None)  # no state is kept between runs, and no .ini file is written
        io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
        largest = int(ctx.info.get("GL_MAX_TEXTURE_SIZE", 4096))
        imgui.get_platform_io().renderer_texture_max_width = largest
        imgui.get_platform_io().renderer_texture_max_height = largest
        self._program = load_program(ctx, "imgui")
        self._textures: dict[int, moderngl.Texture] = {}
        self._vertices: moderngl.Buffer | None = None
        self._indices: moderngl.Buffer | None = None
        self._array: moderngl.VertexArray | None = None

    def use_clipboard(self, paste: Callable[[], str | None], copy: Callable[[str], bool]) -> None:
        """Let text fields cut and paste through the desktop's clipboard instead of one of imgui's own."""
        platform = imgui.get_platform_io()
        platform.platform_get_clipboard_text_fn = lambda _: paste() or ""

        def set_text(_: Any, text: str) -> None:
            copy(text)

        platform.platform_set_clipboard_text_fn = set_text

    @property
    def pending(self) -> bool:
        """Whether imgui has queued input for the next frame: it handles one event of a key per frame."""
        return self.context.input_events_queue.size() > 0

    def begin(self, size_px: tuple[int, int], seconds: float) -> None:
        """Start a frame; imgui works in pixels here, whatever the display's scale."""
        imgui.set_current_context(self.context)
        implot.set_current_context(self._plots)
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(*size_px)
        io.delta_time = max(seconds, 1e-4)
        imgui.new_frame()

    def end(self) -> None:
        """End the frame and draw it into the bound framebuffer, whose viewport is the whole window."""
        imgui.render()
        data = imgui.get_draw_data()
        for texture in data.textures or ():
            if texture.status != imgui.ImTextureStatus.ok:
                self._serve(texture)
        if data.total_idx_count == 0:
            return
        array = self._fill(data)
        width, height = (int(part) for part in data.display_size)
        self._program["size_px"] = width, height
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = (  # type: ignore[assignment]  # the stub knows of two parts only
            moderngl.SRC_ALPHA,
            moderngl.ONE_MINUS_SRC_ALPHA,
            moderngl.ONE,
            moderngl.ONE_MINUS_SRC_ALPHA,
        )
        first = 0
        for commands in data.cmd_lists:
            for command in commands.cmd_buffer:
                left, top, right, bottom = command.clip_rect
                if right > left and bottom > top:
                    box = int(left), height - int(bottom), int(right - left), int(bottom - top)
                    self._ctx.scissor = box
                    self._textures[command.tex_ref.get_tex_id()].use(0)
                    array.render(moderngl.TRIANGLES, vertices=command.elem_count, first=first + command.idx_offset)
            first += commands.idx_buffer.size()
        self._ctx.scissor = None

    def close(self) -> None:
        """Release the GL objects, then the imgui context."""
        imgui.set_current_context(self.context)
        for texture in imgui.get_platform_io().textures:
            if texture.status != imgui.ImTextureStatus.destroyed:
                texture.set_tex_id(0)
                texture.set_status(imgui.ImTextureStatus.destroyed)
        for thing in (self._array, self._vertices, self._indices, self._program, *self._textures.values()):
            if thing is not None:
                thing.release()
        self._textures.clear()
        implot.destroy_context(self._plots)
        imgui.destroy_context(self.context)

    def _fill(self, data: Any) -> moderngl.VertexArray:
        """Send all vertices and indices; the buffers only ever grow."""
        vertex_bytes = data.total_vtx_count * imgui.VERTEX_SIZE
        index_bytes = data.total_idx_count * imgui.INDEX_SIZE
        if (
            self._array is None
            or self._vertices is None
            or self._indices is None
            or self._vertices.size < vertex_bytes
            or self._indices.size < index_bytes
        ):
            for thing in (self._array, self._vertices, self._indices):
                if thing is not None:
                    thing.release()
            self._vertices = self._ctx.buffer(reserve=2 * vertex_bytes, dynamic=True)
            self._indices = self._ctx.buffer(reserve=2 * index_bytes, dynamic=True)
            self._array = self._ctx.vertex_array(
                self._program,
                [(self._vertices, "2f 2f 4f1", "in_position", "in_at", "in_color")],
                index_buffer=self._indices,
                index_element_size=imgui.INDEX_SIZE,
            )
        self._vertices.orphan()
        self._indices.orphan()
        vertices_at = indices_at = base = 0
        for commands in data.cmd_lists:
            n_vertices, n_indices = commands.vtx_buffer.size(), commands.idx_buffer.size()
            if not n_indices:
                continue
            vertices = (ctypes.c_ubyte * (n_vertices * imgui.VERTEX_SIZE)).from_address(
                commands.vtx_buffer.data_address()
            )
            raw = (ctypes.c_ubyte * (n_indices * imgui.INDEX_SIZE)).from_address(commands.idx_buffer.data_address())
            self._vertices.write(vertices, offset=vertices_at)
            indices = np.frombuffer(raw, _INDEX_TYPE)
            self._indices.write(indices + _INDEX_TYPE(base) if base else indices, offset=indices_at)
            vertices_at += n_vertices * imgui.VERTEX_SIZE
            indices_at += n_indices * imgui.INDEX_SIZE
            base += n_vertices
        return self._array

    def _serve(self, texture: Any) -> None:
        """Handle a texture request of imgui."""
        status = imgui.ImTextureStatus
        if texture.status == status.want_create:
            made = self._ctx.texture((texture.width, texture.height), 4, _pixels(texture).tobytes())
            made.filter = (moderngl.LINEAR, moderngl.LINEAR)
            made.repeat_x = made.repeat_y = False
            self._textures[made.glo] = made
            texture.set_tex_id(made.glo)
            texture.set_status(status.ok)
        elif texture.status == status.want_updates:
            pixels, held = _pixels(texture), self._textures[texture.tex_id]
            for part in texture.updates:
                x, y, w, h = part.x, part.y, part.w, part.h
                held.write(np.ascontiguousarray(pixels[y : y + h, x : x + w]), viewport=(x, y, w, h))
            texture.set_status(status.ok)
        elif texture.status == status.want_destroy and texture.unused_frames > 0:
            gone = self._textures.pop(texture.tex_id, None)
            if gone is not None:
                gone.release()
            texture.set_tex_id(0)
            texture.set_status(status.destroyed)


def _pixels(texture: Any) -> ByteArray:
    pixels: ByteArray = np.asarray(texture.get_pixels_array(), np.uint8)
    return pixels.reshape(texture.height, texture.width, 4)
