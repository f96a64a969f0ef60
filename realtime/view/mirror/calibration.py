"""Calibration over a tile: a progress ring, then the outcome."""

from __future__ import annotations

import numpy as np

from realtime.core.status import Status
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

_DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}  # on the screen


def draw_calibration(p: Painter, body: Rect, status: Status) -> None:
    """The ring in the middle of a tile's body, or the outcome along its top; nothing if there is none."""
    if status.calibrating is not None:
        _draw_progress(p, body, min(max(status.calibrating, 0.0), 1.0), status)
    elif status.calibration_outcome is not None:
        _draw_outcome(p, body, status.calibration_outcome.text, good=status.calibration_outcome.good)


def _draw_progress(p: Painter, body: Rect, progress: float, status: Status) -> None:
    radius = min(46 * p.unit, body.w / 2 - p.px(14), body.h / 2 - p.px(30))
    if radius < 10 * p.unit:
        return
    prompt = p.first_fitting(status.calibration_prompts, body.w - p.px(24), theme.SIZE_BODY, p.fonts.bold)
    looking = status.calibration_missing is not None
    high = round(2 * radius) + p.px(54) + (p.px(18) if looking else 0)
    wide = max(
        round(2 * radius) + (p.px(40) if looking else 0), round(p.width(prompt, theme.SIZE_BODY, p.fonts.bold))
    ) + p.px(36)
    card = Rect(body.x + (body.w - wide) // 2, body.y + (body.h - high) // 2, wide, high)
    p.fill(card, theme.GROUND_BOTTOM.faded(0.62), 14 * p.unit)
    x, y = card.x + card.w / 2, card.y + p.px(32 if looking else 14) + radius
    p.ring(x, y, radius, theme.TRACK, 6 * p.unit)
    p.arc(x, y, radius, progress, theme.ACCENT, 6 * p.unit)
    if status.calibration_missing is not None:
        draw_directions(p, x, y, radius, status.calibration_missing)
    inside = Rect(round(x - radius), round(y - radius), round(2 * radius), round(2 * radius))
    size = theme.SIZE_NAME if radius > 30 * p.unit else theme.SIZE_SMALL
    p.text(f"{100 * progress:.0f} %", inside, theme.TEXT, size, p.fonts.bold, "center")
    below = Rect.between(card.x, inside.bottom + p.px(23 if looking else 5), card.right, card.bottom - p.px(4))
    p.text(prompt, below, theme.TEXT, theme.SIZE_BODY, p.fonts.bold, "center")


def draw_directions(p: Painter, x: float, y: float, radius: float, missing: tuple[str, ...]) -> None:
    """Arrows around the ring: the directions in which the subject has looked, and those that are missing.

    Left is that of the subject, who looks at the screen: on the left of it, whether the picture is mirrored or not.
    """
    away, long, half = radius + 6 * p.unit, 9 * p.unit, 6 * p.unit
    for name, (right, down) in _DIRECTIONS.items():
        tip = np.array([x, y]) + (away + long) * np.array([right, down])
        base = tip - long * np.array([right, down])
        across = half * np.array([-down, right])
        corners = np.stack([tip, base + across, base - across]).astype(np.float32)
        p.polygon(corners, theme.ACCENT if name in missing else theme.GOOD)


def _draw_outcome(p: Painter, body: Rect, text: str, *, good: bool) -> None:
    ink = theme.GOOD if good else theme.WARN
    lines = p.wrap(text, min(body.w - p.px(60), p.px(320)))
    line_h, mark = p.px(22), p.px(26)
    wide = round(max(map(p.width, lines), default=0)) + mark + p.px(36)
    high = len(lines) * line_h + p.px(22)
    card = Rect(body.x + (body.w - wide) // 2, body.y + p.px(4), wide, high)
    p.fill(card, theme.GROUND_BOTTOM.faded(0.9), 10 * p.unit)
    p.frame(card, ink.faded(0.5), 10 * p.unit, max(1.0, p.unit))
    x, y = card.x + p.px(22), card.y + p.px(11) + line_h / 2
    (p.check if good else p.cross)(x, y, (6 if good else 4.5) * p.unit, ink)
    for at, line in enumerate(lines):
        row = Rect(card.x + p.px(16) + mark, card.y + p.px(11) + at * line_h, card.w, line_h)
        p.text(line, row, ink if at == 0 else theme.TEXT_SOFT)
