"""The first reading of a data set: everything but the meshes themselves, and which frames the fit can use."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.types import Array
from realtime.dataset.design import are_probabilities
from realtime.dataset.table import MESH, POSE, DataSet, Family, meshes_of, numbers_of
from realtime.geometry import ANCHORS
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]

# The seed's filter; a frame on the limit is kept.
MAX_YAW_DEG = 40.0
MAX_PITCH_DEG = 30.0
_DEGREES = 2 * np.pi  # an angle beyond a full turn is not in radians
_LARGEST_PART = 0.5  # of the largest absolute sum of probabilities: below it the features are no probabilities at all


@dataclass(slots=True, eq=False)
class Frames:
    """The rows of a data set, in its order; those that are not `kept` have been dropped, counted by reason."""

    family: Family
    feature_columns: tuple[str, ...]
    features: F32  # (n, k)
    pose: F32  # (n, 3) pitch, yaw, roll in radians
    recording: Array  # (n,) int32, places in `recordings`
    person: Array  # (n,) int32, places in `people`
    recordings: tuple[str, ...]
    people: tuple[str, ...]
    persons_known: bool  # False: no row names a person, and each recording counts as one
    kept: Array  # (n,) bool
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def probabilities(self) -> bool:
        """Whether the features of every kept row sum to one."""
        return self.family == "emotion" and are_probabilities(self.features[self.kept])

    def contents_of(self, data: DataSet) -> list[str]:
        """SHA-256 of the recordings of which a frame is kept; empty where the data set does not know all of them."""
        names = [self.recordings[at] for at in np.unique(self.recording[self.kept])]
        return [data.contents[name] for name in names] if all(name in data.contents for name in names) else []

    def drop(self, reason: str, rows: Array) -> None:
        """Drop the kept frames among `rows` (n,) bool."""
        count = int((self.kept & rows).sum())
        self.dropped[reason] = self.dropped.get(reason, 0) + count
        self.kept &= ~rows


def read_frames(data: DataSet, family: Family, workers: int = 1) -> tuple[Frames, F32]:
    """Read all rows once, and drop those with numbers that are not finite and those beyond the seed's range of pose.

    The anchors (n, 12, 3) of all rows, image frame, come apart from the rest: after the alignment they are done with.
    Raises DataSetError where nothing is left, where a name is missing, or where the pose is not in radians.
    """
    columns = data.features(family)
    n = data.frames
    frames = Frames(
        family, columns,
        np.empty((n, len(columns)), np.float32), np.empty((n, 3), np.float32),
        np.empty(n, np.int32), np.empty(n, np.int32), (), (), True, np.ones(n, bool),
    )  # fmt: skip
    anchors = np.empty((n, len(ANCHORS), 3), np.float32)
    finite, sized = np.ones(n, bool), np.ones(n, bool)
    recordings, people = _Codes(), _Codes()
    has_person = "person" in data.columns
    texts = ["recording", "person"] if has_person else ["recording"]

    at = 0
    for one in data.read([*texts, MESH, *POSE, *columns], _FirstReading(columns, has_person), workers=workers):
        rows = slice(at, at + len(one.recordings))
        at = rows.stop
        if None in one.recordings:
            raise DataSetError(f"{data.folder}: a row has no recording. Each must name the recording that it is from.")
        frames.features[rows], frames.pose[rows], anchors[rows] = one.features, one.pose, one.anchors
        finite[rows], sized[rows] = one.finite, one.sized
        frames.recording[rows] = recordings.of(one.recordings)
        frames.person[rows] = people.of(one.people)
    frames.recording, frames.recordings = _by_name(frames.recording, recordings.names)
    if people.names in ((), ("",)):  # a recording stands for a person
        frames.persons_known, frames.person, frames.people = False, frames.recording, frames.recordings
    else:
        frames.person, frames.people = _by_name(*_with_the_nameless(frames, people.names))
    finite &= np.isfinite(frames.features).all(axis=1) & np.isfinite(frames.pose).all(axis=1)
    frames.drop("not finite", ~finite)
    frames.drop("no face", ~sized)
    _check_radians(frames, data)
    pitch, yaw = np.abs(frames.pose[:, 0]), np.abs(frames.pose[:, 1])
    frames.drop(f"pitch beyond {MAX_PITCH_DEG:g} degrees", pitch > np.float32(radians(MAX_PITCH_DEG)))
    frames.drop(f"yaw beyond {MAX_YAW_DEG:g} degrees", yaw > np.float32(radians(MAX_YAW_DEG)))
    if not frames.kept.any():
        reasons = ", ".join(f"{count} {reason}" for reason, count in frames.dropped.items() if count)
        raise DataSetError(f"{data.folder}: no frame is left of {n} ({reasons}).")
    _check_features(frames, data)
    return frames, anchors


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """What the first reading takes from a chunk of n rows."""

    features: F32  # (n, k)
    pose: F32  # (n, 3)
    anchors: F32  # (n, 12, 3)
    finite: Array  # (n,) bool, of the meshes
    sized: Array  # (n,) bool, whether the eyes are apart
    recordings: list[str | None]
    people: list[str | None]


@dataclass(frozen=True, slots=True)
class _FirstReading:
    columns: tuple[str, ...]  # of the features
    has_person: bool

    def __call__(self, batch: pa.RecordBatch) -> _Chunk:
        mesh = meshes_of(batch)
        return _Chunk(
            numbers_of(batch, self.columns),
            numbers_of(batch, POSE),
            mesh[:, list(ANCHORS)],
            np.isfinite(mesh.reshape(len(mesh), -1).sum(axis=1, dtype=np.float64)),
            np.linalg.norm(mesh[:, LEFT_OUTER_CANTHUS] - mesh[:, RIGHT_OUTER_CANTHUS], axis=1) > 0,
            batch.column("recording").to_pylist(),
            batch.column("person").to_pylist() if self.has_person else [None] * batch.num_rows,
        )


class _Codes:
    """Numbers texts in the order in which they first come."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def of(self, texts: list[str | None]) -> Array:
        return np.array([self._places.setdefault(text or "", len(self._places)) for text in texts], np.int32)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._places)


def _by_name(codes: Array, names: tuple[str, ...]) -> tuple[Array, tuple[str, ...]]:
    """The same names in their alphabetical order, so that nothing depends on the order of the rows."""
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), np.int32)
    place[order] = np.arange(len(names), dtype=np.int32)
    return place[codes], tuple(names[at] for at in order)


def _with_the_nameless(frames: Frames, people: tuple[str, ...]) -> tuple[Array, tuple[str, ...]]:
    """Rows without a person are of a person of their own for each recording."""
    if "" not in people:
        return frames.person, people
    person, names = frames.person.astype(np.int64), list(people)
    nameless = person == people.index("")
    used = np.unique(frames.recording[nameless])
    place = np.searchsorted(used, frames.recording[nameless])
    person[nameless] = len(names) + place
    names += [f"recording {frames.recordings[at]}" for at in used]
    return person.astype(np.int32), tuple(names)


def _check_radians(frames: Frames, data: DataSet) -> None:
    largest = np.abs(frames.pose[frames.kept]).max(initial=0.0)
    if largest > _DEGREES:
        raise DataSetError(
            f"{data.folder}: the pose goes up to {largest:.0f}, so it is in degrees. pitch, yaw and roll must be in "
            "radians, with the signs of py-feat's Fex (+pitch up, +yaw and +roll to the subject's right)."
        )


def _check_features(frames: Frames, data: DataSet) -> None:
    if frames.family != "emotion" or frames.probabilities:
        return
    sums = frames.features[frames.kept].sum(axis=1, dtype=np.float64)
    if np.abs(sums - 1.0).max() > _LARGEST_PART or (frames.features[frames.kept] < 0).any():
        raise DataSetError(
            f"{data.folder}: the emotions of a row sum to {sums.min():.2f} to {sums.max():.2f}; those of probabilities "
            "sum to 1. Are they percentages or logits?"
        )
