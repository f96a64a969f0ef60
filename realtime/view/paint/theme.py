"""The theme: colours, type sizes and fonts."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from realtime.core.errors import DisplayError


class Color(NamedTuple):
    """An sRGB colour, each part 0..1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def faded(self, alpha: float) -> Color:
        """The same colour, `alpha` times as opaque."""
        return self._replace(alpha=self.alpha * alpha)

    def linear(self) -> tuple[float, float, float]:
        """The three parts without the sRGB curve, for lighting."""
        red, green, blue = (part**2.2 for part in self[:3])
        return red, green, blue

    def bytes(self) -> tuple[int, int, int, int]:
        """The four parts as 0..255."""
        red, green, blue, alpha = self
        return round(255 * red), round(255 * green), round(255 * blue), round(255 * alpha)

    def packed(self) -> int:
        """As imgui packs colours: red in the lowest byte."""
        return _packed(self)


@lru_cache(maxsize=1024)  # asked for by every draw call
def _packed(color: Color) -> int:
    red, green, blue, alpha = color.bytes()
    return red | green << 8 | blue << 16 | alpha << 24


def color(code: str) -> Color:
    """From '#RRGGBB'."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return Color(red, green, blue)


GROUND_TOP = color("#0B0E13")
GROUND_BOTTOM = color("#080A0E")
CARD = color("#141920")
CARD_LIT = color("#222B37")  # where the light behind a face is brightest
CARD_EDGE = color("#2A3340")
TRACK = color("#232B36")  # the empty part of a bar

TEXT = color("#EDF2F7")
TEXT_SOFT = color("#A3B0C0")
TEXT_FAINT = color("#77859A")

ACCENT = color("#45C4FF")
GOOD = color("#58D39B")
WARN = color("#FFB547")
BAD = color("#FF5D64")
MUTED_BAR = color("#5B6B80")
MARK = color("#B79CFF")  # an event on the time of a recording

SKIN = color("#E3C7AE")
UNCOLORED = color("#6F757D")  # a face without numbers
DIM_FACE = color("#4A535F")  # a face that is a ground only
SCLERA = color("#8E9AA8")
IRIS = color("#3E7FA8")
INSIDE = color("#0F1217")  # inside of the mouth, and of the mask where it is open
ARROW = color("#FFFFFF")
ARROW_RIM = color("#05070A")  # keeps an arrow apart from what it is drawn on

# Series of the plot; raw is the calm one as soon as the identity-adjusted one exists.
SERIES_RAW = color("#FF8F5C")
SERIES_ADJUSTED = ACCENT
MODELS = (ACCENT, color("#FF8F5C"), color("#9BD770"))  # of several models side by side
# Pinned vertices: the colour-blind safe hues of Okabe and Ito (2008), lighter for a dark ground.
PINS = tuple(map(color, ("#4FA8F5", "#E69F00", "#12A87E", "#F5EC5A", "#F2713D", "#DE9BD2")))
SERIES_MEAN = color("#8895A7")
SERIES_NEUTRAL = color("#B79CFF")

# Seven series side by side. On the ground of a card each has a contrast of 3.9 or more, and every two of them differ by
# 0.09 or more in OKLab, also without the cones for red, green or blue (Machado et al. 2009).
SEVEN = {
    "red": color("#FA5638"),
    "green": color("#12A57C"),
    "purple": color("#A658B0"),
    "yellow": color("#F7DF55"),
    "blue": color("#5B68F2"),
    "cyan": color("#86C5FF"),
    "gray": color("#BFC3B2"),
}
PART_TRACKER = color("#6B5B4A")
PART_IDENTITY, PART_POSE, PART_NOISE = color("#3E4A5B"), color("#77879D"), color("#D5DCE6")

# Design units; one unit is one pixel in a window of 1280x720.
SIZE_NAME = 23.0
SIZE_TITLE = 17.5
SIZE_BODY = 15.5
SIZE_SMALL = 14.0
SIZE_CAP = 12.5  # key caps
SIZE_MONO = 15.5


class Ground(NamedTuple):
    """Colours of a sheet: its background, cards and text."""

    ground: Color
    card: Color
    card_lit: Color
    card_edge: Color
    shadow: float  # 0..1 of what is around a card
    text: Color
    soft: Color
    faint: Color
    warn: Color


GroundName = Literal["dark", "light"]
DARK = Ground(GROUND_BOTTOM, CARD, CARD_LIT, CARD_EDGE, 0.35, TEXT, TEXT_SOFT, TEXT_FAINT, WARN)
LIGHT = Ground(  # for paper
    color("#FFFFFF"),
    color("#F2F4F7"),
    color("#FFFFFF"),
    color("#D5DBE2"),
    0.0,
    color("#11161D"),
    color("#414C5A"),
    color("#66717F"),
    color("#A35C00"),
)


GROUNDS: dict[GroundName, Ground] = {"dark": DARK, "light": LIGHT}


def font_file(relative: str) -> Path:
    """A font that travels with imgui_bundle, read where it is installed."""
    spec = importlib.util.find_spec("imgui_bundle")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / "assets" / "fonts" / relative
        if path.is_file():
            return path
    raise DisplayError(
        f"The font '{relative}' was not found in the installed imgui-bundle. "
        "Reinstall it: pip install --force-reinstall --no-deps imgui-bundle"
    )
