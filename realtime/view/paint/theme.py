"""The theme: colours, type sizes and fonts."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from realtime.core.errors import DisplayError
from realtime.core.view_options import ThemeName


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


# What `use` sets: the colours of the theme that is drawn with. They are read where something is drawn and never kept.
GROUND_TOP: Color
GROUND_BOTTOM: Color
CARD: Color
CARD_LIT: Color  # of menus and notes, and where the light behind a face is brightest
CARD_EDGE: Color
TRACK: Color  # the empty part of a bar

TEXT: Color
TEXT_SOFT: Color
TEXT_FAINT: Color

ACCENT: Color
GOOD: Color
WARN: Color
BAD: Color
MUTED_BAR: Color
MARK: Color  # an event on the time of a recording

SERIES_RAW: Color  # of the plot; raw is the calm one as soon as the identity-adjusted one exists
SERIES_ADJUSTED: Color
SERIES_MEAN: Color
SERIES_NEUTRAL: Color
PART_TRACKER: Color
PART_IDENTITY: Color
PART_POSE: Color
PART_NOISE: Color
MODELS: tuple[Color, ...]  # of several models side by side
PINS: tuple[Color, ...]  # of pinned vertices
FACES: tuple[Color, ...]  # of several people; a fifth has the first one's
SEVEN: dict[str, Color]  # seven series side by side

# The same in every theme: what a face is made of, and what lies over the camera's picture or over a face.
SKIN = color("#E3C7AE")
UNCOLORED = color("#6F757D")  # a face without numbers
DIM_FACE = color("#4A535F")  # a face that is a ground only
SCLERA = color("#A4AEBA")
IRIS = color("#3E7FA8")
INSIDE = color("#0F1217")  # inside of the mouth, and of the mask where it is open
ARROW = color("#FFFFFF")
ARROW_RIM = color("#05070A")  # keeps an arrow apart from what it is drawn on
ON_PICTURE = color("#45C4FF")  # lines
ON_PICTURE_STRONG = color("#EDF2F7")
ON_PICTURE_POINT = color("#FFB547")

# name: (dark, light). On every ground of their theme texts have a contrast of 4.5 or more, and on a card all that is
# plotted has 3 or more. Of the faces, the pins and the seven every two differ by 0.09 or more in OKLab, also without
# the cones for red, green or blue (Machado et al. 2009). tests/view/test_theme.py computes it.
_THEMES: dict[str, tuple[str, str]] = {
    "GROUND_TOP": ("0B0E13", "EEF1F5"),
    "GROUND_BOTTOM": ("080A0E", "E6EAF0"),
    "CARD": ("12171E", "FFFFFF"),
    "CARD_LIT": ("222B37", "EDF1F6"),
    "CARD_EDGE": ("2A3340", "CDD5DF"),
    "TRACK": ("232B36", "DCE2EA"),
    "TEXT": ("EDF2F7", "11161D"),
    "TEXT_SOFT": ("AAB6C5", "3D4856"),
    "TEXT_FAINT": ("8E9BAD", "566272"),
    "ACCENT": ("45C4FF", "00689B"),
    "GOOD": ("58D39B", "0A6B41"),
    "WARN": ("FFB547", "8A4B00"),
    "BAD": ("FF6B71", "B81F2B"),
    "MUTED_BAR": ("68798F", "7C8A9C"),
    "MARK": ("B79CFF", "6B46C1"),
    "SERIES_RAW": ("FF8F5C", "C2521C"),
    "SERIES_ADJUSTED": ("45C4FF", "00689B"),
    "SERIES_MEAN": ("8895A7", "66738A"),
    "SERIES_NEUTRAL": ("B79CFF", "6B46C1"),
    "PART_TRACKER": ("8F7859", "8A6A3A"),
    "PART_IDENTITY": ("65789A", "51627E"),
    "PART_POSE": ("9AABC2", "7F90A8"),
    "PART_NOISE": ("D5DCE6", "2F3A48"),
}
_MODELS = ("45C4FF FF8F5C C4F04A", "00689B C2521C 0A9B72")
# Dark: the hues of Okabe and Ito (2008), lighter.
_PINS = ("4FA8F5 E69F00 12A87E F5EC5A F2713D DE9BD2", "3992E9 BB8420 30826D 6F5D02 692418 FB2BA9")
_FACES = ("E05AA8 F5EC5A 7FE0C3 B79CFF", "D6336C 692418 3992E9 6B46C1")
SEVEN_NAMES = ("red", "green", "purple", "yellow", "blue", "cyan", "gray")
_SEVEN = (
    "FA5638 12A57C A658B0 F7DF55 5B68F2 86C5FF BFC3B2",
    "AF1200 006351 64126B C0891C 4850FB 0395DE 848A7D",
)
_TEXTS = ("TEXT", "TEXT_SOFT", "TEXT_FAINT", "ACCENT", "GOOD", "WARN", "BAD", "MARK")
_LEAST_CONTRAST = 4.5
_MIDDLE = 0.18  # luminance of a ground from which on dark text has the higher contrast


def _colors(codes: str) -> tuple[Color, ...]:
    return tuple(color(f"#{code}") for code in codes.split())


def _values(at: int) -> dict[str, Any]:
    """Everything that a theme sets, by its name; `at` 0 dark, 1 light."""
    found: dict[str, Any] = {name: color(f"#{pair[at]}") for name, pair in _THEMES.items()}
    seven = dict(zip(SEVEN_NAMES, _colors(_SEVEN[at]), strict=True))
    several = {"MODELS": _MODELS, "PINS": _PINS, "FACES": _FACES}
    return {**found, **{name: _colors(pair[at]) for name, pair in several.items()}, "SEVEN": seven}


_VALUES: dict[ThemeName, dict[str, Any]] = {"dark": _values(0), "light": _values(1)}
_SHADOWS: dict[ThemeName, tuple[float, float]] = {"dark": (0.35, 1.0), "light": (0.07, 0.15)}  # and depth
_used: tuple[ThemeName, Color | None] | None = None


def use(name: ThemeName, ground: Color | None = None) -> None:
    """Draw with a theme from now on: every view begins its frame with this, as it does with its imgui context.

    On an even `ground` of another colour, for chroma keying, the theme is the one that suits it, and its texts are
    moved towards black or white until they can be read there.
    """
    global _used
    if (name, ground) == _used:
        return
    _used = name, ground
    values = _VALUES[name]
    if ground is not None:
        values = dict(_VALUES["light" if _luminance(ground) > _MIDDLE else "dark"])
        values |= {text: _readable(values[text], ground) for text in _TEXTS}
        values |= {"GROUND_TOP": ground, "GROUND_BOTTOM": ground}
    globals().update(values)


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(of: Color) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in of[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(text: Color, ground: Color) -> Color:
    end = 0.0 if _luminance(ground) > _MIDDLE else 1.0
    for step in range(11):
        found = Color(*(part + (end - part) * step / 10 for part in text[:3]))
        if contrast(found, ground) >= _LEAST_CONTRAST:
            break
    return found


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
    depth: float  # 0..1: how much darker a card grows downwards
    text: Color
    soft: Color
    faint: Color
    warn: Color


GroundName = ThemeName


def _ground(values: dict[str, Any], shadow: tuple[float, float]) -> Ground:
    names = ("GROUND_BOTTOM", "CARD", "CARD_LIT", "CARD_EDGE")
    texts = ("TEXT", "TEXT_SOFT", "TEXT_FAINT", "WARN")
    ground, card, lit, edge = (values[name] for name in names)
    return Ground(ground, card, lit, edge, *shadow, *(values[name] for name in texts))


DARK = _ground(_VALUES["dark"], _SHADOWS["dark"])
LIGHT = Ground(  # for paper
    color("#FFFFFF"),
    color("#F2F4F7"),
    color("#FFFFFF"),
    color("#D5DBE2"),
    0.0,
    1.0,
    color("#11161D"),
    color("#414C5A"),
    color("#66717F"),
    color("#A35C00"),
)
GROUNDS: dict[GroundName, Ground] = {"dark": DARK, "light": LIGHT}


def window_ground() -> Ground:
    """The colours of a window's ground and cards in the theme in use."""
    name = "dark" if _used is None else _used[0]
    return _ground(globals(), _SHADOWS[name])


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


use("dark")
