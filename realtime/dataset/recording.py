"""The rows of one recording: of a video, through the same pipeline as in the mirror; of a session, as stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from realtime.capture import SourceOptions, open_source
from realtime.core.config import Config
from realtime.core.errors import FeatureError
from realtime.core.types import EMOTIONS, POSE_ZERO, FloatArray, Frame, Identity, Landmarks, NetworkOutput, Pose
from realtime.detect.appearance import APPEARANCE_COMMAND
from realtime.detect.feature_sources import LOOKING, InverseSource
from realtime.geometry import Aligner
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS, CanonicalFrame
from realtime.model import BUILT_IN, load_model
from realtime.pipeline.build import Pipeline
from realtime.pipeline.summary import kind_of
from realtime.session import open as open_session

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a video are taken."""

    stride: int = 1  # every so many
    rate: float | None = None  # at most so many a second, by the stamps


@dataclass(slots=True, eq=False)
class RecordingRows:
    """The rows of a recording, column by column, and what there is to say of it."""

    name: str
    person: str | None = None
    tracker: str = ""
    emotions_from: str = ""
    frames: int = 0  # that were looked at
    dropped: Counter[str] = field(default_factory=Counter)  # frames without a row, by reason
    stamps: list[int] = field(default_factory=list)
    meshes: list[FloatArray] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    features: list[dict[str, float]] = field(default_factory=list)

    def add(
        self,
        stamp_ns: int,
        landmarks: Landmarks,
        pose: Pose,
        emotions: Mapping[str, float] | None,
        network: NetworkOutput | None,
        others: Mapping[str, float] | None = None,
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

    def columns(self) -> tuple[str, ...]:
        """Names of the features, in the order in which they first came."""
        return tuple(dict.fromkeys(name for row in self.features for name in row if name != "_neutral"))

    def table(self, columns: tuple[str, ...]) -> pa.Table:
        """The rows with these features, NaN where there are none."""
        import pyarrow as pa

        count = len(self.meshes)
        mesh = np.stack(self.meshes) if count else np.zeros((0, 478, 3), np.float32)
        across = np.linalg.norm(mesh[:, LEFT_OUTER_CANTHUS] - mesh[:, RIGHT_OUTER_CANTHUS], axis=1)
        angles = np.array([pose.angles for pose in self.poses], np.float32).reshape(count, 3)
        cells = {
            "recording": pa.array([self.name] * count, pa.string()),
            "person": pa.array([self.person] * count, pa.string()),
            "stamp_ns": pa.array(self.stamps, pa.int64()),
            "mesh": pa.FixedSizeListArray.from_arrays(pa.array(mesh.reshape(-1)), 3 * 478),
            **{name: pa.array(angles[:, at]) for at, name in enumerate(("pitch", "yaw", "roll"))},
            **{name: pa.array([row.get(name, np.nan) for row in self.features], pa.float32()) for name in columns},
            "face_px": pa.array(across.astype(np.float32)),
        }
        return pa.table(cells)


def rows_of_video(path: Path, name: str, config: Config, sampling: Sampling) -> RecordingRows:
    """Every frame of a video that shows a face within the models' range. Emotions come from a source that looks at the
    picture, never from the mesh that they shall predict.

    Raises what opening and reading a source raise, and FeatureError where there is no such source of emotions.
    """
    with Pipeline.from_config(config, [load_model(BUILT_IN)]) as pipeline:
        source = pipeline.predictors[0].source.name
        if source == InverseSource.name:
            raise FeatureError(
                f"{path.name}: there are no emotions but those fitted to the mesh, from which nothing can be learned "
                f"of it. `{APPEARANCE_COMMAND}` installs a classifier of the picture; py-feat's network is another "
                "source."
            )
        found = RecordingRows(name, tracker=pipeline.tracker.name, emotions_from=source)
        with open_source(path, SourceOptions.from_config(config.source)) as opened:
            for result in pipeline.run(_sampled(opened, sampling)):
                found.frames += 1
                if result.landmarks is None or result.aligned is None:
                    found.dropped["no face"] += 1
                elif not result.validity.ok:
                    found.dropped.update({kind_of(reason) for reason in result.validity.reasons})
                else:
                    given = result.features
                    emotions = given.values if given is not None and given.source in LOOKING else None
                    found.add(result.frame.stamp_ns, result.landmarks, result.aligned.pose, emotions, result.network)
    return found


def rows_of_session(folder: Path, name: str) -> RecordingRows:
    """The valid rows of a recorded session that were not excluded; its emotions where they were not fitted to the mesh.

    Head poses that an earlier program measured from another zero are measured again, so that a data set has one zero.
    Raises SessionError.
    """
    found = RecordingRows(name)
    model = load_model(BUILT_IN)
    align = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    with open_session(folder) as session:
        excluded = session.excluded
        for row in range(len(session)):
            frame = session[row]
            found.frames += 1
            if frame.landmarks is None or not frame.models:
                found.dropped["no face"] += 1
            elif excluded[row]:
                found.dropped["excluded"] += 1
            elif not frame.valid:
                found.dropped.update({kind_of(reason) for reason in frame.reasons})
            else:
                first = frame.models[0]
                given, pose = first.features, first.aligned.pose
                if session.place(row)[0].info.models[0].pose_zero != POSE_ZERO:
                    again = align(frame.landmarks.points_px)
                    pose = pose if again is None else again.pose
                emotions = given.values if given is not None and given.source in LOOKING else None
                found.tracker = found.tracker or frame.landmarks.tracker
                found.emotions_from = found.emotions_from or (given.source if given is not None and emotions else "")
                found.person = found.person or _person(first.identity)
                found.add(frame.stamp_ns, frame.landmarks, pose, emotions, frame.network)
    return found


def _person(identity: Identity | None) -> str | None:
    """The name under which the neutral face is kept."""
    return (identity.info.person if identity is not None and identity.info is not None else "") or None


def _sampled(frames: Iterable[Frame], sampling: Sampling) -> Iterator[Frame]:
    """Every so many frames, and no more a second than asked for."""
    due_ns: int | None = None
    for frame in frames:
        if frame.index % sampling.stride:
            continue
        if sampling.rate is not None:
            if due_ns is not None and frame.stamp_ns < due_ns:
                continue
            step = round(1e9 / sampling.rate)
            due_ns = max(due_ns + step, frame.stamp_ns) if due_ns is not None else frame.stamp_ns + step
        yield frame
