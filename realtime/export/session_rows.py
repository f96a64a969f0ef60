"""What a session has of the faces of one model: rows in blocks, and which of them have what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from realtime.core.errors import SessionError
from realtime.core.types import Array, FloatArray, Identity
from realtime.export.tables.selection import Selection
from realtime.geometry import CanonicalFrame, pose_angles
from realtime.model import LinearMeshModel
from realtime.pipeline.replay.recorded_models import load_recorded
from realtime.session.read.streams import ModelStreams

Index = npt.NDArray[np.int64]
_BLOCK = 512
_SAMPLE = 1000  # rows from which shapes are learnt


class SessionRows:
    """The selected rows of a session; numbers of rows count from the first selected one."""

    def __init__(self, selection: Selection) -> None:
        """Raises SessionError where parts have different models, ModelFileError where the model is not here."""
        parts = [part for part, _, _ in selection.parts]
        times = np.concatenate([part.times for part in parts])
        self._selection = selection
        self._streams = ModelStreams(parts, times, selection.model)
        try:
            self.info = self._streams.model_info
        except SessionError as error:
            raise SessionError(f"{error} For an export, choose one part with --start and --end.") from error
        self.model: LinearMeshModel = load_recorded(self.info, selection.session.folder)
        begins = np.cumsum([0, *(len(part) for part in parts)])
        places = [begin + first + np.arange(count)
                  for begin, (_, first, count) in zip(begins[:-1], selection.parts, strict=True)]  # fmt: skip
        self._places: Index = np.concatenate(places)  # in the streams
        numbers = [part.first + first + np.arange(count) for part, first, count in selection.parts]
        self._numbers: Index = np.concatenate(numbers)  # in the session
        self.times: Array = times[self._places]  # (rows,) int64 ns of the session's clock

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def observed(self) -> Array:
        """(rows,) bool, which have a face."""
        found: Array = np.isfinite(self._of("anchor_residual"))
        return found

    @cached_property
    def calibrated(self) -> Array:
        """(rows,) bool, which have an identity as well."""
        return self._streams.column("calibrated")[self._places].astype(bool)

    def number(self, row: int) -> int:
        """The number of a row in the session."""
        return int(self._numbers[row])

    def numbers(self, name: str, rows: Index) -> Array:
        """(n,) float64 of rows, a column of the model."""
        return np.asarray(self._streams.column(name)[self._places[rows]], np.float64)

    @cached_property
    def features(self) -> Array:
        """(rows, k) float64 in the order of the model's features; NaN without any."""
        return self._streams.features[self._places]

    @cached_property
    def predicted(self) -> Array:
        """(rows,) bool, which have a prediction."""
        found: Array = self.observed & np.isfinite(self.features).all(axis=1)
        return found

    @cached_property
    def angles(self) -> Array:
        """(rows, 3) float64 radians, pitch, yaw, roll of the head, from the axes of the mean mesh; NaN without a face.

        From the stored rotations: sessions of earlier programs measured their angles from another zero.
        """
        rotations = self._streams.column("rotation")[self._places].reshape(-1, 3, 3)
        return pose_angles(rotations, CanonicalFrame.of(self.model.mean_mesh))

    @cached_property
    def usable(self) -> Array:
        """(rows,) bool, in the model's range and not excluded."""
        parts = self._selection.parts
        valid = [part.streams.valid[first : first + count] for part, first, count in parts]
        found: Array = np.concatenate(valid).astype(bool) & ~self._selection.excluded[self._numbers]
        return found

    def canonical(self, rows: Index) -> FloatArray:
        """(n, 478, 3) the observed faces of rows."""
        return self._streams.canonical[self._places[rows]]

    def drawn(self, rows: Index) -> FloatArray:
        """(n, 478, 3) the predicted faces of rows, with the identity offset where there is one."""
        raw = self._streams.predicted[self._places[rows]]
        some = self.calibrated[rows]
        if some.any():
            raw[some] = self._streams.adjusted[self._places[rows[some]]]
        return raw

    def raw(self, rows: Index) -> FloatArray:
        """(n, 478, 3) the predicted faces of rows, without the identity offset."""
        return self._streams.predicted[self._places[rows]]

    @cached_property
    def neutral(self) -> FloatArray | None:
        """(478, 3) the subject's own face at rest that was in force last; None without a calibration."""
        rows = np.flatnonzero(self.calibrated & self.observed)
        if not len(rows):
            return None
        place = int(self._places[rows[-1]])
        for part, _, _ in self._selection.parts:
            if place < len(part):
                identity: Identity | None = part.rows.identity(place, self._selection.model)
                return None if identity is None else identity.neutral_canon
            place -= len(part)
        raise SessionError(f"{self._selection.session.folder}: a row is in no part.")

    @staticmethod
    def sample(of: Array) -> Index:
        """The rows (bool) of which there are at most `_SAMPLE`, evenly over all."""
        rows = np.flatnonzero(of)
        found: Index = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).round().astype(int))]
        return found

    @staticmethod
    def blocks(of: Array) -> Iterator[Index]:
        """All rows (bool), in blocks that fit the memory."""
        rows = np.flatnonzero(of)
        for first in range(0, len(rows), _BLOCK):
            yield rows[first : first + _BLOCK]

    def _of(self, name: str) -> Array:
        return self._streams.column(name)[self._places]
