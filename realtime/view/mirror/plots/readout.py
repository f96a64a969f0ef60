"""The tooltip of a plot."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.view_options import Card
from realtime.view.paint import theme
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.paint.tooltip import TooltipRow, draw_tooltip

_NOW_S = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """A curve's value at the time under the mouse."""

    name: str
    value: float  # NaN: unknown
    text: str  # with its unit
    color: Color


@dataclass(frozen=True, slots=True)
class Readout:
    """The tooltip of a plot: the values at a time."""

    card: Card
    ago_s: float
    when: str  # the same as text, or the time of a recording
    readings: tuple[Reading, ...]
    x: float  # where the mouse is, in pixels
    y: float


def ago(seconds: float) -> str:
    """A time relative to now, as text."""
    if seconds < _NOW_S:
        return "now"
    whole = abs(seconds - round(seconds)) < 1e-6 or seconds >= 100
    return f"{seconds:.0f} s ago" if whole else f"{seconds:.1f} s ago"


def draw(p: Painter, readout: Readout) -> None:
    """Draw the tooltip beside the mouse."""
    rows = [TooltipRow(one.name, one.text, dot=one.color) for one in readout.readings]
    draw_tooltip(p, [TooltipRow(readout.when, color=theme.TEXT, bold=True), *rows], readout.x, readout.y)
