"""Text, bars and badges with imgui's draw list; sizes in design units, positions in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import pi
from typing import Any, Literal, NamedTuple

import numpy as np
from imgui_bundle import imgui

from realtime.core.printable import printable
from realtime.core.types import FloatArray
from realtime.core.view_options import ColorMap, SignedMap
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color

# Vertical centre of the capitals within a line, from its top: it aligns text and numbers of different fonts.
_ROBOTO_MIDDLE, _MONO_MIDDLE = 0.488, 0.55

_MOST_WIDTHS = 4096

Side = Literal["left", "center", "right"]


@dataclass(slots=True)
class Fonts:
    """The fonts in use; imgui rasterises each at the sizes requested."""

    regular: Any
    bold: Any
    mono: Any
    widths: dict[tuple[str, float, int], float] = field(default_factory=dict, init=False)  # of texts that were measured

    @classmethod
    def load(cls) -> Fonts:
        """Load them into the current imgui context."""
        atlas = imgui.get_io().fonts
        return cls(
            *(
                atlas.add_font_from_file_ttf(str(theme.font_file(name)), theme.SIZE_BODY)
                for name in ("Roboto/Roboto-Regular.ttf", "Roboto/Roboto-Bold.ttf", "Inconsolata-Medium.ttf")
            )
        )


class Hint(NamedTuple):
    """A word that can be explained, and its entry in the glossary."""

    box: Rect
    term: str


class Painter:
    """One frame's draw list with the fonts and the unit that belong to it.

    `into` is the list to draw into: that of an imgui window, or the foreground's; None: behind all windows.
    """

    def __init__(self, fonts: Fonts, unit: float, into: Any = None) -> None:
        self.fonts = fonts
        self.unit = unit
        self._list = imgui.get_background_draw_list() if into is None else into
        self.hints: list[Hint] = []  # the words of this frame that can be explained

    def px(self, value: float) -> int:
        """Design units to whole pixels."""
        return round(value * self.unit)

    def with_unit(self, unit: float) -> Painter:
        """The same list with another unit."""
        return self._sharing(Painter(self.fonts, unit, self._list))

    def into(self, into: Any) -> Painter:
        """Another list, whose words can be explained as those of this one."""
        return self._sharing(Painter(self.fonts, self.unit, into))

    def _sharing(self, other: Painter) -> Painter:
        other.hints = self.hints
        return other

    # Text -----------------------------------------------------------------------------------------------------------

    def width(self, text: str, size: float = theme.SIZE_BODY, font: Any = None) -> float:
        """Width of one line in pixels."""
        font = font or self.fonts.regular
        key = text, self._size(size), id(font)
        width = self.fonts.widths.get(key)
        if width is None:
            if len(self.fonts.widths) >= _MOST_WIDTHS:
                self.fonts.widths.clear()
            imgui.push_font(font, key[1])
            width = self.fonts.widths[key] = float(imgui.calc_text_size(printable(text)).x)
            imgui.pop_font()
        return width

    def text(
        self,
        text: str,
        rect: Rect,
        color: Color | None = None,
        size: float = theme.SIZE_BODY,
        font: Any = None,
        side: Side = "left",
        term: str = "",
    ) -> float:
        """One line, centred vertically in `rect` and cut to it with an ellipsis; returns the width in pixels.

        `term`: its entry in the glossary, which is shown where the mouse rests on the line; no `color`: that of texts.
        """
        font = font or self.fonts.regular
        text, width = self._cut(printable(text), rect.w, size, font)
        if not text:
            return 0.0
        height = self._size(size)
        free = rect.w - width
        left = rect.x + (0 if side == "left" else free if side == "right" else free / 2)
        middle = _MONO_MIDDLE if font is self.fonts.mono else _ROBOTO_MIDDLE
        top = rect.y + rect.h / 2 - middle * height
        self._list.add_text(font, height, (round(left), round(top)), (color or theme.TEXT).packed(), text)
        if term:
            self.hints.append(Hint(Rect(round(left), round(top), round(width), round(1.2 * height)), term))
        return width

    def first_fitting(
        self, variants: Sequence[str], width: float, size: float = theme.SIZE_BODY, font: Any = None
    ) -> str:
        """The first of several variants that fits into `width` pixels; "" if none does."""
        return next((text for text in variants if self.width(text, size, font) <= width), "")

    def fitting(
        self,
        variants: Sequence[str],
        rect: Rect,
        color: Color | None = None,
        size: float = theme.SIZE_BODY,
        font: Any = None,
        side: Side = "left",
        term: str = "",
    ) -> float:
        """The first of several variants that fits, as `text` draws it; nothing where none does. Returns its width."""
        shown = self.first_fitting(variants, rect.w, size, font)
        return self.text(shown, rect, color, size, font, side, term) if shown else 0.0

    def wrap(self, text: str, width: float, size: float = theme.SIZE_BODY, font: Any = None) -> tuple[str, ...]:
        """Word wrap: the lines of a text that fit into `width` pixels; () for an empty text."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size, font) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return tuple(lines)

    def elide_middle(self, text: str, width: float, size: float = theme.SIZE_BODY, font: Any = None) -> str:
        """A name shortened to `width` pixels by an ellipsis in its middle: cameras and files differ at both ends."""
        if self.width(text, size, font) <= width:
            return text
        for kept in range(len(text) - 1, 1, -1):
            left = kept // 2
            short = f"{text[:left].rstrip()}…{text[len(text) - (kept - left) :].lstrip()}"
            if self.width(short, size, font) <= width:
                return short
        return ""

    def _size(self, size: float) -> float:
        return float(max(8, round(size * self.unit)))

    def _cut(self, text: str, width: float, size: float, font: Any) -> tuple[str, float]:
        full = self.width(text, size, font)
        if full <= width + 0.5:
            return text, full
        low, high = 0, len(text)
        while low < high:
            half = (low + high + 1) // 2
            if self.width(text[:half].rstrip() + "…", size, font) <= width:
                low = half
            else:
                high = half - 1
        cut = text[:low].rstrip() + "…" if low else ""
        return cut, self.width(cut, size, font) if cut else 0.0

    # Shapes ---------------------------------------------------------------------------------------------------------

    def fill(self, rect: Rect, color: Color, corner: float = 0.0) -> None:
        """A filled rectangle; `corner` in pixels."""
        if rect.w > 0 and rect.h > 0:
            self._list.add_rect_filled((rect.x, rect.y), (rect.right, rect.bottom), color.packed(), corner)

    def frame(self, rect: Rect, color: Color, corner: float = 0.0, width: float = 1.0) -> None:
        """The outline of a rectangle."""
        self._list.add_rect((rect.x, rect.y), (rect.right, rect.bottom), color.packed(), corner, width)

    def horizontal_gradient(self, rect: Rect, left: Color, right: Color) -> None:
        """A rectangle with a horizontal gradient."""
        a, b = left.packed(), right.packed()
        self._list.add_rect_filled_multi_color((rect.x, rect.y), (rect.right, rect.bottom), a, b, b, a)

    def vertical_gradient(self, rect: Rect, above: Color, below: Color) -> None:
        """The same from above to below."""
        a, b = above.packed(), below.packed()
        self._list.add_rect_filled_multi_color((rect.x, rect.y), (rect.right, rect.bottom), a, a, b, b)

    def color_scale(self, rect: Rect, name: ColorMap | SignedMap = ColorMap.INFERNO, flat: float = 0.0) -> None:
        """The colour scale, lowest value on the left; magnitudes up to `flat`, a share of the highest, as zero."""
        pieces, signed = 24, isinstance(name, SignedMap)
        values = np.linspace(-1.0 if signed else 0.0, 1.0, pieces + 1)
        ends = [colormap.at(share, name) for share in colormap.share(values, 1.0, flat, signed=signed).tolist()]
        for at, (left, right) in enumerate(pairwise(ends)):
            x0, x1 = (rect.x + round(rect.w * part / pieces) for part in (at, at + 1))
            self.horizontal_gradient(Rect(x0, rect.y, x1 - x0, rect.h), left, right)

    def polygon(self, points: FloatArray, color: Color) -> None:
        """A filled polygon of any shape through points (N, 2) in pixels."""
        self._list.add_concave_poly_filled([imgui.ImVec2(*point) for point in points.tolist()], color.packed())

    def rule(self, x0: float, y0: float, x1: float, y1: float, color: Color, width: float = 1.0) -> None:
        """A straight line."""
        self._list.add_line((x0, y0), (x1, y1), color.packed(), width)

    def ring(self, x: float, y: float, radius: float, color: Color, width: float = 1.0) -> None:
        """The outline of a circle."""
        self._list.add_circle((x, y), radius, color.packed(), 0, width)

    def arc(self, x: float, y: float, radius: float, share: float, color: Color, width: float = 1.0) -> None:
        """The part 0..1 of a circle, clockwise from above."""
        share = min(max(share, 0.0), 1.0)
        if share > 0:
            self._list.path_arc_to(imgui.ImVec2(x, y), radius, -pi / 2, -pi / 2 + 2 * pi * share)
            self._list.path_stroke(color.packed(), width)

    def chevron(self, x: float, y: float, half: float, color: Color, *, right: bool = False) -> None:
        """An angle that points down, or to the right; `half` its width in pixels."""
        points = [(-1.0, -0.5), (0.0, 0.5), (1.0, -0.5)]
        for across, down in points if not right else [(down, across) for across, down in points]:
            self._list.path_line_to(imgui.ImVec2(x + across * half, y + down * half))
        self._list.path_stroke(color.packed(), max(1.0, 1.5 * self.unit))

    def check(self, x: float, y: float, half: float, color: Color) -> None:
        """A check mark centred at (x, y)."""
        for across, down in ((-0.8, 0.0), (-0.2, 0.6), (0.9, -0.6)):
            self._list.path_line_to(imgui.ImVec2(x + across * half, y + down * half))
        self._list.path_stroke(color.packed(), max(1.0, 1.8 * self.unit))

    def cross(self, x: float, y: float, half: float, color: Color) -> None:
        """A cross around a middle."""
        width = max(1.0, 1.5 * self.unit)
        self.rule(x - half, y - half, x + half, y + half, color, width)
        self.rule(x - half, y + half, x + half, y - half, color, width)

    def dot(self, x: float, y: float, radius: float, color: Color) -> None:
        """A filled circle."""
        self._list.add_circle_filled((x, y), radius, color.packed())

    def bar(self, rect: Rect, share: float, color: Color) -> None:
        """A track filled from the left to `share`, 0..1."""
        corner = rect.h / 2
        self.fill(rect, theme.TRACK, corner)
        filled = round(rect.w * min(max(share, 0.0), 1.0))
        if filled > 0:
            self.fill(Rect(rect.x, rect.y, max(filled, rect.h), rect.h), color, corner)

    def badge_width(self, text: str, dot: bool) -> int:
        """Width of a badge in pixels."""
        return round(self.width(text, theme.SIZE_SMALL, self.fonts.bold)) + self.px(20 + (11 if dot else 0))

    def badge(self, text: str, x: int, middle: int, color: Color, *, dot: bool, strong: bool = False) -> Rect:
        """A pill-shaped badge with its left end at `x`; returns its rectangle."""
        rect = Rect(x, middle - self.px(22) // 2, self.badge_width(text, dot), self.px(22))
        self.fill(rect, color if strong else color.faded(0.1), rect.h / 2)
        if not strong:
            self.frame(rect, color.faded(0.35), rect.h / 2, max(1.0, self.unit))
        ink = theme.GROUND_TOP if strong else color
        left = rect.x + self.px(10)
        if dot:
            self.dot(left + self.px(3), middle, 3.2 * self.unit, ink)
            left += self.px(11)
        inside = Rect(left, rect.y, rect.right - left, rect.h)
        self.text(text, inside, ink, theme.SIZE_SMALL, self.fonts.bold)
        return rect

    def keycap_width(self, key: str) -> int:
        """Width of a key cap in pixels."""
        return max(round(self.width(key, theme.SIZE_CAP, self.fonts.bold)) + self.px(9), self.px(18))

    def keycap(self, key: str, x: int, middle: int, ink: Color | None = None) -> Rect:
        """A key cap with its left end at `x`; returns its rectangle."""
        height = self.px(17)
        rect = Rect(x, middle - height // 2, self.keycap_width(key), height)
        self.fill(rect, theme.GROUND_BOTTOM.faded(0.55), 4 * self.unit)
        self.frame(rect, theme.CARD_EDGE, 4 * self.unit, max(1.0, self.unit))
        self.text(key, rect, ink or theme.TEXT_SOFT, theme.SIZE_CAP, self.fonts.bold, "center")
        return rect

    # Input ----------------------------------------------------------------------------------------------------------

    def clicked(self, rect: Rect) -> bool:
        """Whether the left button went down over `rect` since the last frame, and not to close a menu."""
        return bool(imgui.is_mouse_clicked(imgui.MouseButton_.left)) and self.hovered(rect)

    def hovered(self, rect: Rect) -> bool:
        """Whether the mouse is over `rect`, and no menu is open."""
        mouse = imgui.get_io().mouse_pos
        return rect.contains(mouse.x, mouse.y) and not imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
