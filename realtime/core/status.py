"""What the view is told, and what it tells back."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum, auto
from typing import Any, Literal, TypeAlias

from realtime.core.config import ViewConfig
from realtime.core.types import SourceState
from realtime.core.view_options import Card, ColourMap, Overlay, SignedMap, Style, View
from realtime.model import LinearMeshModel


class Action(Enum):
    """What a user can ask for with a key or a button; `view/commands.py` says with which."""

    QUIT = auto()
    PAUSE = auto()
    CALIBRATE = auto()
    POSE = auto()  # live pose, pose = 0, or the model's own choice
    ADJUST = auto()  # raw or identity-adjusted
    PICTURE = auto()
    RECORD = auto()
    COPY = auto()  # the numbers of the moment into the clipboard
    HELP = auto()
    PANEL = auto()
    STAGE = auto()
    FULLSCREEN = auto()
    MIRROR = auto()
    MODEL = auto()  # whose residual is shown
    DISAGREE = auto()  # the predicted faces by how far the models lie apart
    NEXT_SOURCE = auto()
    NEXT_MODEL = auto()
    NEXT_EMOTION = auto()  # source of the features
    STYLE = auto()
    OVERLAY = auto()
    ANCHORS = auto()
    BOX = auto()
    SIGNED = auto()  # heat map along the surface normal or as magnitude
    COLOURS = auto()
    RANGE = auto()  # colour range fixed or automatic
    RANGE_LESS = auto()
    RANGE_MORE = auto()
    EXAGGERATE_LESS = auto()
    EXAGGERATE_MORE = auto()
    SMOOTH = auto()
    WIPE_LEFT = auto()
    WIPE_RIGHT = auto()
    CARD = auto()  # another plot in the middle of the lower part
    FREEZE = auto()  # the plots stand still
    UNPIN = auto()
    STEP_BACK = auto()  # replay: the frame before, ten frames, the first one, and the other way
    STEP = auto()
    JUMP_BACK = auto()
    JUMP = auto()
    FIRST = auto()
    LAST = auto()
    SLOWER = auto()  # replay
    FASTER = auto()  # replay
    LOOP = auto()  # replay: from the out point back to the in point
    IN_POINT = auto()  # replay
    OUT_POINT = auto()  # replay
    EVENT = auto()  # a mark at this moment, while something is recorded or replayed
    EXCLUDE = auto()  # begin or end a stretch that is not to be used
    RESET = auto()  # orbit and zoom back to the front
    DEFAULTS = auto()  # the window's settings as they were delivered, and back


@dataclass(frozen=True, slots=True)
class Show:
    """Show a view, or hide it; `alone`: nothing else, and back."""

    view: View
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """Another source, other models, another source of the features, by the names that settings have."""

    what: Literal["source", "models", "emotion", "pose"]
    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seek:
    """Replay: go to this time."""

    time_s: float


@dataclass(frozen=True, slots=True)
class Between:
    """Replay: play this stretch only."""

    in_s: float
    out_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Replay: run so many times as fast as it was recorded."""

    times: float


Asked: TypeAlias = Action | Show | Choose | Seek | Between | Speed


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
class Choice:
    """One of several things to choose from."""

    value: str  # as settings name it
    label: str  # as it is shown


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be chosen while the mirror runs, and what is chosen."""

    sources: tuple[Choice, ...] = ()
    source: str = ""
    models: tuple[Choice, ...] = ()
    chosen_models: tuple[str, ...] = ()
    emotions: tuple[Choice, ...] = ()
    emotion: str = ""
    pose: str = "auto"  # "auto", "live" or "zero"
    opening: str = ""  # what is being opened meanwhile


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a calibration ended."""

    good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An event, or a stretch that is not to be used."""

    kind: Literal["event", "exclude"]
    start_s: float
    end_s: float  # of an event its start; of a stretch that is not ended yet, where the replay stands
    label: str = ""
    open: bool = False  # a stretch that is not ended yet


@dataclass(frozen=True, slots=True)
class Playback:
    """Where a replay stands; times in seconds of the session, which begins with 0."""

    time_s: float
    duration_s: float
    row: int  # the frame that is shown, from 0
    rows: int
    playing: bool
    speed: float  # 1: as it was recorded
    loop: bool
    in_s: float  # what is played
    out_s: float
    note: str = ""  # what is known of the frame that is shown: "no picture", "recomputed with au@v6"


@dataclass(frozen=True, slots=True)
class StreamState:
    """What became of a stream that is being recorded."""

    name: Literal["frames", "camera", "view"]
    recorded: int
    dropped: int


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
    verdict: Verdict | None = None  # of the last calibration, for some seconds after it
    recording_s: float | None = None  # seconds recorded; None when nothing is being recorded
    streams: tuple[StreamState, ...] = ()  # of what is being recorded
    marks: tuple[Mark, ...] = ()  # of what is recorded or replayed
    playback: Playback | None = None  # None while it is no replay
    fps: float | None = None
    latency_ms: float | None = None  # capture to display, median
    latency_p95_ms: float | None = None
    skipped: int = 0  # frames that a live source had to skip
    message: str = ""  # a passing line: "picture saved: ..."
    offers: Offers = Offers()


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
    colours: ColourMap = ColourMap.INFERNO
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
    actions: list[Asked] = field(default_factory=list)  # asked for with the mouse, taken by the window's poll

    @classmethod
    def of(cls, settings: ViewConfig, *, mirrored: bool = False, panel: bool = False) -> ViewState:
        """As the settings have it; `panel` where they leave that open."""
        named = {name: getattr(settings, name) for name in REMEMBERED if name != "panel"}
        return cls(**named, panel=panel if settings.panel is None else settings.panel, mirrored=mirrored)

    def settings(self) -> dict[str, Any]:
        """What is saved, by the names of the settings."""
        return {name: getattr(self, name) for name in REMEMBERED}


REMEMBERED = tuple(f.name for f in fields(ViewState) if f.name in ViewConfig.model_fields)
