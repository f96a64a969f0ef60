"""Input and output of the what-if window."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from realtime.core.frame_result import Residual
from realtime.core.types import FloatArray
from realtime.core.view_state import ViewState
from realtime.model import ManualInput


class WhatIfAction(Enum):
    """Requests beyond moving the sliders, by key or button."""

    COPY = auto()
    PASTE = auto()
    RANDOM = auto()
    REST = auto()
    TAKE_OVER = auto()  # set the sliders to the current live features


@dataclass(slots=True)
class WhatIfState:
    """The user's input; the only mutable state of the view."""

    manual_input: ManualInput
    share: bool  # the sum of the probabilities is kept at one
    colored: bool = False  # the faces in the colours of their distances
    filter: str = ""
    view: ViewState = field(default_factory=ViewState)  # orbit, zoom, mirror, help
    actions: list[WhatIfAction] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class LiveFace:
    """The face in front of the camera, as far as it is there."""

    source: str  # for a title
    state: str  # "", or why no face is shown: "no face", "lost: retry in 2 s"
    mesh_canon: FloatArray | None = None  # (478, 3) model units, of the newest frame
    distance: Residual | None = None  # distance from the predicted face


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfScene:
    """What is shown beside the sliders."""

    mesh_canon: FloatArray  # (478, 3) what the model predicts for the input, model units
    moved: Residual  # displacement from the model's neutral at pose = 0
    largest: float  # its largest displacement, % of the outer-canthal distance
    region: str  # and in which region that is; "" where nothing moves
    live: LiveFace | None = None
    message: str = ""  # the notification that is visible
    failed: bool = False  # whether it reports a failure
