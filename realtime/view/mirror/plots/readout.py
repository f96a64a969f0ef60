"""What the mouse reads off a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.core.view_options import Card
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color

_NOW_S = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """One curve at the time under the mouse."""

    name: str
    value: float  # NaN: not known
    text: str  # with its unit
    color: Color


@dataclass(frozen=True, slots=True)
class Readout:
    """The tooltip of a plot: the values at a time."""

    card: Card
    ago_s: float
    readings: tuple[Reading, ...]
    x: float  # where the mouse is, in pixels
    y: float

    @property
    def when(self) -> str:
        """The time as text."""
        return ago(self.ago_s)


def ago(seconds: float) -> str:
    """A time relative to now, as text."""
    if seconds < _NOW_S:
        return "now"
    whole = abs(seconds - round(seconds)) < 1e-6 or seconds >= 100
    return f"{seconds:.0f} s ago" if whole else f"{seconds:.1f} s ago"


def draw(p: Painter, readout: Readout, window: Sequence[int]) -> Rect:
    """Draw the tooltip beside the mouse, within a window of (width, height); returns its rectangle."""
    row, pad, mark, gap = p.px(19), p.px(10), p.px(13), p.px(14)
    names = max((p.width(one.name, theme.SIZE_SMALL) for one in readout.readings), default=0.0)
    numbers = max((p.width(one.text, theme.SIZE_SMALL, p.fonts.mono) for one in readout.readings), default=0.0)
    inner = max(mark + names + gap + numbers, p.width(readout.when, theme.SIZE_SMALL, p.fonts.bold))
    width, height = round(inner) + 2 + 2 * pad, row * (1 + len(readout.readings)) + pad
    beside = round(readout.x) + p.px(14)
    left = beside if beside + width <= window[0] - p.px(4) else round(readout.x) - p.px(14) - width
    top = min(max(round(readout.y) - height // 2, p.px(4)), window[1] - p.px(4) - height)
    box = Rect(max(left, p.px(4)), max(top, 0), width, height)
    p.fill(box, theme.GROUND_TOP.faded(0.97), 7 * p.unit)
    p.frame(box, theme.CARD_EDGE, 7 * p.unit, max(1.0, p.unit))
    inside = Rect(box.x + pad, box.y + pad // 2, box.w - 2 * pad, row)
    p.text(readout.when, inside, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold)
    for at, one in enumerate(readout.readings, start=1):
        line = Rect(inside.x, inside.y + at * row, inside.w, row)
        p.dot(line.x + p.px(4), line.y + row / 2, 3.5 * p.unit, one.color)
        p.text(one.name, Rect(line.x + mark, line.y, line.w - mark, row), theme.TEXT_SOFT, theme.SIZE_SMALL)
        p.text(one.text, line, theme.TEXT, theme.SIZE_SMALL, p.fonts.mono, "right")
    return box
