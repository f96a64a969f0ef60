"""Steps that are undone and done again."""

from __future__ import annotations

import random

from realtime.core.undo_history import MOST_STEPS, Step, UndoHistory


class Number:
    """Something that steps change."""

    def __init__(self) -> None:
        self.value = 0

    def step(self, to: int, kind: str = "view") -> Step:
        before = self.value
        self.value = to
        return Step(f"{before} to {to}", lambda: self._put(before), lambda: self._put(to), kind)

    def _put(self, value: int) -> None:
        self.value = value


def test_any_order_of_steps_undos_and_redos_is_that_of_two_stacks() -> None:
    chance, number, history = random.Random(3), Number(), UndoHistory()
    undone: list[int] = []
    done = [0]
    for at in range(1, 400):
        what = chance.choice(("do", "undo", "redo"))
        if what == "do":
            history.add(number.step(at))
            done.append(at)
            undone.clear()
        elif what == "undo":
            step = history.undo()
            assert (step is None) == (len(done) == 1)
            if step is not None:
                undone.append(done.pop())
        else:
            step = history.redo()
            assert (step is None) == (not undone)
            if step is not None:
                done.append(undone.pop())
        assert number.value == done[-1]


def test_steps_of_a_kind_are_forgotten_on_both_sides() -> None:
    number, history = Number(), UndoHistory()
    for to, kind in ((1, "view"), (2, "neutral"), (3, "view"), (4, "neutral")):
        history.add(number.step(to, kind))
    history.undo()
    history.forget("neutral")
    assert history.redo() is None
    assert [step.name for step in iter(history.undo, None)] == ["2 to 3", "0 to 1"]


def test_the_oldest_steps_are_forgotten() -> None:
    number, history = Number(), UndoHistory()
    for to in range(1, MOST_STEPS + 6):
        history.add(number.step(to))
    assert len(list(iter(history.undo, None))) == MOST_STEPS
    assert number.value == 5
