"""The faces of one recording on their way from the tracker to the scores: on disk, some hundred frames at a time.

A neutral may lie anywhere in a recording, and scores need it from the first frame on. So all faces are found first and
read again afterwards, from a temporary folder, so that memory stays the same however long the recording is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.core.array_file import write_arrays
from realtime.core.types import N_LANDMARKS, FloatArray

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
CHUNK = 512  # frames; 3 MB of meshes
MOST_REASONS = 63


@dataclass(frozen=True, slots=True, eq=False)
class SeenFrame:
    """A frame of a recording before any model: its face, and what the sources of features make of it."""

    stamp_ns: int
    number: int  # of the frame in its recording, of a session the row
    points_px: FloatArray | None = None  # (478, 3); None: no face
    angles: tuple[float, float, float] | None = None  # head pose as it came with the face: pitch, yaw, roll, radians
    valid: bool = False
    reasons: tuple[str, ...] = ()  # why it is not, without numbers
    warm_up: bool = False
    faces_seen: int = 0
    rotation: int = 0  # degrees clockwise by which the recording's picture was turned for these points
    face: int = -1  # number of the face, which grows where it becomes another one or comes back
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # source -> feature -> value


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some frames of a recording, in their order."""

    stamps_ns: I64  # (n,)
    numbers: I64  # (n,)
    points_px: F32  # (n, 478, 3); NaN without a face
    angles: F32  # (n, 3) head pose as it came with the face, radians; NaN where none did
    valid: Bools  # (n,)
    reasons: I64  # (n,) a bit for each of the spool's reasons
    warm_up: Bools  # (n,)
    faces_seen: I64  # (n,)
    rotations: I64  # (n,) degrees by which pictures were turned
    faces: I64  # (n,) number of the face, -1 without one
    names: npt.NDArray[np.str_]  # of the measured values, "source/feature"
    measured: F32  # (n, len(names)); NaN where there is none

    def __len__(self) -> int:
        return len(self.stamps_ns)

    @property
    def seen(self) -> Bools:
        """(n,) whether there is a face."""
        return self.faces >= 0

    def taken(self, rows: npt.NDArray[np.intp]) -> Chunk:
        """Some of the frames."""
        whole = {one.name: getattr(self, one.name) for one in fields(self)}
        return Chunk(**{name: values if name == "names" else values[rows] for name, values in whole.items()})

    def features(self, source: str) -> dict[str, F32]:
        """What a source has measured: (n,) by the name of the feature."""
        found = {}
        for at, name in enumerate(self.names.tolist()):
            origin, _, feature = name.partition("/")
            if origin == source:
                found[feature] = self.measured[:, at]
        return found


class Spool:
    """The frames of one recording in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """An empty folder."""
        self._folder = folder
        self._waiting: list[SeenFrame] = []
        self._chunks = 0
        self.frames = 0
        self.reasons: list[str] = []  # that occurred, by the number of their bit

    def add(self, frame: SeenFrame) -> None:
        """Add the next frame. Raises OSError."""
        self._waiting.append(frame)
        self.frames += 1
        if len(self._waiting) == CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what is left, after the last frame. Raises OSError."""
        if self._waiting:
            chunk = self._chunk(self._waiting)
            with self._path(self._chunks).open("wb") as file:
                write_arrays(file, {one.name: getattr(chunk, one.name) for one in fields(chunk)})
            self._waiting = []
            self._chunks += 1

    def __iter__(self) -> Iterator[Chunk]:
        """All chunks, in their order; as often as wanted."""
        for number in range(self._chunks):
            with np.load(self._path(number), allow_pickle=False) as arrays:
                yield Chunk(**{one.name: arrays[one.name] for one in fields(Chunk)})

    def _path(self, number: int) -> Path:
        return self._folder / f"chunk-{number:06d}.npz"

    def _chunk(self, frames: list[SeenFrame]) -> Chunk:
        count = len(frames)
        names = list(
            dict.fromkeys(f"{source}/{name}" for one in frames for source, by in one.measured.items() for name in by)
        )
        at = {name: place for place, name in enumerate(names)}
        points = np.full((count, N_LANDMARKS, 3), np.nan, np.float32)
        angles = np.full((count, 3), np.nan, np.float32)
        measured = np.full((count, len(names)), np.nan, np.float32)
        bits = np.zeros(count, np.int64)
        for row, one in enumerate(frames):
            if one.points_px is not None:
                points[row] = one.points_px
            if one.angles is not None:
                angles[row] = one.angles
            for reason in one.reasons:
                bits[row] |= 1 << self._bit(reason)
            for source, values in one.measured.items():
                for name, value in values.items():
                    measured[row, at[f"{source}/{name}"]] = value
        return Chunk(
            stamps_ns=np.array([one.stamp_ns for one in frames], np.int64),
            numbers=np.array([one.number for one in frames], np.int64),
            points_px=points,
            angles=angles,
            valid=np.array([one.valid for one in frames], bool),
            reasons=bits,
            warm_up=np.array([one.warm_up for one in frames], bool),
            faces_seen=np.array([one.faces_seen for one in frames], np.int64),
            rotations=np.array([one.rotation for one in frames], np.int64),
            faces=np.array([one.face for one in frames], np.int64),
            names=np.array(names, np.str_),
            measured=measured,
        )

    def _bit(self, reason: str) -> int:
        if reason not in self.reasons:
            if len(self.reasons) == MOST_REASONS - 1:
                reason = "other reasons"
            if reason not in self.reasons:
                self.reasons.append(reason)
        return self.reasons.index(reason)
