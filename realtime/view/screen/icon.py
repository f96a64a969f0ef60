"""The window's icon, generated: a face, half observed and half predicted."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from realtime.core.types import FloatArray
from realtime.view.paint import theme

Icon: TypeAlias = tuple[int, int, Any]  # width, height, rows of RGBA pixels: glfw's format


def draw_icon(side: int = 64) -> Icon:
    """A square icon of `side` pixels."""
    at = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(at, at)
    pixels = np.empty((side, side, 4))
    pixels[..., :3] = theme.GROUND_BOTTOM[:3]
    pixels[..., 3] = _inside((x**6 + y**6) ** (1 / 6), side)  # a square with round corners
    face = _inside(np.hypot(x / 0.62, y / 0.8), side)[..., None]
    halves = np.where(x[..., None] < 0, theme.ACCENT[:3], theme.TEXT[:3])
    pixels[..., :3] += face * (halves - pixels[..., :3])
    return side, side, (pixels * 255 + 0.5).astype(np.uint8).tolist()


def _inside(distance: FloatArray, side: int) -> FloatArray:
    """1 where `distance` is below 0.98 and 0 above, with a soft step of about a pixel."""
    return np.clip((0.98 - distance) * side / 2 + 0.5, 0.0, 1.0)
