"""A question waits for its answer, and is withdrawn without one."""

from __future__ import annotations

from realtime.app.questions import Questions
from realtime.core.status import Question

REPLACE = Question("replace neutral", "Replace it?", (), "Yes", "No", ("N", "Enter"), 10)


def test_yes_no_and_no_answer() -> None:
    now, done = 100.0, list[str]()
    questions = Questions(lambda: now)
    assert questions.open is None
    questions.answer(yes=True)

    questions.ask(REPLACE, lambda: done.append("yes"))
    now += 2.5
    assert questions.open is not None and questions.open.seconds_left == 8
    questions.answer(yes=False)
    assert questions.open is None and not done

    questions.ask(REPLACE, lambda: done.append("yes"))
    questions.answer(yes=True)
    assert questions.open is None and done == ["yes"]
    questions.answer(yes=True)
    assert done == ["yes"], "an answer counts once"

    questions.ask(REPLACE, lambda: done.append("late"))
    now += 10.0
    assert questions.open is None
    questions.answer(yes=True)
    assert done == ["yes"]
