"""The choices on this machine: cameras, models, sources of the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.capture import CameraListing, list_cameras
from realtime.core.config import Config
from realtime.core.errors import MeshmirrorError
from realtime.core.status import Choice
from realtime.core.wording import feature_source_names
from realtime.model.catalog import MODEL_NAMES, catalogue
from realtime.model.hub import APPEARANCE, PYFEAT, find

EMOTIONS = ("auto", "inverse", "appearance", "pyfeat")
POSES = ("auto", "live", "zero")
_LOADABLE = ("built in", "py-feat's wheel", "verified", "not verified")


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is available on this machine."""

    cameras: tuple[CameraListing, ...] = ()
    models: tuple[str, ...] = ()  # by their names in the catalogue
    weights: bool = False  # those of py-feat's network
    appearance: bool = False  # the classifier

    @classmethod
    def search(cls, config: Config, *, cameras_too: bool = True) -> Inventory:
        """Query the system. Where it lists no cameras each is opened, which takes seconds."""
        try:
            cameras = tuple(list_cameras()) if cameras_too else ()
        except (MeshmirrorError, OSError):  # without OpenCV, for example: the rest can still be chosen
            cameras = ()
        try:
            models = tuple(entry.name for entry in catalogue() if entry.state in _LOADABLE)
        except MeshmirrorError:  # no py-feat
            models = ()
        own = config.detect.pyfeat_weights
        weights = own.is_file() if own is not None else find(PYFEAT) is not None
        return cls(cameras, models, weights, find(APPEARANCE) is not None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The sources of the features that are not installed."""
        installed = {"pyfeat": self.weights, "appearance": self.appearance}
        return tuple(kind for kind, here in installed.items() if not here)


def sources_of(here: Inventory, given: Choice, now: Choice) -> tuple[Choice, ...]:
    """The cameras, the source that was given, and the present one; each once."""
    found = {str(camera.index): Choice(str(camera.index), camera_label(camera)) for camera in here.cameras}
    for choice in (given, now):
        found.setdefault(choice.value, choice)
    return tuple(found.values())


def camera_label(camera: CameraListing) -> str:
    """The label of a camera."""
    return f"camera {camera.index}: {camera.name}" if camera.name else f"camera {camera.index}"


def models_of(here: Inventory, *names: str) -> tuple[Choice, ...]:
    """The models of the catalogue on this machine, and others by name or path; each once."""
    return tuple(Choice(name, _model_label(name)) for name in dict.fromkeys((*here.models, *names)))


def _model_label(name: str) -> str:
    return name if name in MODEL_NAMES else Path(name).stem


def emotions_of(here: Inventory) -> tuple[Choice, ...]:
    """The sources of the features, with what is missing."""
    names = {kind: feature_source_names(kind)[1] for kind in ("appearance", "pyfeat")}
    labels = {"auto": "automatic", "inverse": feature_source_names("inverse")[0], **names}
    missing = here.missing
    return tuple(
        Choice(kind, f"{labels[kind]} (not installed)" if kind in missing else labels[kind]) for kind in EMOTIONS
    )


def after(values: Sequence[str], now: str) -> str | None:
    """The value after `now`, the first where `now` is not among them; None where there is no other."""
    others = [value for value in values if value != now]
    if not others:
        return None
    return values[(values.index(now) + 1) % len(values)] if now in values else others[0]
