"""Colour maps that are safe for colour-blind readers: sequential for magnitudes, diverging for signed numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.core.view_options import ColorMap, SignedMap
from realtime.view.paint.theme import Color, color

# Two ramps from one pale colour, which is what a face in plain light looks like: a difference of nothing is a visible,
# calm face, on a dark ground and on a light one. Lightness falls at every step, also for those who see without the
# cones for red, green or blue (Machado et al. 2009), and both ramps stay apart from each other.
_EMBER = "D3D9E1 E4CCA2 ECA85E DF763F BF443F 8C1B3E"
_FROST = "D3D9E1 A9C8E8 74A9DE 4583C8 245BAC 143684"
# The rest are equidistant colours of matplotlib's maps (CC0; berlin and managua are Crameri's, PuOr is ColorBrewer's),
# as many as keep every colour between them within 6 of 255. Of inferno and magma the darkest tenth is left out: on a
# dark ground a face that the model predicts well would otherwise be invisible.
_STOPS = {
    "ember": _EMBER,
    "frost": _FROST,
    "frost-ember": " ".join([*reversed(_FROST.split()[1:]), _EMBER]),
    "inferno": """
        160B39 360961 57106E 751B6E 932667 B1325A CC4248 E45A31 F37819 FB9906 FBBE23 F3E35A FCFFA4
    """,
    "magma": """
        140E36 2F1163 51127C 6E1E81 8C2981 AB337C CA3E72 E75263 F7705C FD9467 FEB77E FDDA9C FCFDBF
    """,
    "viridis": """
        440154 471365 482475 463480 414487 3B528B 355F8D 2F6C8E 2A788E 25848E 21918C 1E9C89 22A884 2FB47C
        44BF70 5EC962 7AD151 9BD93C BDDF26 DFE318 FDE725
    """,
    "cividis": """
        00224E 00285B 002E6A 053371 1A386F 273E6E 32436D 3B496C 434E6C 4B546C 535A6D 5A5F6E 61656F 686A71
        6F7073 767676 7D7C78 848279 8C8878 938E78 9B9476 A39A74 ABA072 B4A76F BCAE6C C4B468 CDBB63 D5C25E
        DEC958 E7D150 F0D846 F9E03A FEE838
    """,
    "berlin": """
        9EB0FF 82ADF2 62A6E0 4497C6 3280A6 286886 20526A 173C4D 112732 11161B 190C09 260D01 371000 4A1502
        61200B 7D341E 964A36 B06253 CA7B71 E59590 FFADAD
    """,
    "managua": """
        FFCF67 F0B75F E09F57 D18950 C17449 B16243 A0513E 8C413A 773339 652A3D 572949 4F305B 4C3D73 4D4F8C
        5163A2 5877B5 5F89C3 679FD3 6FB6E2 78CFF1 81E7FF
    """,
    "PuOr": """
        7F3B08 B25706 E08214 FCB761 FEE0B6 F6F6F7 D8DAEB B1AAD1 8073AC 532687 2D004B
    """,
}
MAPS: tuple[ColorMap | SignedMap, ...] = (*ColorMap, *SignedMap)
_DEFAULT = ColorMap.INFERNO  # of displacements in figures and in what-if
_LIGHT_ZERO = (ColorMap.EMBER, ColorMap.FROST, SignedMap.FROST_EMBER, SignedMap.PUOR)


@lru_cache(maxsize=2 * len(MAPS))
def table(n: int = 256, name: ColorMap | SignedMap = _DEFAULT) -> ByteArray:
    """(n, 3) sRGB colours from the lowest value to the highest, read-only."""
    stops = np.array([color(f"#{code}")[:3] for code in _STOPS[name].split()])
    at = np.linspace(0.0, len(stops) - 1.0, n)
    rgb = np.stack([np.interp(at, np.arange(len(stops)), stops[:, part]) for part in range(3)], axis=-1)
    found: ByteArray = np.round(rgb * 255).astype(np.uint8)
    found.setflags(write=False)
    return found


def share(values: FloatArray, highest: float, flat: float = 0.0, *, signed: bool = False) -> FloatArray:
    """Where values are on a scale that ends at `highest`: 0..1, float32, those beyond it clamped.

    Magnitudes up to `flat` have the colour of zero: below the noise nothing is shown as a difference. A signed scale
    begins at -`highest` and has zero at 0.5.
    """
    above = np.clip((np.abs(values) - flat) / max(highest - flat, 1e-6), 0.0, 1.0)
    found = 0.5 + 0.5 * np.sign(values) * above if signed else above
    return found.astype(np.float32)


def light_zero(name: ColorMap | SignedMap) -> bool:
    """Whether zero is pale in this map, so that what is drawn over a face has to be dark."""
    return name in _LIGHT_ZERO


@lru_cache(maxsize=len(MAPS))
def _steps(name: ColorMap | SignedMap) -> tuple[Color, ...]:
    return tuple(Color(*(float(part) / 255 for part in rgb)) for rgb in table(name=name))


def at(share: float, name: ColorMap | SignedMap = _DEFAULT) -> Color:
    """The colour of a value, 0..1 of the scale; values outside are clamped."""
    return _steps(name)[int(min(max(share, 0.0), 1.0) * 255)]
