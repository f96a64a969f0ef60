"""The measured offsets of trackers, kept in the user's data folder, one for each tracker and model frame."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from realtime.core.errors import RecordError
from realtime.core.files import atomic_write
from realtime.core.tracker_names import network_of
from realtime.core.types import N_LANDMARKS, FloatArray
from realtime.core.user_folders import user_folder
from realtime.geometry.tracker_offset import LEAST_PEOPLE, TrackerOffset
from realtime.model import LinearMeshModel

log = logging.getLogger("meshmirror")
NAME = "tracker-offsets.json"
_FORMAT: Literal["meshmirror-tracker-offsets"] = "meshmirror-tracker-offsets"
_MOST_BYTES = 16_000_000


class StoredOffset(BaseModel):
    """The offset of one tracker in one frame."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    tracker: str
    frame: str  # see `frame_key`
    model: str  # with which it was measured
    people: int = Field(ge=2)
    offset: tuple[float, ...] = Field(min_length=3 * N_LANDMARKS, max_length=3 * N_LANDMARKS)  # vertex after vertex

    @property
    def offset_canon(self) -> FloatArray:
        """(478, 3) float32, model units."""
        return np.array(self.offset, np.float32).reshape(N_LANDMARKS, 3)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["meshmirror-tracker-offsets"]
    version: Literal[1]
    offsets: tuple[StoredOffset, ...]


def offsets_path() -> Path:
    """Where the file is; it may not exist."""
    return user_folder("data") / NAME


def frame_key(model: LinearMeshModel) -> str:
    """What identifies a model's frame and its mean face: offsets of other ones mean something else."""
    digest = hashlib.sha256(model.mean_mesh.tobytes())
    digest.update(model.anchors.tobytes())
    return digest.hexdigest()[:16]


def stored_offsets(path: Path | None = None) -> tuple[StoredOffset, ...]:
    """All that are stored. A file that cannot be read is as good as none; the log says so."""
    path = path or offsets_path()
    try:
        if not path.is_file():
            return ()
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        return _File.model_validate_json(path.read_bytes()).offsets
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        log.warning("%s: not used, %s. `meshmirror bench --tracker-offset` writes it anew.", path, reason)
        return ()


def store_offsets(measured: dict[str, TrackerOffset], model: LinearMeshModel, path: Path | None = None) -> Path:
    """Store the offsets of trackers by name in the frame of a model; others stay. Raises RecordError."""
    path = path or offsets_path()
    frame = frame_key(model)
    kept = [one for one in stored_offsets(path) if one.frame != frame or one.tracker not in measured]
    new = [
        StoredOffset(
            tracker=tracker, frame=frame, model=model.name, people=found.people,
            offset=tuple(np.round(found.offset_canon, 4).ravel().tolist()),
        )
        for tracker, found in measured.items()
    ]  # fmt: skip
    content = _File(format=_FORMAT, version=1, offsets=(*kept, *new))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(json.dumps(content.model_dump(mode="json")).encode())
    except OSError as error:
        raise RecordError(f"{path}: the offsets cannot be stored ({error.strerror}).") from error
    return path


def offset_of(tracker: str, model: LinearMeshModel) -> StoredOffset | None:
    """The offset that can be told from identity: of at least ten people, beside that of a tracker of another network.

    None where there is none: it is then part of the identity. With one network it cannot be told from the sample.
    """
    frame = frame_key(model)
    known = {one.tracker: one for one in stored_offsets() if one.frame == frame and one.people >= LEAST_PEOPLE}
    return known.get(tracker) if len({network_of(name) for name in known}) > 1 else None
