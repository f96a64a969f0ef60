"""The table of frames: a row a frame of a recording, with the columns of every setup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.core.types import EMOTIONS
from realtime.geometry import REGION_NAMES, region_means
from realtime.geometry.turned_rows import TurnedRows
from realtime.pipeline.compare import arrow_arrays
from realtime.pipeline.compare.scoring import Scored, features_named
from realtime.pipeline.compare.setups import F64, Setup
from realtime.session.schema import named

if TYPE_CHECKING:
    import pyarrow as pa

# Columns of `Scored`, in this order; those that a recording does not have are null.
SETUP_COLUMNS = (
    "nme", "nme_adjusted", "sse", "sse_adjusted", "mean_mesh_nme", "mean_mesh_sse", "own_neutral_nme",
    "own_neutral_sse", "rest", "along", "displaced", "noise",
    "floor_nme", "floor_nme_adjusted", "floor_sse", "floor_sse_adjusted",
)  # fmt: skip


def column(name: str, setup: int) -> str:
    """A column's name for a setup, by its number from 0."""
    return named(name, setup)


def setup_columns(at: int, setup: Setup, rows: TurnedRows, scored: Scored) -> dict[str, F64]:
    """The columns of one setup: errors, NME by region, features, and the projections of the face's movement on what
    each feature does to the mesh (`rows`) in the pose of the scores: all that a prediction of features can be
    multiplied with is in them.
    """
    count = len(scored.there)

    def spread(values: F64) -> F64:
        found = np.full((count, *values.shape[1:]), np.nan)
        found[scored.there] = values
        return found

    nothing = np.full(count, np.nan)
    found = {}
    for name in SETUP_COLUMNS:
        found[column(name, at)] = spread(scored.columns[name]) if name in scored.columns else nothing
    distance = np.sqrt(np.einsum("nvc,nvc->nv", scored.error, scored.error)) @ region_means().T
    percent = 100.0 / setup.canonical.unit
    for place, region in enumerate(REGION_NAMES):
        found[column(f"nme_{region}", at)] = spread(distance[:, place] * percent)
    projected = rows.projected(scored.moved.reshape(len(scored.moved), rows.rows.shape[2]), scored.angles)
    for place, name in enumerate(features_named(setup)):
        found[column(f"feature_{name}", at)] = spread(scored.inputs[:, place])
        found[column(f"z_{name}", at)] = spread(projected[:, place])
    return found


def rows_of_features(setup: Setup) -> F64:
    """(k, 478, 3) what a unit of each feature does to the mesh at pose 0, model units."""
    k = len(setup.model.feature_columns)
    rows = setup.model.coef[:k].astype(np.float64)
    return np.ascontiguousarray(rows.reshape(k, 3, -1).swapaxes(1, 2))


def arrow_rows(
    recording: str,
    integers: Mapping[str, npt.NDArray[np.int64]],
    flags: Mapping[str, npt.NDArray[np.bool_]],
    reasons: list[str],
    emotions: npt.NDArray[np.int64],
    numbers: Mapping[str, F64],
) -> pa.Table:
    """The rows as a table: NaN is null, emotions by name."""
    import pyarrow as pa

    count = len(reasons)
    cells: dict[str, pa.Array] = {"recording": arrow_arrays.texts([recording] * count)}
    cells |= {name: arrow_arrays.integers(values) for name, values in integers.items()}
    cells |= {name: arrow_arrays.flags(values) for name, values in flags.items()}
    cells["left_out"] = arrow_arrays.texts([text or None for text in reasons])
    cells["emotion"] = arrow_arrays.texts([EMOTIONS[at] if at >= 0 else None for at in emotions.tolist()])
    cells |= {name: arrow_arrays.numbers(values) for name, values in numbers.items()}
    return pa.table(cells)
