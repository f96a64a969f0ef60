"""The settings: validated and typed, with a suggestion for every misspelt key.

Order of precedence, lowest first: the defaults below (spelt out in `configs/default.toml`), `--config`, `--set`, and
the options of the command line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from realtime.core.errors import ConfigError
from realtime.core.event_rule import EventsConfig
from realtime.core.files import special_file, user_path
from realtime.core.neutral import person_name
from realtime.core.printable import valid_tree, valid_unicode
from realtime.core.resources import data_dir
from realtime.core.toml_text import parse_toml, shortened, shown_value
from realtime.core.tracker_names import TrackerChoice
from realtime.core.types import FrameChoice, Labels, Rotation
from realtime.core.view_options import (
    BACKGROUNDS,
    MOST_CARDS,
    MOST_EXAGGERATION,
    MOST_VIEWS,
    Card,
    ColorMap,
    Overlay,
    SignedMap,
    Style,
    Theme,
    View,
)


def _path(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """A path from a text or a Path; pydantic would refuse names that are not Unicode, and in JSON every Path."""
    return user_path(value) if isinstance(value, (str, Path)) else handler(value)


def _any_text(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """A text that may hold the name of a file, which need not be Unicode (PEP 383)."""
    if not isinstance(value, str):
        return handler(value)
    handler(valid_unicode(value))
    return value


UserPath = Annotated[Path, WrapValidator(_path), PlainSerializer(lambda path: valid_unicode(str(path)), str, "json")]
PathText = Annotated[str, WrapValidator(_any_text), PlainSerializer(valid_unicode, str, "json")]


class Section(BaseModel):
    """A group of settings; nothing unknown is accepted, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _number_of_text(value: object) -> object:
    """A number that was typed as text, on a command line."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class SourceConfig(Section):
    """Where the pictures come from."""

    path: Annotated[PathText, BeforeValidator(lambda value: str(value) if type(value) is int else value)] = Field(
        "0", min_length=1, description="camera index, video, picture, folder or http/rtsp address"
    )
    loop: bool = Field(False, description="start a file again at its end")
    mirror: Literal["auto", "on", "off"] = Field(
        "auto", description="mirror the image horizontally; auto: live sources only"
    )
    rotate: Annotated[Literal["auto"] | Rotation, BeforeValidator(_number_of_text)] = Field(
        "auto",
        description="degrees by which the picture is turned clockwise: 0, 90, 180, 270; auto: until a face is upright",
    )
    width: int | None = Field(None, ge=16, le=8192, description="pixels asked of a camera")
    height: int | None = Field(None, ge=16, le=8192, description="pixels asked of a camera")
    fps: float | None = Field(None, ge=0.01, le=1000, description="rate asked of a camera; of pictures and raw streams")
    exposure_ms: float | None = Field(
        None, ge=0, le=1000, description="exposure asked of a camera, ms; 0: automatic; unset: as the camera is"
    )
    fourcc: str | None = Field(None, pattern=r"^[A-Za-z0-9 ]{4}$", description="pixel format asked of a camera: MJPG")
    backend: str = Field("auto", description="auto, v4l2, gstreamer, avfoundation, msmf or dshow")
    stall_s: float = Field(1.0, ge=0.2, le=30, description="seconds without a picture after which a source is lost")
    wait: bool = Field(False, description="wait for a camera that is not there yet")
    lenient: bool = Field(False, description="take what can be read of a damaged file")
    force: bool = Field(False, description="accept pictures above 4096 pixels a side and videos above two hours")

    def mirrored(self, live: bool) -> bool:
        """Whether a source is shown mirrored; `live`: whether it is a live source."""
        return self.mirror == "on" or (self.mirror == "auto" and live)


class DetectConfig(Section):
    """How faces and emotions are found."""

    tracker: TrackerChoice = Field("auto", description="openvino and task need face_landmarker.task")
    task_file: UserPath | None = Field(None, description="a face_landmarker.task elsewhere than in the cache")
    emotion: Literal["auto", "inverse", "appearance", "pyfeat"] = Field("auto", description="source of the features")
    sync: Literal["pair", "latest"] = Field("pair", description="live: emotions beside their own frame, or the newest")
    pose_source: Literal["mesh", "pyfeat"] = Field("mesh", description="who measures the head pose")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="where py-feat's network runs")
    precision: Literal["f32", "bf16", "auto"] = Field("f32", description="of py-feat's network")
    threads: int | None = Field(None, ge=1, le=256, description="of py-feat's network on a CPU; unset: its own choice")
    pyfeat_weights: UserPath | None = Field(None, description="a checkpoint of py-feat's network elsewhere")
    max_faces: int = Field(4, ge=1, le=10, description="faces followed at once, the largest where there are more")
    smooth: bool = Field(True, description="landmarks over time, as FaceLandmarker does; no: tracker openvino only")
    detection_confidence: float = Field(0.5, ge=0, le=1)
    tracking_confidence: float = Field(0.5, ge=0, le=1)
    min_canthal_px: float = Field(24.0, ge=1, le=2000, description="smallest valid outer-canthal distance, pixels")
    min_mouth_match: float = Field(
        0.65, ge=0, le=3, description="how well the picture has to show a mouth where the mesh has one; 0: not checked"
    )


MOST_MODELS = 3  # side by side


def _some_models(value: object) -> object:
    """A single name is accepted as a list of one."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)) and len(value) > MOST_MODELS:
        raise ValueError(f"at most {MOST_MODELS} models run side by side, {len(value)} were given")
    return value


def _person(text: str) -> str:
    """A person's name as it is kept; empty for none."""
    return person_name(text) if text else ""


class ModelConfig(Section):
    """The linear models, and the range in which they are trusted (that of their training data)."""

    names: Annotated[
        tuple[Annotated[PathText, Field(min_length=1)], ...],
        BeforeValidator(_some_models),
    ] = Field(("auto",), min_length=1, description="up to three names or paths of NPZ files")
    labels: Labels = Field("repaired", description="of an emotion model whose columns show the permutation of v5")
    frame: FrameChoice = Field("corrected", description="of a model in the frame of au@v4, whose z is too large")
    pose: Literal["auto", "live", "zero"] = Field(
        "auto", description="head pose given to the model; auto: live where its file has the interactions, else zero"
    )
    gain: Annotated[float, Field(ge=0, le=10)] | Literal["session"] = Field(
        1.0,
        description="factor of the predicted displacement where the face is drawn; session: the one that fits the run "
        "best so far, once calibrated",
    )
    max_yaw_deg: float = Field(40.0, gt=0, le=90)
    max_pitch_deg: float = Field(30.0, gt=0, le=90)
    max_roll_deg: float = Field(35.0, gt=0, le=180, description="tilt of the head in the picture")
    amber_deg: float = Field(
        10.0, gt=0, le=90, description="pitch and yaw beyond which expression and pose are not told apart (amber)"
    )
    max_anchor_residual: float = Field(12.0, gt=0, le=100, description="worst anchor, % of the outer-canthal distance")
    person: Annotated[str, AfterValidator(_person)] = Field(
        "", description="name of the person whose neutral is kept and used again; empty: none is"
    )
    neutral_s: float = Field(3.0, ge=0.5, le=60, description="seconds of rest that a calibration averages")
    look_around_s: float = Field(
        5.0, ge=3, le=60, description="seconds of looking around from which the response to the head pose is measured"
    )


def _each_once(names: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each can occur once")
    return names


def _background(value: str) -> str:
    """A name of `BACKGROUNDS`, or a colour as #RRGGBB."""
    if value not in BACKGROUNDS and re.fullmatch(r"#[0-9A-Fa-f]{6}", value) is None:
        raise ValueError(f"expected {', '.join(BACKGROUNDS)} or a colour like #00B140")
    return value


class ViewConfig(Section):
    """The window, and the same picture without one."""

    width: int = Field(1280, ge=640, le=7680)
    height: int = Field(720, ge=360, le=4320)
    vsync: bool = True
    fullscreen: bool = False
    remember: bool = Field(True, description="a window begins as the last one was left")
    samples: Literal[0, 2, 4, 8] | None = Field(None, description="multisampling; unset: chosen by the renderer")
    layout: str = Field("", description="the saved layout that a window begins with, by its name")
    views: Annotated[tuple[View, ...], AfterValidator(_each_once)] = Field(
        (View.CAMERA, View.PREDICTED, View.HEAT), min_length=1, max_length=MOST_VIEWS
    )
    cards: Annotated[tuple[Card, ...], AfterValidator(_each_once)] = Field(
        (), max_length=MOST_CARDS, description="tables and plots below the sentence; none at first"
    )
    theme: Theme = Field(Theme.DARK, description="colours of the window; system: as the desktop is set, where it tells")
    background: Annotated[str, AfterValidator(_background)] = Field(
        "none", description="even ground of the presentation layout for chroma keying: green, blue, magenta or #RRGGBB"
    )
    style: Style = Style.TESSELLATION
    overlay: Overlay = Field(Overlay.NONE, description="over the camera's picture")
    anchors: bool = Field(False, description="the 12 anchors over the camera's picture")
    box: bool = Field(False, description="a box around the face in the camera's picture")
    whole: bool = Field(
        False, description="the whole picture of the camera; else its face, level, as large as the meshes"
    )
    signed: bool = Field(False, description="heat map along the surface normal; else the magnitude")
    colours: ColorMap = ColorMap.EMBER
    signed_colours: SignedMap = SignedMap.FROST_EMBER
    colour_auto: bool = Field(
        True, description="the end of the residual scale follows the last seconds; else it is held"
    )
    colour_max: float = Field(10.0, gt=0, le=100, description="upper end of the residual scale where it is held, %")
    exaggeration: float = Field(1.0, ge=1, le=MOST_EXAGGERATION, description="times the displacement from neutral")
    smoothing: float = Field(0.0, ge=0, le=1, description="of what is drawn (one-euro); numbers are never smoothed")
    wipe: float = Field(0.5, ge=0, le=1, description="position of the divider between observed and predicted, 0 to 1")
    adjusted: bool = Field(True, description="show the identity offset taken out, once it is known")
    panel: bool = Field(False, description="the panel of controls")
    timeline_share: float = Field(
        0.0, ge=0, le=1, description="height of the timeline in heights of the window; 0: usual"
    )
    cards_share: float = Field(0.0, ge=0, le=1, description="height of the cards, likewise")
    panel_share: float = Field(0.0, ge=0, le=1, description="width of the panel in widths of the window; 0: usual")
    stage: bool = Field(False, description="large and without controls, for an audience")
    output: Literal["none", "second"] = Field(
        "none", description="second: the presentation layout on another monitor, while the controls stay here"
    )
    attract_s: float = Field(
        15.0, ge=0, le=3600, description="seconds without a face after which a stage shows the model's own; 0: never"
    )
    introduced: bool = Field(False, description="the notes of the first start were shown, and are not again")

    @model_validator(mode="before")
    @classmethod
    def _held_where_it_was_set(cls, given: object) -> object:
        """An end of the colour scale that was given holds, unless it is also said that the scale is automatic."""
        if isinstance(given, dict) and "colour_max" in given and "colour_auto" not in given:
            return {**given, "colour_auto": False}
        return given


class RecordConfig(Section):
    """What is written."""

    path: UserPath | None = Field(None, description="a session's folder; FILE.mp4: the window alone, as video")
    folder: UserPath = Field(Path(), description="where what is made with a key goes: sessions and pictures")
    participant: Annotated[str, AfterValidator(_person)] = Field(
        "", description="whom a session that is begun with a key is of: part of its name and of session.json"
    )
    events: Annotated[tuple[Annotated[str, AfterValidator(person_name)], ...], AfterValidator(_each_once)] = Field(
        (), max_length=9, description="names of own types of events, set with the keys 1 to 9 while recording"
    )
    video: bool = Field(True, description="a session keeps the camera's pictures")
    view: bool = Field(True, description="a session keeps the window's pictures")
    preroll_s: float = Field(0.0, ge=0, le=60, description="seconds before its beginning that a session reaches back")
    split_min: float | None = Field(None, ge=0.05, le=1440, description="begin other files after so many minutes")
    split_mb: float | None = Field(None, ge=1, description="begin other files after so many megabytes")
    warn_gb: float = Field(5.0, ge=0, description="free space below which a warning is shown, gigabytes")
    stop_gb: float = Field(1.0, ge=0, description="free space below which a recording ends, gigabytes")
    crf: int = Field(20, ge=0, le=51, description="quality of H.264, lower is better")
    fps: float | None = Field(
        None, ge=1, le=120, description="an even rate of the window's video; unset: every picture at its own time"
    )
    encoder: Literal["auto", "x264", "nvenc", "qsv", "amf", "videotoolbox", "mf"] = Field(
        "auto", description="what makes H.264; auto: x264, or hardware where x264 is too slow"
    )
    preset: Literal["auto", "ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = Field(
        "auto", description="of x264; auto: veryfast, or as much faster as this machine needs it"
    )


class StreamConfig(Section):
    """What is sent to other programs while it happens; nothing, and nothing listens, unless it is asked for."""

    outputs: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300)], ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        AfterValidator(_each_once),
    ] = Field((), max_length=8, description="lsl, osc://HOST:PORT, vmc, livelink, mjpeg, camera")
    name: Annotated[str, AfterValidator(person_name)] = Field(
        "Meshmirror", description="what the streams are called: the beginning of LSL's names, Live Link's subject"
    )
    rate: float = Field(
        0.0, ge=0, le=1000, description="most packets a second of OSC, VMC and Live Link; 0: one for each result"
    )
    share_face: bool = Field(
        False, description="also send what identifies a person: all vertices of the face, and pictures (mjpeg, camera)"
    )
    picture_rate: float = Field(30.0, ge=1, le=60, description="most pictures a second of mjpeg and camera")
    event_on: float = Field(0.6, ge=0, le=1, description="feature from which an OSC event begins")
    event_off: float = Field(0.4, ge=0, le=1, description="feature at which it ends; at most event_on")
    vmc_names: Annotated[tuple[Literal["arkit", "perfect-sync", "vrm0", "vrm1"], ...], AfterValidator(_each_once)] = (
        Field(
            ("arkit", "vrm0"),
            min_length=1,
            description="names of VMC's blend shapes: jawOpen; JawOpen; Joy, Angry ...; happy, angry ...",
        )
    )
    livelink_angles: Literal["half-turns", "radians"] = Field(
        "half-turns", description="unit of Live Link's angles; half-turns: degrees / 180, as Unreal's own plugin has it"
    )
    marks_in: Annotated[str, AfterValidator(_person)] = Field(
        "", description="name of an LSL stream whose samples become events of the recording; empty: none"
    )
    lsl_scope: Literal["machine", "network"] = Field(
        "machine", description="who finds LSL streams: this machine alone, or as liblsl is configured"
    )

    @model_validator(mode="after")
    def _ends_below_its_beginning(self) -> StreamConfig:
        if self.event_off > self.event_on:
            raise ValueError("event_off is above event_on: an event would end where it begins")
        return self


class Config(Section):
    """All settings of a run."""

    source: SourceConfig = SourceConfig()
    detect: DetectConfig = DetectConfig()
    model: ModelConfig = ModelConfig()
    view: ViewConfig = ViewConfig()
    record: RecordConfig = RecordConfig()
    stream: StreamConfig = StreamConfig()
    events: EventsConfig = EventsConfig()

    def with_detect(self, **detect: Any) -> Config:
        """The same settings with others for the detection, by name; they are not validated."""
        return self.model_copy(update={"detect": self.detect.model_copy(update=detect)})


_MOST_BYTES = 1 << 20  # of a file of settings
_MOST_PROBLEMS = 5  # that are named
_LONGEST_MESSAGE = 400  # characters; ours are shorter, and pydantic's may repeat the value


def load_config(
    file: str | Path | None = None, sets: Iterable[str] = (), options: Mapping[str, Any] | None = None
) -> Config:
    """Settings from a file (a path, or the name of one in `configs/`), `section.key=value` strings and options.

    `options` maps "section.key" to a value and wins; None values are left out. Raises ConfigError, which names the
    nearest known key for an unknown one, and the range for a value outside of it.
    """
    tree: dict[str, Any] = _read(file) if file is not None else {}
    where = str(file) if file is not None else "settings"
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(
                f"--set {shortened(text)}: expected section.key=value, for example --set model.pose=zero."
            )
        _put(tree, valid_unicode(key.strip()), _value(value.strip()), f"--set {shortened(text)}")
    for key, value in (options or {}).items():
        if value is not None:
            _put(tree, key, value, key)
    try:
        return Config.model_validate(tree)
    except pydantic.ValidationError as error:
        raise ConfigError(_explained(error, where)) from None


def config_path(file: str | Path) -> Path:
    """The TOML file that is meant: an existing path, or a name in `configs/`. Raises ConfigError."""
    path = Path(file)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise ConfigError(f"--config {shortened(str(file))}: cannot be read: {error}.") from error
    known = {p.stem: p for p in sorted(data_dir("configs").glob("*.toml"))}
    name = path.name.removesuffix(".toml")
    if path.parent == Path() and name in known:
        return known[name]
    kind = "a folder" if path.is_dir() else special_file(path)
    if kind is not None:
        raise ConfigError(f"--config {shortened(str(file))}: {kind}, expected a TOML file.")
    raise ConfigError(f"--config {shortened(str(file))}: no such file. Supplied with the program: {', '.join(known)}.")


def _read(file: str | Path) -> dict[str, Any]:
    path = config_path(file)
    try:
        with path.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ConfigError(f"{path}: larger than {_MOST_BYTES >> 20} MB, which no settings are.")
        return parse_toml(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError as error:  # broken TOML, no UTF-8, a number of 5000 digits
        raise ConfigError(f"{path}: not readable as TOML: {error}.") from error


def _value(text: str) -> Any:
    """A TOML value where it is one, else the text itself, so that paths and names need no quotes."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except ValueError:
        return text


def _put(tree: dict[str, Any], key: str, value: Any, where: str) -> None:
    section, dot, name = key.partition(".")
    if not dot or "." in name:
        raise ConfigError(f"{where}: expected section.key; sections are {', '.join(Config.model_fields)}.")
    branch = tree.setdefault(section, {})
    if not isinstance(branch, dict):
        raise ConfigError(f"{where}: '{section}' is a section, not a value.")
    # Digits are a camera's index and paths may look like numbers: what the field is decides, not how it is written.
    field = Config.model_fields.get(section)
    inner = field.annotation.model_fields.get(name) if field is not None and field.annotation is not None else None
    if inner is not None and inner.annotation is str and not isinstance(value, str):
        value = str(value)
    branch[name] = value


def _explained(error: pydantic.ValidationError, where: str) -> str:
    """A line for each of the first problems, and how many more there are."""
    problems = error.errors(include_url=False)
    lines = [_explain(problem, where) for problem in problems[:_MOST_PROBLEMS]]
    if len(problems) > _MOST_PROBLEMS:
        lines.append(f"{where}: and {len(problems) - _MOST_PROBLEMS:,} more like these.")
    return "\n".join(lines)


def _explain(problem: Any, where: str) -> str:
    path = [shortened(str(part)) for part in problem["loc"]]
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown setting '{name}'.{_nearest(path)}"
    message = shortened(problem["msg"]) if len(problem["msg"]) > _LONGEST_MESSAGE else problem["msg"]
    return f"{where}: {name} = {shown_value(valid_tree(problem['input']))}: {message[0].lower()}{message[1:]}."


def _nearest(path: list[str]) -> str:
    every = [f"{s}.{k}" for s, f in Config.model_fields.items() for k in f.annotation.model_fields]  # type: ignore[union-attr]
    if len(path) == 1:
        known: list[str] = list(Config.model_fields)
    else:
        known = [name for name in every if name.startswith(path[0] + ".")] or every
        if not difflib.get_close_matches(".".join(path), known, 1, 0.6):
            known = every
    close = difflib.get_close_matches(".".join(path), known, 1, 0.5)
    return f" Did you mean '{close[0]}'?" if close else f" Known are: {', '.join(known)}."
