"""What the user has set in the view: saved and restored without a window."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from realtime.core.commands import Request
from realtime.core.config import ViewConfig
from realtime.core.view_options import Card, ColorMap, Overlay, SignedMap, Style, View


@dataclass(slots=True)
class ViewState:
    """What the user has set in the view; the only mutable thing in it."""

    # Settings of the same names: saved per user, and reset.
    views: tuple[View, ...] = (View.CAMERA, View.OBSERVED, View.PREDICTED)
    cards: tuple[Card, ...] = (Card.FEATURES, Card.RESIDUAL, Card.NUMBERS)
    style: Style = Style.TESSELLATION
    overlay: Overlay = Overlay.MESH
    anchors: bool = False  # the 12 anchors, over the camera's picture
    box: bool = False  # around the face, over the camera's picture
    signed: bool = False
    colours: ColorMap = ColorMap.INFERNO
    signed_colours: SignedMap = SignedMap.BERLIN
    colour_auto: bool = False
    colour_max: float = 10.0  # upper end of a fixed scale, % of the outer-canthal distance
    exaggeration: float = 1.0  # times the displacement from neutral
    smoothing: float = 0.0  # 0..1, of what is drawn; numbers are never smoothed
    wipe: float = 0.5  # where the line stands, 0..1 from the left
    adjusted: bool = False
    panel: bool = False
    stage: bool = False  # the large layout for an audience

    # Of this run.
    mirrored: bool = False  # the camera picture and the meshes shown as in a looking-glass
    help: bool = False
    model: int = 0  # whose residual colours the observed face
    disagreement: bool = False  # the predicted faces coloured by how far the models lie apart
    orbit_deg: tuple[float, float] = (0.0, 0.0)  # azimuth, elevation of the eye around the face
    zoom: float = 1.0
    frozen: bool = False  # the plots stand still
    pins: tuple[int, ...] = ()  # vertices whose residual is plotted
    views_before: tuple[View, ...] = ()  # what was shown before one view was shown alone
    actions: list[Request] = field(default_factory=list)  # asked for with the mouse, taken by the window's poll

    @classmethod
    def of(cls, settings: ViewConfig, *, mirrored: bool = False, panel: bool = False) -> ViewState:
        """As the settings have it; `panel` where they leave that open."""
        named = {name: getattr(settings, name) for name in REMEMBERED if name != "panel"}
        return cls(**named, panel=panel if settings.panel is None else settings.panel, mirrored=mirrored)

    def settings(self) -> dict[str, Any]:
        """What is saved, by the names of the settings."""
        return {name: getattr(self, name) for name in REMEMBERED}


REMEMBERED = tuple(f.name for f in fields(ViewState) if f.name in ViewConfig.model_fields)
