"""Faces as they are drawn: mesh, colours, material, and where."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.types import FloatArray
from realtime.core.view_options import ColorMap, SignedMap, Style
from realtime.view.gl.orbit_camera import Placement
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color


@dataclass(frozen=True, slots=True)
class Material:
    """What the surface of a face is made of."""

    style: Style = Style.TESSELLATION
    lit: bool = True  # else in plain colours, for a picture that has its own light
    open: bool = False  # the background shows through the eyes and through the back of the mask
    fill: float = 1.0  # opacity between the edges
    edges: Color | None = None  # None: the style's own

    @property
    def hollow(self) -> bool:
        """Nothing is drawn between edges or dots."""
        return self.style in (Style.WIREFRAME, Style.POINTS)

    @property
    def veil(self) -> bool:
        """Not just a lit surface: drawn by the slower program."""
        return self.hollow or not self.lit or self.open or self.fill < 1.0


@dataclass(frozen=True, slots=True, eq=False)
class StyledFace:
    """One face as it is to be drawn; nothing is sent again to the graphics card while its arrays are the same ones."""

    mesh: FloatArray  # (478, 3) model units, in the frame of the pass's mean mesh
    values: FloatArray | None = None  # (478,) the number that colours each vertex; None: all in `base_color`
    highest: float = 1.0  # the number at the upper end of the colour scale; a signed one begins at its negative
    base_color: Color = theme.SKIN
    flat: float = 0.0  # the magnitude up to which a number has the colour of zero
    colors: ColorMap | SignedMap = ColorMap.INFERNO
    material: Material = Material()


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A face in a rectangle of the window; layers of one rectangle are drawn over one another in their order."""

    styled: StyledFace
    body: Rect  # of the size given to `resize`
    placement: Placement
    strength: float = 1.0  # opacity
    clip: Rect | None = None  # what of `body` is drawn
    fade: float = 0.0  # pixels over which the edges of `body` fade, so that a face that is larger ends softly
