"""The colours of the residual: dark violet over red to pale yellow, steadily lighter, so that it reads in grey too."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from realtime.types import ByteArray
from realtime.view.paint.theme import Colour, colour

# Thirteen equidistant colours of matplotlib's inferno (CC0) from 0.1 to 1. Its darkest tenth is left out: on a dark
# ground a face that the model explains well would otherwise not be seen at all.
_STOPS = [
    "#160B39",
    "#360961",
    "#57106E",
    "#751B6E",
    "#932667",
    "#B1325A",
    "#CC4248",
    "#E45A31",
    "#F37819",
    "#FB9906",
    "#FBBE23",
    "#F3E35A",
    "#FCFFA4",
]


@lru_cache(maxsize=4)
def table(n: int = 256) -> ByteArray:
    """(n, 3) sRGB colours from the lowest value to the highest, read-only."""
    stops = np.array([colour(code)[:3] for code in _STOPS])
    at = np.linspace(0.0, len(stops) - 1.0, n)
    rgb = np.stack([np.interp(at, np.arange(len(stops)), stops[:, part]) for part in range(3)], axis=-1)
    found: ByteArray = np.round(rgb * 255).astype(np.uint8)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=1024)
def _step(at: int) -> Colour:
    red, green, blue = (float(part) / 255 for part in table()[at])
    return Colour(red, green, blue)


def at(share: float) -> Colour:
    """The colour of one value, 0..1 of the scale; values outside take the colour of the nearer end."""
    return _step(int(min(max(share, 0.0), 1.0) * 255))
