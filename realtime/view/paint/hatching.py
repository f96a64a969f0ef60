"""Diagonal lines in a rectangle: what is only possible, or not there."""

from __future__ import annotations

from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_STEP, _WIDTH = 6.0, 1.8  # design units


def hatch(p: Painter, rect: Rect, color: Color) -> None:
    """Parallel lines from the lower left to the upper right, cut to the rectangle; they stand still where it grows."""
    if rect.w <= 0 or rect.h <= 0:
        return
    step, width = max(3.0, _STEP * p.unit), max(1.0, _WIDTH * p.unit)
    # A line is where x + y is a multiple of the step in the window, so that neighbouring rectangles join.
    first = int((rect.x + rect.y) // step) + 1
    last = int((rect.right + rect.bottom) // step)
    for at in range(first, last + 1):
        total = at * step
        left = max(float(rect.x), total - rect.bottom)
        right = min(float(rect.right), total - rect.y)
        if right > left:
            p.rule(left, total - left, right, total - right, color, width)
