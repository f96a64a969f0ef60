"""What a window shows where its camera cannot be opened: why, and what can be shown instead.

Needs OpenGL and Dear ImGui and no more, as the card before it does.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from realtime.core.status import Choice
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect, unit_of
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.screen import Screen

MOST_CHOICES = 9  # each has a key, 1 to 9
_WIDE, _SHARE = 620, 0.9  # of the column, design units; of the window, at most
_NAME, _LINE, _ROW, _GAP, _BETWEEN = 44, 23, 40, 7, 16
_MOST_LINES = 5  # of the reason
_SMALLEST = 0.4


class StartWindow:
    """Draws the choices into a window, and takes its mouse and keys; from the thread that opened it.

    Raises DisplayError.
    """

    def __init__(self, screen: Screen) -> None:
        self.picked: str | None = None  # the value of the choice that was taken
        self.places: dict[str, Rect] = {}  # of the choices, by their values
        self._screen = screen
        self._backdrop = Backdrop(screen.ctx)
        self._imgui = ImguiRenderer(screen.ctx)
        self._fonts = Fonts.load()
        self._built: tuple[int, int] | None = None  # the size of the backdrop
        self._choices: Sequence[Choice] = ()
        self._drawn_at = time.monotonic()
        self._closed = False
        screen.listener = self

    def show(self, name: str, reason: str, choices: Sequence[Choice]) -> None:
        """Draw and present: the program's name, why nothing is seen, and the first nine choices."""
        self._choices = choices[:MOST_CHOICES]
        size = self._screen.size_px
        if min(size) < 1:  # minimised
            return
        unit = unit_of(size, self._screen.scale)
        if size != self._built:
            self._backdrop.build_cards(size, unit, [])
            self._built = size
        now = time.monotonic()
        self._imgui.begin(size, now - self._drawn_at)
        self._drawn_at = now
        self._draw(Painter(self._fonts, unit), size, name, reason)
        target, ctx = self._screen.framebuffer, self._screen.ctx
        target.use()
        ctx.viewport, ctx.scissor = (0, 0, *size), None
        self._backdrop.copy_to(target)
        self._imgui.end()
        self._screen.swap()

    def close(self) -> None:
        """Release everything but the screen; may be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._screen.listener is self:
            self._screen.listener = None
        self._imgui.close()
        self._backdrop.close()

    def __enter__(self) -> StartWindow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Listener

    @property
    def typing(self) -> bool:
        """There is no text field."""
        return False

    def claims(self, x: float, y: float) -> bool:
        """Nothing orbits here."""
        return True

    def pressed(self, x: float, y: float) -> bool:
        """Clicks are seen while drawing."""
        return False

    def key(self, name: str) -> bool:
        """A number takes its choice, Enter the first; Escape and Q go on to the program."""
        at = 0 if name == "Enter" else int(name) - 1 if name in "123456789" else -1
        if 0 <= at < len(self._choices):
            self.picked = self._choices[at].value
        return name not in ("Escape", "Q", "Ctrl+O", "Ctrl+Shift+O")

    def _draw(self, p: Painter, size: tuple[int, int], name: str, reason: str) -> None:
        p, lines, high = self._fitted(p, size, reason)
        wide = min(p.px(_WIDE), round(_SHARE * size[0]))
        x, y = (size[0] - wide) // 2, max(0, (size[1] - high) // 2)
        p.text(name, Rect(x, y, wide, p.px(_NAME)), theme.TEXT, theme.SIZE_NAME, p.fonts.bold)
        y += p.px(_NAME)
        for line in lines:
            p.text(line, Rect(x, y, wide, p.px(_LINE)), theme.WARN)
            y += p.px(_LINE)
        y += p.px(_BETWEEN)
        self.places = {}
        for number, choice in enumerate(self._choices, start=1):
            place = Rect(x, y, wide, p.px(_ROW))
            self.places[choice.value] = place
            hovered = p.hovered(place)
            p.fill(place, theme.CARD_LIT if hovered else theme.CARD, 8 * p.unit)
            p.frame(place, theme.ACCENT.faded(0.7) if hovered else theme.CARD_EDGE, 8 * p.unit, max(1.0, p.unit))
            cap = p.keycap(str(number), place.x + p.px(12), place.y + place.h // 2)
            inside = Rect.between(cap.right + p.px(12), place.y, place.right - p.px(12), place.bottom)
            p.text(p.elide_middle(choice.label, inside.w), inside, theme.TEXT)
            if p.clicked(place):
                self.picked = choice.value
            y = place.bottom + p.px(_GAP)

    def _fitted(self, p: Painter, size: tuple[int, int], reason: str) -> tuple[Painter, Sequence[str], int]:
        """The largest type with which all of it fits, the lines of the reason, and the height."""
        share = 1.0
        while True:
            smaller = p.with_unit(p.unit * share)
            wide = min(smaller.px(_WIDE), round(_SHARE * size[0]))
            lines = smaller.wrap(reason, wide)[:_MOST_LINES]
            heights = (_NAME, _BETWEEN, *[_LINE] * len(lines), *[_ROW, _GAP] * len(self._choices))
            high = sum(map(smaller.px, heights))
            if high <= _SHARE * size[1] or share < _SMALLEST:
                return smaller, lines, high
            share *= 0.94
