"""The faces of a recorded session, as they were stored, with the features that were stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from realtime.core.types import Identity, Landmarks
from realtime.detect.feature_sources import BlendshapeSource, InverseSource, NetworkSource
from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.compare.tracking import Tracked, outputs_of
from realtime.pipeline.face_changes import FaceChanges
from realtime.pipeline.summary import kind_of
from realtime.session import open as open_session
from realtime.session.read.rows import RecordedFrame


@dataclass(frozen=True, slots=True, eq=False)
class RecordedNeutral:
    """A neutral that a session has, in the frame of the model with which it was recorded."""

    identity: Identity
    model: int  # number of the recorded model
    pose_zero: str
    first_ns: int  # of the first row that has it, on the session's clock


@dataclass(frozen=True, slots=True, eq=False)
class StoredSession:
    """What a session has beside its rows."""

    tracked: Tracked
    person: str | None  # under whose name the neutral is kept
    neutral: RecordedNeutral | None  # the last one; frames before it are in no score
    marks: tuple[tuple[str, int], ...]  # events: their label, and when, on the session's clock


def stored_session(folder: Path, spool: Spool | None) -> StoredSession:
    """Read all rows, into `spool` unless their faces are found again. Rows that were excluded by hand are not valid.

    Raises SessionError.
    """
    with open_session(folder) as session:
        excluded, faces = session.excluded, FaceChanges()
        neutral: RecordedNeutral | None = None
        person: str | None = None
        trackers: dict[str, None] = {}
        stamps: list[int] = []
        known: set[int] = set()
        for row in range(len(session)):
            frame = session[row]
            seen = _seen(frame, row, faces, excluded=bool(excluded[row]))
            stamps.append(seen.stamp_ns)
            if frame.models and frame.landmarks is not None:
                trackers[frame.landmarks.tracker] = None
                first = frame.models[0]
                if first.identity is not None and (neutral is None or neutral.identity is not first.identity):
                    zero = session.place(row)[0].info.models[0].pose_zero
                    neutral = RecordedNeutral(first.identity, 0, zero, seen.stamp_ns)
                    info = first.identity.info
                    person = (info.person if info is not None else "") or person
                if seen.stamp_ns in known:  # live, a pair of face and emotions is shown until the next one comes
                    seen = replace(seen, valid=False, reasons=("shown before",))
                known.add(seen.stamp_ns)
            if spool is not None:
                spool.add(seen)
        marks = tuple(
            (mark.label, stamps[mark.start_frame])
            for mark in session.marks
            if mark.kind == "event" and mark.start_frame < len(stamps)
        )
        remarks = list(dict.fromkeys(session.notes))
        if len(trackers) > 1:
            remarks.append(f"its rows are of several trackers: {', '.join(trackers)}")
        return StoredSession(Tracked(next(iter(trackers), ""), 0, tuple(remarks)), person, neutral, marks)


def _seen(frame: RecordedFrame, row: int, faces: FaceChanges, *, excluded: bool) -> SeenFrame:
    landmarks, clock_ns = frame.landmarks, frame.time_ns - frame.stamp_ns
    if landmarks is None or not frame.models:
        return SeenFrame(frame.time_ns, row, reasons=("no face",) if landmarks is None else ("anchors degenerate",))
    first = frame.models[0]
    points = landmarks.points_px
    if first.stamp_ns != frame.stamp_ns:  # emotions came at their own rate: the face is that of an older frame
        with np.errstate(all="ignore"):  # a damaged scale
            points = first.aligned.canon_from_px.inverse().apply(first.aligned.mesh_canon.astype(np.float64))
    if not np.isfinite(points).all():
        return SeenFrame(frame.time_ns, row, reasons=("landmarks are no numbers",))
    reasons = tuple(map(kind_of, frame.reasons)) + (("excluded by hand",) if excluded else ())
    return SeenFrame(
        first.stamp_ns + clock_ns,
        row,
        points,
        first.aligned.pose.angles,
        valid=frame.valid and not excluded,
        reasons=reasons,
        warm_up=frame.warm_up,
        faces_seen=landmarks.faces_seen,
        face=faces.number(frame.track_id or 0, landmarks),
        measured=_measured(frame, landmarks),
    )


def _measured(frame: RecordedFrame, landmarks: Landmarks) -> dict[str, Mapping[str, float]]:
    """The features that were recorded, by their source; those fitted to the mesh are fitted again."""
    found: dict[str, Mapping[str, float]] = {}
    for model in frame.models:
        if model.features is not None and model.features.source != InverseSource.name:
            found.setdefault(model.features.source, {})
            found[model.features.source] = {**found[model.features.source], **model.features.values}
    if frame.network is not None and frame.network.stamp_ns == frame.models[0].stamp_ns:
        found[NetworkSource.name] = outputs_of(frame.network)
    if landmarks.blendshapes is not None and frame.models[0].stamp_ns == frame.stamp_ns:
        found[BlendshapeSource.name] = landmarks.blendshapes
    return found
