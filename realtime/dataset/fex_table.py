"""The rows of a Fex of py-feat (CSV), so that what was detected already need not be detected again.

Two detectors of py-feat write meshes, and each leaves their depth in a scale of its own:

* `Detectorv2`: mesh_x_0 ... mesh_x_477, then mesh_y_, then mesh_z_. x and y are pixels of the picture, z is a share of
  the side of the square crop (`_mesh_to_original_frame`), which is FaceRectWidth.
* `MPDetector`: x_0, y_0, z_0, x_1 ... x and y are pixels of the picture, z is pixels of the crop of 256 x 256. What it
  calls pitch, roll and yaw has other signs and axes than `Detectorv2`; the pose is measured on the mesh instead.

Where a mesh_z_ already has the scale of mesh_x_, since somebody has mended it, it is taken as it is. What this program
exports is refused: the session itself knows whether its emotions were fitted to the mesh.

A table may hold several inputs (column `input`): each becomes a recording. Of several faces in a frame the largest is
taken, as everywhere in this program. See `fex_times` for the stamps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from realtime.core.errors import SourceError
from realtime.core.printable import valid_unicode
from realtime.core.types import EMOTIONS, N_LANDMARKS, Landmarks, Pose
from realtime.dataset.alignment import start_anchors
from realtime.dataset.fex_times import seconds_of, stamps
from realtime.dataset.inputs import apart
from realtime.dataset.rows import DETECTORV2, MPDETECTOR, RecordingRows
from realtime.detect.landmarks.face_landmarker import blendshape_name
from realtime.geometry import ANCHORS, fit_similarity, pose_from_rotation
from realtime.model.names import canonical_name, family_of, is_emotion

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]

_CROP = 256  # pixels, of MPDetector
_FLAT = 0.02  # spread of z over that of x below which z is in another unit; a face has 0.3 to 0.6
_SIDE = "FaceRectWidth"
_INPUT, _FRAME, _SECONDS, _SCORE = "input", "frame", "approx_time", "FaceScore"
_MOST_FRAMES = 1e9  # a year of video: a larger number is none of a frame
_OWN = "emotion_pyfeat"  # a column that no detector of py-feat writes


@dataclass(slots=True, eq=False)
class _Input:
    """One input of a table while it is read."""

    rows: RecordingRows
    numbers: list[int] = field(default_factory=list)  # of the frames that have a row
    seconds: list[int | None] = field(default_factory=list)  # their `approx_time`
    last: int = -1  # number of the newest frame


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """A row of a table."""

    input: str
    frame: int
    second: int | None
    mesh: F32
    pose: Pose
    features: dict[str, float]
    score: float | None

    @property
    def area(self) -> float:
        """Of the box around the mesh, square pixels; -1 for a row without a face."""
        spread = np.ptp(self.mesh[:, :2], axis=0)
        return float(spread[0] * spread[1]) if np.isfinite(self.mesh).all() else -1.0


def rows_of_fex(path: Path, name: str) -> list[RecordingRows]:
    """Every frame of a Fex with a mesh, one recording an input: called `name`, or `name/INPUT` where there are several.

    Raises SourceError where the table cannot be read, has no mesh, or where frames of one input come in no order.
    """
    import pyarrow as pa
    import pyarrow.csv as csv

    inputs: dict[str, _Input] = {}
    try:
        texts = csv.ConvertOptions(column_types={column: pa.string() for column in (_INPUT, _SECONDS)})
        size = csv.ReadOptions(block_size=1 << 24)
        with path.open("rb") as file, csv.open_csv(file, size, convert_options=texts) as reader:  # any name of a file
            layout = _Layout(path, reader.schema.names)
            for (key, number), faces in groupby(_faces(reader, layout), lambda face: (face.input, face.frame)):
                if key not in inputs:
                    inputs[key] = _Input(RecordingRows("", None, layout.tracker, layout.mesh_source, "pyfeat"))
                _add(inputs[key], number, list(faces), f"{path}: {key or 'the table'}")
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: cannot be read as a table of a Fex ({str(error)[:200]}).") from error
    if not inputs:
        raise SourceError(f"{path}: the table has no rows.")
    places = [_parts(key) for key in inputs]
    several = apart(places, [PureWindowsPath(place[-1]).stem for place in places])
    names = [name] if len(inputs) == 1 else [f"{name}/{one}" for one in several]
    for found, called in zip(inputs.values(), names, strict=True):
        found.rows.name = called
        found.rows.stamps = stamps(found.numbers, found.seconds)
    return [found.rows for found in inputs.values()]


def _parts(key: str) -> tuple[str, ...]:
    """The folders and the file of an input, as either kind of system writes paths."""
    return PureWindowsPath(valid_unicode(key)).parts or ("unnamed",)


class _Layout:
    """Which columns hold what."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self.path = path
        there = set(columns)
        if _OWN in there:
            raise SourceError(f"{path}: was exported from a session. Extract the session itself, which has more.")
        self.interleaved = f"z_{N_LANDMARKS - 1}" in there
        prefix = "" if self.interleaved else "mesh_"
        self.mesh = [f"{prefix}{axis}_{at}" for at in range(N_LANDMARKS) for axis in "xyz"]
        missing = [column for column in self.mesh if column not in there]
        if missing:
            raise SourceError(
                f"{path}: no Fex with a mesh of 478 vertices, the column {missing[0]} is missing. py-feat's Detectorv2 "
                f"and MPDetector write such tables{'' if len(columns) > 1 else ', with commas between the columns'}."
            )
        self.tracker = "pyfeat MPDetector" if self.interleaved else "pyfeat Detectorv2"
        self.mesh_source = MPDETECTOR if self.interleaved else DETECTORV2
        self.pose = () if self.interleaved else tuple(column for column in ("Pitch", "Yaw", "Roll") if column in there)
        self.side = _SIDE if _SIDE in there else None
        if self.interleaved and self.side is None:
            raise SourceError(f"{path}: the depth of MPDetector's mesh has the scale of the crop; {_SIDE} is missing.")
        self.frame, self.input, self.seconds, self.score = (
            column if column in there else None for column in (_FRAME, _INPUT, _SECONDS, _SCORE)
        )
        self.features = {column: named for column in columns if (named := _feature(column)) is not None}
        self._refuse_doubles(columns)

    def _refuse_doubles(self, columns: list[str]) -> None:
        """Raise SourceError where a column that is read is there twice, or a feature in two spellings."""
        read = {*self.mesh, *self.pose, *self.features, self.side, self.frame, self.input, self.seconds, self.score}
        first: dict[str, str] = {}
        for column in filter(read.__contains__, columns):
            name = self.features.get(column, column)
            if name in first:
                raise SourceError(
                    f"{self.path}: the columns {first[name]} and {column} are of the same thing. Leave one of them out."
                )
            first[name] = column

    def numbers(self, batch: pa.RecordBatch, columns: list[str], dtype: npt.DTypeLike = np.float32) -> Any:
        """(n, k) of some columns; empty cells are NaN, what is too large for the type is infinite.

        Raises SourceError where one holds something else.
        """
        found = np.empty((batch.num_rows, len(columns)), dtype)
        for at, column in enumerate(columns):
            values = batch.column(column)
            try:
                with np.errstate(over="ignore"):
                    found[:, at] = values.to_numpy(zero_copy_only=False).astype(dtype)
            except (TypeError, ValueError) as error:
                raise SourceError(
                    f"{self.path}: the column {column} holds something else than numbers ({values.type})."
                ) from error
        return found


def _feature(column: str) -> str | None:
    """The name of a column's feature in a data set; None for other columns."""
    if is_emotion(column):
        return canonical_name(column)
    if family_of([column]) == "au":
        return canonical_name(column).upper()
    return blendshape_name(column)


def _faces(batches: Any, layout: _Layout) -> Iterator[_Face]:
    """Every row of a table; one without a number of its frame is a frame of its own."""
    at = 0
    for batch in batches:
        mesh = layout.numbers(batch, layout.mesh).reshape(-1, N_LANDMARKS, 3)
        mesh[:, :, 2] *= _depth(mesh, batch, layout)
        features = layout.numbers(batch, list(layout.features))
        names = list(layout.features.values())
        angles = layout.numbers(batch, list(layout.pose)) if len(layout.pose) == 3 else None
        frames = (
            np.full(len(mesh), np.nan)
            if layout.frame is None
            else layout.numbers(batch, [layout.frame], np.float64)[:, 0]
        )
        if (np.abs(frames[np.isfinite(frames)]) > _MOST_FRAMES).any():
            raise SourceError(
                f"{layout.path}: the column {_FRAME} goes up to {np.nanmax(np.abs(frames)):.3g}, which is no number of "
                "a frame."
            )
        scores = np.full(len(mesh), np.nan) if layout.score is None else layout.numbers(batch, [layout.score])[:, 0]
        keys, times = (
            [None] * len(mesh) if column is None else batch.column(column).to_pylist()
            for column in (layout.input, layout.seconds)
        )
        for row, one in enumerate(mesh):
            seen = bool(np.isfinite(one).all())
            pose = Pose(*map(float, angles[row])) if angles is not None else _measured(one) if seen else Pose(0, 0, 0)
            yield _Face(
                keys[row] or "",
                int(frames[row]) if np.isfinite(frames[row]) else at + row,
                seconds_of(times[row]),
                one,
                pose,
                dict(zip(names, features[row].tolist(), strict=True)),
                float(scores[row]) if np.isfinite(scores[row]) else None,
            )
        at += len(mesh)


def _add(found: _Input, number: int, faces: list[_Face], where: str) -> None:
    """Add the largest face of a frame."""
    rows = found.rows
    if number <= found.last:
        raise SourceError(
            f"{where}: frame {number} comes after frame {found.last}. The frames of a recording have to be in their "
            "order, those of several recordings told apart by a column `input`."
        )
    found.last = number
    rows.frames += 1
    seen = [face for face in faces if face.area >= 0]
    if not seen:
        rows.dropped["no face"] += 1
        return
    face = max(seen, key=lambda one: one.area)
    emotions = {name: value for name, value in face.features.items() if name in EMOTIONS}
    others = {name: value for name, value in face.features.items() if name not in EMOTIONS}
    landmarks = Landmarks(face.mesh, (0, 0), len(seen), rows.tracker)
    found.numbers.append(number)
    found.seconds.append(face.second)
    rows.add(0, landmarks, face.pose, emotions, None, others, score=face.score)  # stamps come when all are known


def _depth(mesh: F32, batch: pa.RecordBatch, layout: _Layout) -> Any:
    """By what each row's z has to be multiplied to be pixels of the picture, (n, 1) or 1."""
    if layout.side is None:
        return 1.0
    side = layout.numbers(batch, [layout.side])
    side[~(side > 0)] = np.nan  # a face without a box has no depth, and so no mesh
    if layout.interleaved:
        return side / _CROP
    with np.errstate(all="ignore"):
        faces = mesh[np.isfinite(mesh).all(axis=(1, 2))]
        spread = np.median(faces[:, :, 2].std(axis=1) / faces[:, :, 0].std(axis=1)) if len(faces) else 1.0
    return side if spread < _FLAT else 1.0


def _measured(mesh: F32) -> Pose:
    """The pose of a mesh of the image frame, from its anchors."""
    return pose_from_rotation(fit_similarity(mesh[list(ANCHORS)], start_anchors()).rotation)
