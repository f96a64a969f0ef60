"""The whole of a recording at once, read a stretch at a time while the replay is already running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from realtime.core.overview import (
    COLUMNS,
    FIRST_EMOTION,
    FIRST_USABLE,
    FROM_MEAN,
    MOVED,
    N_EMOTIONS,
    N_FROM_MEAN,
    N_MOVED,
    PREDICTED,
    Change,
    Overview,
    Usable,
    squared_percent,
)
from realtime.core.types import EMOTIONS, Array
from realtime.core.wording import FITTED, feature_source_names
from realtime.session import Session
from realtime.session.columns.model_columns import SUMS_OF_SQUARES
from realtime.session.read.part import SessionPart
from realtime.session.schema import ModelInfo, named
from realtime.session.table import TableReader

_ROWS = 1024  # that are read together
_BUDGET_S = 0.004  # for which a call reads on
_MOST_CHANGES = 1000
_EMOTION = SUMS_OF_SQUARES.index("emotion")
_UNEXPLAINED = SUMS_OF_SQUARES.index("unexplained")
_NOISE = SUMS_OF_SQUARES.index("noise")


class OverviewReader:
    """Reads what was recorded of a session's first model; `overview` reads on for some milliseconds when it is asked.

    So it needs no thread, and the first picture of a replay does not wait for it.
    """

    def __init__(self, session: Session, rows: Array | None = None, times_ns: Array | None = None) -> None:
        """`rows`: the row of the session at each tick of another clock, whose times are `times_ns`."""
        self._session = session
        self._ticks = rows
        times = session.times if times_ns is None else times_ns
        self._times_s = np.maximum.accumulate(times) / 1e9
        self._sums = np.zeros((len(session) + 1, COLUMNS))
        self._changes: list[Change] = []
        self._reading = self._read()
        self._done = 0
        self._gain = RunningGain()
        self._overview: Overview | None = None

    @property
    def overview(self) -> Overview | None:
        """As much as was read so far; the same object once it is complete. None before the first rows."""
        return self._read_on(_BUDGET_S)

    def whole(self) -> Overview | None:
        """All of it, at once: for pictures that show a recording from its first frame on."""
        return self._read_on(float("inf"))

    def _read_on(self, budget_s: float) -> Overview | None:
        if self._overview is not None and self._overview.complete:
            return self._overview
        until = time.monotonic() + budget_s
        for done in self._reading:
            self._done = done
            if time.monotonic() >= until:
                break
        complete = self._done >= len(self._session)
        if self._ticks is None:
            times, sums = self._times_s[: self._done], self._sums[: self._done + 1]
            self._overview = Overview(times, sums, tuple(self._changes), complete)
        elif complete:  # of another clock, at once
            rows = np.diff(self._sums, axis=0)[self._ticks]
            sums = np.concatenate([np.zeros((1, COLUMNS)), rows.cumsum(axis=0)])
            self._overview = Overview(self._times_s, sums)
        return self._overview

    def _read(self) -> Iterator[int]:
        """Read everything; yields how many rows are there."""
        for number, part in enumerate(self._session.parts):
            if number and len(self._changes) < _MOST_CHANGES:
                self._changes.append(Change(float(part.times[0]) / 1e9, f"part {part.info.part}: {part.info.source}"))
            self._note_changes(part)
            # A later part begins with the identity that was in force, and the gain goes on.
            begins = [row for row in _filled(part.table, "identities").tolist() if row or not part.first]
            for start in range(0, len(part), _ROWS):
                stop = min(start + _ROWS, len(part))
                rows = self._rows_of(part, start, stop, begins)
                first = part.first + start
                self._sums[first + 1 : first + 1 + len(rows)] = self._sums[first] + rows.cumsum(axis=0)
                yield first + len(rows)

    def _rows_of(self, part: SessionPart, start: int, stop: int, begins: list[int]) -> Array:
        rows = rows_of(part.table, part.info.models[0], start, stop)
        if part.table.has("gain_terms"):  # absent in sessions of earlier programs: as delivered then
            terms = part.table.run("gain_terms", start, stop)
            usable = rows[:, FIRST_USABLE + Usable.TURNED :].any(axis=1)
            gains = self._gain.before(terms[:, 1:], usable, [row - start for row in begins if start <= row < stop])
            gains[_fitted(part.table, start, stop)] = np.nan
            scaled = np.isfinite(gains) & np.isfinite(terms).all(axis=1) & (rows[:, N_MOVED] > 0)
            gain = gains[scaled]
            squares = 2.0 * gain * terms[scaled, 1] - gain**2 * terms[scaled, 2]
            rows[scaled, PREDICTED] = squared_percent(squares, part.info.models[0].unit)
        return rows

    def _note_changes(self, part: SessionPart) -> None:
        """Where a neutral was measured, and where the emotions come from another source."""
        times_s, table = part.times / 1e9, part.table
        found = [Change(float(times_s[row]), "neutral face measured") for row in _filled(table, "identities")]
        if table.has("feature_source"):
            found += [
                Change(float(times_s[row]), f"emotions: {feature_source_names(source)[-1]}")
                for row, source in _other_texts(table, "feature_source")
            ]
        found.sort(key=lambda change: change.time_s)
        self._changes += found[: max(0, _MOST_CHANGES - len(self._changes))]


class RunningGain:
    """The gain of a session at each of its rows, from the valid rows before it, as a run has it (`GainSums`)."""

    def __init__(self) -> None:
        self._sums = np.zeros(3)  # r.d, d.d and noise so far

    def before(self, terms: Array, valid: Array, begins: list[int]) -> Array:
        """(rows,) the gain, never negative, before each of the following rows; NaN while it is not known.

        `terms` (rows, 3): r.d, d.d and noise of each, NaN without; from the rows `begins` on another identity holds.
        """
        counted = np.where(valid[:, None] & np.isfinite(terms), terms, 0.0)
        gains = np.full(len(terms), np.nan)
        for first, last in pairwise([0, *begins, len(terms)]):
            if first in begins:
                self._sums = np.zeros(3)
            sums = self._sums + np.concatenate([np.zeros((1, 3)), counted[first:last].cumsum(axis=0)])
            self._sums = sums[-1]
            along, displaced, noise = sums[:-1].T
            known = (displaced > noise) & (displaced > 0)
            gains[first:last][known] = np.maximum(0.0, along[known] / displaced[known])
        return gains


def _fitted(table: TableReader, start: int, stop: int) -> Array:
    """(rows,) bool, whether the features were fitted to the face itself: a gain is none of theirs."""
    import pyarrow.compute as pc

    column = table.table.column("feature_source").slice(start, stop - start)
    found: Array = pc.fill_null(pc.equal(column, FITTED), False).to_numpy()
    return found


def rows_of(table: TableReader, model: ModelInfo, start: int, stop: int) -> Array:
    """(rows, COLUMNS) float64, what rows of a part add to the sums: `row_of` of `realtime.core.overview`, with
    predictions as delivered.
    """
    rows = np.zeros((stop - start, COLUMNS))

    def column(name: str) -> Array | None:
        return table.run(named(name, 0), start, stop) if table.has(named(name, 0)) else None

    face, valid, amber = table.run("faces", start, stop) > 0, table.run("valid", start, stop) > 0, column("amber")
    usable = np.where(face, np.where(valid, Usable.YES, Usable.OUT_OF_RANGE), Usable.NO_FACE)
    if amber is not None:
        usable[(usable == Usable.YES) & (amber > 0)] = Usable.TURNED
    rows[np.arange(len(rows)), FIRST_USABLE + usable] = 1
    parts = column("parts")
    if parts is not None:
        known = np.isfinite(parts).all(axis=1)
        rest = known & (table.run("calibrated", start, stop) > 0)
        squares = squared_percent(parts, model.unit)
        assert not isinstance(squares, float)
        moved = squares[:, [_EMOTION, _UNEXPLAINED, _NOISE]].sum(axis=1)
        movement = np.stack([moved, squares[:, _EMOTION], squares[:, _NOISE]], axis=1)
        terms = column("gain_terms")
        if terms is not None:  # absent in sessions of earlier programs
            rest_squares, along, displaced, noise = terms.T
            better = np.stack([rest_squares, 2.0 * along - displaced, noise], axis=1)
            there = np.isfinite(better).all(axis=1)
            movement[there] = squared_percent(better[there], model.unit)
        rows[rest, MOVED : MOVED + 3], rows[rest, N_MOVED] = movement[rest], 1
        before = known & ~rest
        rows[before, FROM_MEAN], rows[before, N_FROM_MEAN] = squares[before].sum(axis=1), 1
    features = column("features")
    names = [name for name in EMOTIONS if name in model.features]
    if features is not None and names:
        known = np.isfinite(features).all(axis=1)
        places = [FIRST_EMOTION + EMOTIONS.index(name) for name in names]
        values = np.maximum(features[known][:, [model.features.index(name) for name in names]], 0.0)
        rows[np.ix_(known, places)] = values
        rows[known, N_EMOTIONS] = 1
    return rows


def _filled(table: TableReader, name: str) -> Array:
    """The rows in which a column has something."""
    if not table.has(name):
        return np.zeros(0, np.int64)
    found: Array = np.flatnonzero(table.table.column(name).is_valid().to_numpy())
    return found


def _other_texts(table: TableReader, name: str) -> list[tuple[int, str]]:
    """Rows in which a column of texts has another one than the row before that had any."""
    codes = table.table.column(name).combine_chunks().dictionary_encode()
    if hasattr(codes, "chunks"):
        codes = codes.unify_dictionaries().combine_chunks()
    rows = np.flatnonzero(codes.is_valid().to_numpy(zero_copy_only=False))
    numbers = codes.indices.to_numpy(zero_copy_only=False)[rows].astype(np.int64)
    at = np.flatnonzero(np.diff(numbers)) + 1
    names = codes.dictionary.to_pylist()
    return [(int(rows[one]), str(names[numbers[one]])) for one in at[:_MOST_CHANGES].tolist()]
