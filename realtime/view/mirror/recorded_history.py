"""The measurements of a recording as far as they were shown, on the recording's own time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from realtime.core.frame_result import FrameResult
from realtime.view.mirror.history import LONGEST_STEP_S, NO_OTHERS, STEP_S, History, Slots

_MOST_SLOTS = 8192  # 27 MB with the residual of every vertex of one model


class RecordedHistory(History):
    """A history with a slot for every moment of a recording, where plots have the axis of its timeline.

    What is shown again replaces what was there; what was never shown is a gap. Slots are wider in long recordings.
    """

    def __init__(self, models: int, duration_s: float) -> None:
        """`duration_s`: of the recording, whose time begins with 0."""
        super().__init__(models, duration_s, max(STEP_S, duration_s / _MOST_SLOTS))
        self.duration_s = duration_s
        self._at = -1  # slot of the frame that is shown
        self._newest = self._capacity - 1  # all slots are there from the start

    def push(self, result: FrameResult, others: Mapping[int, int] = NO_OTHERS) -> bool:
        """As `History.push`, of a frame whose stamp is the recording's time."""
        stamp, segment = result.stamp, result.frame.segment
        if stamp == self._last_ns and segment == self._segment:
            return False
        self._last_ns, self._segment = stamp, segment
        slot = min(max(int(self.now_s / self._step_s), 0), self._newest)
        if slot != self._at:  # what comes now replaces what was there
            self._at = slot
            for ring in (self._frames, self._times_s, self._counts, self._means):
                ring[slot] = 0
        self._add(result, slot, others)
        return True

    @property
    def _current(self) -> int:
        return self._at

    def _breaks(self, slots: Slots, at: Slots) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = np.diff(slots, prepend=slots[0]) * self._step_s > LONGEST_STEP_S
        return found
