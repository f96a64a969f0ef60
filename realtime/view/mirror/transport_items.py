"""Which items of the playback controls fit beside the seek bar, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.core.status import Playback
from realtime.core.wording import time_text
from realtime.view.paint import theme
from realtime.view.paint.painter import Painter

# Design units.
PAD, BETWEEN = 14, 18  # at the ends, and between groups
PLAY, BUTTON = 34, 28
SPEED = 22  # of each button beside the number


@dataclass(frozen=True, slots=True)
class VisibleItems:
    """Which items are shown beside the seek bar."""

    steps: bool = True
    total: bool = True  # duration
    speed: bool = True
    loop: bool = True
    row: int = 0  # variant of the row number, from long to short; 2: none

    def less(self) -> VisibleItems | None:
        """With one item less; None if there is none left to omit."""
        if self.row < 2:
            return replace(self, row=self.row + 1)
        for name in ("speed", "total", "steps", "loop"):
            if getattr(self, name):
                return replace(self, **{name: False})
        return None


def row_labels(playback: Playback) -> tuple[str, ...]:
    """The number of the row, from long to short."""
    row, rows = playback.row, playback.rows
    whose = f"{playback.whose} " if playback.whose else ""
    return f"{whose}row {row} of {rows}", f"{whose}{row} / {rows}"


def row_width(p: Painter, parts: VisibleItems, playback: Playback) -> int:
    """As wide as the widest of them, so that nothing moves while it plays."""
    return round(p.width(row_labels(replace(playback, row=playback.rows))[parts.row], theme.SIZE_SMALL)) + 1


def mono_width(p: Painter, text: str) -> int:
    """Width of a number in pixels."""
    return round(p.width(text, theme.SIZE_MONO, p.fonts.mono)) + 1


def widths(p: Painter, parts: VisibleItems, playback: Playback) -> tuple[int, int]:
    """Widths of the groups left and right of the seek bar."""
    total = time_text(playback.duration_s)
    left = p.px(PAD) - p.px(4) + p.px(PLAY) + p.px(12) + mono_width(p, total) + p.px(BETWEEN)
    left += mono_width(p, f" / {total}") * parts.total + 2 * p.px(BUTTON + 2) * parts.steps
    right = p.px(PAD) if not (parts.speed or parts.loop or parts.row < 2) else p.px(PAD) + p.px(BETWEEN)
    if parts.row < 2:
        right += row_width(p, parts, playback) + p.px(12)
    if parts.loop:
        right += p.px(BUTTON) + p.px(8)
    if parts.speed:
        right += 2 * p.px(SPEED) + mono_width(p, "0.25×")
    return left, right
