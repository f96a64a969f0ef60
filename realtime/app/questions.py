"""Questions to the user before something is lost: one at a time, in the window, for some seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from realtime.core.status import Question


class Questions:
    """The question that is open; for the main thread only. Without an answer in time it is withdrawn: the answer no."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._open: Question | None = None
        self._yes: Callable[[], None] | None = None
        self._until = 0.0

    @property
    def open(self) -> Question | None:
        """The question as it is shown now."""
        left = self._until - self._clock()
        if self._open is None or left <= 0:
            self._open = self._yes = None
            return None
        return replace(self._open, seconds_left=math.ceil(left))

    def ask(self, question: Question, yes: Callable[[], None]) -> None:
        """Show a question instead of the one before; `yes` is called once it is answered so."""
        self._open, self._yes = question, yes
        self._until = self._clock() + question.seconds_left

    def answer(self, yes: bool) -> None:
        """Take the answer; after its time it is of nothing."""
        act = self._yes if yes and self.open is not None else None
        self._open = self._yes = None
        if act is not None:
            act()
