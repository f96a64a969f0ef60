"""The camera's picture in its panel."""

from __future__ import annotations

import moderngl
import numpy as np

from realtime.core.types import ByteArray
from realtime.view.gl.picture_map import PictureMap
from realtime.view.gl.shader import load_program
from realtime.view.paint.layout import Rect


class PicturePass:
    """Keeps one texture of the picture's size and draws it; a new texture only when the size changes."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = load_program(ctx, "picture")
        self._array = ctx.vertex_array(self._program, [])
        self._texture: moderngl.Texture | None = None
        self._shown: ByteArray | None = None

    def upload(self, image: ByteArray) -> None:
        """Take a picture (h, w, 3) RGB; the one that is already there is not sent again."""
        if image is self._shown:
            return
        size = (image.shape[1], image.shape[0])
        if self._texture is None or self._texture.size != size:
            if self._texture is not None:
                self._texture.release()
            self._texture = self._ctx.texture(size, 3, alignment=1)
            self._texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
            self._texture.repeat_x = self._texture.repeat_y = False
        self._texture.write(np.ascontiguousarray(image), alignment=1)
        self._shown = image

    def draw(
        self,
        rect: Rect,
        size_px: tuple[int, int],
        place: PictureMap,
        *,
        light: float,
        corner: float,
        fade: float = 0.0,
    ) -> None:
        """Draw the part of the picture that `place` brings into `rect` (pixels from the top left).

        `light` 0..1 dims it, `corner` rounds the rectangle (px), and over `fade` px the picture's own edges fade away.
        """
        if self._texture is None or rect.w < 1 or rect.h < 1:
            return
        size = np.array(self._texture.size)
        back = place.inverse()
        self._program["rect"] = rect.x, rect.y, rect.w, rect.h
        self._program["size_px"] = size_px
        # From pixels of the window to 0..1 of the picture; columns, as GLSL has them.
        self._program["at_from_window"] = tuple((back.matrix / size[:, None]).T.ravel())
        self._program["at_offset"] = tuple(back.offset / size)
        self._program["light"] = light
        self._program["corner"] = corner
        self._program["fading"] = tuple(size * place.scale / fade) if fade > 0 else (0.0, 0.0)
        # Bilinear sampling reads four texels; an image shown at less than half its size needs more.
        spread = max(0.0, 0.25 * (1.0 / place.scale - 1.0))
        self._program["spread"] = tuple(spread / size)
        self._texture.use(0)
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def close(self) -> None:
        """Release the GL objects."""
        for thing in (self._texture, self._array, self._program):
            if thing is not None:
                thing.release()
        self._texture = None
