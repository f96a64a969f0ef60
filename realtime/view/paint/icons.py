"""The signs of a player, drawn around a middle; `half` is half their height in pixels."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color


def play(p: Painter, x: float, y: float, half: float, ink: Color) -> None:
    """A triangle that points to the right; its middle is that of its weight."""
    _triangle(p, x - 0.62 * half, x + 1.1 * half, y, half, ink)


def pause(p: Painter, x: float, y: float, half: float, ink: Color) -> None:
    """Two upright bars."""
    wide, apart = max(2, round(0.6 * half)), max(2, round(0.55 * half))
    left, top, high = round(x - wide - apart / 2), round(y - half), round(2 * half)
    for start in (left, left + wide + apart):
        p.fill(Rect(start, top, wide, high), ink, 0.25 * wide)


def step(p: Painter, x: float, y: float, half: float, ink: Color, *, back: bool = False) -> None:
    """A bar and a triangle that points away from it: one frame on, or back."""
    way = -1 if back else 1
    _triangle(p, x - way * 0.35 * half, x + way * 0.95 * half, y, half, ink)
    wide = max(2, round(0.38 * half))
    bar = x - way * 0.85 * half
    p.fill(Rect(round(bar - wide / 2), round(y - half), wide, round(2 * half)), ink, 0.25 * wide)


def loop(p: Painter, x: float, y: float, half: float, ink: Color) -> None:
    """An arrow that comes round."""
    share, width = 0.8, max(1.0, 0.24 * half)
    p.arc(x, y, half, share, ink, width)
    turn = 2 * pi * share - pi / 2
    tip = np.array([x + half * cos(turn), y + half * sin(turn)])
    along, out = np.array([-sin(turn), cos(turn)]), np.array([cos(turn), sin(turn)])
    size = 0.55 * half
    p.polygon(np.stack([tip + 1.3 * size * along, tip - size * out, tip + size * out]), ink)


def diamond(p: Painter, x: float, y: float, half: float, ink: Color) -> None:
    """A square on its corner."""
    p.polygon(np.array([(x, y - half), (x + half, y), (x, y + half), (x - half, y)]), ink)


def _triangle(p: Painter, base: float, tip: float, y: float, half: float, ink: Color) -> None:
    corners = [(base, y - half), (tip, y), (base, y + half)]
    p.polygon(np.array(corners if tip > base else corners[::-1]), ink)
