"""Neutrals that are kept, one for each person: JSON files of this user, written atomically and readable by no other.

Names are texts of strangers. A file is named after the letters and digits of the name and a hash of it, so that no name
leads elsewhere and two names never meet in one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from realtime.core.errors import MeshmirrorError, UsageError
from realtime.core.files import atomic_write
from realtime.core.neutral import MOST_NAME, NeutralInfo, findings_of, person_name
from realtime.core.printable import printable
from realtime.core.repeatability import repeatability_nme
from realtime.core.types import N_LANDMARKS, FloatArray, Identity, Pose, PoseResponse
from realtime.core.user_folders import user_folder
from realtime.core.version import __version__
from realtime.geometry.identity import read_only_mesh
from realtime.geometry.model_frame import ModelFrame
from realtime.session.strict_json import parse_as, parse_json

VERSION = 1
_MOST_BYTES = 1 << 20
_FORMAT = "meshmirror neutral"
_MOST_ANCHORS = N_LANDMARKS


class NeutralFileError(MeshmirrorError):
    """The file of a neutral is not acceptable."""

    exit_code = 4


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: Annotated[str, Field(max_length=64)]
    model: Annotated[str, Field(max_length=400)]
    indices: Annotated[list[Annotated[int, Field(ge=0, lt=N_LANDMARKS)]], Field(min_length=3, max_length=_MOST_ANCHORS)]
    anchors: Annotated[list[Annotated[list[float], Field(min_length=3, max_length=3)]], Field(max_length=_MOST_ANCHORS)]


_Angles = Annotated[list[float], Field(min_length=3, max_length=3)]  # pitch, yaw, roll, radians
_Mesh = Annotated[
    list[Annotated[list[float], Field(min_length=3, max_length=3)]],
    Field(min_length=N_LANDMARKS, max_length=N_LANDMARKS),
]


class _Response(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    slopes: Annotated[list[_Mesh], Field(min_length=3, max_length=3)]
    rest: _Angles
    known: Annotated[list[bool], Field(min_length=3, max_length=3)]
    low: _Angles
    high: _Angles
    ridge: float
    held_out_percent: float
    held_out_error: float
    frames: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["meshmirror neutral"]
    version: Literal[1]
    program: Annotated[str, Field(max_length=100)]
    person: Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
    taken: Annotated[str, Field(max_length=40)]
    tracker: Annotated[str, Field(max_length=40)]
    frame: _Frame
    frames: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]
    noise_nme: Annotated[float, Field(ge=0)]
    motion_nme: Annotated[float, Field(ge=0)]
    rest: _Angles | None
    findings: list[Any]
    response: _Response | None
    neutral: _Mesh


@dataclass(frozen=True, slots=True, eq=False)
class SavedNeutral:
    """A neutral as it is kept: the observed mesh with its frame, from which an offset for any model of that frame
    follows.
    """

    identity: Identity  # without an offset: `offset_canon` is all zero
    frame: ModelFrame
    model: str  # name of the model in whose frame the mesh is

    @property
    def info(self) -> NeutralInfo:
        """Its origin."""
        assert self.identity.info is not None
        return self.identity.info


@dataclass(frozen=True, slots=True)
class UnreadableNeutral:
    """A file that is not acceptable."""

    path: Path
    reason: str


def neutral_path(person: str) -> Path:
    """The file of a person, whether it is there or not; upper and lower case make no difference."""
    folded = unicodedata.normalize("NFKC", person_name(person)).casefold()
    readable = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:32]
    digest = hashlib.sha256(folded.encode()).hexdigest()[:16]
    return neutrals_folder() / f"{readable or 'person'}-{digest}.json"


def neutrals_folder() -> Path:
    """Where they are kept."""
    return user_folder("data") / "neutrals"


def save_neutral(identity: Identity, frame: ModelFrame, model: str) -> Path:
    """Keep an identity whose person is named, in place of an earlier one of that person; its file. Raises OSError."""
    info = identity.info
    assert info is not None and info.person
    file = _File(
        format="meshmirror neutral",
        version=1,
        program=__version__,
        person=info.person,
        taken=info.taken,
        tracker=info.tracker,
        frame=_Frame(key=frame.key, model=model, indices=list(frame.indices), anchors=_numbers(frame.anchors)),
        frames=identity.frames,
        seconds=identity.seconds,
        noise_nme=identity.noise_nme,
        motion_nme=identity.motion_nme,
        rest=None if identity.rest is None else list(identity.rest.angles),
        findings=[finding.as_json() for finding in info.findings],
        response=None if identity.response is None else _response_model(identity.response),
        neutral=_numbers(identity.neutral_canon),
    )
    path = neutral_path(info.person)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_write(path, 0o600) as opened:
        opened.write(json.dumps(file.model_dump(mode="json"), allow_nan=False).encode())
    return path


def load_neutral(person: str) -> SavedNeutral | None:
    """The neutral of a person; None where none is kept. Raises NeutralFileError."""
    path = neutral_path(person)
    found = read_neutral(path) if path.exists() else None
    if found is not None and neutral_path(found.info.person) != path:
        raise NeutralFileError(f"{path}: not of {person}, but of {found.info.person}; calibrate again.")
    return found


def read_neutral(path: Path) -> SavedNeutral:
    """The neutral in a file. Raises NeutralFileError: damaged, of a newer version, wrong shape, not finite."""
    again = "calibrate again, which replaces it"
    try:
        with path.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise NeutralFileError(f"{path}: cannot be read: {error.strerror}.") from error
    if len(content) > _MOST_BYTES:
        raise NeutralFileError(f"{path}: larger than {_MOST_BYTES >> 20} MB, which no neutral is; {again}.")
    try:
        tree = parse_json(content)
        if isinstance(tree, dict) and tree.get("format") == _FORMAT:
            version = tree.get("version")
            if isinstance(version, int) and version > VERSION:
                newer = f"version {version} of a newer program; this one knows {VERSION}"
                raise NeutralFileError(f"{path}: {newer}. Update, or {again}.")
        return _saved(parse_as(_File, tree))
    except ValueError as error:
        raise NeutralFileError(f"{path}: damaged: {error}; {again}.") from error


def saved_neutrals() -> list[SavedNeutral | UnreadableNeutral]:
    """All that are kept, by name; files that are not acceptable last."""
    good: list[SavedNeutral] = []
    bad: list[UnreadableNeutral] = []
    for path in sorted(neutrals_folder().glob("*.json")):
        try:
            found = read_neutral(path)
            if neutral_path(found.info.person) == path:
                good.append(found)
            else:
                bad.append(UnreadableNeutral(path, f"{path}: not named as the file of {found.info.person} is."))
        except NeutralFileError as error:
            bad.append(UnreadableNeutral(path, str(error)))
    return [*sorted(good, key=lambda one: one.info.person.casefold()), *bad]


def remove_neutral(person: str) -> Path:
    """Delete the neutral of a person; the file that it was. Raises UsageError where there is none, OSError."""
    try:
        path = neutral_path(person)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        return path
    known = ", ".join(one.info.person for one in saved_neutrals() if isinstance(one, SavedNeutral)) or "nobody"
    raise UsageError(f"No neutral of '{person_name(person)}' is kept. Known: {known}.")


def _saved(file: _File) -> SavedNeutral:
    """Raises ValueError."""
    name = person_name(file.person)
    if len(file.frame.indices) != len(file.frame.anchors):
        raise ValueError("as many anchors as landmarks of theirs are needed")
    info = NeutralInfo(
        file.taken, file.tracker, name, findings_of(file.findings), saved=True,
        repeatability_nme=repeatability_nme(file.tracker),
    )  # fmt: skip
    if any(printable(text) != text for text in (info.taken, info.tracker, *(one.text for one in info.findings))):
        raise ValueError("control characters")
    frame = ModelFrame(_mesh(file.frame.anchors), tuple(file.frame.indices))
    if frame.key != file.frame.key:
        raise ValueError("its frame does not have the key that it names")
    neutral = _mesh(file.neutral)
    identity = Identity(
        offset_canon=np.zeros_like(neutral),
        neutral_canon=neutral,
        noise_nme=file.noise_nme,
        frames=file.frames,
        motion_nme=file.motion_nme,
        seconds=file.seconds,
        rest=None if file.rest is None else Pose(*file.rest),
        response=None if file.response is None else _response(file.response),
        info=info,
    )
    return SavedNeutral(identity, frame, printable(file.frame.model))


def _response_model(response: PoseResponse) -> _Response:
    return _Response(
        slopes=[_numbers(axis) for axis in response.slopes_canon],
        rest=list(response.rest.angles),
        known=list(response.known),
        low=list(response.low.angles),
        high=list(response.high.angles),
        ridge=response.ridge,
        held_out_percent=response.held_out_percent,
        held_out_error=response.held_out_error,
        frames=response.frames,
        seconds=response.seconds,
    )


def _response(file: _Response) -> PoseResponse:
    """Raises ValueError."""
    pitch, yaw, roll = file.known
    return PoseResponse(
        slopes_canon=_mesh([row for axis in file.slopes for row in axis]).reshape(3, N_LANDMARKS, 3),
        rest=Pose(*file.rest),
        known=(pitch, yaw, roll),
        low=Pose(*file.low),
        high=Pose(*file.high),
        ridge=file.ridge,
        held_out_percent=file.held_out_percent,
        held_out_error=file.held_out_error,
        frames=file.frames,
        seconds=file.seconds,
    )


def _mesh(rows: Sequence[Sequence[float]]) -> FloatArray:
    """Raises ValueError where a number does not fit into a float32."""
    with np.errstate(over="ignore"):
        mesh = read_only_mesh(rows)
    if not np.isfinite(mesh).all():
        raise ValueError("a coordinate is not finite")
    return mesh


def _numbers(mesh: FloatArray) -> list[list[float]]:
    return [list(map(float, row)) for row in mesh]
