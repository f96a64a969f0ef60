"""Irises as discs on the eyeballs, cut off by the lids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.types import FloatArray
from realtime.geometry import LEFT_IRIS, RIGHT_IRIS
from realtime.view.paint import theme

_SPOKES = 32
# Rings in iris radii, from the pupil outwards, with their brightness; two at nearly one place are an edge.
_RINGS = ((0.40, 0.0), (0.44, 1.15), (0.72, 0.95), (0.94, 0.5), (1.0, 0.3))
_PUPIL = (0.012, 0.016, 0.022)  # sRGB
_ABOVE = 0.003  # over the eyeball, in outer-canthal distances
_INSIDE = 0.02  # a lid covers the last of the opening, in its heights


class Irises:
    """Both irises: which triangles they have, and where their vertices are in a face."""

    def __init__(self) -> None:
        turn = np.linspace(0.0, 2 * np.pi, _SPOKES, endpoint=False)
        radii = np.array([radius for radius, _ in _RINGS])
        spokes = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        self._places = np.concatenate([np.zeros((1, 2)), (radii[:, None, None] * spokes).reshape(-1, 2)])
        one = _disc(len(_RINGS))
        self.triangles: npt.NDArray[np.int64] = np.concatenate([one, one + len(self._places)])
        # theme colours are sRGB; the curve is that of the window
        base, pupil = np.asarray(theme.IRIS[:3]) ** 2.2, np.asarray(_PUPIL) ** 2.2
        rings = [pupil if bright == 0.0 else base * bright for _, bright in _RINGS]
        disc = np.concatenate([pupil[None], np.repeat(np.stack(rings), _SPOKES, axis=0)])
        self.colors: FloatArray = np.tile(disc, (2, 1)).astype(np.float32)  # linear

    def positions(self, points: FloatArray, eyes: FloatArray) -> FloatArray:
        """(n, 3) float32 for landmarks (478, 3) and the eyeballs of `EyesAndMouth.eye_grid`, face coordinates.

        What of a disc would lie under a lid is moved to the lid's edge.
        """
        found = []
        for ring, ball in zip((RIGHT_IRIS, LEFT_IRIS), eyes, strict=True):
            iris = points[list(ring)]
            radius = float(np.linalg.norm(iris[1:, :2] - iris[0, :2], axis=-1).mean())
            found.append(_on_ball(iris[0, :2] + radius * self._places, ball[..., :3]))
        return np.concatenate(found).astype(np.float32)


def _on_ball(places: FloatArray, ball: FloatArray) -> FloatArray:
    """Points (n, 2), x and y, on an eyeball (rows, columns, 3), as (n, 3); those outside are moved to its edge."""
    ball = np.take_along_axis(ball, np.argsort(ball[..., :1], axis=1, kind="stable"), axis=1)
    x = np.clip(places[:, 0], ball[..., 0].min(), ball[..., 0].max())
    rows = np.stack([[np.interp(x, row[:, 0], row[:, axis]) for axis in (1, 2)] for row in ball])  # (rows, 2, n)
    low, high = rows[0, 0], rows[-1, 0]
    opening = high - low
    share = np.clip((places[:, 1] - low) / np.maximum(opening, 1e-6), _INSIDE, 1.0 - _INSIDE)
    share[opening <= 0] = 0.5  # lids that are more than closed
    y = low + share * opening
    at = share * (len(ball) - 1)  # between which rows
    below = np.minimum(at.astype(int), len(ball) - 2)
    along = at - below
    column = np.arange(len(x))
    z = rows[below, 1, column] * (1.0 - along) + rows[below + 1, 1, column] * along
    return np.stack([x, y, z + _ABOVE], axis=-1)


def _disc(rings: int) -> npt.NDArray[np.int64]:
    """Triangles of a disc: vertex 0 in the middle, then rings of `_SPOKES` vertices."""
    spoke = np.arange(_SPOKES)
    following = (spoke + 1) % _SPOKES
    found = [np.stack([np.zeros_like(spoke), 1 + spoke, 1 + following], axis=-1)]
    for ring in range(rings - 1):
        a, b = 1 + ring * _SPOKES + spoke, 1 + ring * _SPOKES + following
        c, d = a + _SPOKES, b + _SPOKES
        found += [np.stack([a, c, d], axis=-1), np.stack([a, d, b], axis=-1)]
    return np.concatenate(found)
