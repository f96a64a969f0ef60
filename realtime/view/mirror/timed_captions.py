"""Captions in time: what is seen, one sentence after the other, in a strip of its own that covers no face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime.core.view_options import View
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect

if TYPE_CHECKING:  # who writes captions needs no Dear ImGui
    from realtime.view.paint.painter import Painter

FADE_S = 0.3
TEXT_SIZES = (27.0, 25.0, 23.0, 21.0, 19.0)  # design units; the largest that fits is used
NOTE_SIZES = (16.5, 15.5, 14.5)
_CLEAR = 5  # design units between the frame of a tile and its edge


@dataclass(frozen=True, slots=True)
class TimedCaption:
    """A sentence that is shown from `start_s` to `end_s`, in seconds of the source's own time."""

    text: str
    start_s: float
    end_s: float
    note: str = ""  # a second, smaller line
    view: View | None = None  # the tiles of which it speaks

    def opacity(self, time_s: float) -> float:
        """0 to 1: it fades in at its start and out at its end."""
        return min(max(min(time_s - self.start_s, self.end_s - time_s) / FADE_S, 0.0), 1.0)


def caption_at(captions: Sequence[TimedCaption], time_s: float) -> TimedCaption | None:
    """The caption at a time of the source; None between two and after the last."""
    return next((caption for caption in captions if caption.start_s <= time_s < caption.end_s), None)


def draw_caption(p: Painter, strip: Rect, tiles: Sequence[Rect], caption: TimedCaption, time_s: float) -> None:
    """Draw it into the strip, and a frame around the tiles of which it speaks."""
    opacity = caption.opacity(time_s)
    p.fill(strip, theme.GROUND_BOTTOM, 10 * p.unit)  # opaque: the contrast does not depend on what is behind it
    share = 0.58 if caption.note else 1.0
    above = Rect(strip.x, strip.y, strip.w, round(share * strip.h))
    below = Rect.between(strip.x, above.bottom, strip.right, strip.bottom)
    for text, rect, sizes, ink, font in (
        (caption.text, above, TEXT_SIZES, theme.TEXT, p.fonts.bold),
        (caption.note, below, NOTE_SIZES, theme.TEXT_SOFT, p.fonts.regular),
    ):
        size = next((size for size in sizes if p.width(text, size, font) <= rect.w), sizes[-1])
        p.text(text, rect, ink.faded(opacity), size, font, "center")
    for tile in tiles:  # what stands beside a tile begins at its edge
        p.frame(tile.inset(p.px(_CLEAR), p.px(_CLEAR)), theme.ACCENT.faded(opacity), 10 * p.unit, 2.5 * p.unit)
