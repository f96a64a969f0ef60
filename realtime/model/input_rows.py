"""Converts inputs by name or as plain numbers into rows in the order of a model's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.core.errors import FeatureError
from realtime.model.names import canonical_name, nearest

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
_LARGEST = float(np.finfo(np.float32).max)


class Inputs:
    """The named inputs of one kind, features or pose, of one model.

    The forms are those of py-feat's `predict_face_mesh_from_features`. pandas is recognised by what its objects can do
    and never imported, so `feat.Fex` frames and those of other libraries are treated alike.
    """

    __slots__ = ("_index", "columns", "model", "what")

    def __init__(self, model: str, what: str, columns: tuple[str, ...]) -> None:
        """`model` and `what` ("features", "pose") are named in errors."""
        self.model = model
        self.what = what
        self.columns = columns
        self._index = {canonical_name(column): at for at, column in enumerate(columns)}
        self._index |= {column: at for at, column in enumerate(columns)}

    def __contains__(self, name: str) -> bool:
        return canonical_name(name) in self._index

    def rows(self, values: Any) -> F32:
        """(k,) float32 of one face, (n, k) of many; finite.

        A mapping is one face; what it does not name is 0, and a name that is not known is an error. A Series is one
        face and a DataFrame is many: each must name every column, and anything else that they hold is ignored. Numbers
        are taken in the order of `columns`. Raises FeatureError for everything else.
        """
        if hasattr(values, "columns"):
            return self._frame(values)
        if hasattr(values, "keys"):
            return self._series(values) if hasattr(values, "index") else self._mapping(values)
        return self._numbers(values)

    def _mapping(self, values: Mapping[str, float]) -> F32:
        if len(values) == len(self.columns):
            try:
                row = [values[column] for column in self.columns]
            except KeyError:
                pass  # other spellings
            else:
                return self._one_face(row)
        try:
            places = [self._index[name] for name in values]
        except KeyError:
            places = [self._place(name) for name in values]
        if len(set(places)) < len(places):
            raise self._twice(next(at for at in places if places.count(at) > 1))
        row = [0.0] * len(self.columns)
        for at, value in zip(places, values.values(), strict=True):
            row[at] = value
        return self._one_face(row)

    def _place(self, name: object) -> int:
        at = self._index.get(canonical_name(str(name)))
        if at is None:
            raise FeatureError(
                f"{self.model}: the {self.what} have no '{name}'.{nearest(str(name), self.columns)} "
                f"Known are: {', '.join(self.columns)}."
            )
        return at

    def _series(self, series: Any) -> F32:
        labels = self._labels(series.keys())
        return self._one_face([series[label] for label in labels])

    def _frame(self, frame: Any) -> F32:
        labels = self._labels(frame.columns)
        rows = np.empty((len(frame), len(labels)), np.float32)
        try:
            with np.errstate(over="ignore"):
                for at, label in enumerate(labels):
                    column = np.asarray(frame[label])
                    if column.dtype.kind not in "biufO":
                        raise TypeError(f"not {column.dtype}")
                    rows[:, at] = column
        except (TypeError, ValueError, OverflowError) as cause:
            raise FeatureError(f"{self.model}: '{self.columns[at]}' must be numbers ({cause}).") from cause
        return self._finite(rows)

    def _labels(self, given: Iterable[Any]) -> list[Any]:
        """The caller's own label of every column, in the columns' order."""
        found: dict[int, Any] = {}
        for label in given:
            at = self._index.get(canonical_name(str(label)))
            if at is None:
                continue
            if at in found:
                raise self._twice(at)
            found[at] = label
        missing = [column for at, column in enumerate(self.columns) if at not in found]
        if missing:
            raise FeatureError(
                f"{self.model}: the {self.what} lack {', '.join(missing)}. A Series or DataFrame must have every one "
                "of them; a dict may leave some out, which are then 0."
            )
        return [found[at] for at in range(len(self.columns))]

    def _numbers(self, values: npt.ArrayLike) -> F32:
        try:
            rows = np.asarray(values)
            if rows.dtype.kind not in "biufO":
                raise TypeError(f"not {rows.dtype}")
            if rows.dtype != np.float32:
                with np.errstate(over="ignore"):
                    rows = rows.astype(np.float32)
        except (TypeError, ValueError, OverflowError) as cause:
            raise FeatureError(f"{self.model}: the {self.what} must be numbers or named ({cause}).") from cause
        count = len(self.columns)
        if rows.ndim not in (1, 2) or rows.shape[-1] != count:
            raise FeatureError(
                f"{self.model}: the {self.what} have shape {rows.shape}, expected ({count},) or (n, {count}) "
                f"in the order {', '.join(self.columns)}."
            )
        return self._finite(rows)

    def _one_face(self, values: list[Any]) -> F32:
        try:
            row = np.array(values, np.float64)
        except (TypeError, ValueError, OverflowError) as cause:
            raise FeatureError(f"{self.model}: the {self.what} must be numbers ({cause}).") from cause
        if row.ndim != 1:
            raise FeatureError(f"{self.model}: the {self.what} of one face must be one number each.")
        with np.errstate(over="ignore"):  # of a sum of squares too
            return row.astype(np.float32) if row.dot(row) < _LARGEST else self._finite(row.astype(np.float32))

    def _finite(self, rows: F32) -> F32:
        with np.errstate(over="ignore"):
            if rows.ndim == 1 and rows.dot(rows) < _LARGEST:  # a sum of squares is a number only if all of them are
                return rows
        if not np.isfinite(rows).all():
            at = int(np.nonzero(~np.isfinite(rows))[-1][0])
            raise FeatureError(
                f"{self.model}: the {self.what} have numbers that are not finite ('{self.columns[at]}')."
            )
        return rows

    def _twice(self, at: int) -> FeatureError:
        return FeatureError(f"{self.model}: '{self.columns[at]}' was given twice.")
