"""What a window shows until its first picture: the program's name, and what is being opened.

Needs OpenGL and Dear ImGui and no more, so that it can be drawn before the trackers and models are imported.
"""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from realtime.core.view_options import Theme
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect, unit_of
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.paint.system_theme import theme_name
from realtime.view.screen import Screen

SIZE_NAME, SIZE_MESSAGE = 34.0, 18.0  # design units, as all below
_FACE_W, _FACE_H = 62, 80  # the face of the program's icon
_ABOVE, _GAP, _LINE = 78, 26, 44  # from the window's middle up to the face's; face to name; a line of text
_WIDEST = 0.86  # of the window
_POINTS = 48  # of half an outline


class OpeningCard:
    """Draws into a window or an offscreen target, from the thread that opened it. Raises DisplayError."""

    def __init__(self, screen: Screen, colors: Theme = Theme.DARK) -> None:
        self._screen = screen
        self._backdrop = Backdrop(screen.ctx)
        self._imgui = ImguiRenderer(screen.ctx)
        self._fonts = Fonts.load()
        self._colors = colors
        self._built: tuple[int, int] | None = None  # the size of the backdrop
        self._closed = False

    def show(self, name: str, message: str) -> None:
        """Draw and present: the name, and below it what is being waited for, such as "Opening camera 0 ...".

        It stays on the window until something else is drawn; what the user does meanwhile is kept for the next `poll`.
        """
        self._screen.wait(0.0)  # some desktops show no window before its events were looked at
        size = self._screen.size_px
        if min(size) < 1:  # minimised
            return
        unit = unit_of(size, self._screen.scale)
        theme.use(theme_name(self._colors))
        if size != self._built:
            self._backdrop.build_cards(size, unit, [])
            self._built = size
        self._imgui.begin(size, 0.0)
        self._draw(Painter(self._fonts, unit), size, name, message)
        target = self._screen.framebuffer
        target.use()
        ctx = self._screen.ctx
        ctx.viewport, ctx.scissor = (0, 0, *size), None
        self._backdrop.copy_to(target)
        self._imgui.end()
        self._screen.swap()

    def close(self) -> None:
        """Release everything but the screen; may be called twice."""
        if not self._closed:
            self._closed = True
            self._imgui.close()
            self._backdrop.close()

    def __enter__(self) -> OpeningCard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _draw(self, p: Painter, size: tuple[int, int], name: str, message: str) -> None:
        width, height = size
        middle = height // 2 - p.px(_ABOVE)
        for color, side in ((theme.ACCENT, -1), (theme.TEXT, 1)):  # observed and predicted, as on the icon
            angles = [side * pi * at / _POINTS for at in range(_POINTS + 1)]
            outline = [(width / 2 + p.px(_FACE_W) / 2 * sin(a), middle - p.px(_FACE_H) / 2 * cos(a)) for a in angles]
            p.polygon(np.array(outline[::side]), color)  # clockwise: imgui smooths no other edges
        line = Rect(round((1 - _WIDEST) / 2 * width), middle + p.px(_FACE_H // 2 + _GAP),
                    round(_WIDEST * width), p.px(_LINE))  # fmt: skip
        p.text(name, line, theme.TEXT, SIZE_NAME, p.fonts.bold, "center")
        below = Rect(line.x, line.bottom, line.w, line.h)
        text = p.elide_middle(message, below.w, SIZE_MESSAGE)
        p.text(text, below, theme.TEXT_SOFT, SIZE_MESSAGE, side="center")
