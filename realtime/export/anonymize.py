"""A session without the picture and without the subject's own face.

The identity offset, what the subject's face at rest differs by from the model's, is taken out of every observed face,
and the landmarks are put back into the picture from there; all that follows is computed anew from those landmarks, so
that no number of the new session knows more than they do. What stays: expressions, head motion, where and how large the
face was, what py-feat's network said of it without its mesh, and the times between the frames.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.progress import Progress, no_progress
from realtime.core.stopwatch import Stopwatch
from realtime.core.stream_counts import StreamCounts
from realtime.core.types import (
    N_LANDMARKS,
    Aligned,
    Array,
    ByteArray,
    Estimate,
    Face,
    Features,
    FloatArray,
    Frame,
    FrameResult,
    Landmarks,
    ModelResult,
    NetworkOutput,
)
from realtime.detect.feature_sources import FaceObservation, InverseSource
from realtime.export.new_session import new_session, write_marks
from realtime.export.tables.selection import Selection
from realtime.geometry import interquartile_mean
from realtime.model import LinearMeshModel
from realtime.pipeline.predictor import Predictor, frame_map
from realtime.pipeline.replay.recorded_models import recorded_models
from realtime.session.columns.network_fields import NETWORK_FIELDS
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import Privacy
from realtime.session.columns.table_columns import table_columns
from realtime.session.folder import PartSummary, SessionInfo, stream_path
from realtime.session.read.part import SessionPart
from realtime.session.read.rows import RecordedFrame, RecordedModel
from realtime.session.schema import PartInfo, named
from realtime.session.table import TableWriter

NAME = "anonymous"
_NO_PICTURE: ByteArray = np.empty((0, 0, 3), np.uint8)
_MOST_FACES = 2000  # of a session, from which a face at rest is averaged
# Settings that say how it was computed; all others may name files, cameras or people.
_KEPT = {
    "detect": ("emotion", "sync", "pose_source", "min_canthal_px"),
    "model": ("pose", "max_yaw_deg", "max_pitch_deg", "max_anchor_residual"),
}


def anonymised(selection: Selection, wanted: Path, progress: Progress = no_progress) -> tuple[Path, dict[str, int]]:
    """Write the rows as a new session; its folder, and how many faces had which offset taken out: "calibrated" or
    "session mean".

    Raises UsageError, RecordError, SessionError and ModelFileError where a model that was recorded with is not here.
    """
    origin_ns = int(selection.parts[0][0].times[selection.parts[0][1]])
    offsets: Counter[str] = Counter()
    done = 0
    with new_session(wanted) as new:
        for number, (part, first, count) in enumerate(selection.parts, 1):
            info = _part_info(part.info, new.session, number, int(part.times[first]) - origin_ns)
            nobody = _Anonymizer(part, recorded_models(part.info, selection.session.folder))
            table = TableWriter(stream_path(new.folder, "frames", number), info)
            try:
                for row in range(first, first + count):
                    table.put(nobody.row(row, origin_ns))
                    done += 1
                    progress(done, len(selection))
            finally:
                table.close()
            if table.error is not None:
                raise table.error
            offsets += nobody.offsets
            counts = {"frames": StreamCounts(captured=count, recorded=count)}
            end_ns = int(part.times[first + count - 1]) - origin_ns
            new.parts.append(PartSummary(info=info, end_ns=end_ns, streams=counts))
        first_row = selection.parts[0][0].first + selection.parts[0][1]
        write_marks(selection.session.folder, new.folder, first_row, len(selection), origin_ns, words=False)
        new.info = _session_info(selection, dict(offsets))
    return new.folder, dict(offsets)


def _session_info(selection: Selection, offsets: dict[str, int]) -> SessionInfo:
    old = selection.session.info
    told = ", ".join(f"{count} faces: {name}" for name, count in offsets.items()) or "no faces"
    program: dict[str, Any] = {} if old is None else {k: v for k, v in old.program.items() if k != "system"}
    return SessionInfo(
        session="0" * 32,  # the new one's own is put there
        created="" if old is None else old.created[:10],
        program=program,
        notes=(f"made anonymous; the identity offset was taken out ({told})",),
    )


def _part_info(old: PartInfo, session: str, number: int, start_ns: int) -> PartInfo:
    config = {
        section: {name: old.config[section][name] for name in names if name in old.config.get(section, {})}
        for section, names in _KEPT.items()
    }
    models = tuple(model.model_copy(update={"given": model.name}) for model in old.models)
    return old.model_copy(
        update={
            "session": session, "part": number, "start_ns": start_ns, "source": NAME, "config": config,
            "models": models,
        }
    )  # fmt: skip


class _Anonymizer:
    """Rows of a part without the subject's own face."""

    def __init__(self, part: SessionPart, models: tuple[LinearMeshModel, ...]) -> None:
        self.offsets: Counter[str] = Counter()
        self._part = part
        self._given = [_Given(model) for model in models]
        self._predictors = [Predictor(model, given) for model, given in zip(models, self._given, strict=True)]
        self._maps = [frame_map(models[0], model) for model in models]
        columns = [column for column in table_columns(part.info) if part.table.has(column.name)]
        self._kept = [column.name for column in columns if column.spec.privacy is Privacy.KEPT]
        self._removed = [column.name for column in columns if column.spec.privacy is Privacy.REMOVED]
        self._known = [row for row in range(len(part)) if part.table.cell("calibrated", row)]
        self._mean: FloatArray | None = None

    def row(self, row: int, origin_ns: int) -> SessionRow:
        """A row of the part, on a clock that begins at `origin_ns`; each column as its `privacy` has it."""
        stored = self._part.rows[row]
        time_ns = stored.time_ns - origin_ns
        shift = time_ns - stored.stamp_ns
        result = FrameResult(Frame(_NO_PICTURE, time_ns, row, 0))
        face = None if stored.landmarks is None else self._without(stored.landmarks.points_px, row)
        if face is not None and stored.landmarks is not None:
            self.offsets[self._offset(row)[1]] += 1
            landmarks = replace(stored.landmarks, points_px=face)
            network = None if stored.network is None else _anonymous_network(stored.network, shift)
            models = self._models(row, stored, landmarks, network, shift)
            estimate = Estimate(models[0].stamp_ns if models else time_ns, models, network)
            result = replace(result, faces=(Face(1, landmarks, estimate),))
        cells = {name: self._part.table.cell(name, row) for name in self._kept} | dict.fromkeys(self._removed)
        return SessionRow(result, time_ns, cells=cells)

    def _models(
        self, row: int, stored: RecordedFrame, landmarks: Landmarks, network: NetworkOutput | None, shift: int
    ) -> tuple[ModelResult, ...]:
        """What the models make of it; live, of the older face that they had."""
        if not stored.models:
            return ()
        first = stored.models[0]
        if first.stamp_ns != stored.stamp_ns:
            older = self._without(first.aligned.canon_from_px.inverse().apply(first.aligned.mesh_canon), row)
            if older is None:
                return ()
            landmarks = replace(landmarks, points_px=older)
        made = []
        for at, (model, predictor) in enumerate(zip(stored.models, self._predictors, strict=True)):
            aligned = predictor.aligner(landmarks.points_px)
            if aligned is None:
                return ()
            made.append(self._model(row, at, model, aligned, landmarks, network, shift))
        return tuple(made)

    def _model(
        self, row: int, at: int, model: RecordedModel, aligned: Aligned, landmarks: Landmarks,
        network: NetworkOutput | None, shift: int,
    ) -> ModelResult:  # fmt: skip
        predictor = self._predictors[at]
        predictor.choose_pose(model.pose_mode or "auto")
        measured = self._part.table.cell(named("pose_source", at), row)
        predictor.pose_source = "pyfeat" if measured == "pyfeat" else "mesh"
        features = model.features
        self._given[at].now = None if features is None else replace(features, stamp_ns=features.stamp_ns + shift)
        stamp_ns = model.stamp_ns + shift
        return predictor.step(stamp_ns, landmarks, aligned, network, False, self._maps[at], Stopwatch())

    def _without(self, points_px: FloatArray, row: int) -> FloatArray | None:
        """Landmarks (478, 3) without the subject's own face; None where they allow no alignment."""
        aligned = self._predictors[0].aligner(points_px)
        if aligned is None:
            return None
        offset, _ = self._offset(row)
        bare = aligned.canon_from_px.inverse().apply(aligned.mesh_canon - offset)
        return bare.astype(np.float32)

    def _offset(self, row: int) -> tuple[FloatArray, str]:
        """(478, 3) what was calibrated by then, else soon after; without any, the mean over the part. And which."""
        identity = self._part.rows.identity(row, 0)
        if identity is None and self._known:
            identity = self._part.rows.identity(self._known[0], 0)
        if identity is not None:
            return identity.offset_canon, "calibrated"
        if self._mean is None:
            self._mean = self._mean_offset()
        return self._mean, "session mean"

    def _mean_offset(self) -> FloatArray:
        """Interquartile mean of observed - predicted neutral at the pose of each face."""
        faces = np.flatnonzero(self._part.table.table.column("landmarks").is_valid().to_numpy())
        found = self._offsets(faces[:: max(1, len(faces) // _MOST_FACES)]) or self._offsets(faces)
        if not found:
            raise SessionError(
                f"{self._part.folder}: no face of part {self._part.info.part} can be aligned, so nothing tells the "
                "person from the expression; cut that part away (--start, --end)."
            )
        return interquartile_mean(np.stack(found).astype(np.float64)).astype(np.float32)

    def _offsets(self, rows: Array) -> list[FloatArray]:
        """Observed - predicted neutral of those of these rows whose faces can be aligned."""
        predictor, table, found = self._predictors[0], self._part.table, []
        for row in map(int, rows):
            points = table.cell("landmarks", row)
            aligned = None if points is None else predictor.aligner(points.reshape(N_LANDMARKS, 3))
            if aligned is not None:
                zero = table.cell("pose_source", row) == "zero"
                found.append(aligned.mesh_canon - predictor.model.predict_neutral(None if zero else aligned.pose))
        return found


def _anonymous_network(said: NetworkOutput, shift: int) -> NetworkOutput:
    """The network's outputs with the stamp moved by `shift` nanoseconds, and NaN in fields that identify a person."""
    removed: dict[str, Any] = {
        field.target: np.full(field.shape, np.nan, np.float32)
        for field in NETWORK_FIELDS
        if field.privacy is Privacy.REMOVED
    }
    return replace(said, stamp_ns=said.stamp_ns + shift, **removed)


class _Given:
    """The features that were recorded; those that were fitted to the mesh are fitted anew."""

    name = "recorded"

    def __init__(self, model: LinearMeshModel) -> None:
        self._inverse = InverseSource(model)
        self.now: Features | None = None

    def features(self, face: FaceObservation) -> Features | None:
        """Of the row at hand."""
        if self.now is None or self.now.source != InverseSource.name:
            return self.now
        return replace(self._inverse.features(face) or self.now, stamp_ns=self.now.stamp_ns)
