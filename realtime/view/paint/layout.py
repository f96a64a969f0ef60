"""Rectangles in pixels, cards, and the design unit of the layout. No GL, no imgui."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray

DESIGN_WIDTH, DESIGN_HEIGHT = 1280, 720  # the size in pixels at which one design unit is one pixel
SMALLEST_UNIT = 0.85  # of the display's scale: below it, type is no longer read from a chair

MARGIN, GAP, HEADER, FOOTER, PAD = 16, 10, 52, 32, 14  # of both windows, in design units
_TITLE = 36


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels; the origin is the top left corner, y runs down."""

    x: int
    y: int
    w: int
    h: int

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> Rect:
        """From its edges; empty where they have crossed."""
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    def inset(self, dx: float, dy: float) -> Rect:
        """Smaller by dx on the left and on the right, by dy above and below; never less than nothing."""
        dx, dy = round(min(dx, self.w / 2)), round(min(dy, self.h / 2))
        return Rect(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def overlap(self, other: Rect) -> int:
        """Pixels that both cover."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0, across) * max(0, down)

    def corners(self) -> FloatArray:
        """(4, 2) float64, around from the top left."""
        return np.array(
            [(self.x, self.y), (self.right, self.y), (self.right, self.bottom), (self.x, self.bottom)], float
        )

    def fitted(self, width: float, height: float) -> Rect:
        """The largest rectangle of the shape width x height that fits in here, centred."""
        factor = min(self.w / width, self.h / height)
        w, h = max(1, round(width * factor)), max(1, round(height * factor))
        return Rect(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)


def around(rects: Sequence[Rect]) -> Rect:
    """The smallest rectangle around some."""
    left, top = min(rect.x for rect in rects), min(rect.y for rect in rects)
    return Rect.between(left, top, max(rect.right for rect in rects), max(rect.bottom for rect in rects))


@dataclass(frozen=True, slots=True)
class Panel:
    """A card: its frame, a line for the title, the body, and a line below (of height 0 where there is none)."""

    frame: Rect
    title: Rect
    body: Rect
    footer: Rect

    @classmethod
    def of(cls, frame: Rect, unit: float, footer: float) -> Panel:
        """The card in a frame; `unit` pixels in a design unit, `footer` design units for the line below."""

        def px(value: float) -> int:
            return round(value * unit)

        pad, title_h = px(PAD), min(px(_TITLE), frame.h)
        footer_h = min(px(footer), frame.h - title_h)
        inner_x, inner_w = frame.x + pad, max(0, frame.w - 2 * pad)
        body_h = frame.h - title_h - footer_h
        return cls(
            frame,
            Rect(inner_x, frame.y, inner_w, title_h),
            Rect(inner_x, frame.y + title_h, inner_w, body_h),
            Rect(inner_x, frame.y + title_h + body_h, inner_w, footer_h),
        )


def unit_of(size_px: tuple[int, int], scale: float) -> float:
    """Pixels in one design unit. It grows with the window, so that a large screen on a stage is as legible as a small
    one on a desk.
    """
    return max(min(size_px[0] / DESIGN_WIDTH, size_px[1] / DESIGN_HEIGHT), SMALLEST_UNIT * scale)
