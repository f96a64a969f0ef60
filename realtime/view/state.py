"""What the view is told, and what it tells back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from realtime.model import LinearMeshModel
from realtime.types import SourceState


class Action(Enum):
    """What a user can ask for with a key or a button."""

    QUIT = auto()
    PAUSE = auto()
    CALIBRATE = auto()
    POSE = auto()  # live pose or pose = 0
    ADJUST = auto()  # raw or identity-adjusted
    PICTURE = auto()
    RECORD = auto()
    HELP = auto()
    MODEL = auto()  # whose residual is shown
    DISAGREE = auto()  # the predicted faces by how far the models lie apart
    RESET = auto()  # orbit and zoom back to the front


@dataclass(frozen=True, slots=True)
class Caption:
    """How a model is named in the window."""

    name: str
    note: str = ""  # what has to be known of it: "labels repaired"

    @classmethod
    def of(cls, model: LinearMeshModel) -> Caption:
        """The caption of a model."""
        return cls(model.name, "labels repaired" if model.label_repair else "")

    @property
    def names(self) -> tuple[str, str]:
        """The name, and one for where room is short: the files of the family differ in their ends only."""
        return self.name, self.name.replace("_to_mesh_pls_", "…")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the program around a frame; all that the window shows beyond the FrameResult."""

    source: str = ""
    source_state: SourceState = "live"
    source_note: str = ""  # "retry in 2 s", "black picture"
    emotion_source: str = "inverse"
    emotion_note: str = ""  # why py-feat's network does not answer
    emotion_hint: str = ""  # the command that installs it, where it is missing
    emotion_age_ms: float | None = None  # live: how much older than the picture the emotions are
    pose_mode: Literal["live", "zero"] = "live"
    paused: bool = False
    calibrated: bool = False
    calibrating: float | None = None  # progress 0..1 while a neutral is being taken
    recording_s: float | None = None  # seconds recorded; None when nothing is being recorded
    fps: float | None = None
    latency_ms: float | None = None  # capture to display, median
    latency_p95_ms: float | None = None
    skipped: int = 0  # frames that a live source had to skip
    message: str = ""  # a passing line: "picture saved: ..."


@dataclass(slots=True)
class ViewState:
    """What the user has set in the view; the only mutable thing in it."""

    adjusted: bool = False
    mirrored: bool = False  # the camera picture and the meshes shown as in a looking-glass
    help: bool = False
    model: int = 0  # whose residual colours the observed face
    disagreement: bool = False  # the predicted faces coloured by how far the models lie apart
    orbit_deg: tuple[float, float] = (0.0, 0.0)  # azimuth, elevation of the eye around the face
    zoom: float = 1.0
    colour_max: float = 10.0  # upper end of the residual scale, % of the outer-canthal distance
    actions: list[Action] = field(default_factory=list)  # asked for by buttons, taken by the window's poll
