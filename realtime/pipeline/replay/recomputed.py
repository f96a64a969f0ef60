"""Compares recomputed results with the recorded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from realtime.core.frame_result import Estimate, Face, ModelResult
from realtime.core.run_report import ReplayComparison
from realtime.session.columns.model_columns import ADJUSTED, MODEL_COLUMNS
from realtime.session.columns.spec import ColumnSpec
from realtime.session.read.rows import RecordedFrame, RecordedModel
from realtime.session.schema import PartInfo

_COMPARED = [spec for spec in (*MODEL_COLUMNS, ADJUSTED) if spec.compared is not None]
NAMES = tuple(spec.compared.name for spec in _COMPARED if spec.compared is not None)


class RecomputeReport:
    """The largest differences over the rows of a replay, for the models with which they were recorded.

    Those of meshes are in outer-canthal distances, those of `parts` in squares of it, those of `nme` in %.
    `missing` counts values of which only one of the two has any.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.missing = 0
        self._largest: dict[str, float] = {}

    def add(
        self,
        recorded: RecordedFrame,
        faces: Sequence[tuple[Face, RecordedFrame]],
        origins: tuple[int | None, ...],
        info: PartInfo,
    ) -> None:
        """Compare the faces of a row, each with what was recorded of it; nothing where none of their models was
        recorded.

        `origins` has the number of the recorded model for each model of a face, None for one that was not recorded.
        """
        known = [(at, origin) for at, origin in enumerate(origins) if origin is not None]
        if not known:
            return
        self.rows += 1
        found = [before.landmarks is not None for _, before in faces]
        there = sum(one.landmarks is not None for one in (recorded, *recorded.others))
        self.missing += found.count(False) + there - found.count(True)
        for face, before in faces:
            if before.landmarks is not None:
                self._add_face(face.estimate, before, known, info)

    def _add_face(self, now: Estimate, before: RecordedFrame, known: Sequence[tuple[int, int]], info: PartInfo) -> None:
        self.missing += bool(before.models) != bool(now.models) or before.valid != now.validity.ok
        self.missing += before.amber is not None and before.amber != bool(now.validity.amber)
        if before.models and now.models:
            for at, origin in known:
                for spec in _COMPARED:
                    self._compare(spec, before.models[origin], now.models[at], info, origin)

    def report(self) -> ReplayComparison | None:
        """The largest differences by name; None where nothing could be compared."""
        if not self.rows:
            return None
        largest = {name: self._largest.get(name) for name in NAMES}
        return ReplayComparison(rows=self.rows, **largest, missing=self.missing)

    def _compare(
        self, spec: ColumnSpec[ModelResult], recorded: RecordedModel, now: ModelResult, info: PartInfo, model: int
    ) -> None:
        assert spec.compared is not None
        entries = spec.entry_names(info, model)
        before = spec.cell(_value(recorded, spec.target), entries)
        after = spec.cell(spec.read(now), entries)
        if before is None or after is None:
            new = before is None and not spec.required  # a column that files of earlier programs do not have
            self.missing += (before is None) != (after is None) and not new
            return
        unit = info.models[model].unit ** spec.compared.unit_power
        difference = np.abs(np.asarray(after, np.float64) - np.asarray(before, np.float64))
        largest = float(difference.max(initial=0.0) / unit)
        if not np.isfinite(largest):  # a damaged file
            self.missing += 1
            return
        name = spec.compared.name
        self._largest[name] = max(self._largest.get(name, 0.0), largest)


def _value(recorded: Any, target: str) -> Any:
    """The recorded value of a column; None where it, or what it belongs to, is missing."""
    for name in target.split("."):
        recorded = None if recorded is None else getattr(recorded, name)
    return recorded
