"""A setup's prediction as a linear map of features, pose and their products, for what follows from sums alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from realtime.geometry.cross_fit import LinearMap
from realtime.geometry.oracles import OracleSums, oracle_sums
from realtime.geometry.statistics import Statistics
from realtime.geometry.turned_rows import TurnedRows
from realtime.pipeline.compare.cell_sums import CellSums
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.predictor import PoseMode


def prediction_map(setup: Setup, mode: PoseMode) -> LinearMap:
    """The prediction about the model's mean mesh, from [features | angles | angle by angle: products]."""
    model, k = setup.model, len(setup.model.feature_columns)
    rows = np.zeros((4 * k + 3, model.coef.shape[1]))
    rows[:k] = model.coef[:k]
    if mode == "live":
        full = model.coef_full if model.has_interactions else None
        rows[k : k + 3] = model.pose_rows
        if full is not None:
            rows[k + 3 :] = full[k + 3 :]
        rows = _in_angle_order(setup, rows)
    meshes = _as_meshes(rows)
    intercept = _as_meshes(model.intercept[None].astype(np.float64))[0]
    return LinearMap(meshes, intercept - model.mean_mesh.astype(np.float64))


def turned_rows(setup: Setup, mode: PoseMode) -> TurnedRows:
    """What a unit of each feature does to the mesh (flat), at the pose that the model is given."""
    k = len(setup.model.feature_columns)
    coef = prediction_map(setup, mode).coef.reshape(4 * k + 3, -1)
    turning = coef[k + 3 :].reshape(3, k, -1)
    return TurnedRows(np.concatenate([coef[None, :k], turning]) if turning.any() else coef[None, :k])


def displacement_map(setup: Setup, mode: PoseMode) -> LinearMap:
    """The prediction minus the model's face at rest in the same pose."""
    prediction, k = prediction_map(setup, mode), len(setup.model.feature_columns)
    rest = setup.neutral_inputs
    coef = prediction.coef.copy()
    coef[k : k + 3] = 0.0
    for angle in range(3):
        coef[k + angle] = -np.tensordot(rest, prediction.coef[k + 3 + angle * k : k + 3 + (angle + 1) * k], 1)
    return LinearMap(coef, -np.tensordot(rest, prediction.coef[:k], 1))


def oracles_of(
    setup: Setup, mode: PoseMode, blocks: Sequence[Statistics], cells: Mapping[tuple[str, bool], CellSums],
    tracker_offset: F64 | None,
) -> OracleSums | None:  # fmt: skip
    """The squared errors of a recording under each oracle, in the pose mode of its scores; None without any frame.

    `tracker_offset` (478, 3) as measured elsewhere; where a neutral was taken out it is in the faces no more.
    """
    total = CellSums.total(cells[key] for key in sorted(cells))
    floor = total.number("floor_sse_adjusted" if total.calibrated else "floor_sse") if total.frames else None
    if floor is None or not any(block.frames for block in blocks):
        return None
    k = len(setup.model.feature_columns)
    return oracle_sums(
        blocks,
        prediction_map(setup, mode),
        displacement_map(setup, mode),
        (k, k + 1, k + 2),
        baseline=total.baseline[1],
        floor=floor,
        noise=total.number("noise") or 0.0,
        calibrated=total.calibrated,
        tracker_offset=None if total.calibrated else tracker_offset,
    )


def _in_angle_order(setup: Setup, rows: F64) -> F64:
    """Rows of the file's order of angles in that of the inputs: pitch, yaw, roll."""
    k = len(setup.model.feature_columns)
    order = [list(setup.model.pose_columns).index(name) for name in ("Pitch", "Yaw", "Roll")]
    found = rows.copy()
    for to, of in enumerate(order):
        found[k + to] = rows[k + of]
        found[k + 3 + to * k : k + 3 + (to + 1) * k] = rows[k + 3 + of * k : k + 3 + (of + 1) * k]
    return found


def _as_meshes(rows: F64) -> F64:
    """(p, 1434) rows of a file as (p, 478, 3)."""
    found: F64 = np.ascontiguousarray(rows.reshape(len(rows), 3, -1).swapaxes(1, 2), dtype=np.float64)
    return found
