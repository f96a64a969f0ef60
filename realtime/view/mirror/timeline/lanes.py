"""Where the lanes of the timeline are: a pure function of its rectangle. No GL, no imgui."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from realtime.view.paint.layout import Rect

Size = Literal["full", "small", "tiny"]

# Design units.
_TINY, _FULL, _NARROW, _NAMED = 58, 136, 700, 520  # heights below and above which, and widths
_CONTROLS, _SMALL_CONTROLS = 44, 34
_PAD, _SMALL_PAD = 10, 6  # above and below
_SIDE, _NAMES, _SMALL_NAMES = 16, 96, 78
_MARKS, _EMOTIONS, _USABLE, _TIMES, _GAP = 20, 26, 8, 18, 6
_LEAST_MOVEMENT = 12
_TINY_PLAY = 30  # in the only lane that a low window has room for
_TINY_TIME, _TINY_TIMED, _TINY_TEXT = 128, 460, 16  # room for the time beside it; least width and height with it
_COMPARED = 24


@dataclass(frozen=True, slots=True)
class Lanes:
    """Rectangles in pixels; None where a lane is left out. All lanes have the same left and right end."""

    size: Size
    controls: Rect | None  # of a replay
    compared: Rect | None  # the line about the selected stretches
    names: Rect | None  # left of the lanes, as high as all of them
    marks: Rect | None
    movement: Rect
    emotions: Rect | None
    usable: Rect | None
    times: Rect | None

    @property
    def all(self) -> Rect:
        """Everything that has time from left to right."""
        shown = [one for one in (self.marks, self.movement, self.emotions, self.usable, self.times) if one is not None]
        return Rect.between(self.movement.x, shown[0].y, self.movement.right, shown[-1].bottom)

    @property
    def plotted(self) -> Rect:
        """From the movement to the lowest lane of values."""
        shown = [one for one in (self.movement, self.emotions, self.usable) if one is not None]
        return Rect.between(self.movement.x, self.movement.y, self.movement.right, shown[-1].bottom)


def lanes_of(rect: Rect, unit: float, *, controls: bool, emotions: bool, selected: bool = False) -> Lanes:
    """The lanes in a rectangle, as many as there is room for; `controls`: with the line of a replay above them.

    Without `emotions` the movement gets their room. `selected`: with a line about selected stretches.
    """

    def px(value: float) -> int:
        return round(value * unit)

    if rect.h < px(_TINY):
        timed = controls and rect.w >= px(_TINY_TIMED) and rect.h >= px(_TINY_TEXT)
        side = px(_TINY_PLAY + (_TINY_TIME if timed else 0)) if controls else px(8)
        pad = min(px(3), rect.h // 6)
        only = Rect.between(rect.x + side, rect.y + pad, rect.right - px(8), rect.bottom - pad)
        return Lanes("tiny", rect if controls else None, None, None, None, only, None, None, None)
    rows = px(_SMALL_CONTROLS) if controls else 0
    full = rect.w >= px(_NARROW) and rect.h - (px(_CONTROLS) if controls else 0) >= px(_FULL)
    if full:
        rows = px(_CONTROLS) if controls else 0
    pad, side = px(_PAD if full else _SMALL_PAD), px(_SIDE if full else 12)
    line = Rect(rect.x, rect.y, rect.w, rows) if controls else None
    top, bottom = rect.y + (rows if controls else pad), rect.bottom - pad
    names_w = px(_NAMES) if full else px(_SMALL_NAMES) if rect.w >= px(_NAMED) else 0
    left = rect.x + side + names_w
    right = rect.right - side

    def lane(y: int, height: int) -> Rect:
        return Rect.between(left, y, right, y + height)

    if not full:
        names = Rect.between(rect.x + side, top, left, bottom) if names_w else None
        usable = lane(bottom - px(_USABLE - 2), px(_USABLE - 2))
        movement = Rect.between(left, top, right, max(top, usable.y - px(_GAP - 2)))
        if movement.h < px(_LEAST_MOVEMENT):
            return Lanes("small", line, None, names, None, Rect.between(left, top, right, bottom), None, None, None)
        return Lanes("small", line, None, names, None, movement, None, usable, None)
    compared = None
    if selected and bottom - top >= px(_FULL + _COMPARED):
        compared = Rect.between(rect.x + side, top, right, top + px(_COMPARED))
        top = compared.bottom
    names = Rect.between(rect.x + side, top, left, bottom)
    marks = lane(top, px(_MARKS))
    times = lane(bottom - px(_TIMES), px(_TIMES))
    usable = lane(times.y - px(_GAP - 2) - px(_USABLE), px(_USABLE))
    ribbon = lane(usable.y - px(_GAP) - px(_EMOTIONS), px(_EMOTIONS)) if emotions else None
    floor = (usable if ribbon is None else ribbon).y - px(_GAP)
    return Lanes(
        "full", line, compared, names, marks, Rect.between(left, marks.bottom, right, floor), ribbon, usable, times
    )
