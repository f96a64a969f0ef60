"""The rows of one recording: of a video, through the same pipeline as in the mirror; of a session, as stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from realtime.capture import SourceOptions, open_source
from realtime.core.config import Config
from realtime.core.errors import FeatureError
from realtime.core.frame_result import Face
from realtime.core.types import POSE_ZERO, Frame, Identity
from realtime.dataset.face_rows import FaceRows
from realtime.dataset.rows import DETECTORV2, MEDIAPIPE, RecordingRows
from realtime.detect.appearance import APPEARANCE_COMMAND, AT_ONCE
from realtime.detect.feature_sources import LOOKING, InverseSource
from realtime.geometry import Aligner, CanonicalFrame
from realtime.model import BUILT_IN, load_model
from realtime.pipeline.build import Pipeline
from realtime.pipeline.face_changes import FaceChanges
from realtime.pipeline.face_units import FacesOf
from realtime.pipeline.summary import kind_of
from realtime.session import open as open_session
from realtime.session.read.rows import RecordedFrame

MeshSource = Literal["mediapipe", "pyfeat"]
NO_NETWORK = "no output of py-feat's network of its own"  # a reason for which a frame has no row


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a video are taken."""

    stride: int = 1  # every so many
    rate: float | None = None  # at most so many a second, by the stamps


def rows_of_video(
    path: Path,
    name: str,
    config: Config,
    sampling: Sampling,
    mesh: MeshSource = "mediapipe",
    faces: FacesOf = "largest",
) -> list[RecordingRows]:
    """Every frame of a video that shows a face within the models' range. Emotions come from a source that looks at the
    picture, never from the mesh that they shall predict.

    faces
        "largest", one recording of the largest face of each frame; "all", one of each face, see `FaceRows`.
    mesh
        "mediapipe", the tracker's, with the head pose that it shows; "pyfeat", that of py-feat's network with the pose
        of the same network, as in a table of its `Detectorv2`. Whether a frame is in range the tracker's mesh decides.

    Raises what opening and reading a source raise, and FeatureError where there is no such source of emotions.
    """
    with Pipeline.from_config(config, [load_model(BUILT_IN)]) as pipeline:
        pipeline.predictors[0].features_only = True
        source = pipeline.predictors[0].source.name
        if source == InverseSource.name:
            raise FeatureError(
                f"{path.name}: there are no emotions but those fitted to the mesh, from which nothing can be learned "
                f"of it. `{APPEARANCE_COMMAND}` installs a classifier of the picture; py-feat's network is another "
                "source."
            )
        if mesh == "pyfeat" and source != "pyfeat":
            raise FeatureError(f"{path.name}: py-feat's mesh comes of its network, which is not the source here.")
        whose = DETECTORV2 if mesh == "pyfeat" else MEDIAPIPE
        found = RecordingRows(name, tracker=pipeline.tracker.name, mesh=whose, emotions_from=source)
        each, changes = FaceRows(found), FaceChanges()
        add = _add_network if mesh == "pyfeat" else _add
        with open_source(path, SourceOptions.from_config(config.source)) as opened:
            for result in pipeline.run(_sampled(opened, sampling), AT_ONCE):
                if faces == "all":
                    each.frame(len(result.faces))
                    for face in result.faces:
                        add(each.of(face.track_id, result.stamp, still=face.still), result.stamp, face, face.track_id)
                    continue
                found.frames += 1
                if result.face is None or result.aligned is None:
                    found.dropped["no face"] += 1
                else:
                    number = changes.number(result.face.track_id, result.face.landmarks)
                    add(found, result.stamp, result.face, number)
    return each.recordings() if faces == "all" else [found]


def _usable(found: RecordingRows, face: Face) -> bool:
    """Whether a face is in range; it is counted where it is not."""
    validity = face.estimate.validity
    if face.estimate.aligned is not None and validity.ok:
        return True
    found.dropped.update({kind_of(reason) for reason in validity.reasons} or {"no face"})
    return False


def _add(found: RecordingRows | None, stamp_ns: int, face: Face, number: int) -> None:
    if found is None or not _usable(found, face):
        return
    estimate = face.estimate
    given = estimate.features
    emotions = given.values if given is not None and given.source in LOOKING else None
    assert estimate.aligned is not None
    found.add(stamp_ns, face.landmarks, estimate.aligned.pose, emotions, estimate.network, face=number)


def _add_network(found: RecordingRows | None, stamp_ns: int, face: Face, number: int) -> None:
    """The mesh and the pose of py-feat's network."""
    if found is None or not _usable(found, face):
        return
    network, given = face.estimate.network, face.estimate.features
    if network is None or given is None or given.source not in LOOKING:
        found.dropped[NO_NETWORK] += 1
        return
    landmarks = replace(face.landmarks, points_px=network.mesh_px)
    found.add(stamp_ns, landmarks, network.pose, given.values, network, face=number)


def rows_of_session(
    folder: Path, name: str, mesh: MeshSource = "mediapipe", faces: FacesOf = "largest"
) -> list[RecordingRows]:
    """The valid rows of a recorded session that were not excluded; its emotions where they were not fitted to the mesh.

    Head poses that an earlier program measured from another zero are measured again, so that a data set has one zero.
    `faces` are the chosen one of each row ("largest") or all, as in `rows_of_video`. Raises SessionError.
    """
    found = RecordingRows(name, mesh=DETECTORV2 if mesh == "pyfeat" else MEDIAPIPE)
    each, changes = FaceRows(found), FaceChanges()
    model = load_model(BUILT_IN)
    align = Aligner(model.anchors, CanonicalFrame.of(model.mean_mesh), model.anchor_indices)
    with open_session(folder) as session:
        excluded = session.excluded
        asked_ns: dict[int | None, int] = {}  # by track
        for row in range(len(session)):
            frame = session[row]
            again = align if session.place(row)[0].info.models[0].pose_zero != POSE_ZERO else None
            if faces == "all":
                there = [one for one in (frame, *frame.others) if one.landmarks is not None and one.models]
                each.frame(len(there))
                for one in there:
                    track_id = one.track_id or 0
                    rows = each.of(track_id, one.stamp_ns, still=one.still)
                    _add_recorded(rows, one, track_id, mesh, again, asked_ns, excluded=bool(excluded[row]))
                continue
            found.frames += 1
            if frame.landmarks is None or not frame.models:
                found.dropped["no face"] += 1
                continue
            number = changes.number(frame.track_id or 0, frame.landmarks)
            _add_recorded(found, frame, number, mesh, again, asked_ns, excluded=bool(excluded[row]))
    return each.recordings() if faces == "all" else [found]


def _add_recorded(
    found: RecordingRows | None,
    frame: RecordedFrame,
    number: int,
    mesh: MeshSource,
    again: Aligner | None,
    asked_ns: dict[int | None, int],
    *,
    excluded: bool,
) -> None:
    """Add a recorded face, whose pose is measured by `again` where it is given; `asked_ns` has the stamp of the newest
    output of py-feat's network that was added, by track.
    """
    if found is None:
        return
    if excluded:
        found.dropped["excluded"] += 1
        return
    if not frame.valid:
        found.dropped.update({kind_of(reason) for reason in frame.reasons})
        return
    first, landmarks = frame.models[0], frame.landmarks
    assert landmarks is not None
    given, pose = first.features, first.aligned.pose
    if mesh == "pyfeat":
        if frame.network is None or frame.network.stamp_ns == asked_ns.get(frame.track_id):
            found.dropped[NO_NETWORK] += 1  # live it is shown until the next
            return
        asked_ns[frame.track_id] = frame.network.stamp_ns
        pose, landmarks = frame.network.pose, replace(landmarks, points_px=frame.network.mesh_px)
    elif again is not None:
        aligned = again(landmarks.points_px)
        pose = pose if aligned is None else aligned.pose
    emotions = given.values if given is not None and given.source in LOOKING else None
    found.tracker = found.tracker or landmarks.tracker
    found.emotions_from = found.emotions_from or (given.source if given is not None and emotions else "")
    found.person = found.person or _person(first.identity)
    found.add(frame.stamp_ns, landmarks, pose, emotions, frame.network, face=number)


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
