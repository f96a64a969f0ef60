"""What was recorded, as the values that the view takes: with the models that were recorded with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from realtime.errors import ModelFileError, SessionError
from realtime.geometry import CanonicalFrame, residual
from realtime.model import LinearMeshModel, load_model
from realtime.model.catalogue import MODEL_NAMES
from realtime.predictor import frame_map
from realtime.session.reader import Session
from realtime.session.schema import ModelInfo, PartInfo
from realtime.session.stored import StoredModel
from realtime.types import Frame, FrameResult, ModelResult, Prediction, Validity


def recorded_models(part: PartInfo) -> tuple[LinearMeshModel, ...]:
    """The models that a part was recorded with, in their order. No path that stands in a session is followed.

    Raises SessionError for one that has no name in the catalogue, ModelFileError for one that is not on this machine
    or is another by now.
    """
    return tuple(_model(info) for info in part.models)


def results(session: Session, rows: Sequence[int]) -> Iterator[FrameResult]:
    """These rows as they were recorded; where no picture was kept it is black. Raises as `recorded_models` does."""
    models: dict[int, tuple[LinearMeshModel, ...]] = {}
    for row in rows:
        part, _ = session.place(row)
        number = part.info.part
        if number not in models:
            models[number] = recorded_models(part.info)
        yield _result(session, row, models[number])


def _model(info: ModelInfo) -> LinearMeshModel:
    name = next((known for known in (info.name, info.given) if known in MODEL_NAMES), None)
    if name is None:
        raise SessionError(
            f"The session was recorded with a model of its own, '{info.name}': it can only be drawn and made anonymous "
            f"with a model of the catalogue ({', '.join(MODEL_NAMES)})."
        )
    model = load_model(name, "as-filed" if info.labels == "as-filed" else "repaired")
    if (model.sha256 or None) != info.sha256 or tuple(model.feature_columns) != info.features:
        raise ModelFileError(
            f"{name}: the session was recorded with another file of this name (sha256 {(info.sha256 or '-')[:12]}, "
            f"here is {(model.sha256 or '-')[:12]}). Fetch that one: meshmirror models fetch {name}."
        )
    return model.replaced(name=info.name)


def _result(session: Session, row: int, models: tuple[LinearMeshModel, ...]) -> FrameResult:
    stored = session[row]
    part, _ = session.place(row)
    picture = session.picture(row)
    if picture is None:
        width, height = part.info.image_size
        picture = np.zeros((height, width, 3), np.uint8)
    return FrameResult(
        frame=Frame(picture, stored.time_ns, row, 0, part.info.part, stored.flags),
        landmarks=stored.landmarks,
        network=stored.network,
        models=tuple(_of(made, model, models[0]) for made, model in zip(stored.models, models, strict=False)),
        validity=Validity(stored.valid, stored.reasons),
        warm_up=stored.warm_up,
    )


def _of(made: StoredModel, model: LinearMeshModel, first: LinearMeshModel) -> ModelResult:
    predicted = raw = adjusted = None
    if made.predicted is not None:
        pose = None if made.pose_mode == "zero" else made.aligned.pose
        predicted = Prediction(made.predicted, made.adjusted, pose, None if pose is None else "mesh", made.name)
        frame, observed = CanonicalFrame.of(model.mean_mesh), made.aligned.mesh_canon
        raw = residual(observed, made.predicted, frame=frame, mean_mesh=model.mean_mesh, identity=made.identity)
        if made.adjusted is not None:
            adjusted = residual(
                observed, made.adjusted, frame=frame, mean_mesh=model.mean_mesh, identity=made.identity, adjusted=True
            )
    return ModelResult(
        made.name, made.stamp_ns, made.aligned, made.features, predicted, raw, adjusted, frame_map(first, model),
        made.parts, made.identity,
    )  # fmt: skip
