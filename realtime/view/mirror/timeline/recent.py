"""The last minutes as a timeline shows them: a small ring of sums, at the same cost whatever the frame rate."""

from __future__ import annotations

import copy
from collections import deque

import numpy as np

from realtime.core.frame_result import FrameResult
from realtime.core.overview import COLUMNS, Change, Overview, row_of
from realtime.core.types import Identity
from realtime.core.wording import feature_source_names

SLOT_S = 1 / 8
KEPT_S = 600.0
_MOST_CHANGES = 200


class Recent:
    """Sums over slots of an eighth of a second for ten minutes: 0.7 MB."""

    def __init__(self, unit: float) -> None:
        """`unit`: outer-canthal distance of the first model, model units."""
        self._unit = unit
        self._capacity = round(KEPT_S / SLOT_S)
        self._sums = np.zeros((self._capacity, COLUMNS))
        self._times_s = np.zeros(self._capacity)  # of the newest frame in each slot
        self._count = 0  # slots that were begun since the start
        self._slot = -1
        self._changes: deque[Change] = deque(maxlen=_MOST_CHANGES)
        self._source: str | None = None
        self._segment: int | None = None
        self._identity: Identity | None = None
        self._overview: Overview | None = None

    @property
    def bytes(self) -> int:
        """Memory of the ring."""
        return self._sums.nbytes + self._times_s.nbytes

    def copy(self) -> Recent:
        """A snapshot, independent of this one."""
        return copy.deepcopy(self)

    def push(self, result: FrameResult, time_s: float) -> None:
        """Add a frame at a time that never decreases, seconds."""
        slot = int(time_s / SLOT_S)
        if slot != self._slot:
            self._slot, self._overview = slot, None
            self._sums[self._count % self._capacity] = 0
            self._count += 1
        at = (self._count - 1) % self._capacity
        self._sums[at] += row_of(result, 0, self._unit)
        self._times_s[at] = time_s
        self._note_changes(result, time_s)

    @property
    def overview(self) -> Overview:
        """All of it, oldest first; the same object until another slot begins."""
        if self._overview is None:
            count = min(self._count, self._capacity)
            order = np.arange(self._count - count, self._count) % self._capacity
            sums = np.zeros((count + 1, COLUMNS))
            np.cumsum(self._sums[order], axis=0, out=sums[1:])
            self._overview = Overview(self._times_s[order], sums, tuple(self._changes))
        return self._overview

    def _note_changes(self, result: FrameResult, time_s: float) -> None:
        segment = result.frame.segment
        if self._segment is not None and segment != self._segment:
            self._changes.append(Change(time_s, "the source was interrupted or is another one"))
        self._segment = segment
        if not result.models:
            return
        model = result.models[0]
        if model.features is not None:
            if self._source is not None and model.features.source != self._source:
                name = feature_source_names(model.features.source)[-1]
                self._changes.append(Change(time_s, f"emotions: {name}"))
            self._source = model.features.source
        if model.predicted is not None:
            if model.identity is not None and model.identity is not self._identity:
                self._changes.append(Change(time_s, "neutral face measured"))
            self._identity = model.identity
