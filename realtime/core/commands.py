"""Every command of the mirror: its keys, its words and its place in the panel; help, panel and keys are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from realtime.core.view_options import Card, View


class Action(Enum):
    """What a user can ask for with a key or a button; `SECTIONS` below says with which."""

    QUIT = auto()
    PAUSE = auto()
    CALIBRATE = auto()
    POSE = auto()  # live pose, pose = 0, or the model's own choice
    ADJUST = auto()  # raw or identity-adjusted
    SCREENSHOT = auto()
    RECORD = auto()
    COPY = auto()  # the numbers of the moment into the clipboard
    HELP = auto()
    PANEL = auto()
    PRESENTATION = auto()
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
    COLORS = auto()
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
class PlayRange:
    """Replay: play this stretch only."""

    in_s: float
    out_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Replay: run so many times as fast as it was recorded."""

    times: float


Request: TypeAlias = Action | Show | Choose | Seek | PlayRange | Speed

VIEW_NAMES = {
    View.CAMERA: "Camera",
    View.OBSERVED: "Observed",
    View.PREDICTED: "Predicted",
    View.GHOST: "Both",
    View.VECTORS: "Vectors",
    View.HEAT: "Heat map",
    View.ON_FACE: "On the face",
    View.WIPE: "Wipe",
}
CARD_NAMES = {
    Card.FEATURES: "Features",
    Card.NUMBERS: "Residual in numbers",
    Card.RESIDUAL: "Residual over time",
    Card.SKILL: "Skill over time",
    Card.REGIONS: "Regions over time",
    Card.EMOTIONS: "Emotions over time",
    Card.POSE: "Pose over time",
    Card.PARTS: "What the face is made of",
    Card.PINS: "Pinned vertices",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for. Keys are named as printed: "A", "Shift+1", "F11", "Space", or a character."""

    request: Request
    keys: tuple[str, ...]
    description: str  # what it does, for the help
    label: str  # for a button


_SHOWN = tuple(
    Command(Show(view), (str(at),), f"show or hide: {name.lower()}", name)
    for at, (view, name) in enumerate(VIEW_NAMES.items(), start=1)
)
_SOLO = tuple(
    Command(Show(view, alone=True), (f"Shift+{at}",), f"{name.lower()} alone, and back", f"{name} alone")
    for at, (view, name) in enumerate(VIEW_NAMES.items(), start=1)
)

SECTIONS: dict[str, tuple[Command, ...]] = {
    "Run": (
        Command(Action.PAUSE, ("Space",), "pause and go on", "Pause"),
        Command(Action.CALIBRATE, ("N",), "take your neutral face (rest for some seconds)", "Calibrate"),
        Command(Action.RECORD, ("R",), "start and stop recording", "Record"),
        Command(Action.SCREENSHOT, ("S",), "save a picture of the window", "Picture"),
        Command(Action.COPY, ("Y", "Ctrl+C"), "copy the numbers of the moment", "Copy numbers"),
        Command(Action.QUIT, ("Q", "Escape"), "quit", "Quit"),
    ),
    "Replay": (
        Command(Action.STEP_BACK, ("Left",), "the frame before", "Step back"),
        Command(Action.STEP, ("Right",), "the next frame", "Step"),
        Command(Action.JUMP_BACK, ("Shift+Left",), "ten frames back", "10 back"),
        Command(Action.JUMP, ("Shift+Right",), "ten frames on", "10 on"),
        Command(Action.FIRST, ("Home",), "the first frame", "First"),
        Command(Action.LAST, ("End",), "the last frame", "Last"),
        Command(Action.SLOWER, ("PageDown",), "slower", "Slower"),
        Command(Action.FASTER, ("PageUp",), "faster", "Faster"),
        Command(Action.IN_POINT, ("Shift+I",), "play from here", "In point"),
        Command(Action.OUT_POINT, ("Shift+O",), "play up to here", "Out point"),
        Command(Action.LOOP, ("Shift+L",), "from the out point back to the in point", "Loop"),
    ),
    "Marks": (
        Command(Action.EVENT, ("E",), "mark this moment, recorded or replayed", "Event"),
        Command(Action.EXCLUDE, ("X",), "begin and end what is not to be used", "Exclude"),
    ),
    "Source": (
        Command(Action.NEXT_SOURCE, ("C",), "the next camera", "Next camera"),
        Command(Action.MIRROR, ("U",), "as in a looking-glass, or as others see you", "Mirrored"),
    ),
    "Model": (
        Command(Action.NEXT_MODEL, ("V",), "the next model", "Next model"),
        Command(Action.NEXT_EMOTION, ("T",), "the emotions' source: py-feat's network, the inverse", "Emotions"),
        Command(Action.POSE, ("P",), "the model's pose: its own choice, live, zero", "Pose"),
        Command(Action.ADJUST, ("A",), "residual: raw or identity-adjusted", "Identity-adjusted"),
        Command(Action.MODEL, ("M",), "several models: whose residual is shown", "Whose residual"),
        Command(Action.DISAGREE, ("D",), "several models: how far they lie apart", "Disagreement"),
    ),
    "Views": (*_SHOWN, *_SOLO),
    "Look": (
        Command(Action.STYLE, ("W",), "surface: tessellation, shaded, wireframe, points", "Surface"),
        Command(Action.EXAGGERATE_LESS, ("-",), "exaggerate the expression less", "Exaggeration"),
        Command(Action.EXAGGERATE_MORE, ("+", "="), "exaggerate the expression more", "Exaggeration"),
        Command(Action.SMOOTH, ("Z",), "smooth what is drawn: not, a little, more, most", "Smoothing"),
        Command(Action.WIPE_LEFT, (",",), "wipe: the line to the left", "Wipe"),
        Command(Action.WIPE_RIGHT, (".",), "wipe: the line to the right", "Wipe"),
        Command(Action.RESET, ("0",), "the view from the front", "From the front"),
    ),
    "Picture": (
        Command(Action.OVERLAY, ("O",), "over the camera: mesh, contours, residual, nothing", "Overlay"),
        Command(Action.ANCHORS, ("J",), "over the camera: the anchors of the alignment", "Anchors"),
        Command(Action.BOX, ("B",), "over the camera: a box around the face", "Box"),
    ),
    "Colours": (
        Command(Action.SIGNED, ("I",), "heat map: magnitude, or inwards and outwards", "Inwards and outwards"),
        Command(Action.COLORS, ("K",), "the next colour map", "Colour map"),
        Command(Action.RANGE, ("F",), "colour range: fixed or automatic", "Automatic range"),
        Command(Action.RANGE_LESS, ("[",), "a smaller colour range", "Range"),
        Command(Action.RANGE_MORE, ("]",), "a larger colour range", "Range"),
    ),
    "Plots": (
        Command(Action.CARD, ("G",), "the next plot", "Next plot"),
        Command(Action.FREEZE, ("Shift+G",), "hold the plots still, and let them go on", "Hold"),
        Command(Action.UNPIN, ("Delete",), "forget all pinned vertices", "Unpin all"),
    ),
    "Window": (
        Command(Action.PANEL, ("Tab",), "the panel of controls", "Panel"),
        Command(Action.PRESENTATION, ("L",), "the large layout for an audience", "Stage"),
        Command(Action.FULLSCREEN, ("F11",), "the whole screen, and back", "Full screen"),
        Command(Action.DEFAULTS, ("F5",), "settings as delivered; again: as they were", "Reset settings"),
        Command(Action.HELP, ("H", "F1", "?"), "this help", "Keys"),
    ),
}

BY_KEY: dict[str, Request] = {key: c.request for section in SECTIONS.values() for c in section for key in c.keys}
REPEATING = (Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP)  # asked for again while the key is held
_BY_REQUEST: dict[Request, Command] = {c.request: c for section in SECTIONS.values() for c in section}


def command(request: Request) -> Command:
    """The command that asks for this."""
    return _BY_REQUEST[request]
