"""A row of a session as the values that the program hands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from realtime.core.errors import SessionError
from realtime.core.types import (
    N_LANDMARKS,
    Aligned,
    Array,
    Features,
    FloatArray,
    Identity,
    Landmarks,
    NetworkOutput,
    Pose,
    Similarity,
    SumOfSquares,
)
from realtime.session.schema import PARTS, ModelInfo, named
from realtime.session.table import TableReader

_MESH = (N_LANDMARKS, 3)


@dataclass(frozen=True, slots=True, eq=False)
class RecordedModel:
    """What one model made of a face when it was recorded."""

    name: str
    stamp_ns: int  # of the frame whose face it is
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

    @property
    def adjusted(self) -> FloatArray | None:
        """(478, 3) the prediction with the identity offset added; None until calibrated."""
        if self.predicted is None or self.identity is None:
            return None
        return self.predicted + self.identity.offset_canon


@dataclass(frozen=True, slots=True, eq=False)
class RecordedFrame:
    """A frame as it was recorded, without its picture."""

    time_ns: int  # on the session's clock
    stamp_ns: int  # of the source
    frame: int
    segment: int
    flags: frozenset[str]
    landmarks: Landmarks | None
    network: NetworkOutput | None
    valid: bool
    reasons: tuple[str, ...]
    warm_up: bool
    models: tuple[RecordedModel, ...]


class RecordedFrames:
    """The rows of a part's table."""

    def __init__(self, table: TableReader) -> None:
        self.table = table
        self.part = table.part
        self._identities: list[list[tuple[int, Identity]]] | None = None

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, row: int) -> RecordedFrame:
        try:
            return self._row(row)
        except (TypeError, ValueError) as error:  # lists of other lengths, nulls where a program never writes any
            raise SessionError(f"{self.table.path}: damaged in row {row}.") from error

    def _row(self, row: int) -> RecordedFrame:
        table = self.table
        points = self._finite("landmarks", row)
        landmarks = None
        if points is not None:
            landmarks = Landmarks(
                points.reshape(_MESH), self.part.image_size, table.value("faces", row), self.part.tracker,
                self._shapes(row),
            )  # fmt: skip
        reasons = table.value("reasons", row)
        return RecordedFrame(
            time_ns=table.value("time_ns", row),
            stamp_ns=table.value("stamp_ns", row),
            frame=table.value("frame", row),
            segment=table.value("segment", row),
            flags=frozenset((table.value("flags", row) or "").split()),
            landmarks=landmarks,
            network=self._network(row),
            valid=table.value("valid", row),
            reasons=tuple(reasons.split("; ")) if reasons else (),
            warm_up=table.value("warm_up", row),
            models=tuple(
                model for at, info in enumerate(self.part.models) if (model := self._model(row, at, info)) is not None
            ),
        )

    def identity(self, row: int, model: int) -> Identity | None:
        """The identity of a model that was in force at a row."""
        if self._identities is None:
            try:
                self._identities = [self._known(at) for at in range(len(self.part.models))]
            except (TypeError, ValueError) as error:
                raise SessionError(f"{self.table.path}: damaged: an identity in it cannot be read.") from error
        before = [identity for first, identity in self._identities[model] if first <= row]
        return before[-1] if before else None

    def _known(self, model: int) -> list[tuple[int, Identity]]:
        """Identities of a model and the rows from which on they hold."""
        column = self.table.table.column("identities")
        rows = map(int, np.flatnonzero(column.is_valid().to_numpy()))
        return [(row, _identity(new)) for row in rows for new in column[row].as_py() if new["model"] == model]

    def _finite(self, name: str, row: int) -> Array | None:
        """The numbers of a list; None where there are none, or any that is none."""
        found = self.table.list(name, row)
        return None if found is None or not np.isfinite(found).all() else found

    def _shapes(self, row: int) -> dict[str, float] | None:
        if not self.part.blendshapes:
            return None
        values = self.table.list("blendshapes", row)
        return None if values is None else dict(zip(self.part.blendshapes, map(float, values), strict=True))

    def _network(self, row: int) -> NetworkOutput | None:
        said = self.table.value("network", row) if self.part.network else None
        if said is None:
            return None
        return NetworkOutput(
            emotions=dict(said["emotions"]),
            action_units=dict(said["action_units"]),
            valence=said["valence"],
            arousal=said["arousal"],
            pose=Pose(*said["pose"]),
            translation=tuple(said["translation"]),
            gaze_pitch=said["gaze_pitch"],
            gaze_yaw=said["gaze_yaw"],
            blendshapes=None if said["blendshapes"] is None else dict(said["blendshapes"]),
            mesh_px=np.array(said["mesh"], np.float32).reshape(_MESH),
            stamp_ns=said["stamp_ns"],
        )

    def _model(self, row: int, at: int, info: ModelInfo) -> RecordedModel | None:
        table = self.table

        def value(name: str) -> float | None:
            found: float | None = table.value(named(name, at), row)
            return found

        def numbers(name: str) -> Array | None:
            return self._finite(named(name, at), row)

        canonical, rotation, translation = numbers("canonical"), numbers("rotation"), numbers("translation")
        if canonical is None or rotation is None or translation is None:
            return None
        pose = Pose(*(float(table.value(named(name, at), row)) for name in ("pitch", "yaw", "roll")))
        similarity = Similarity(np.asarray(value("scale"), float), rotation.reshape(3, 3), translation)
        anchors = float(table.value(named("anchor_residual", at), row))
        aligned = Aligned(canonical.reshape(_MESH), similarity, anchors, pose)
        values, predicted, parts = numbers("features"), numbers("predicted"), numbers("parts")
        features = None
        if values is not None:
            source, stamp = table.value(named("feature_source", at), row), table.value(named("feature_ns", at), row)
            features = Features(dict(zip(info.features, map(float, values), strict=True)), source, stamp)
        pose_source = table.value(named("pose_source", at), row)
        return RecordedModel(
            name=info.name,
            stamp_ns=table.value(named("face_ns", at), row),
            aligned=aligned,
            features=features,
            predicted=None if predicted is None else predicted.reshape(_MESH),
            pose_mode=None if pose_source is None else "zero" if pose_source == "zero" else "live",
            identity=self.identity(row, at) if table.value(named("calibrated", at), row) else None,
            nme=value("nme"),
            nme_adjusted=value("nme_adjusted"),
            skill=value("skill"),
            skill_adjusted=value("skill_adjusted"),
            parts=None if parts is None else SumOfSquares(**dict(zip(PARTS, map(float, parts), strict=True))),
        )


def _identity(stored: dict[str, object]) -> Identity:
    def mesh(name: str) -> FloatArray:
        found = np.array(stored[name], np.float32).reshape(_MESH)
        found.setflags(write=False)
        return found

    numbers: dict[str, float] = {name: stored[name] for name in ("noise_nme", "motion_nme", "seconds")}  # type: ignore[misc]
    return Identity(mesh("offset"), mesh("neutral"), frames=int(str(stored["frames"])), **numbers)
