"""When to draw; how is up to the views. Nothing here knows a window."""

from __future__ import annotations

import time
from collections.abc import Callable

# A sleeping window polls this often for a signal, since signals do not wake it.
IDLE_S = 0.25
# Dear ImGui acts on some of what the user does one frame later.
SETTLE_FRAMES = 3
# While results come, the next one shows what the user did; after this time it is shown without one.
INPUT_S = 0.05


class DrawScheduler:
    """Draws on demand: frames are requested by what changes, and drawn at once or with the next result.

    `request` asks for frames, `due` says whether one is to be drawn now, `drawn` reports that it was, and `sleep_s` is
    how long the loop may sleep. `clock` gives seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requested = 0
        self._drawn_at = float("-inf")

    @property
    def requested(self) -> int:
        """Frames that are still to be drawn."""
        return self._requested

    def request(self, frames: int = 1) -> None:
        """Draw at least so many frames more."""
        self._requested = max(self._requested, frames)

    def settle(self) -> None:
        """Draw until Dear ImGui has acted on what the user did."""
        self.request(SETTLE_FRAMES)

    def due(self, *, results_come: bool = False) -> bool:
        """Whether a frame is to be drawn without a new result; while `results_come`, it waits briefly for one."""
        return self._requested > 0 and self._clock() >= self._earliest(results_come)

    def drawn(self) -> None:
        """A frame was drawn, for whatever reason."""
        self._requested = max(0, self._requested - 1)
        self._drawn_at = self._clock()

    def sleep_s(self, *, results_come: bool = False, most: float = IDLE_S) -> float:
        """How long the loop may sleep, unless it is woken: until a frame is due, and `most` seconds."""
        if not self._requested:
            return most
        return min(max(0.0, self._earliest(results_come) - self._clock()), most)

    def _earliest(self, results_come: bool) -> float:
        return self._drawn_at + INPUT_S if results_come else float("-inf")
