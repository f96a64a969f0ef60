"""The description of a part of a session, and the version of the format.

The table of a part is an Arrow IPC stream. What holds for all of its rows is JSON (`PartInfo`) in the schema's metadata
under "meshmirror", so that the table can be read by itself. The columns are declared in `realtime.session.columns`;
those of a second and third model end in _2 and _3.

Meshes are (478, 3) row by row: x, y, z of vertex 0, then of vertex 1. Frames, units and signs are those of
`realtime.core.types`; a missing value is null, never zero.

Within a version columns and keys are only added, and a reader ignores unknown ones. Every other change needs a new
version, and every program reads all versions up to its own. Sessions are never rewritten. A session recorded with
version 1 is part of the tests and must always give the same numbers.

Version 1 has one row a frame, of one face. Version 2 has a row for each face of a frame, and one for a frame without a
face: `chosen` is true in exactly one row of every frame, `frame_row` is the same in all of them. A batch has rows of
chosen faces only, or of others only, so that a reader of the chosen faces maps theirs into memory without a copy; a
reader copies out of batches that another program has mixed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from realtime.core.errors import DamagedError, NewerFormatError
from realtime.core.run_report import AppearanceReport
from realtime.core.types import PoseZero, Rotation
from realtime.geometry import REGION_NAMES

FORMAT: Literal["meshmirror-session"] = "meshmirror-session"
VERSION = 2
METADATA = b"meshmirror"
MOST_S = 1e9  # beyond this no time of a session is valid, seconds: 31 years
MOST_NS = 10**18  # the same in nanoseconds
MOST_STAMP_NS = (1 << 62) - 1  # of a source's own clock; the difference of two still fits 64 bits
MOST_RATE = 1e6  # frames per second
Side = Annotated[int, Field(ge=1, le=1 << 16)]  # of a picture, pixels


class ModelInfo(BaseModel):
    """A model that was used in a recording; its weights are not stored."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    sha256: str | None = None  # of its file; None for a composed model
    given: str = ""  # the name by which it was requested, or that of its file
    labels: str = "repaired"
    frame: str = "as-filed"  # "corrected": its depth was scaled when it was loaded; sessions without it had it as filed
    composition: int | None = None  # of a composed model; sessions without it had the first
    features: tuple[str, ...] = Field(max_length=512)
    regions: tuple[str, ...] = Field((), max_length=64)
    # Outer-canthal distance of the mean mesh, model units: 100 % of every nme.
    unit: float = Field(gt=0, allow_inf_nan=False)
    # From where its pose columns, and the pose that it was given, are measured. Sessions of earlier programs do not say
    # it: there was one zero only.
    pose_zero: PoseZero = "forehead-chin"

    @field_validator("regions")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = next((name for name in names if name not in REGION_NAMES), None)
        if unknown is not None:
            raise ValueError(f"there is no region {unknown!r}")
        if len(set(names)) < len(names):
            raise ValueError("a region occurs twice")
        return names


class AppearanceInfo(BaseModel):
    """The classifier `appearance`, where it was a source in a recording."""

    model_config = ConfigDict(frozen=True)

    package: str = ""  # the Python package, and its version, in whose wheel its file is
    sha256: str | None = None  # of its file
    runtime: str = ""  # what computed it

    @classmethod
    def of(cls, report: AppearanceReport) -> AppearanceInfo:
        """That of a run."""
        return cls(package=report.package, sha256=report.sha256, runtime=report.runtime)


class PartInfo(BaseModel):
    """What holds for all rows of a part."""

    model_config = ConfigDict(frozen=True, extra="allow")

    format: Literal["meshmirror-session"] = FORMAT
    version: int = VERSION
    session: str = Field(pattern=r"^[0-9a-f]{32}$")
    part: int = Field(1, ge=1, le=99_999)
    # Parts of one run share the numbers of faces (`track_id`). None: not known, as in version 1.
    run: int | None = Field(None, ge=1, le=99_999)
    start_ns: int = Field(0, ge=-MOST_NS, le=MOST_NS)  # of its first row on the session's clock; time 0 of its videos
    source: str = ""  # name of the source, for titles
    live: bool = True
    # Nominal frames per second of the source; times are those of the rows.
    rate: float | None = Field(None, ge=0, le=MOST_RATE, allow_inf_nan=False)
    image_size: tuple[Side, Side]  # (width, height) of the pictures in which the landmarks are
    rotation: Rotation = 0  # degrees by which the source's pictures were turned clockwise; stored ones are turned
    mirrored: bool = False  # whether the window mirrored it; stored data are never mirrored
    tracker: str = ""
    blendshapes: tuple[str, ...] = Field((), max_length=512)  # of the tracker; empty where it gives none
    network: bool = False  # whether py-feat's network was a source
    appearance: AppearanceInfo | None = None  # None: it was not a source
    models: tuple[ModelInfo, ...] = Field(min_length=1, max_length=3)
    config: dict[str, dict[str, Any]] = Field(default_factory=dict)  # all settings, without folders and passwords

    @property
    def even_rate(self) -> bool:
        """Whether the window's video has a constant frame rate instead of one picture per row."""
        return self.config.get("record", {}).get("fps") is not None


def check_version(version: object, path: Path) -> None:
    """Raises NewerFormatError for a version that is too new, DamagedError for an invalid one."""
    if type(version) is not int or version < 1:
        raise DamagedError(f"{path}: damaged: the format's version is {version!r}.")
    if version > VERSION:
        raise NewerFormatError(
            f"{path}: recorded by a newer Meshmirror (format {version}; this one reads up to {VERSION}). "
            "Update: pip install --upgrade meshmirror."
        )


def named(name: str, model: int) -> str:
    """A column's name for the model of that number, from 0."""
    return name if model == 0 else f"{name}_{model + 1}"
