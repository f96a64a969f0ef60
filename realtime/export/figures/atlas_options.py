"""What is to be drawn or written of a model, and where to; and what is reported of it. No GL here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.core.errors import UsageError
from realtime.export.figures.atlas_report import AtlasFeature
from realtime.model import Effect, LinearMeshModel
from realtime.model.names import nearest
from realtime.view.paint.theme import GroundName

# Azimuth and elevation of the camera in degrees; a positive azimuth shows the subject's left side.
VIEWS: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "side": (75.0, 0.0),
    "left": (75.0, 0.0),
    "right": (-75.0, 0.0),
    "three-quarter": (38.0, 6.0),
    "top": (0.0, 42.0),
    "below": (0.0, -34.0),
}
HEAD = ".glb"
SUFFIXES = (".png", ".gif", ".mp4", HEAD)
MAX_INTENSITY = 3.0
_DRAWN = (
    ("--views", "views"), ("--range", "intensities"), ("--arrows", "arrows"), ("--scale", "highest"),
    ("--columns", "columns"), ("--size", "face_px"), ("--ground", "ground"), ("--seconds", "seconds"), ("--fps", "fps"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AtlasOptions:
    """What is to be drawn, and where to."""

    out: Path  # its suffix decides: .png a still, .gif and .mp4 a turntable, .glb a head with morph targets
    features: tuple[str, ...] = ()  # in any spelling; empty: all of the model's
    views: tuple[str, ...] = ("front",)
    intensities: tuple[float, ...] = (1.0,)  # a turntable ends at the highest
    arrows: bool = False
    highest: float | None = None  # upper end of the colour scale, %; None: a round number that fits
    columns: int | None = None
    face_px: int | None = None  # width of a face; None: by the number of faces
    ground: GroundName = "dark"
    seconds: float | None = None  # of a turntable; None: 4, 3 as GIF
    fps: float | None = None  # None: 30, 15 as GIF


def parse_views(text: str) -> tuple[str, ...]:
    """Names of views between commas. Raises UsageError, which has the nearest name."""
    names = tuple(part.strip().lower() for part in text.split(","))
    for name in names:
        if name not in VIEWS:
            raise UsageError(f"There is no view '{name}'.{nearest(name, VIEWS)} Known are {', '.join(VIEWS)}.")
    return names


def parse_intensities(text: str) -> tuple[float, ...]:
    """Numbers between commas, above 0 and up to 3. Raises UsageError."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < value <= MAX_INTENSITY for value in found) or len(set(found)) < len(found):
        raise UsageError(
            f"--range {text}: expected one or more different intensities above 0 and up to {MAX_INTENSITY:g}, "
            "for example --range 0.5,1."
        )
    return found


def check_options(options: AtlasOptions) -> str:
    """The file's suffix. Raises UsageError for one that is not known, and for options that do not belong to it."""
    kind = options.out.suffix.lower()
    if kind not in SUFFIXES:
        raise UsageError(f"--out {options.out}: its end decides what is written; known are {', '.join(SUFFIXES)}.")
    if kind == ".png":
        for name, value in (("--seconds", options.seconds), ("--fps", options.fps)):
            if value is not None:
                raise UsageError(f"{name} belongs to a turntable: give --out a name that ends in .mp4 or .gif.")
    if kind == HEAD:
        plain = AtlasOptions(options.out)
        for name, field in _DRAWN:
            if getattr(options, field) != getattr(plain, field):
                raise UsageError(f"{name} is for pictures: a .glb holds the head itself, and a viewer turns it.")
    return kind


def model_report(model: LinearMeshModel) -> dict[str, Any]:
    """What `AtlasReport` says of the model."""
    found = {
        "model": model.name,
        "label_repair": dict(model.label_repair),
        "depth_factor": model.depth_factor,
        "family": model.feature_name,
    }
    return found | ({"sha256": model.sha256} if model.sha256 else {})


def feature_report(effect: Effect, intensity: float) -> AtlasFeature:
    """What `AtlasReport` says of a feature."""
    moves = bool(effect.distance.max() > 0)
    return AtlasFeature(
        feature=effect.feature,
        max_percent=round(intensity * float(effect.distance.max()), 4),
        mean_percent=round(intensity * float(effect.distance.mean()), 4),
        vertex=effect.peak if moves else None,
        region=effect.region if moves else None,
        supported=effect.supported,
    )
