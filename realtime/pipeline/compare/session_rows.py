"""The faces of a recorded session, as they were stored, with the features that were stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from realtime.core.types import Identity, Landmarks
from realtime.detect.feature_sources import BlendshapeSource, InverseSource, NetworkSource
from realtime.pipeline.compare.face_spools import FaceSpools
from realtime.pipeline.compare.spool import SeenFrame, Spool
from realtime.pipeline.compare.tracking import Tracked, outputs_of
from realtime.pipeline.face_changes import FaceChanges
from realtime.pipeline.face_units import STILL
from realtime.pipeline.summary import kind_of
from realtime.session import Session
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
        reading, excluded, changes = _FaceReading(session), session.excluded, FaceChanges()
        for row in range(len(session)):
            seen = reading.read(session[row], row, changes, excluded=bool(excluded[row]))
            if spool is not None:
                spool.add(seen)
        return reading.stored(_marks(session))


def stored_faces(folder: Path, spools: FaceSpools) -> dict[int, StoredSession]:
    """Read all rows of all faces, each into a spool of its own; what the session has beside them, by track ids.

    Raises SessionError.
    """
    with open_session(folder) as session:
        readings: dict[int, _FaceReading] = {}
        excluded = session.excluded
        for row in range(len(session)):
            frame = session[row]
            for one in (frame, *frame.others):
                if one.landmarks is None:
                    continue
                track_id = one.track_id or 0
                reading = readings.setdefault(track_id, _FaceReading(session))
                seen = reading.read(one, row, None, excluded=bool(excluded[row]))
                spools.add(track_id, seen if not one.still else replace(seen, valid=False, reasons=(STILL,)))
        marks = _marks(session)
        return {track_id: reading.stored(marks) for track_id, reading in readings.items()}


def session_marks(folder: Path) -> StoredSession:
    """A session whose faces are found again in its pictures: its events alone. Raises SessionError."""
    with open_session(folder) as session:
        return _FaceReading(session).stored(_marks(session))


def _marks(session: Session) -> tuple[tuple[str, int], ...]:
    """Labels and times of the events, on the session's clock."""
    return tuple(
        (mark.label, _shown_ns(session[mark.start_frame]))
        for mark in session.marks
        if mark.kind == "event" and mark.start_frame < len(session)
    )


class _FaceReading:
    """What the rows of one face say beside the face itself."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._neutral: RecordedNeutral | None = None
        self._person: str | None = None
        self._trackers: dict[str, None] = {}
        self._known: set[int] = set()  # stamps that were there

    def read(self, frame: RecordedFrame, row: int, changes: FaceChanges | None, *, excluded: bool) -> SeenFrame:
        """The face of the next row, numbered by `changes`, else by its track."""
        seen = _seen(frame, row, changes, excluded=excluded)
        if frame.models and frame.landmarks is not None:
            self._trackers[frame.landmarks.tracker] = None
            first = frame.models[0]
            before = None if self._neutral is None else self._neutral.identity
            if first.identity is not None and (before is None or not _is_same(before, first.identity)):
                zero = self._session.place(row)[0].info.models[0].pose_zero
                self._neutral = RecordedNeutral(first.identity, 0, zero, seen.stamp_ns)
                info = first.identity.info
                self._person = (info.person if info is not None else "") or self._person
            if seen.stamp_ns in self._known:  # live, a pair of face and emotions is shown until the next one comes
                seen = replace(seen, valid=False, reasons=("shown before",))
            self._known.add(seen.stamp_ns)
        return seen

    def stored(self, marks: tuple[tuple[str, int], ...]) -> StoredSession:
        """All of it, after the last row."""
        remarks = list(dict.fromkeys(self._session.notes))
        if len(self._trackers) > 1:
            remarks.append(f"its rows are of several trackers: {', '.join(self._trackers)}")
        tracked = Tracked(next(iter(self._trackers), ""), 0, tuple(remarks))
        return StoredSession(tracked, self._person, self._neutral, marks)


def _is_same(one: Identity, other: Identity) -> bool:
    """Whether it is one neutral: it is stored again where a part begins, or where its face becomes another's other."""
    if one is other:
        return True
    if (one.response is None) != (other.response is None):
        return False
    same = np.array_equal(one.neutral_canon, other.neutral_canon)
    if one.response is not None and other.response is not None:
        same = same and np.array_equal(one.response.slopes_canon, other.response.slopes_canon)
    return bool(same)


def _shown_ns(frame: RecordedFrame) -> int:
    """When the picture was taken whose face a row shows, on the session's clock."""
    if frame.landmarks is None or not frame.models:
        return frame.time_ns
    return frame.models[0].stamp_ns + frame.time_ns - frame.stamp_ns


def _seen(frame: RecordedFrame, row: int, changes: FaceChanges | None, *, excluded: bool) -> SeenFrame:
    landmarks = frame.landmarks
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
        _shown_ns(frame),
        row,
        points,
        first.aligned.pose.angles,
        valid=frame.valid and not excluded,
        reasons=reasons,
        warm_up=frame.warm_up,
        faces_seen=landmarks.faces_seen,
        face=(frame.track_id or 0) if changes is None else changes.number(frame.track_id or 0, landmarks),
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
