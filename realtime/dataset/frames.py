"""The first reading of a data set: everything but the meshes themselves, and which frames the fit can use."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError
from realtime.core.types import Array
from realtime.dataset.design import sums_to_one
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
_FARTHEST = 1e6  # pixels; no picture has as many across
_LEAST_PX = 1.0  # between the outer canthi, in the median: less is a mesh in other units
_LOOKED_AT = 20_000  # meshes of which the median tells the unit; of all it would take a third of the memory of a fit
_FLAT = 0.02  # spread of z over that of x below which z is in another unit; a face has 0.3 to 0.6
_MOST_MUST = 0.9  # of the frames have to have emotions that sum to one; the others are dropped
_MIXERS = np.random.default_rng(1).integers(1, 2**63, 3 * len(ANCHORS), np.uint64) | np.uint64(1)


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
    probabilities: bool  # whether the features of every kept row sum to one
    dropped: dict[str, int] = field(default_factory=dict)

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
    """Read all rows once, and drop those with numbers that are not finite or that no picture can have, those beyond the
    seed's range of pose, and single ones whose emotions do not sum to one.

    The anchors (n, 12, 3) of all rows, image frame, come apart from the rest: after the alignment they are done with.
    Raises DataSetError where nothing is left, where a name is missing, where a column has no number at all, where a
    frame is there twice, and where pose, meshes or emotions are in other units.
    """
    columns = data.features(family)
    n = data.frames
    frames = Frames(
        family, columns,
        np.empty((n, len(columns)), np.float32), np.empty((n, 3), np.float32),
        np.empty(n, np.int32), np.empty(n, np.int32), (), (), True, np.ones(n, bool), family == "emotion",
    )  # fmt: skip
    anchors = np.empty((n, len(ANCHORS), 3), np.float32)
    finite, near, sized = np.ones(n, bool), np.ones(n, bool), np.ones(n, bool)
    stamps, identity = np.empty(n, np.int64), np.empty(n, np.uint64)
    recordings, people = _Codes(), _Codes()
    has_person = "person" in data.columns
    texts = ["recording", "person"] if has_person else ["recording"]

    at = 0
    for one in data.read(
        [*texts, "stamp_ns", MESH, *POSE, *columns], _FirstReading(columns, has_person), workers=workers
    ):
        rows = slice(at, at + len(one.recordings))
        at = rows.stop
        if not all(one.recordings):
            raise DataSetError(f"{data.folder}: a row has no recording. Each must name the recording that it is from.")
        frames.features[rows], frames.pose[rows], anchors[rows] = one.features, one.pose, one.anchors
        finite[rows], near[rows], sized[rows] = one.finite, one.near, one.sized
        stamps[rows], identity[rows] = one.stamps, one.identity
        frames.recording[rows] = recordings.of(one.recordings)
        frames.person[rows] = people.of(one.people)
    frames.recording, frames.recordings = _by_name(frames.recording, recordings.names)
    if people.names in ((), ("",)):  # a recording stands for a person
        frames.persons_known, frames.person, frames.people = False, frames.recording, frames.recordings
    else:
        frames.person, frames.people = _by_name(*_with_the_nameless(frames, people.names))
    _check_columns(frames, data)
    finite &= np.isfinite(frames.features).all(axis=1) & np.isfinite(frames.pose).all(axis=1)
    frames.drop("not finite", ~finite)
    if not near.all():
        frames.drop("coordinates beyond any picture", ~near)
    frames.drop("no face", ~sized)
    _check_doubles(frames, data, anchors, stamps, identity)
    _check_pixels(frames, data, anchors)
    _check_radians(frames, data)
    pitch, yaw = np.abs(frames.pose[:, 0]), np.abs(frames.pose[:, 1])
    frames.drop(f"pitch beyond {MAX_PITCH_DEG:g} degrees", pitch > np.float32(radians(MAX_PITCH_DEG)))
    frames.drop(f"yaw beyond {MAX_YAW_DEG:g} degrees", yaw > np.float32(radians(MAX_YAW_DEG)))
    _require_some(frames, data)
    _check_sums(frames, data)
    return frames, anchors


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """What the first reading takes from a chunk of n rows."""

    features: F32  # (n, k)
    pose: F32  # (n, 3)
    anchors: F32  # (n, 12, 3)
    finite: Array  # (n,) bool, of the meshes
    near: Array  # (n,) bool, whether a picture can have all of it; so are those that are not finite
    sized: Array  # (n,) bool, whether the eyes are apart
    stamps: Array  # (n,) int64; 0 where there is none
    identity: Array  # (n,) uint64, which frames that are the same bit for bit have in common
    recordings: list[str | None]
    people: list[str | None]


@dataclass(frozen=True, slots=True)
class _FirstReading:
    columns: tuple[str, ...]  # of the features
    has_person: bool

    def __call__(self, batch: pa.RecordBatch) -> _Chunk:
        mesh = meshes_of(batch)
        flat = mesh.reshape(len(mesh), -1)
        largest = np.maximum(flat.max(axis=1), -flat.min(axis=1))  # NaN where one of the numbers is
        anchors = np.ascontiguousarray(mesh[:, list(ANCHORS)])
        stamps = batch.column("stamp_ns").fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        bits = anchors.reshape(len(mesh), -1).view(np.uint32).astype(np.uint64)
        with np.errstate(all="ignore"):  # a mesh that is huge is not near
            sized = np.linalg.norm(mesh[:, LEFT_OUTER_CANTHUS] - mesh[:, RIGHT_OUTER_CANTHUS], axis=1) > 0
        return _Chunk(
            numbers_of(batch, self.columns),
            numbers_of(batch, POSE),
            anchors,
            np.isfinite(largest),
            ~(np.isfinite(largest) & (largest > _FARTHEST)),
            sized,
            stamps,
            bits @ _MIXERS + stamps.view(np.uint64) * _MIXERS[0],
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


def person_of(recording: str) -> str:
    """The person who stands for a recording that names none, where others do."""
    return f"recording {recording}"


def _with_the_nameless(frames: Frames, people: tuple[str, ...]) -> tuple[Array, tuple[str, ...]]:
    """Rows without a person are of a person of their own for each recording."""
    if "" not in people:
        return frames.person, people
    person, names = frames.person.astype(np.int64), list(people)
    nameless = person == people.index("")
    used = np.unique(frames.recording[nameless])
    place = np.searchsorted(used, frames.recording[nameless])
    person[nameless] = len(names) + place
    names += [person_of(frames.recordings[at]) for at in used]
    return person.astype(np.int32), tuple(names)


def _require_some(frames: Frames, data: DataSet) -> None:
    if not len(frames.kept):
        raise DataSetError(f"{data.folder}: its shards have no rows.")
    if not frames.kept.any():
        reasons = ", ".join(f"{count} {reason}" for reason, count in frames.dropped.items() if count)
        raise DataSetError(f"{data.folder}: no frame is left of {len(frames.kept)} ({reasons}).")


def _check_columns(frames: Frames, data: DataSet) -> None:
    """A single column without numbers would have every row dropped."""
    named = zip((*frames.feature_columns, *POSE), (*frames.features.T, *frames.pose.T), strict=True)
    empty = [name for name, values in named if len(values) and not np.isfinite(values).any()]
    if empty:
        raise DataSetError(
            f"{data.folder}: there is no number in the whole column {', '.join(empty[:7])}. Extract the "
            "recordings again with a source that gives it; an action unit or a blendshape may be left out."
        )


def _check_doubles(frames: Frames, data: DataSet, anchors: F32, stamps: Array, identity: Array) -> None:
    """No frame twice: not in two shards, where it counts twice, nor under two names, where it is in both sides."""
    rows = np.flatnonzero(frames.kept)
    rows = rows[np.argsort(identity[rows], kind="stable")]
    one, other = rows[:-1], rows[1:]
    alike = identity[one] == identity[other]
    one, other = one[alike], other[alike]
    same = (stamps[one] == stamps[other]) & (anchors[one] == anchors[other]).all(axis=(1, 2))
    if same.any():
        first = int(np.flatnonzero(same)[np.argmin(one[same])])
        places = [
            f"{data.place_of(int(row))} (recording '{frames.recordings[frames.recording[row]]}')"
            for row in (one[first], other[first])
        ]
        raise DataSetError(
            f"{data.folder}: {int(same.sum()):,} frames are there twice, with the same stamp and the same mesh; the "
            f"first is {places[0]} and {places[1]}. They would count twice, and under two names they would be held out "
            "from themselves. Remove one of the two."
        )


def _check_pixels(frames: Frames, data: DataSet, anchors: F32) -> None:
    """Whether the meshes are in pixels on all three axes."""
    rows = np.flatnonzero(frames.kept)
    if not len(rows):
        return
    some = anchors[rows[:: len(rows) // _LOOKED_AT + 1]]
    places = [ANCHORS.index(at) for at in (LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS)]
    across = float(np.median(np.linalg.norm(some[:, places[0]] - some[:, places[1]], axis=-1)))
    if across < _LEAST_PX:
        raise DataSetError(
            f"{data.folder}: the outer corners of the eyes are {across:.3g} pixels apart (median), so the meshes are "
            "not in pixels. Multiply x by the width of the picture, y by its height and z by its width, where they are "
            "MediaPipe's normalised ones."
        )
    spread = some.std(axis=1, dtype=np.float64)
    depth = float(np.median(spread[:, 2] / np.maximum(spread[:, 0], np.finfo(np.float64).tiny)))
    if depth < _FLAT:
        raise DataSetError(
            f"{data.folder}: the meshes have no depth, their z varies by {depth:.2g} of x (median; a face by 0.3 to "
            "0.6). z has to be in pixels of the picture, as x and y are."
        )


def _check_radians(frames: Frames, data: DataSet) -> None:
    largest = np.abs(frames.pose[frames.kept]).max(initial=0.0)
    if largest > _DEGREES:
        raise DataSetError(
            f"{data.folder}: the pose goes up to {largest:.3g}, so it is in degrees. pitch, yaw and roll must be in "
            "radians, with the signs of py-feat's Fex (+pitch up, +yaw and +roll to the subject's right)."
        )


def _check_sums(frames: Frames, data: DataSet) -> None:
    """Drop single frames whose emotions are no probabilities; refuse a data set of such."""
    if frames.family != "emotion":
        return
    good = sums_to_one(frames.features)
    if good[frames.kept].mean() < _MOST_MUST:
        sums = frames.features[frames.kept].sum(axis=1, dtype=np.float64)
        raise DataSetError(
            f"{data.folder}: the emotions of a row sum to {sums.min():.2f} to {sums.max():.2f}; those of probabilities "
            "sum to 1, and none is negative. Are they percentages or logits?"
        )
    if not good[frames.kept].all():
        frames.drop("emotions that do not sum to 1", ~good)
