"""Rows of a session as the program's own values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.frame_result import Chosen, SumOfSquares
from realtime.core.types import (
    Aligned,
    Array,
    Features,
    FloatArray,
    Identity,
    Landmarks,
    NetworkOutput,
    Pose,
    Similarity,
)
from realtime.geometry import identity_at
from realtime.session.columns.frame_columns import FRAME_COLUMNS
from realtime.session.columns.identity_fields import IDENTITIES, NEUTRALS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.pose_response_fields import POSE_RESPONSES
from realtime.session.columns.spec import ColumnSpec
from realtime.session.columns.table_columns import TableColumn, table_columns
from realtime.session.read.table_rows import TableRows
from realtime.session.table import TableReader

# Classes of the values that several columns are put back into, by the path of their targets.
_CLASSES: dict[str, type[Any]] = {
    "landmarks": Landmarks, "aligned": Aligned, "aligned.canon_from_px": Similarity, "aligned.pose": Pose,
    "features": Features, "chosen": Chosen,
}  # fmt: skip
_COLUMNS: tuple[ColumnSpec[Any], ...] = (*FRAME_COLUMNS, *MODEL_COLUMNS)
_ARRAYS = {spec.target for spec in _COLUMNS if spec.shape or spec.entries} | {*_CLASSES}


@dataclass(frozen=True, slots=True, eq=False)
class RecordedModel:
    """What one model computed of a face when it was recorded."""

    name: str
    stamp_ns: int  # of the frame that shows the face
    aligned: Aligned
    features: Features | None
    predicted: FloatArray | None  # (478, 3) float32 canonical, model units; raw
    pose_mode: Literal["live", "zero"] | None  # None without a prediction
    identity: Identity | None
    nme: float | None
    nme_adjusted: float | None
    skill: float | None
    skill_adjusted: float | None
    parts: SumOfSquares | None
    floor_nme: float | None = None  # None in sessions of earlier programs as well
    floor_nme_adjusted: float | None = None
    gain_applied: float = 1.0  # with which the prediction was drawn

    @property
    def adjusted(self) -> FloatArray | None:
        """(478, 3) the prediction with the identity offset added; None until calibrated."""
        if self.predicted is None or self.identity is None:
            return None
        return self.predicted + identity_at(self.identity, self.aligned.pose).offset_canon


@dataclass(frozen=True, slots=True, eq=False)
class RecordedFrame:
    """A frame and its chosen face as they were recorded, without the picture.

    `others` has the frame once more with each of its other faces; it is empty for these.
    """

    time_ns: int  # on the session's clock
    stamp_ns: int  # of the source
    frame: int
    segment: int
    flags: frozenset[str]
    landmarks: Landmarks | None
    valid: bool
    reasons: tuple[str, ...]
    warm_up: bool
    models: tuple[RecordedModel, ...]
    network: NetworkOutput | None = None
    amber: bool | None = None  # expression and pose were not told apart; None in sessions of earlier programs
    track_id: int | None = None  # of the face; None without one, and in sessions of earlier programs
    still: bool = False  # the face has not moved at all for two seconds
    chosen: Chosen | None = None  # which face was the chosen one; None: the first was meant
    others: tuple[RecordedFrame, ...] = ()


class RecordedFaces:
    """Rows of a part's table, of one face a frame or of several."""

    def __init__(self, table: TableRows) -> None:
        self.table = table
        self.part = table.part
        columns = [column for column in table_columns(table.part) if column.spec.target and table.has(column.name)]
        self._of_frame = [column for column in columns if column.model is None]
        self._of_model = [
            [column for column in columns if column.model == model] for model in range(len(table.part.models))
        ]
        self._identities: list[list[tuple[int, Identity]]] | None = None

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, row: int) -> RecordedFrame:
        try:
            return self._frame(row)
        except (TypeError, ValueError) as error:  # lists of other lengths, nulls where a program never writes any
            raise SessionError(f"{self.table.path}: damaged in row {row}.") from error

    def identity(self, row: int, model: int) -> Identity | None:
        """The identity of a model that was in force at a row."""
        if self._identities is None:
            try:
                self._identities = self._read_identities()
            except (TypeError, ValueError) as error:
                raise SessionError(f"{self.table.path}: damaged: an identity in it cannot be read.") from error
        before = [
            identity for first, identity in self._identities[model] if first <= row and self._is_of_same(first, row)
        ]
        return before[-1] if before else None

    def _is_of_same(self, first: int, row: int) -> bool:
        """Whether an identity that was stored in the row `first` holds for the face of a later row."""
        return True

    def _read_identities(self) -> list[list[tuple[int, Identity]]]:
        """Of each model its identities, with the rows from which on they are in force."""
        found: list[list[tuple[int, Identity]]] = [[] for _ in self.part.models]
        origins = {(row, model): members for row, (model, members) in self._listed(NEUTRALS)}
        responses = {(row, model): response for row, (model, response) in self._listed(POSE_RESPONSES)}
        for row, (model, identity) in self._listed(IDENTITIES):
            if 0 <= model < len(found):
                response = responses.get((row, model))
                whole = replace(identity, **origins.get((row, model), {}), response=response)
                found[model].append((row, whole))
        return found

    def _listed(self, spec: ColumnSpec[Any]) -> Iterator[tuple[int, Any]]:
        """The entries of a column of lists, with their rows; none where the file does not have it."""
        if self.table.has(spec.name):
            column = self.table.table.column(spec.name)
            for row in map(int, np.flatnonzero(column.is_valid().to_numpy())):
                for entry in spec.value(column[row].as_py()):
                    yield row, entry

    def _frame(self, row: int) -> RecordedFrame:
        members = self._values(self._of_frame, row)
        members["landmarks"] |= {"image_size": self.part.image_size, "tracker": self.part.tracker}
        models = (self._model(row, number) for number in range(len(self.part.models)))
        return RecordedFrame(**_composed(members), models=tuple(model for model in models if model is not None))

    def _model(self, row: int, number: int) -> RecordedModel | None:
        members = _composed(self._values(self._of_model[number], row))
        if members["aligned"] is None:
            return None
        if members["stamp_ns"] is None:
            raise ValueError("a face without its time")
        identity = self.identity(row, number) if members.pop("calibrated") else None
        return RecordedModel(name=self.part.models[number].name, identity=identity, **members)

    def _values(self, columns: Sequence[TableColumn], row: int) -> dict[str, Any]:
        """The values of a row by target, as a tree; an array that is not finite is None."""
        tree: dict[str, Any] = {}
        for column in columns:
            cell = self.table.cell(column.name, row)
            if isinstance(cell, np.ndarray) and not np.isfinite(cell).all():
                cell = None
            *above, name = column.spec.target.split(".")
            branch = tree
            for one in above:
                branch = branch.setdefault(one, {})
            branch[name] = column.spec.value(cell, column.entries)
        return tree


class RecordedFrames(RecordedFaces):
    """The frames of a part, each with its chosen face and the others."""

    def __init__(self, table: TableReader) -> None:
        super().__init__(table)
        self.others = OtherFaces(table)

    def _frame(self, row: int) -> RecordedFrame:
        return replace(super()._frame(row), others=self.others.of(row))


class OtherFaces(RecordedFaces):
    """The rows of faces that were not the chosen one of their frame."""

    def __init__(self, table: TableReader) -> None:
        super().__init__(table.others)
        self.frames = self._frames_in(table)
        self._by_frame = np.argsort(self.frames, kind="stable")

    def of(self, frame: int) -> tuple[RecordedFrame, ...]:
        """The other faces of a frame, by its row. Raises SessionError where one cannot be read."""
        if not len(self.frames):
            return ()
        ends = np.searchsorted(self.frames, [frame, frame + 1], sorter=self._by_frame)
        return tuple(self[int(row)] for row in self._by_frame[slice(*ends)])

    def between(self, first: int, last: int) -> Array:
        """(n,) the rows of faces of the frames from `first` to before `last`, in the order of their frames."""
        ends = np.searchsorted(self.frames, [first, last], sorter=self._by_frame)
        found: Array = self._by_frame[slice(*ends)]
        return found

    def _frames_in(self, table: TableReader) -> Array:
        """(rows,) int64, the row in the part of the frame of each; -1 where the frame itself was lost."""
        if not len(table.others):
            return np.zeros(0, np.int64)
        known, wanted = table.numbers("frame_row"), table.others.numbers("frame_row")
        order = np.argsort(known, kind="stable")
        at = order[np.clip(np.searchsorted(known, wanted, sorter=order), 0, max(0, len(known) - 1))]
        return np.where(known[at] == wanted, at, -1)

    def _is_of_same(self, first: int, row: int) -> bool:
        """Whether both rows are of one face."""
        return bool(self.table.cell("track_id", first) == self.table.cell("track_id", row))


def _composed(tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    """The tree with its branches as values of their classes; None for a branch that lacks an array or everything.

    Raises ValueError where the arrays are there without a number that belongs to them.
    """
    found: dict[str, Any] = {}
    for name, value in tree.items():
        here = f"{path}{name}"
        kind = _CLASSES.get(here)
        found[name] = value if kind is None else _compose(kind, here, _composed(value, f"{here}."))
    return found


def _compose(kind: type[Any], path: str, members: dict[str, Any]) -> Any:
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    missing = [name for name in needed if members[name] is None]
    if not missing:
        return kind(**members)
    if len(missing) < len(needed) and not any(f"{path}.{name}" in _ARRAYS for name in missing):
        raise ValueError(f"{path} without {missing[0]}")
    return None
