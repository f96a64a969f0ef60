"""The stages of a replay: landmarks and the outputs of networks as they were recorded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np

from realtime.core.run_report import AppearanceReport, RecordedNetworkReport
from realtime.core.types import FOR_APPEARANCE, AppearanceOutput, Array, Frame, Landmarks
from realtime.core.wording import APPEARANCE_ABILITY
from realtime.detect import Tracker, largest_face
from realtime.detect.feature_sources import AppearanceSource
from realtime.geometry import is_implausible
from realtime.pipeline.appearance import AppearanceOutputs
from realtime.pipeline.face_aligner import FaceAligner
from realtime.pipeline.network_sync import Matched, Observation
from realtime.pipeline.predictor import Predictor
from realtime.pipeline.replay.recorded_choice import matching
from realtime.pipeline.replay.recorded_frames import RecordedRows, ReplayFrames
from realtime.session import Session
from realtime.session.read.rows import RecordedFrame
from realtime.session.schema import AppearanceInfo, PartInfo

_BACK_ROWS = 4096  # an output of the network belongs to a face that is a little older, never by more than this
_FOUND_ROWS = 256  # faces that were found again and are kept for the network's outputs on them


class RecordedTracker:
    """A `Tracker` that gives the landmarks that were recorded."""

    def __init__(self, rows: RecordedRows, info: PartInfo) -> None:
        self._rows = rows
        self.name = info.tracker
        self.blendshapes = info.blendshapes

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """The recorded faces, the chosen one first."""
        recorded = self._rows.of(frame)
        return [one.landmarks for one in (recorded, *recorded.others) if one.landmarks is not None]

    def close(self) -> None:
        """There is nothing to free."""


class RedetectingTracker:
    """A `Tracker` that detects the faces again, and keeps the newest of them by their rows."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.name = tracker.name
        self.blendshapes = tracker.blendshapes
        self._found: OrderedDict[int | None, list[Landmarks]] = OrderedDict()

    def track_all(self, frame: Frame) -> list[Landmarks]:
        """The faces in the picture of a row."""
        faces = self._found[frame.row] = self._tracker.track_all(frame)
        if len(self._found) > _FOUND_ROWS:
            self._found.popitem(last=False)
        return faces

    def found(self, frame: Frame, recorded: RecordedFrame) -> Landmarks | None:
        """A recorded face as it was found in a frame a little earlier; the largest one where it was not recorded."""
        faces = self._found.get(frame.row, [])
        if recorded.landmarks is None:
            return largest_face(faces)
        places = matching([recorded.landmarks], faces)
        return next((face for face, place in zip(faces, places, strict=True) if place == 0), None)

    def close(self) -> None:
        """Free the tracker."""
        self._tracker.close()


class RowsByFrame(Protocol):
    """The recorded rows of the frames that were made of them."""

    def face(self, frame: Frame, track_id: int) -> RecordedFrame:
        """The row of a face of a frame."""
        ...

    def face_at(self, frame: Frame, landmarks: Landmarks) -> RecordedFrame:
        """The row of the face of a frame that has these landmarks."""
        ...


class RecordedPlausibility:
    """`FacePlausibility` as it was recorded: it depends on the picture, of which no or a compressed copy is kept."""

    def __init__(self, rows: RowsByFrame) -> None:
        self._rows = rows

    def reasons(self, frame: Frame, landmarks: Landmarks) -> tuple[str, ...]:
        """What was recorded of the face."""
        return tuple(filter(is_implausible, self._rows.face_at(frame, landmarks).reasons))


class RecordedAppearance:
    """`AppearanceOutputs` as they were recorded, and why there were none."""

    def __init__(self, rows: RowsByFrame, info: AppearanceInfo) -> None:
        self._rows, self._info = rows, info

    def read(self, seen: Observation, shown: Frame) -> AppearanceOutput:
        """The recorded features of a model that the classifier drove, or why there were none."""
        row = self._rows.face(shown, seen.track_id)
        for model in row.models:
            if model.features is not None and model.features.source == AppearanceSource.name:
                return AppearanceOutput(model.features.values)
        reasons = [reason for reason in row.reasons if FOR_APPEARANCE in reason]
        return AppearanceOutput(None, reasons[0] if reasons else f"no output {FOR_APPEARANCE} was recorded")

    def read_ahead(self, faces: Sequence[Observation]) -> None:
        """They are read already."""

    def report(self) -> AppearanceReport:
        """The classifier of the recording."""
        return AppearanceReport(
            package=self._info.package, sha256=self._info.sha256 or "", runtime="recorded",
            ability=APPEARANCE_ABILITY[0],
        )  # fmt: skip


class AppearanceInPictures:
    """`AppearanceOutputs` computed from the recorded pictures, for a session that has none of its own."""

    def __init__(self, classifier: AppearanceOutputs) -> None:
        self._classifier = classifier

    def read(self, seen: Observation, shown: Frame) -> AppearanceOutput:
        """The emotions in the picture of a row, or why there are none."""
        if not _has_picture(seen):
            return AppearanceOutput(None, f"no picture was recorded {FOR_APPEARANCE}")
        return self._classifier.read(seen, shown)

    def read_ahead(self, faces: Sequence[Observation]) -> None:
        """Read those that have a picture."""
        self._classifier.read_ahead([seen for seen in faces if _has_picture(seen)])

    def report(self) -> AppearanceReport:
        """The classifier."""
        return self._classifier.report()


def _has_picture(seen: Observation) -> bool:
    """A row without a picture is replayed with one of a single color."""
    return bool(seen.frame.image.size) and bool((seen.frame.image != seen.frame.image[0, 0]).any())


class RecordedNetwork:
    """`NetworkOutputs` that match as it was recorded: each output with the face with which it was recorded."""

    ahead = 1
    reason = ""
    answers = True

    def __init__(self, session: Session, rows: RecordedRows, predictors: Sequence[Predictor], tracker: Tracker) -> None:
        """`tracker` is that of the replay: it knows the faces of older rows where they were found again."""
        self._rows = rows
        self._frames = ReplayFrames(session, rows, pictures=False)
        self._aligner = FaceAligner(predictors)
        self._redetected = tracker if isinstance(tracker, RedetectingTracker) else None
        self._stamps: Array = np.concatenate([part.table.numbers("stamp_ns") for part in session.parts])

    def report(self, sync: Literal["pair", "latest"]) -> RecordedNetworkReport:
        """Where its outputs come from; `sync` is how they are shown."""
        return RecordedNetworkReport.shown_as(sync)

    def match_newest(self, faces: Sequence[Observation]) -> list[Matched]:
        """The outputs that were recorded, each with the face with which it was shown."""
        return list(map(self.finish, faces))

    def submit(self, seen: Observation) -> None:
        """There is nothing to submit."""

    def finish(self, seen: Observation) -> Matched:
        """The output that was recorded, and the face with which it was shown; of a file that of its own frame."""
        recorded = self._rows.face(seen.frame, seen.track_id)
        if not seen.aligned or not recorded.models:
            return Matched(seen)
        if recorded.network is None:
            sources = [None if model.features is None else model.features.source for model in recorded.models]
            return Matched(seen, pending=None in sources and "inverse" not in sources)
        face_ns = recorded.models[0].stamp_ns
        return Matched(seen if face_ns == recorded.stamp_ns else self._older(seen, face_ns), recorded.network)

    def close(self) -> None:
        """There is nothing to unblock."""

    def _older(self, seen: Observation, face_ns: int) -> Observation:
        """The face of which an output was: that of the newest row before with its stamp."""
        row = seen.frame.row or 0
        first = max(0, row - _BACK_ROWS)
        rows = np.flatnonzero(self._stamps[first:row] == face_ns)
        frame = self._frames.bare(first + int(rows[-1])) if len(rows) else None
        landmarks = None
        if frame is not None:
            found, recorded = self._redetected, self._rows.face(frame, seen.track_id)
            landmarks = recorded.landmarks if found is None else found.found(frame, recorded)
        if landmarks is None and self._redetected is None:  # from before the recording, or dropped by it
            frame, landmarks = replace(seen.frame, stamp_ns=face_ns), self._as_aligned(seen)
        if frame is None or landmarks is None:
            return seen
        aligned = self._aligner.align(landmarks.points_px)
        return replace(seen, frame=frame, landmarks=landmarks, aligned=aligned)

    def _as_aligned(self, seen: Observation) -> Landmarks:
        """The landmarks of an older face, out of what was recorded of its alignment."""
        aligned = self._rows.face(seen.frame, seen.track_id).models[0].aligned
        points_px = aligned.canon_from_px.inverse().apply(aligned.mesh_canon.astype(np.float64))
        return replace(seen.landmarks, points_px=points_px, blendshapes=None)
