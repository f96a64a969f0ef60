"""Where a box stands beside something, inside the window. No GL, no imgui."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from realtime.view.paint.layout import Rect

Side = Literal["right", "left", "below", "above"]


def place_beside(
    what: Rect,
    size: tuple[int, int],
    window: tuple[int, int],
    *,
    away: int,
    sides: Sequence[Side],
    edge: int = 0,
    keep_clear: Sequence[Rect] = (),
) -> Rect:
    """A box of `size`, `away` pixels beside something and `edge` from the window's edge, on the first of `sides` where
    it covers neither that nor what is kept clear; where there is none, on that where it covers least.

    At the right and the left it is level with the middle; below and above it begins with what it belongs to, or ends
    with it.
    """
    (w, h), (width, height) = size, window

    def held(x: int, y: int) -> Rect:
        return Rect(max(edge, min(x, width - edge - w)), max(edge, min(y, height - edge - h)), w, h)

    level, below, above = what.y + (what.h - h) // 2, what.bottom + away, what.y - away - h
    at: dict[Side, tuple[tuple[int, int], ...]] = {
        "right": ((what.right + away, level),),
        "left": ((what.x - away - w, level),),
        "below": ((what.x, below), (what.right - w, below)),
        "above": ((what.x, above), (what.right - w, above)),
    }
    tries = [held(*place) for side in sides for place in at[side]]
    return min(tries, key=lambda box: sum(box.overlap(other) for other in (what, *keep_clear)))
