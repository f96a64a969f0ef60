"""Layout of two replays side by side: the mirror's, with its upper part in two. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.view.mirror.layout import MOST_ROWS, Layout, grid_of
from realtime.view.paint.layout import GAP, Panel, Rect

_STRIP = 30  # height of the line above the tiles of a replay, design units
_FOOTERLESS = 108  # height of a tile's body below which it has no footer, design units


@dataclass(frozen=True, slots=True)
class PairLayout:
    """All rectangles; the tiles of the first replay come first in `layout.tiles`, those of the second follow."""

    layout: Layout
    strips: tuple[Rect, Rect]  # a line above the tiles of each
    tiles: int  # of each

    @property
    def sides(self) -> tuple[Layout, Layout]:
        """The layout with the tiles of one replay alone, of the first and of the second."""
        tiles = self.layout.tiles
        return replace(self.layout, tiles=tiles[: self.tiles]), replace(self.layout, tiles=tiles[self.tiles :])


def arrange_pair(around: Layout, tiles: int) -> PairLayout:
    """Divide the only tile of `around` into two parts of `tiles` tiles: above each other, or beside each other where
    the faces get larger by that. All tiles have one size.
    """
    area, unit = around.tiles[0].frame, around.unit
    gap, strip = round(GAP * unit), round(_STRIP * unit)
    half_w, half_h = max(0, (area.w - gap) // 2), max(0, (area.h - gap) // 2)
    beside = Rect(area.x, area.y, half_w, area.h), Rect(area.right - half_w, area.y, half_w, area.h)
    above = Rect(area.x, area.y, area.w, half_h), Rect(area.x, area.bottom - half_h, area.w, half_h)
    found: list[tuple[tuple[Rect, Rect], tuple[Panel, ...]]] = []
    for parts in (above, beside):
        for rows in range(1, MOST_ROWS + 1):
            first, second = (_tiles(part, tiles, rows, gap, strip, unit) for part in parts)
            found.append((parts, (*first, *second)))
    parts, panels = max(found, key=lambda one: min(one[1][0].body.w, one[1][0].body.h))
    strips = tuple(Rect(part.x, part.y, part.w, min(strip, part.h)) for part in parts)
    return PairLayout(replace(around, tiles=panels), (strips[0], strips[1]), tiles)


def _tiles(part: Rect, tiles: int, rows: int, gap: int, strip: int, unit: float) -> tuple[Panel, ...]:
    below = Rect.between(part.x, part.y + strip, part.right, part.bottom)
    panels = grid_of(below, tiles, rows, gap, unit)
    if panels[0].body.h >= _FOOTERLESS * unit:
        return panels
    return tuple(Panel.of(panel.frame, unit, 0) for panel in panels)
