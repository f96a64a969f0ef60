"""What the user has changed in the view, by a key, a button or the mouse, as steps that can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime.core.undo_history import Step, UndoHistory
from realtime.core.view_changes import CONTINUOUS, Snapshot, change_text, changed, restore, snapshot
from realtime.core.view_state import ViewState

TOGETHER_S = 1.0  # a slider, a drag and a key that is pressed again go on for as long as their pauses are shorter


class ViewHistory:
    """Watches the view and adds a step to a history for what was changed in it."""

    def __init__(self, ui: ViewState, history: UndoHistory, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._ui = ui
        self._history = history
        self._clock = clock
        self._seen = snapshot(ui)
        self._going_on: tuple[Step, Snapshot, frozenset[str], float] | None = None  # step, its start, what, since when

    def watch(self, name: str = "") -> None:
        """Note what the user has changed since the last call; `name`: what it is called, instead of what differs."""
        now, before = snapshot(self._ui), self._seen
        what = changed(before, now)
        if not what:
            return
        self._seen = now
        start = before
        going_on, time_s = self._going_on, self._clock()
        joins = (
            going_on is not None
            and going_on[0] is self._history.newest
            and going_on[2] == what
            and what <= CONTINUOUS
            and time_s - going_on[3] < TOGETHER_S
        )
        if joins and going_on is not None:
            start = going_on[1]
        names = changed(start, now)
        old, new = ({key: state[key] for key in names} for state in (start, now))
        step = Step(name or change_text(start, now), lambda: self._put(old), lambda: self._put(new))
        if joins:
            self._history.replace_newest(step)
        else:
            self._history.add(step)
        self._going_on = step, start, what, time_s

    def accept(self) -> None:
        """What has changed since the last call was the program's doing, and is no step."""
        self._seen = snapshot(self._ui)

    def _put(self, state: Snapshot) -> None:
        restore(self._ui, state)
        self._seen = snapshot(self._ui)
