"""The ground and the cards. In the window they change with its size only: drawn once, then copied into every frame."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from realtime.view.gl.shader import load_program
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color, Ground

_AT_ONCE = 16  # cards per draw call


class Backdrop:
    """A texture of the window's background and cards, which only change with the layout."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = load_program(ctx, "backdrop")
        self._array = ctx.vertex_array(self._program, [])
        self._texture: moderngl.Texture | None = None
        self._framebuffer: moderngl.Framebuffer | None = None

    def build_cards(
        self, size: tuple[int, int], unit: float, cards: Sequence[tuple[Rect, bool]], *, even: bool = False
    ) -> None:
        """Draw the ground of a window in the theme's colours: its cards, and whether a face is lit in each.

        There are sixteen cards at most. `even`: every pixel of the ground has one colour, as chroma keying wants it.
        """
        self._drop()
        self._texture = self._ctx.texture(size, 4)
        self._framebuffer = self._ctx.framebuffer([self._texture])
        self._framebuffer.use()
        self._prepare(size, unit, theme.window_ground(), (theme.GROUND_TOP, theme.GROUND_BOTTOM))
        self._program["grained"] = 0.0 if even else 1.0
        self._render(cards)

    def draw_cards(self, size: tuple[int, int], unit: float, frames: Sequence[Rect], ground: Ground) -> None:
        """Draw an even ground with any number of lit cards into the framebuffer in use, of `size` pixels."""
        self._prepare(size, unit, ground, (ground.ground, ground.ground))
        self._render([])
        reach = round(4 * unit)  # extent of a card's shadow
        for frame in frames:
            self._ctx.scissor = (
                frame.x - reach,
                size[1] - frame.bottom - reach,
                frame.w + 2 * reach,
                frame.h + 2 * reach,
            )
            self._render([(frame, True)])
        self._ctx.scissor = None

    def _prepare(self, size: tuple[int, int], unit: float, ground: Ground, span: tuple[Color, Color]) -> None:
        self._ctx.viewport = (0, 0, *size)
        program = self._program
        program["size_px"] = size
        program["unit"] = unit
        program["ground_top"], program["ground_bottom"] = span[0][:3], span[1][:3]
        program["card"] = ground.card[:3]
        program["card_lit"] = ground.card_lit[:3]
        program["card_edge"] = ground.card_edge[:3]
        program["shadow"] = ground.shadow
        program["depth"] = ground.depth
        program["grained"] = 1.0
        self._ctx.enable_only(moderngl.NOTHING)

    def _render(self, cards: Sequence[tuple[Rect, bool]]) -> None:
        """Frames of up to eight cards, and whether a face is lit in them."""
        empty = _AT_ONCE - len(cards)
        self._program["count"] = len(cards)
        self._program["cards"] = [(f.x, f.y, f.w, f.h) for f, _ in cards] + [(0, 0, 0, 0)] * empty
        self._program["lit"] = [float(lit) for _, lit in cards] + [0.0] * empty
        self._array.render(moderngl.TRIANGLES, vertices=3)

    def copy_to(self, target: moderngl.Framebuffer) -> None:
        """Copy it into a framebuffer of the same size, instead of clearing."""
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
