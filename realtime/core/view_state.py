"""What the user has set in the view: saved and restored without a window."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from realtime.core.commands import Request
from realtime.core.config import ViewConfig
from realtime.core.view_options import Card, ColorMap, Overlay, SignedMap, Style, Theme, View

_DEFAULTS = ViewConfig()


@dataclass(slots=True)
class ViewState:
    """What the user has set in the view; the only mutable thing in it."""

    # The settings of the same names, with their defaults: saved per user, and reset.
    views: tuple[View, ...] = _DEFAULTS.views
    cards: tuple[Card, ...] = _DEFAULTS.cards
    theme: Theme = _DEFAULTS.theme
    background: str = _DEFAULTS.background
    style: Style = _DEFAULTS.style
    overlay: Overlay = _DEFAULTS.overlay
    anchors: bool = _DEFAULTS.anchors
    box: bool = _DEFAULTS.box
    whole: bool = _DEFAULTS.whole
    signed: bool = _DEFAULTS.signed
    colours: ColorMap = _DEFAULTS.colours
    signed_colours: SignedMap = _DEFAULTS.signed_colours
    colour_auto: bool = _DEFAULTS.colour_auto
    colour_max: float = _DEFAULTS.colour_max
    exaggeration: float = _DEFAULTS.exaggeration
    smoothing: float = _DEFAULTS.smoothing
    wipe: float = _DEFAULTS.wipe
    adjusted: bool = _DEFAULTS.adjusted
    panel: bool = _DEFAULTS.panel
    timeline_share: float = _DEFAULTS.timeline_share
    cards_share: float = _DEFAULTS.cards_share
    panel_share: float = _DEFAULTS.panel_share
    stage: bool = _DEFAULTS.stage
    introduced: bool = True  # the notes of the first start are not shown

    # Of this run.
    output: bool = False  # the presentation layout fills another monitor
    mirrored: bool = False  # the camera image and the meshes are shown mirrored
    help: bool = False
    explained: int = 0  # number of the word that is explained, in reading order, from 1; 0: that under the mouse
    model: int = 0  # whose residual colours the observed face
    disagreement: bool = False  # the predicted faces coloured by the models' disagreement
    orbit_deg: tuple[float, float] = (0.0, 0.0)  # azimuth, elevation of the orbit camera
    zoom: float = 1.0
    colour_end: float = _DEFAULTS.colour_max  # upper end of the residual scale as drawn last, %
    frozen: bool = False  # the plots are frozen
    pins: tuple[int, ...] = ()  # vertices whose residual is plotted
    views_before: tuple[View, ...] = ()  # what was shown before one view was shown alone
    actions: list[Request] = field(default_factory=list)  # requested with the mouse, taken by the window's poll

    @classmethod
    def of(cls, settings: ViewConfig, *, mirrored: bool = False, introduces: bool = False) -> ViewState:
        """As the settings have it. `introduces`: of a window that explains itself, unless it has done so before."""
        named = {name: getattr(settings, name) for name in REMEMBERED if name != "introduced"}
        return cls(**named, introduced=settings.introduced or not introduces, mirrored=mirrored)

    @property
    def solo(self) -> bool:
        """Whether one view is shown alone, for a while."""
        return len(self.views) == 1 and bool(self.views_before)

    def settings(self) -> dict[str, Any]:
        """What is saved, by the names of the settings; of a view that is shown alone, the layout before it."""
        saved = {name: getattr(self, name) for name in REMEMBERED}
        return {**saved, "views": self.views_before} if self.solo else saved


_OF_A_RUN = ("output",)  # a window that fills a monitor is opened on purpose only
REMEMBERED = tuple(f.name for f in fields(ViewState) if f.name in ViewConfig.model_fields and f.name not in _OF_A_RUN)
