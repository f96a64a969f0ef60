"""The rows of a recorded part without the subject's identity."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.frame_result import FrameResult
from realtime.core.types import N_LANDMARKS, Array, ByteArray, FloatArray, Frame, Landmarks
from realtime.geometry import Aligner, CanonicalFrame, identity_at, interquartile_mean
from realtime.model import LinearMeshModel
from realtime.pipeline.predictor import PoseSource
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import Privacy
from realtime.session.columns.table_columns import table_columns
from realtime.session.read.part import SessionPart
from realtime.session.read.rows import RecordedFrame
from realtime.session.schema import named

_NO_PICTURE: ByteArray = np.empty((0, 0, 3), np.uint8)
_MOST_FACES = 2000  # from which the mean face at rest is computed


class AnonymousRows:
    """The rows of a part without the subject's identity, from which the stages of a run over them are made."""

    def __init__(self, part: SessionPart, model: LinearMeshModel, origin_ns: int) -> None:
        """`model` is the first one; `origin_ns` is time 0 of the new session."""
        self.offsets: Counter[str] = Counter()
        self.info = part.info
        self._part = part
        self._origin_ns = origin_ns
        self._model = model
        canonical = CanonicalFrame.of(model.mean_mesh, part.info.models[0].pose_zero)
        self._aligner = Aligner(model.anchors, canonical, model.anchor_indices)
        columns = table_columns(part.info)
        kept = [column for column in columns if column.spec.privacy is Privacy.KEPT]
        self._kept = [column.name for column in kept if part.table.has(column.name)]
        absent = [column for column in kept if not part.table.has(column.name)]  # in files of an earlier program
        self._null = [column.name for column in columns if column.spec.privacy is Privacy.REMOVED]
        self._null += [column.name for column in absent if not column.spec.never_null]
        self._known = [row for row in range(len(part)) if part.table.cell("calibrated", row)]
        self._mean: FloatArray | None = None

    def __getitem__(self, row: int) -> Frame:
        """The frame of a row of the part, without its picture, on the new session's clock."""
        return Frame(_NO_PICTURE, self._part.rows[row].time_ns - self._origin_ns, row, 0, row=row)

    def of(self, frame: Frame) -> RecordedFrame:
        """The recorded row of a frame from here."""
        return self._part.rows[frame.index]

    def face(self, frame: Frame, track_id: int) -> RecordedFrame:
        """The same: the chosen face is the only one."""
        return self.of(frame)

    def face_at(self, frame: Frame, landmarks: Landmarks) -> RecordedFrame:
        """The same."""
        return self.of(frame)

    def shift_ns(self, frame: Frame) -> int:
        """Nanoseconds from a recorded stamp of a frame's row to that of the new session."""
        return frame.stamp_ns - self.of(frame).stamp_ns

    def pose_source(self, frame: Frame, at: int) -> PoseSource:
        """The source of the pose that model `at` was given."""
        return "pyfeat" if self._part.table.cell(named("pose_source", at), frame.index) == "pyfeat" else "mesh"

    def landmarks(self, frame: Frame) -> Landmarks | None:
        """The face without its identity; None without a face, or where it cannot be aligned."""
        recorded = self.of(frame).landmarks
        points_px = None if recorded is None else self.without_identity(recorded.points_px, frame)
        if recorded is None or points_px is None:
            return None
        self.offsets[self._offset(frame.index)[1]] += 1
        return replace(recorded, points_px=points_px)

    def without_identity(self, points_px: FloatArray, frame: Frame) -> FloatArray | None:
        """Landmarks (478, 3) px without the identity; None where they cannot be aligned."""
        aligned = self._aligner(points_px)
        if aligned is None:
            return None
        offset, _ = self._offset(frame.index)
        bare = aligned.canon_from_px.inverse().apply(aligned.mesh_canon - offset)
        return bare.astype(np.float32)

    def row(self, result: FrameResult) -> SessionRow:
        """The new row of a result; each column as its `privacy` has it."""
        row = result.frame.index
        cells = {name: self._part.table.cell(name, row) for name in self._kept} | dict.fromkeys(self._null)
        return SessionRow(result, result.stamp, cells=cells)

    def _offset(self, row: int) -> tuple[FloatArray, str]:
        """(478, 3) the offset calibrated by then, else the first later one, else the mean of the part; and its name."""
        identity = self._part.rows.identity(row, 0)
        if identity is None and self._known:
            identity = self._part.rows.identity(self._known[0], 0)
        if identity is not None:
            models = self._part.rows[row].models
            here = identity_at(identity, models[0].aligned.pose) if models else identity
            return here.offset_canon, "calibrated"
        if self._mean is None:
            self._mean = self._mean_offset()
        return self._mean, "session mean"

    def _mean_offset(self) -> FloatArray:
        """(478, 3) interquartile mean of observed - predicted neutral at the pose of each face."""
        faces = np.flatnonzero(self._part.table.table.column("landmarks").is_valid().to_numpy())
        found = self._offsets(faces[:: max(1, len(faces) // _MOST_FACES)]) or self._offsets(faces)
        if not found:
            raise SessionError(
                f"{self._part.folder}: no face of part {self._part.info.part} can be aligned, so that identity and "
                "expression cannot be separated; exclude that part with --start and --end."
            )
        return interquartile_mean(np.stack(found).astype(np.float64)).astype(np.float32)

    def _offsets(self, rows: Array) -> list[FloatArray]:
        """Observed - predicted neutral of the rows whose faces can be aligned."""
        table, found = self._part.table, []
        for row in map(int, rows):
            points = table.cell("landmarks", row)
            aligned = None if points is None else self._aligner(points.reshape(N_LANDMARKS, 3))
            if aligned is not None:
                zero = table.cell("pose_source", row) == "zero"
                found.append(aligned.mesh_canon - self._model.predict_neutral(None if zero else aligned.pose))
        return found
