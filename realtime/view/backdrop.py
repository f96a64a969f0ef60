"""The ground and the cards. They change with the window's size only: drawn once, then copied into every frame."""

from __future__ import annotations

import moderngl

from realtime.view import theme
from realtime.view.layout import Layout
from realtime.view.shader import load_program

_MOST_CARDS = 8  # as in shaders/backdrop.frag


class Backdrop:
    """A texture of the whole window with everything in it that stands still."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = load_program(ctx, "backdrop")
        self._array = ctx.vertex_array(self._program, [])
        self._texture: moderngl.Texture | None = None
        self._framebuffer: moderngl.Framebuffer | None = None

    def build(self, layout: Layout) -> None:
        """Draw the ground for a layout."""
        self._drop()
        size = layout.size
        self._texture = self._ctx.texture(size, 4)
        self._framebuffer = self._ctx.framebuffer([self._texture])
        self._framebuffer.use()
        self._ctx.viewport = (0, 0, *size)
        program = self._program
        program["size_px"] = size
        program["unit"] = layout.unit
        program["ground_top"] = theme.GROUND_TOP[:3]
        program["ground_bottom"] = theme.GROUND_BOTTOM[:3]
        program["card"] = theme.CARD[:3]
        program["card_lit"] = theme.CARD_LIT[:3]
        program["card_edge"] = theme.CARD_EDGE[:3]
        frames = [panel.frame for panel in layout.panels]
        nothing = [(0.0, 0.0, 0.0, 0.0)] * (_MOST_CARDS - len(frames))
        lit = (layout.observed, *layout.predicted)
        program["n_cards"] = len(frames)
        program["cards"] = [(float(f.x), float(f.y), float(f.w), float(f.h)) for f in frames] + nothing
        program["lit"] = [float(panel in lit) for panel in layout.panels] + [0.0] * len(nothing)
        self._ctx.enable_only(moderngl.NOTHING)
        self._array.render(moderngl.TRIANGLES, vertices=3)

    def copy_to(self, target: moderngl.Framebuffer) -> None:
        """Copy it into a framebuffer of the same size; takes the place of a clear."""
        if self._framebuffer is not None:
            self._ctx.copy_framebuffer(target, self._framebuffer)

    def close(self) -> None:
        """Release the GL objects."""
        self._drop()
        self._array.release()
        self._program.release()

    def _drop(self) -> None:
        for thing in (self._framebuffer, self._texture):
            if thing is not None:
                thing.release()
        self._framebuffer = self._texture = None
