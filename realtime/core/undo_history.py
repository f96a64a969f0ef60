"""Steps that can be undone and done again, with the names by which the user is told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MOST_STEPS = 200  # the oldest are forgotten


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done; `undo` and `redo` are called in turns."""

    name: str  # as it is told: "heat map shown"
    undo: Callable[[], None]
    redo: Callable[[], None]
    kind: str = "view"  # steps of a kind become void together: `UndoHistory.forget`


class UndoHistory:
    """What was done, in order, and how much of it is undone at the moment."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._done = 0  # of them; those behind were undone

    @property
    def newest(self) -> Step | None:
        """What would be undone next."""
        return self._steps[self._done - 1] if self._done else None

    def add(self, step: Step) -> None:
        """Note what was done just now; what was undone before can no longer be done again."""
        self._steps = [*self._steps[: self._done], step][-MOST_STEPS:]
        self._done = len(self._steps)

    def replace_newest(self, step: Step) -> None:
        """The newest step went on: it and this one are undone together."""
        self._steps[self._done - 1] = step

    def undo(self) -> Step | None:
        """Undo the newest step; None where there is none."""
        step = self.newest
        if step is not None:
            self._done -= 1
            step.undo()
        return step

    def redo(self) -> Step | None:
        """Do again what was undone last; None where nothing was."""
        if self._done == len(self._steps):
            return None
        step = self._steps[self._done]
        self._done += 1
        step.redo()
        return step

    def forget(self, kind: str) -> None:
        """Forget the steps of a kind, since they can be undone no longer."""
        done = sum(step.kind != kind for step in self._steps[: self._done])
        self._steps = [step for step in self._steps if step.kind != kind]
        self._done = done
