"""A model of the family beside a data set: which columns its features are, and its coefficients as rows of a fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.core.errors import DataSetError, ModelFileError
from realtime.core.types import N_LANDMARKS
from realtime.dataset.frames import Frames
from realtime.dataset.recipes import Rows
from realtime.geometry import ANCHORS
from realtime.geometry.procrustes import AnchorReference
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name

F64 = npt.NDArray[np.float64]


def select_features(frames: Frames, model: LinearMeshModel, folder: Path) -> None:
    """Keep the features of the model, in its order. Raises DataSetError where some are missing."""
    there = {canonical_name(name): at for at, name in enumerate(frames.feature_columns)}
    missing = [name for name in model.feature_columns if canonical_name(name) not in there]
    if missing:
        raise DataSetError(f"{folder}: it lacks features of {model.name}: {', '.join(missing)}.")
    order = [there[canonical_name(name)] for name in model.feature_columns]
    frames.feature_columns = tuple(frames.feature_columns[at] for at in order)
    frames.features = np.ascontiguousarray(frames.features[:, order])


def reference_of(model: LinearMeshModel) -> AnchorReference:
    """The model's anchors, in the order of `ANCHORS`. Raises ModelFileError where they are other vertices."""
    if set(model.anchor_indices) != set(ANCHORS):
        others = sorted(set(model.anchor_indices) - set(ANCHORS))
        raise ModelFileError(
            f"{model.name}: its anchors are other vertices than those of the family ({', '.join(map(str, others))} are "
            "not among these), so no data set can be aligned to them. Use another model."
        )
    anchors = model.anchors[[model.anchor_indices.index(at) for at in ANCHORS]].astype(np.float64)
    return AnchorReference(anchors, anchors, 0, 0.0)


def forms_of(model: LinearMeshModel, center: F64) -> dict[str, Rows]:
    """The forms in which a model can be used, as rows of all 4 k + 3 inputs about a center."""
    k = len(model.feature_columns)
    filed = vertices(model.coef)
    # The files' pose columns may come in any order; the data set has pitch, yaw, roll.
    pose = [model.pose_columns.index(name) for name in ("Pitch", "Yaw", "Roll")]
    live = np.vstack([filed[:k], filed[k:][pose]])
    intercept = vertices(model.intercept[None])[0] - center
    found = {"deployed_live": _padded(live, k, intercept), "deployed_zero": _padded(filed[:k], k, intercept)}
    if model.has_interactions and model.coef_full is not None:
        rows = vertices(model.coef_full)
        blocks = [rows[k + 3 + at * k : k + 3 + (at + 1) * k] for at in pose]
        found["full"] = Rows(np.vstack([rows[:k], rows[k : k + 3][pose], *blocks]), intercept)
    return found


def vertices(rows: npt.ArrayLike) -> F64:
    """Axis-major rows (m, 1434) as (m, 478, 3)."""
    values = np.asarray(rows, dtype=np.float64)
    return np.swapaxes(values.reshape(len(values), 3, N_LANDMARKS), -1, -2)


def _padded(rows: F64, k: int, intercept: F64) -> Rows:
    coef = np.zeros((4 * k + 3, *rows.shape[1:]))
    coef[: len(rows)] = rows
    return Rows(coef, intercept)
