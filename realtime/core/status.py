"""What the program reports of itself beside its results: a window, a terminal or a stream can show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from realtime.core.commands import Request
from realtime.core.frame_result import FrameResult
from realtime.core.neutral import Finding
from realtime.core.overview import Overview
from realtime.core.types import Identity, SourceState


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
    recent_sources: tuple[Choice, ...] = ()  # files, folders and addresses that were opened before, the newest first
    resolutions: tuple[Choice, ...] = ()  # these three of a camera; else empty
    resolution: str = ""
    rates: tuple[Choice, ...] = ()
    rate: str = ""
    exposures: tuple[Choice, ...] = ()
    exposure: str = ""
    models: tuple[Choice, ...] = ()
    chosen_models: tuple[str, ...] = ()
    emotions: tuple[Choice, ...] = ()
    emotion: str = ""
    pose: str = "auto"  # "auto", "live" or "zero"
    people: tuple[Choice, ...] = ()  # whose neutral is kept, and no person
    person: str = ""  # whose face it is; empty: not named
    opening: str = ""  # what is being opened meanwhile
    layouts: tuple[str, ...] = ()  # names of the layouts that are saved


REST_PROMPTS = ("relax your face", "relax")
LOOK_PROMPTS = ("look around, keep your face at rest", "look around")


@dataclass(frozen=True, slots=True)
class CalibrationOutcome:
    """How a calibration ended."""

    good: bool
    text: str


@dataclass(frozen=True, slots=True)
class NeutralReview:
    """A new neutral that is shown for confirmation."""

    neutral: Identity
    before: Identity | None  # the one in use until it is accepted
    findings: tuple[Finding, ...]  # why the face was not at rest
    seconds_left: int | None  # until it is accepted by itself; None: it waits, since something was found


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before something is lost; the window shows it, and without an answer it is withdrawn."""

    kind: Literal["replace neutral", "end recording"]
    text: str
    details: tuple[str, ...]  # one short line each
    yes: str  # labels of the two answers
    no: str
    yes_keys: tuple[str, ...]  # as the table of commands names them; every other key is the other answer
    seconds_left: int


NotificationKind = Literal["calibration", "clipboard", "model", "output", "playback", "settings", "source", "window"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done about a notification, as a button."""

    label: str
    request: Request


@dataclass(frozen=True, slots=True)
class Notification:
    """A short text that is in the window for some seconds; a newer one of its kind replaces it, and none other.

    What failed is of another kind than what did not: it is not replaced by good news.
    """

    kind: NotificationKind
    text: str
    error: bool = False
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotationView:
    """An event, or an excluded interval."""

    kind: Literal["event", "exclude"]
    start_s: float
    end_s: float  # of an event its start; of an open exclusion, the replay's position
    label: str = ""
    open: bool = False  # an exclusion without an end yet


@dataclass(frozen=True, slots=True)
class Playback:
    """Position of a replay; times in seconds of the session, which begins with 0."""

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
    whose: str = ""  # of two replays, the one whose row it is
    overview: Overview | None = None  # the whole recording as it was recorded, as far as it was read


@dataclass(frozen=True, slots=True)
class RecordingSetup:
    """What the next session is, as the user has set it."""

    participant: str = ""  # whom it is of; empty: not named
    folder: str = "."  # where sessions go
    events: tuple[str, ...] = ()  # names of own types of events, for the keys 1 to 9


@dataclass(frozen=True, slots=True)
class StreamState:
    """What became of a stream that is being recorded."""

    name: Literal["frames", "camera", "view"]
    recorded: int
    dropped: int


@dataclass(frozen=True, slots=True)
class StreamingState:
    """An output of `--stream`."""

    output: str  # "OSC 127.0.0.1:9000"
    remote: str  # the same where it is beyond this machine; else empty
    error: str  # why nothing is sent now; empty while it is
    address: str = ""  # as it is written after --stream
    sent: int = 0
    dropped: int = 0
    age_ms: float | None = None  # from the capture of what was sent last until it was
    note: str = ""  # "2 readers"
    link: str = field(default="", repr=False)  # an address with a secret in it: to be copied, never to be shown


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """An output that can be switched on and off in the window."""

    address: str  # as it is written after --stream
    label: str
    remote: bool = False
    missing: str = ""  # why it cannot be switched on; empty where it can


@dataclass(frozen=True, slots=True)
class Attract:
    """A moment of the loop of a stage without anybody."""

    face: FrameResult  # of one model, only to be drawn: nothing in it was measured
    name: str  # of the feature that is shown
    turn_deg: float  # by which the face is turned to the side


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the program around a frame; all that the window shows beyond the FrameResult."""

    source: str = ""
    source_state: SourceState = "live"
    source_note: str = ""  # "retry in 2 s", "black picture"
    emotion_source: str = "inverse"
    emotion_note: str = ""  # why py-feat's network does not answer
    emotion_hint: str = ""  # the command that installs a better source than the inverse, where it is missing
    emotion_age_ms: float | None = None  # live: how much older than the picture the emotions are
    pose_mode: Literal["live", "zero"] = "live"
    pose_response: bool = False  # the subject's own response to the head pose replaces the model's pose input
    paused: bool = False
    calibrated: bool = False
    rest_s: float = 3.0  # seconds of rest that a calibration takes
    calibrating: float | None = None  # progress 0..1 of the running step of a calibration
    calibration_prompts: tuple[str, ...] = REST_PROMPTS  # what the subject is to do meanwhile, the longest first
    calibration_missing: tuple[str, ...] | None = None  # directions still to look in; None while none are asked for
    review: NeutralReview | None = None  # a new neutral that waits to be accepted
    neutral_facts: tuple[str, ...] = ()  # of the neutral in use: whose, from when, of how many frames
    neutral_findings: str = ""  # what was found in it: "not at rest: open mouth, smile"; empty where nothing was
    question: Question | None = None  # waits for an answer
    neutral_undo: bool = False  # whether the neutral before can be restored
    calibration_outcome: CalibrationOutcome | None = None  # for some seconds after a calibration has ended
    recording_s: float | None = None  # seconds recorded; None when nothing is being recorded
    streams: tuple[StreamState, ...] = ()  # of what is being recorded
    streaming: tuple[StreamingState, ...] = ()  # what is sent to other programs meanwhile
    stream_choices: tuple[StreamChoice, ...] = ()  # what could be
    recording_setup: RecordingSetup = RecordingSetup()
    event_keys: bool = False  # the keys 1 to 9 set events of own types instead of showing views
    marks: tuple[AnnotationView, ...] = ()  # of what is recorded or replayed
    playback: Playback | None = None  # None while it is no replay
    fps: float | None = None
    latency_ms: float | None = None  # capture to display, median
    latency_p95_ms: float | None = None
    skipped: int = 0  # frames that a live source had to skip
    attract: Attract | None = None  # shown instead of the faces
    notifications: tuple[Notification, ...] = ()  # at most one of a kind, the newest last
    offers: Offers = Offers()
