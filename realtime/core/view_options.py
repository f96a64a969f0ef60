"""What the mirror's window can show, by the names that settings, panel and keys have in common."""

from __future__ import annotations

from enum import StrEnum

MOST_VIEWS, MOST_CARDS, MOST_PINS = 6, 4, 6
MOST_EXAGGERATION = 5.0
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # at which a replay can run


class View(StrEnum):
    """A tile of the upper part."""

    CAMERA = "camera"  # the picture with what was found in it
    OBSERVED = "observed"  # coloured by the residual
    PREDICTED = "predicted"  # one for each model
    GHOST = "ghost"  # both laid over each other
    VECTORS = "vectors"  # from predicted to observed, vertex by vertex
    HEAT = "heat"  # the residual as numbers in colour, as magnitude or along the surface normal
    ON_FACE = "on-face"  # the prediction put back into the picture
    WIPE = "wipe"  # observed on one side of a line, predicted on the other


class Card(StrEnum):
    """A card of the lower part: bars, numbers, or a plot over time."""

    FEATURES = "features"  # what drives the model, as bars
    NUMBERS = "numbers"  # the residual beside its baselines
    RESIDUAL = "residual"
    SKILL = "skill"
    REGIONS = "regions"
    EMOTIONS = "emotions"
    POSE = "pose"
    PARTS = "parts"  # what the face is made of
    PINS = "pins"  # the residual of chosen vertices


class Style(StrEnum):
    """How a face's surface is drawn."""

    TESSELLATION = "tessellation"  # shaded, with the edges of the landmarks' mesh
    SHADED = "shaded"
    WIREFRAME = "wireframe"
    POINTS = "points"


class Overlay(StrEnum):
    """What of the face is drawn over the camera's picture."""

    MESH = "mesh"
    CONTOURS = "contours"
    TINT = "tint"  # the face itself in the colours of the residual
    NONE = "none"


class ColorMap(StrEnum):
    """matplotlib's maps that colour-blind people can read, for magnitudes."""

    INFERNO = "inferno"
    MAGMA = "magma"
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"


class SignedMap(StrEnum):
    """The same for signed numbers, with a middle that belongs to zero."""

    BERLIN = "berlin"
    MANAGUA = "managua"
    PUOR = "PuOr"
