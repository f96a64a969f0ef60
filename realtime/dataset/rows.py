"""The rows of one recording, as they become a part of a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from realtime.core.types import EMOTIONS, N_LANDMARKS, FloatArray, Landmarks, NetworkOutput, Pose
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS

if TYPE_CHECKING:
    import pyarrow as pa

MEDIAPIPE, DETECTORV2, MPDETECTOR = "mediapipe", "pyfeat Detectorv2", "mediapipe (pyfeat MPDetector)"  # whose mesh


@dataclass(slots=True, eq=False)
class RecordingRows:
    """The rows of a recording, column by column, and what there is to say of it."""

    name: str
    person: str | None = None
    tracker: str = ""
    mesh: str = MEDIAPIPE
    emotions_from: str = ""
    frames: int = 0  # that were looked at
    dropped: Counter[str] = field(default_factory=Counter)  # frames without a row, by reason
    stamps: list[int] = field(default_factory=list)
    meshes: list[FloatArray] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    features: list[dict[str, float]] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)  # of the face detector; None where it gives none
    faces: list[int] = field(default_factory=list)  # which face of the recording, see `FaceChanges`
    tracks: bool = False  # they are track ids, see `FaceRows`

    def add(
        self,
        stamp_ns: int,
        landmarks: Landmarks,
        pose: Pose,
        emotions: Mapping[str, float] | None,
        network: NetworkOutput | None,
        others: Mapping[str, float] | None = None,
        *,
        score: float | None = None,
        face: int = 0,
    ) -> None:
        """Add the face of a frame, with all features that there are; `others` are action units and blendshapes."""
        found = dict.fromkeys(EMOTIONS, np.nan) | dict(emotions or {})
        if network is not None:
            found |= network.action_units
        found |= (network.blendshapes if network is not None else None) or landmarks.blendshapes or {}
        found |= others or {}
        self.stamps.append(stamp_ns)
        self.meshes.append(np.asarray(landmarks.points_px, np.float32))
        self.poses.append(pose)
        self.features.append(found)
        self.scores.append(score)
        self.faces.append(face)

    @property
    def several_faces(self) -> bool:
        """Whether its rows are of more than one face."""
        return len(set(self.faces)) > 1

    def columns(self) -> tuple[str, ...]:
        """Names of the features, in the order in which they first came."""
        return tuple(dict.fromkeys(name for row in self.features for name in row if name != "_neutral"))

    def table(self, columns: tuple[str, ...], *, faces: bool) -> pa.Table:
        """The rows with these features, NaN where there are none; with the column of faces, if asked for."""
        import pyarrow as pa

        count = len(self.meshes)
        mesh = np.stack(self.meshes) if count else np.zeros((0, N_LANDMARKS, 3), np.float32)
        across = np.linalg.norm(mesh[:, LEFT_OUTER_CANTHUS] - mesh[:, RIGHT_OUTER_CANTHUS], axis=1)
        angles = np.array([pose.angles for pose in self.poses], np.float32).reshape(count, 3)
        cells = {
            "recording": pa.array([self.name] * count, pa.string()),
            "person": pa.array([self.person] * count, pa.string()),
            "stamp_ns": pa.array(self.stamps, pa.int64()),
            "mesh": pa.FixedSizeListArray.from_arrays(pa.array(mesh.reshape(-1)), 3 * N_LANDMARKS),
            **{name: pa.array(angles[:, at]) for at, name in enumerate(("pitch", "yaw", "roll"))},
            **{name: pa.array([row.get(name, np.nan) for row in self.features], pa.float32()) for name in columns},
            "face_px": pa.array(across.astype(np.float32)),
            "score": pa.array(self.scores, pa.float32()),
        }
        if faces:
            cells["face"] = pa.array(self.faces, pa.int32())
        return pa.table(cells)
