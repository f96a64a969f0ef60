"""Options of the window: views, cards, styles and colour maps, by their names in the settings."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

MOST_VIEWS, MOST_CARDS, MOST_PINS = 6, 4, 6
MOST_EXAGGERATION = 5.0
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # playback speeds


class View(StrEnum):
    """A tile of the upper row."""

    CAMERA = "camera"  # the camera image with its landmarks
    OBSERVED = "observed"  # coloured by the residual
    PREDICTED = "predicted"  # one for each model
    GHOST = "ghost"  # observed over predicted
    VECTORS = "vectors"  # from predicted to observed, vertex by vertex
    HEAT = "heat"  # the residual in colour: magnitude, or signed along the surface normal
    ON_FACE = "on-face"  # the prediction reprojected into the camera image
    WIPE = "wipe"  # observed left of a divider, predicted right of it


class Card(StrEnum):
    """A card of the lower row: bars, a table, or a plot over time."""

    FEATURES = "features"  # the model's inputs, as bars
    NUMBERS = "numbers"  # the residual with its baselines
    RESIDUAL = "residual"
    SKILL = "skill"
    REGIONS = "regions"
    EMOTIONS = "emotions"
    POSE = "pose"
    PARTS = "parts"  # variance decomposition
    PINS = "pins"  # the residual of pinned vertices


class Style(StrEnum):
    """Rendering style of a face's surface."""

    TESSELLATION = "tessellation"  # shaded, with the edges of the landmarks' mesh
    SHADED = "shaded"
    WIREFRAME = "wireframe"
    POINTS = "points"


class Overlay(StrEnum):
    """What is drawn over the camera image."""

    NONE = "none"
    MESH = "mesh"
    CONTOURS = "contours"
    TINT = "tint"  # the face itself in the colours of the residual


class ColorMap(StrEnum):
    """Sequential maps that are safe for colour-blind readers: two with a light zero, and matplotlib's."""

    EMBER = "ember"  # pale, amber, wine: what fits stays a visible face
    FROST = "frost"  # pale, blue
    INFERNO = "inferno"
    MAGMA = "magma"
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"


ThemeName = Literal["dark", "light"]


class Theme(StrEnum):
    """The colours of the window."""

    DARK = "dark"
    LIGHT = "light"
    SYSTEM = "system"  # as the desktop is set; dark where it does not tell


# Even grounds of the presentation layout, as they are keyed out by other programs; "none": the theme's.
BACKGROUNDS = {"none": "", "green": "#00B140", "blue": "#0047BB", "magenta": "#FF00FF"}


class SignedMap(StrEnum):
    """Diverging maps, centred at zero, for signed numbers."""

    FROST_EMBER = "frost-ember"  # inwards blue, outwards as the magnitude's default, pale at zero
    BERLIN = "berlin"
    MANAGUA = "managua"
    PUOR = "PuOr"
