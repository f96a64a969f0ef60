"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from realtime.core.files import check_output, user_path

if TYPE_CHECKING:
    from realtime.core.event_rule import EventRule


class FacesOf(StrEnum):
    """Which of several faces of a frame a study takes."""

    LARGEST = "largest"
    ALL = "all"


Source = Annotated[
    str | None,
    typer.Option("--source", "-s", help="Camera index, video, picture, folder of pictures, http:// or rtsp:// address.",
                 metavar="0|FILE|URL|DIR", show_default=False),
]  # fmt: skip
Rotate = Annotated[
    str | None,
    typer.Option(
        "--rotate", metavar="DEGREES",
        help="Turn the picture clockwise: 0, 90, 180, 270, or auto (default): where a face is only found turned.",
    ),
]  # fmt: skip
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A name of `models list`, auto, or the path of an NPZ.", metavar="NAME"),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", help="A name of `models list`, auto, or the path of an NPZ; up to three times, side by side.",
        metavar="NAME",
    ),
]  # fmt: skip
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels", metavar="WHICH",
        help="Labels of an emotion model whose labels are permuted as in v5: repaired (default) or as-filed.",
    ),
]  # fmt: skip
Frame = Annotated[
    str | None,
    typer.Option(
        "--frame", metavar="WHICH",
        help="Depth of a model in the frame of au@v4, which is too deep: corrected (default) or as-filed.",
    ),
]  # fmt: skip
Emotion = Annotated[
    str | None,
    typer.Option("--emotion", help="Source of the features: auto, inverse, appearance or pyfeat.", metavar="SOURCE"),
]
Sync = Annotated[
    str | None,
    typer.Option(
        "--sync", metavar="WHICH",
        help="Live, with py-feat's emotions: pair (each face with its own emotions, default) or latest.",
    ),
]  # fmt: skip
PoseMode = Annotated[
    str | None, typer.Option("--pose", help="Head pose given to the model: live, zero or auto.", metavar="MODE")
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record", help="Record a session into this folder; FILE.mp4: the window alone.", metavar="DIR|FILE.mp4"
    ),
]
NoVideo = Annotated[bool, typer.Option("--no-video", help="Record a session without any picture.")]
Headless = Annotated[bool, typer.Option("--headless", help="Run without a window.")]
Frames = Annotated[int | None, typer.Option("--frames", min=1, help="Stop after N frames.", metavar="N")]
Neutral = Annotated[
    float | None,
    typer.Option(
        "--neutral", min=0.5, max=60, help="Calibrate the neutral face over the first S seconds.", metavar="S"
    ),
]
LookAround = Annotated[
    float | None,
    typer.Option(
        "--look-around", min=3, max=60, metavar="S",
        help="After the neutral, measure your own response to the head pose while you look around for S seconds.",
    ),
]  # fmt: skip
Stream = Annotated[
    list[str] | None,
    typer.Option(
        "--stream", metavar="WHERE",
        help="Send values to other programs meanwhile: lsl, osc://HOST:PORT, vmc://HOST:PORT, livelink://HOST:PORT; "
        "or pictures: mjpeg, camera. May be repeated. Without a host to this machine.",
    ),
]  # fmt: skip
ShareFace = Annotated[
    bool,
    typer.Option("--share-face", help="With --stream: also send all vertices, and pictures, which identify a person."),
]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events", metavar="FILE.toml",
        help="Event rules: a settings file with [[events.rules]], of which only these are taken (docs/events.md).",
    ),
]  # fmt: skip
Person = Annotated[
    str | None,
    typer.Option(
        "--person", metavar="NAME",
        help="Whose face it is: the neutral that is kept under this name is used, and a new one is kept.",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config",
        help="Settings from a TOML file, or supplied ones: default, demo, headless, low-power.",
        metavar="FILE",
    ),
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="Override a setting; may be repeated.", metavar="SECTION.KEY=VALUE")
]


class Family(StrEnum):
    """Families of features."""

    emotion = "emotion"
    au = "au"
    blendshape = "blendshape"


class Recipe(StrEnum):
    """Ways to fit, with hyphens for the spaces of their names in reports."""

    seed = "seed"
    features_and_pose = "features-and-pose"
    features_only = "features-only"
    ridge = "ridge"
    symmetric = "symmetric"
    within_person = "within-person"


FeatureFamily = Annotated[Family, typer.Option("--features", "-f", help="The columns that are the model's features.")]
DataSetFolder = Annotated[
    Path, typer.Argument(help="A folder of Parquet files, one row a face.", metavar="DATASET", show_default=False)
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=64, help="Threads or processes; default: one for each core.", metavar="N"),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Compute on a Dask cluster, whose workers must see the same files: the address of its scheduler "
        "(tcp://HOST:PORT), or local, which starts one of --workers processes here.",
        metavar="ADDRESS",
    ),
]


class GroundName(StrEnum):
    """The background of a sheet."""

    dark = "dark"
    light = "light"


def event_rules(path: Path) -> tuple[EventRule, ...]:
    """The rules of a file. Raises ConfigError where it is no settings file, or has no rules."""
    from realtime.core.config import load_config
    from realtime.core.errors import ConfigError

    rules = load_config(path).events.rules
    if not rules:
        raise ConfigError(f"--events {path}: has no rules; each begins with [[events.rules]], see docs/events.md.")
    return rules


def overrides(
    *,
    source: str | None = None,
    rotate: str | None = None,
    models: str | list[str] | None = None,
    labels: str | None = None,
    frame: str | None = None,
    emotion: str | None = None,
    sync: str | None = None,
    pose: str | None = None,
    record: Path | None = None,
    no_video: bool = False,
    person: str | None = None,
    stream: list[str] | None = None,
    share_face: bool = False,
    events: Path | None = None,
) -> dict[str, Any]:
    """The shared options as settings.

    Raises UsageError where nothing can be recorded at `record`, ConfigError for a file of event rules that is none.
    """
    if record is not None:
        check_output(user_path(record), "--record")
    return {
        "source.path": source,
        "source.rotate": rotate,
        "model.names": None if models == [] else models,
        "model.labels": labels,
        "model.frame": frame,
        "detect.emotion": emotion,
        "detect.sync": sync,
        "model.pose": pose,
        "model.person": person,
        "stream.outputs": stream or None,
        "stream.share_face": True if share_face else None,
        "events.rules": None if events is None else event_rules(user_path(events)),
        "record.path": record,
        "record.video": False if no_video else None,
        "record.view": False if no_video else None,
    }
