"""Every command of the window: its keys, its description and its label; help, panel and key map are built from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from realtime.core.view_options import Card, View


class Action(Enum):
    """What a user can request with a key or a button; `SECTIONS` below has the key map."""

    QUIT = auto()
    PAUSE = auto()
    CALIBRATE = auto()
    LOOK_AROUND = auto()  # measure the subject's own response to the head pose
    ACCEPT_NEUTRAL = auto()  # while a new neutral is shown for confirmation
    DISCARD_NEUTRAL = auto()
    UNDO = auto()  # what was changed last in the view, or a new neutral
    REDO = auto()
    NEXT_PERSON = auto()  # forget whose neutral is used, and the neutral
    NEXT_FACE = auto()  # of several
    PREVIOUS_FACE = auto()
    AUTOMATIC_FACE = auto()  # the program chooses again
    UNDO_NEUTRAL = auto()  # the neutral before the last one that was accepted
    POSE = auto()  # next pose input: the model's default, live, zero
    ADJUST = auto()  # raw or identity-adjusted
    SCREENSHOT = auto()
    RECORD = auto()
    COPY = auto()  # the current measurements into the clipboard
    HELP = auto()
    INTRODUCE = auto()  # the notes of the first start
    EXPLAIN = auto()  # what the next word on the screen means
    PANEL = auto()
    PRESENTATION = auto()
    FULLSCREEN = auto()
    OUTPUT = auto()  # the presentation layout on another monitor
    MIRROR = auto()
    MODEL = auto()  # next model whose residual is shown
    DISAGREE = auto()  # predicted faces coloured by the models' disagreement
    NEXT_SOURCE = auto()
    OPEN = auto()  # a file, with the desktop's dialog
    OPEN_SESSION = auto()  # a session's folder, to replay it
    NEXT_MODEL = auto()
    NEXT_EMOTION = auto()  # source of the features
    STYLE = auto()
    OVERLAY = auto()
    WHOLE = auto()  # the camera's whole picture, or its face as large as the meshes
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
    CARD = auto()  # next plot in the first plot's slot
    FREEZE = auto()  # plots show the history as it is now
    UNPIN = auto()
    STEP_BACK = auto()  # replay: one frame, ten frames, to the first and last one
    STEP = auto()
    JUMP_BACK = auto()
    JUMP = auto()
    FIRST = auto()
    LAST = auto()
    SLOWER = auto()  # replay
    FASTER = auto()  # replay
    LOOP = auto()  # replay: between in and out point
    IN_POINT = auto()  # replay
    OUT_POINT = auto()  # replay
    EVENT = auto()  # an event marker, while recording or replaying
    EXCLUDE = auto()  # start or end an excluded interval
    RESET = auto()  # orbit and zoom to the front view
    DEFAULTS = auto()  # default window settings, and back


@dataclass(frozen=True, slots=True)
class Show:
    """Show or hide a view; `alone`: show only this one, or restore the others."""

    view: View
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """Select a source, models, an emotion source, a pose input or the person; values as in the settings.

    Of a camera that runs: "1280x720", "30" (frames a second), "10" (ms of exposure); "" for as the camera has it.
    """

    what: Literal["source", "models", "emotion", "pose", "person", "resolution", "rate", "exposure"]
    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChooseFace:
    """Show the face of a track, for as long as it is followed; None: the program chooses."""

    track_id: int | None


@dataclass(frozen=True, slots=True)
class Seek:
    """Replay: seek to a time."""

    time_s: float


@dataclass(frozen=True, slots=True)
class PlayRange:
    """Replay: set in and out point."""

    in_s: float
    out_s: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Replay: set the playback speed, as a multiple of real time."""

    times: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the question that is open."""

    yes: bool


@dataclass(frozen=True, slots=True)
class UseLayout:
    """Save the layout of the window under a name, arrange the window as the one of a name, or delete that."""

    do: Literal["save", "load", "delete"]
    name: str


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """The window's close button: the program ends without a question, and a recording is saved."""


@dataclass(frozen=True, slots=True)
class ExportStretch:
    """Replay: export a stretch of the session in a format of `meshmirror export --to`."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class MarkEvent:
    """Set an event of an own type, by its key, 1 to 9, while a session is recorded."""

    number: int


@dataclass(frozen=True, slots=True)
class NameEvent:
    """Name the newest event of the recording, or the one at the shown frame of a replay."""

    name: str


@dataclass(frozen=True, slots=True)
class SetRecording:
    """Set whom the next session is of, where it goes, or the names of own types of events."""

    what: Literal["participant", "folder", "events"]
    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """Show a session's folder on the desktop, or replay it in a window of its own."""

    path: str
    replay: bool


@dataclass(frozen=True, slots=True)
class SwitchStream:
    """Begin or end to send to another program; the address is as it is written after --stream."""

    address: str
    on: bool


@dataclass(frozen=True, slots=True)
class CopyStream:
    """Put the secret address of an output into the clipboard."""

    address: str


@dataclass(frozen=True, slots=True)
class OpenPath:
    """Open what was dropped onto the window or picked: a source, or a session, which is replayed."""

    path: str


Request: TypeAlias = (
    Action | Show | Choose | ChooseFace | Seek | PlayRange | Speed | Answer | CloseWindow
    | MarkEvent | NameEvent | SetRecording | OpenRecording | OpenPath | ExportStretch | UseLayout
    | SwitchStream | CopyStream
)  # fmt: skip

VIEW_NAMES = {
    View.CAMERA: "Camera",
    View.OBSERVED: "Observed",
    View.PREDICTED: "Predicted",
    View.GHOST: "Overlay",
    View.VECTORS: "Vectors",
    View.HEAT: "Heat map",
    View.ON_FACE: "Reprojection",
    View.WIPE: "Wipe",
}
CARD_NAMES = {
    Card.FEATURES: "Features",
    Card.NUMBERS: "Residual table",
    Card.RESIDUAL: "Residual over time",
    Card.SKILL: "Skill over time",
    Card.REGIONS: "Residual by region",
    Card.EMOTIONS: "Emotions over time",
    Card.POSE: "Head pose over time",
    Card.PARTS: "Variance decomposition",
    Card.PINS: "Pinned vertices",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A request with its keys, named as printed ("A", "Shift+1", "F11", "Space") or as characters."""

    request: Request
    keys: tuple[str, ...]
    description: str  # for the help and tooltips
    label: str  # of its button


_SHOWN = tuple(
    Command(Show(view), (str(at),), f"show / hide: {name.lower()}", name)
    for at, (view, name) in enumerate(VIEW_NAMES.items(), start=1)
)
_SOLO = tuple(
    Command(Show(view, alone=True), (f"Shift+{at}",), f"show only: {name.lower()}; again: restore", f"{name} solo")
    for at, (view, name) in enumerate(VIEW_NAMES.items(), start=1)
)

SECTIONS: dict[str, tuple[Command, ...]] = {
    "Run": (
        Command(Action.PAUSE, ("Space",), "pause / resume", "Pause"),
        Command(Action.CALIBRATE, ("N",), "calibrate the neutral face (relax for a few seconds)", "Calibrate"),
        Command(
            Action.LOOK_AROUND,
            ("Shift+N",),
            "look around: measure the response to pose",
            "Look around",
        ),
        Command(Action.RECORD, ("R",), "start / stop recording", "Record"),
        Command(Action.SCREENSHOT, ("S",), "save a screenshot of the window", "Screenshot"),
        Command(Action.COPY, ("Y", "Ctrl+C"), "copy the current measurements", "Copy measurements"),
        Command(Action.QUIT, ("Q", "Escape"), "quit", "Quit"),
    ),
    "Neutral": (
        Command(Action.ACCEPT_NEUTRAL, ("Enter",), "accept the new neutral face", "Accept"),
        Command(Action.DISCARD_NEUTRAL, ("Backspace",), "discard the new neutral face (Esc too)", "Discard"),
        Command(
            Action.UNDO_NEUTRAL, ("Shift+Backspace",), "restore the neutral face before; again: undo", "Undo neutral"
        ),
        Command(Action.NEXT_PERSON, ("Shift+P",), "next person: forget neutral, gain and name", "Next person"),
    ),
    "Several faces": (
        Command(Action.NEXT_FACE, ("Tab",), "the next face", "Next face"),
        Command(Action.PREVIOUS_FACE, ("Shift+Tab",), "the face before", "Face before"),
        Command(Action.AUTOMATIC_FACE, ("Shift+F",), "the program chooses the face: the largest", "Automatic"),
    ),
    "Playback": (
        Command(Action.STEP_BACK, ("Left",), "previous frame", "Previous"),
        Command(Action.STEP, ("Right",), "next frame", "Next"),
        Command(Action.JUMP_BACK, ("Shift+Left",), "10 frames back", "−10"),
        Command(Action.JUMP, ("Shift+Right",), "10 frames forward", "+10"),
        Command(Action.FIRST, ("Home",), "first frame", "First"),
        Command(Action.LAST, ("End",), "last frame", "Last"),
        Command(Action.SLOWER, ("PageDown",), "decrease the speed", "Slower"),
        Command(Action.FASTER, ("PageUp",), "increase the speed", "Faster"),
        Command(Action.IN_POINT, ("Shift+I",), "set the in point here", "In point"),
        Command(Action.OUT_POINT, ("Shift+O",), "set the out point here", "Out point"),
        Command(Action.LOOP, ("Shift+L",), "loop between in and out point, on / off", "Loop"),
    ),
    "Annotations": (
        Command(Action.EVENT, ("E",), "add an event marker", "Event"),
        Command(Action.EXCLUDE, ("X",), "start / end an excluded interval", "Exclude"),
    ),
    "Source": (
        Command(Action.NEXT_SOURCE, ("C",), "next camera", "Next camera"),
        Command(Action.OPEN, ("Ctrl+O",), "open a video or picture", "Open file"),
        Command(Action.OPEN_SESSION, ("Ctrl+Shift+O",), "replay a session in another window", "Open session"),
        Command(Action.MIRROR, ("U",), "mirror the image horizontally, on / off", "Mirror image"),
    ),
    "Model": (
        Command(Action.NEXT_MODEL, ("V",), "next model", "Next model"),
        Command(Action.NEXT_EMOTION, ("T",), "emotion source: pyfeat, appearance, inverse", "Emotion source"),
        Command(Action.POSE, ("P",), "pose input of the model: auto, live, zero", "Pose"),
        Command(Action.ADJUST, ("A",), "residual: raw / identity-adjusted", "Identity-adjusted"),
        Command(Action.MODEL, ("M",), "several models: select whose residual is shown", "Residual of"),
        Command(Action.DISAGREE, ("D",), "several models: show their disagreement", "Disagreement"),
    ),
    "Views": (*_SHOWN, *_SOLO),
    "Rendering": (
        Command(Action.STYLE, ("W",), "surface style: tessellation, shaded, wireframe, points", "Surface"),
        Command(Action.EXAGGERATE_LESS, ("-",), "decrease the exaggeration", "Exaggeration"),
        Command(Action.EXAGGERATE_MORE, ("+", "="), "increase the exaggeration", "Exaggeration"),
        Command(Action.SMOOTH, ("Z",), "display smoothing: off, low, medium, high", "Smoothing"),
        Command(Action.WIPE_LEFT, (",",), "wipe: move the divider left", "Wipe"),
        Command(Action.WIPE_RIGHT, (".",), "wipe: move the divider right", "Wipe"),
        Command(Action.RESET, ("0",), "reset orbit and zoom to the front view", "Reset view"),
    ),
    "Camera overlay": (
        Command(Action.OVERLAY, ("O",), "mesh, contours, residual on the face, none", "Overlay"),
        Command(Action.WHOLE, ("Shift+C",), "whole picture / its face, as large as the meshes", "Whole picture"),
        Command(Action.ANCHORS, ("J",), "alignment anchors, on / off", "Alignment anchors"),
        Command(Action.BOX, ("B",), "bounding box, on / off", "Bounding box"),
    ),
    "Colour scale": (
        Command(Action.SIGNED, ("I",), "heat map: magnitude / signed along the normal", "Signed residual"),
        Command(Action.COLORS, ("K",), "next colour map", "Colour map"),
        Command(Action.RANGE, ("F",), "colour range: fixed / automatic", "Automatic range"),
        Command(Action.RANGE_LESS, ("[",), "smaller colour range", "Range"),
        Command(Action.RANGE_MORE, ("]",), "larger colour range", "Range"),
    ),
    "Plots": (
        Command(Action.CARD, ("G",), "next plot", "Next plot"),
        Command(Action.FREEZE, ("Shift+G",), "freeze / resume the plots", "Freeze"),
        Command(Action.UNPIN, ("Delete",), "unpin all vertices", "Unpin all"),
    ),
    "Window": (
        Command(Action.UNDO, ("Ctrl+Z",), "undo the last change of view, face or neutral", "Undo"),
        Command(Action.REDO, ("Ctrl+Shift+Z",), "do again what was undone", "Redo"),
        Command(Action.PANEL, ("F9",), "show / hide the control panel", "Panel"),
        Command(Action.PRESENTATION, ("L",), "presentation layout, on / off", "Presentation"),
        Command(Action.FULLSCREEN, ("F11",), "full screen, on / off", "Full screen"),
        Command(Action.OUTPUT, ("Shift+F11",), "presentation on another monitor, on / off", "Output"),
        Command(Action.DEFAULTS, ("F5",), "restore the defaults of the view; again: undo", "Restore defaults"),
        Command(Action.HELP, ("H", "F1", "?"), "show / hide this help", "Help"),
        Command(Action.INTRODUCE, ("Shift+H",), "name the three faces and the one number", "First steps"),
        Command(Action.EXPLAIN, ("F2",), "say what the next word means", "Explain"),
    ),
}

BY_KEY: dict[str, Request] = {key: c.request for section in SECTIONS.values() for c in section for key in c.keys}
REPEATING = (Action.STEP_BACK, Action.STEP, Action.JUMP_BACK, Action.JUMP)  # repeated while the key is held
_BY_REQUEST: dict[Request, Command] = {c.request: c for section in SECTIONS.values() for c in section}


def command(request: Request) -> Command:
    """The command of a request."""
    return _BY_REQUEST[request]
