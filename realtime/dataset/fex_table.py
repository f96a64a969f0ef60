"""The rows of a Fex of py-feat (CSV), so that what was detected already need not be detected again.

Two detectors of py-feat write meshes, and each leaves their depth in a scale of its own:

* `Detectorv2`: mesh_x_0 ... mesh_x_477, then mesh_y_, then mesh_z_. x and y are pixels of the picture, z is a share of
  the side of the square crop (`_mesh_to_original_frame`), which is FaceRectWidth.
* `MPDetector`: x_0, y_0, z_0, x_1 ... x and y are pixels of the picture, z is pixels of the crop of 256 x 256. What it
  calls pitch, roll and yaw has other signs and axes than `Detectorv2`; the pose is measured on the mesh instead.

Where a mesh_z_ already has the scale of mesh_x_, since somebody has mended it, it is taken as it is. What this program
exports is refused: the session itself knows whether its emotions were fitted to the mesh.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from realtime.core.errors import SourceError
from realtime.core.types import EMOTIONS, N_LANDMARKS, Landmarks, Pose
from realtime.dataset.alignment import start_anchors
from realtime.dataset.recording import RecordingRows
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.geometry import ANCHORS, fit_similarity, pose_from_rotation
from realtime.model.names import canonical_name, family_of, is_emotion

if TYPE_CHECKING:
    import pyarrow as pa

F32 = npt.NDArray[np.float32]

_CROP = 256  # pixels, of MPDetector
_FLAT = 0.02  # spread of z over that of x below which z is in another unit; a face has 0.3 to 0.6
_BLENDSHAPES = {name.lower(): name for name in BLENDSHAPES}
_SIDE = "FaceRectWidth"
_OWN = "emotion_pyfeat"  # a column that no detector of py-feat writes


def rows_of_fex(path: Path, name: str) -> RecordingRows:
    """Every row of a Fex with a mesh. Raises SourceError where it cannot be read or has none."""
    import pyarrow as pa
    import pyarrow.csv as csv

    found = RecordingRows(name, emotions_from="pyfeat")
    try:
        with csv.open_csv(path, csv.ReadOptions(block_size=1 << 24)) as reader:
            layout = _Layout(path, reader.schema.names)
            found.tracker = layout.detector
            for batch in reader:
                _add(found, batch, layout)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: cannot be read as a table of a Fex ({str(error)[:200]}).") from error
    return found


class _Layout:
    """Which columns hold what."""

    def __init__(self, path: Path, columns: list[str]) -> None:
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
                "and MPDetector write such tables."
            )
        self.detector = "pyfeat MPDetector" if self.interleaved else "pyfeat Detectorv2"
        self.pose = () if self.interleaved else tuple(column for column in ("Pitch", "Yaw", "Roll") if column in there)
        self.side = _SIDE if _SIDE in there else None
        if self.interleaved and self.side is None:
            raise SourceError(f"{path}: the depth of MPDetector's mesh has the scale of the crop; {_SIDE} is missing.")
        self.time = "frame" if "frame" in there else None
        self.features = {column: named for column in columns if (named := _feature(column)) is not None}


def _feature(column: str) -> str | None:
    """The name of a column's feature in a data set; None for other columns."""
    if is_emotion(column):
        return canonical_name(column)
    if family_of([column]) == "au":
        return canonical_name(column).upper()
    return _BLENDSHAPES.get(column.lower())


def _add(found: RecordingRows, batch: pa.RecordBatch, layout: _Layout) -> None:
    mesh = _numbers(batch, layout.mesh).reshape(-1, N_LANDMARKS, 3)
    mesh[:, :, 2] *= _depth(mesh, batch, layout)
    features = _numbers(batch, list(layout.features))
    names = list(layout.features.values())
    angles = _numbers(batch, list(layout.pose)) if len(layout.pose) == 3 else None
    times = None if layout.time is None else _numbers(batch, [layout.time])[:, 0]
    for row, one in enumerate(mesh):
        found.frames += 1
        if not np.isfinite(one).all():
            found.dropped["no face"] += 1
            continue
        pose = _measured(one) if angles is None else Pose(*(float(angle) for angle in angles[row]))
        stamp = found.frames - 1 if times is None or not np.isfinite(times[row]) else round(float(times[row]) * 1e6)
        given = dict(zip(names, (float(value) for value in features[row]), strict=True))
        emotions = {name: value for name, value in given.items() if name in EMOTIONS}
        landmarks = Landmarks(one, (0, 0), 1, layout.detector)
        found.add(stamp, landmarks, pose, emotions, None, {k: v for k, v in given.items() if k not in EMOTIONS})


def _depth(mesh: F32, batch: pa.RecordBatch, layout: _Layout) -> Any:
    """By what each row's z has to be multiplied to be pixels of the picture, (n, 1) or 1."""
    if layout.side is None:
        return 1.0
    side = _numbers(batch, [layout.side])
    if layout.interleaved:
        return side / _CROP
    with np.errstate(all="ignore"):
        spread = np.nanmedian(np.nanstd(mesh[:, :, 2], axis=1) / np.nanstd(mesh[:, :, 0], axis=1))
    return side if spread < _FLAT else 1.0


def _measured(mesh: F32) -> Pose:
    """The pose of a mesh of the image frame, from its anchors."""
    return pose_from_rotation(fit_similarity(mesh[list(ANCHORS)], start_anchors()).rotation)


def _numbers(batch: pa.RecordBatch, columns: list[str]) -> F32:
    found = np.empty((batch.num_rows, len(columns)), np.float32)
    for at, column in enumerate(columns):
        values = batch.column(column)
        try:
            found[:, at] = values.to_numpy(zero_copy_only=False).astype(np.float32)
        except (TypeError, ValueError) as error:
            raise SourceError(f"the column {column} holds something else than numbers ({values.type}).") from error
    return found
