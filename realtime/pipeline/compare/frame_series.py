"""The frames of one recording as numbers in memory, as its part has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from realtime.geometry.turned_rows import TurnedRows
from realtime.pipeline.compare.frame_rows import column
from realtime.pipeline.compare.linear_maps import turned_rows
from realtime.pipeline.compare.scoring import features_named
from realtime.pipeline.compare.setups import F64, Setup
from realtime.pipeline.compare.spool import Bools
from realtime.pipeline.predictor import PoseMode

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class FrameSeries:
    """The frames of a recording under one setup; NaN where a number is not there."""

    table: pa.Table
    at: int  # number of the setup
    setup: Setup
    mode: PoseMode  # of the scores

    def common(self, name: str) -> F64:
        """(n,) a column that does not belong to a setup."""
        return _numbers(self.table, name)

    def flags(self, name: str) -> Bools:
        """(n,) a column of true and false."""
        return np.asarray(self.table.column(name).to_numpy(zero_copy_only=False), bool)

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """(n,) a column of texts, None where there is none."""
        found: npt.NDArray[np.object_] = np.array(self.table.column(name).to_pylist(), dtype=object)
        return found

    def own(self, name: str) -> F64:
        """(n,) a column of the setup."""
        return _numbers(self.table, column(name, self.at))

    @cached_property
    def scored(self) -> Bools:
        """(n,) the frames in the scores of this setup."""
        found: Bools = self.flags("scored") & np.isfinite(self.own("sse"))
        return found

    @cached_property
    def calibrated(self) -> bool:
        """Whether the recording has a neutral."""
        return bool(np.isfinite(self.own("sse_adjusted")).any())

    @property
    def ending(self) -> str:
        """Of the names of the columns that count."""
        return "_adjusted" if self.calibrated else ""

    @cached_property
    def nme(self) -> F64:
        """(n,) NME, adjusted where there is a neutral."""
        return self.own(f"nme{self.ending}")

    @cached_property
    def sse(self) -> F64:
        """(n,) squared error, likewise."""
        return self.own(f"sse{self.ending}")

    @cached_property
    def floor_sse(self) -> F64:
        """(n,) squared error of the floor, likewise."""
        return self.own(f"floor_sse{self.ending}")

    @cached_property
    def floor_nme(self) -> F64:
        """(n,) NME of the floor, likewise."""
        return self.own(f"floor_nme{self.ending}")

    @cached_property
    def baseline_sse(self) -> F64:
        """(n,) squared error of the baseline of skill."""
        return self.own("own_neutral_sse" if self.calibrated else "mean_mesh_sse")

    @cached_property
    def baseline_nme(self) -> F64:
        """(n,) NME of that baseline."""
        return self.own("own_neutral_nme" if self.calibrated else "mean_mesh_nme")

    @cached_property
    def blocks(self) -> npt.NDArray[np.int64]:
        """(n,) the block in time of each frame."""
        return self.common("block").astype(np.int64)

    @cached_property
    def displacements(self) -> F64:
        """(n, k) features relative to those of the model's face at rest."""
        return self._by_feature("feature") - self.setup.neutral_inputs

    @cached_property
    def projections(self) -> F64:
        """(n, k) the face's movement from rest, projected on what each feature does in the pose of the scores."""
        return self._by_feature("z")

    @cached_property
    def rows(self) -> TurnedRows:
        """What the features do to the mesh, in the pose of the scores."""
        return turned_rows(self.setup, self.mode)

    @cached_property
    def angles(self) -> F64:
        """(n, 3) pitch, yaw and roll in the frame of the setup's model, radians."""
        return np.radians(np.stack([self.own(f"{name}_deg") for name in ("pitch", "yaw", "roll")], axis=1))

    @cached_property
    def terms(self) -> F64:
        """(n, t) by what the grams of `rows` are multiplied."""
        return self.rows.terms(self.angles)

    @cached_property
    def frame_seconds(self) -> float | None:
        """Median distance of the frames in time."""
        steps = np.diff(self.common("time_s"))
        steps = steps[steps > 0]
        return float(np.median(steps)) if len(steps) else None

    def _by_feature(self, prefix: str) -> F64:
        return np.stack([self.own(f"{prefix}_{name}") for name in features_named(self.setup)], axis=1)


def _numbers(table: pa.Table, name: str) -> F64:
    found: F64 = np.asarray(table.column(name).to_numpy(zero_copy_only=False), np.float64)
    return found
