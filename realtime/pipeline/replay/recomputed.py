"""How far what is computed today lies from what was recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.core.run_report import ReplayComparison
from realtime.core.types import Array, FrameResult, ModelResult
from realtime.session.read.rows import RecordedFrame, RecordedModel
from realtime.session.schema import PARTS, PartInfo

NAMES = ("observed", "predicted", "adjusted", "features", "nme", "nme_adjusted", "skill", "skill_adjusted", "parts")


class RecomputeReport:
    """The largest differences over the rows of a replay, for the models with which they were recorded.

    `observed`, `predicted`, `adjusted`: of meshes, in outer-canthal distances; `parts` in its square; `nme` in %.
    `missing`: values that are there in one of both only.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.missing = 0
        self._largest: dict[str, float] = {}

    def add(self, result: FrameResult, stored: RecordedFrame, origins: tuple[int | None, ...], info: PartInfo) -> None:
        """One row, computed now and as it was `stored`; nothing where none of its models was recorded."""
        known = [(at, origin) for at, origin in enumerate(origins) if origin is not None]
        if not known:
            return
        self.rows += 1
        self.missing += bool(stored.models) != bool(result.models) or stored.valid != result.validity.ok
        if stored.models and result.models:
            for at, origin in known:
                self._add(stored.models[origin], result.models[at], info.models[origin].unit)

    def report(self) -> ReplayComparison | None:
        """The largest differences by name; None where nothing could be compared."""
        if not self.rows:
            return None
        largest = {name: self._largest.get(name) for name in NAMES}
        return ReplayComparison(rows=self.rows, **largest, missing=self.missing)

    def _add(self, then: RecordedModel, now: ModelResult, unit: float) -> None:
        predicted = now.predicted
        mesh = None if predicted is None else predicted.mesh_canon
        adjusted = None if predicted is None else predicted.adjusted_canon
        raw, less = now.residual, now.residual_adjusted
        features = None if then.features is None else list(then.features.values.values())
        features_now = None if now.features is None else list(now.features.values.values())
        self._compare("observed", then.aligned.mesh_canon, now.aligned.mesh_canon, unit)
        self._compare("predicted", then.predicted, mesh, unit)
        self._compare("adjusted", then.adjusted, adjusted, unit)
        self._compare("features", features, features_now)
        self._compare("nme", then.nme, None if raw is None else raw.nme)
        self._compare("nme_adjusted", then.nme_adjusted, None if less is None else less.nme)
        self._compare("skill", then.skill, None if raw is None else raw.skill)
        self._compare("skill_adjusted", then.skill_adjusted, None if less is None else less.skill)
        parts = None if then.parts is None else [getattr(then.parts, name) for name in PARTS]
        parts_now = None if now.parts is None else [getattr(now.parts, name) for name in PARTS]
        self._compare("parts", parts, parts_now, unit * unit)

    def _compare(self, name: str, then: Array | list[float] | float | None, now: Any, unit: float = 1.0) -> None:
        if then is None or now is None:
            self.missing += (then is None) != (now is None)
            return
        apart = float(np.abs(np.asarray(now, np.float64) - np.asarray(then, np.float64)).max(initial=0.0) / unit)
        if not np.isfinite(apart):  # a damaged file
            self.missing += 1
            return
        self._largest[name] = max(self._largest.get(name, 0.0), apart)
