"""The contents of a sheet: its heading, its cards and their faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.gl.styled_face import StyledFace
from realtime.view.paint.arrows import Arrows
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Ground

Paint = Callable[[Painter, Rect, Ground], None]


@dataclass(frozen=True, slots=True)
class SheetFace:
    """One face of a card with its camera and a label below it."""

    styled: StyledFace
    camera: OrbitCamera = field(default_factory=OrbitCamera)
    arrows: Arrows | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class SheetCard:
    """A card of the sheet."""

    title: str
    notes: tuple[str, ...] = ()  # a line each, under the title
    faces: tuple[SheetFace, ...] = ()  # side by side
    warning: str = ""  # one more line, in the colour of warnings
    paint: Paint | None = None  # draws something else than faces into the card's body: a matrix, a chart
    width: int = 0  # of that body in faces, where it is wider than the cell's own faces
    marked: bool = False  # its card is outlined in the colour of warnings


@dataclass(frozen=True, slots=True)
class ColorScale:
    """The colour scale from 0 to `highest`, in the unit of the faces' values."""

    highest: float
    caption: str  # what is coloured, and its unit
    note: str = ""  # one line below
    beyond: bool = False  # there are larger values, drawn in the highest colour: the bar ends in a tip


@dataclass(frozen=True, slots=True)
class SheetHeading:
    """The heading of a sheet."""

    title: str
    lines: tuple[str, ...] = ()  # each is broken where it does not fit
    scale: ColorScale | None = None
    footer: tuple[str, str] = ("", "")  # at the left and at the right
    warning: str = ""  # before the lines, in the warning colour
