"""A question before something is lost is seen, whatever else the window shows, and its keys answer it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hand import Hand
from recorded import recorded

from realtime.core.commands import Answer
from realtime.core.frame_result import FrameResult
from realtime.core.status import Attract, Notification, Playback, Question, Status
from realtime.core.types import Frame
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

QUESTION = Question(
    "end recording", "End the recording and the program?", ("The recording is saved.",), "End", "Go on",
    ("Escape", "Q", "Enter"), 4,
)  # fmt: skip
ASKED = Status(source="a clip", question=QUESTION)
STATES: dict[str, tuple[Status, dict[str, Any]]] = {
    "the usual window": (ASKED, {}),
    "panel closed": (ASKED, {"panel": False}),
    "stage": (ASKED, {"stage": True}),
    "stage of a replay": (replace(ASKED, playback=Playback(1, 9, 3, 90, True, 1, False, 0, 9)), {"stage": True}),
    "below the help": (ASKED, {"help": True}),
    "on the first start": (ASKED, {"introduced": False}),
    "notified": (replace(ASKED, notifications=(Notification("output", "Saved."),)), {}),
    "a word is explained": (ASKED, {"explained": 1}),
    "nobody there": (replace(ASKED, attract=None), {"stage": True}),
}


@pytest.mark.parametrize("size", [(1280, 720), (480, 320)])
@pytest.mark.parametrize("name", STATES)
def test_it_is_over_everything(
    faces: Any, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int]
) -> None:
    status, changes = STATES[name]
    if name == "nobody there":
        status = replace(status, attract=Attract(faces.result(), "happiness", 9.0))
    empty = FrameResult(Frame(faces.image(), 0, 0, 0))
    with Offscreen(size) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        hand = Hand(screen, view, empty if name == "nobody there" else faces.result(), **changes)
        hand.status = status
        with recorded(monkeypatch) as words:
            hand.frame()
        over = [text for layer, text, _ in words.drawn if layer == "##Foreground"]
        asked = [QUESTION.text, "The recording is saved.", "End", "Esc", "Go on", "any key"]
        assert [text for text in over if text in asked] == asked
        assert over[-1] == "any key"  # nothing is written over it
        assert view.input.key("Escape")
        hand.frame()
        assert Answer(True) in hand.asked
        view.close()


def test_the_stage_of_a_replay_says_its_time(
    faces: Any, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        hand = Hand(screen, view, faces.result(), stage=True)
        hand.status = Status(playback=Playback(12.5, 80.0, 300, 2000, False, 1.0, False, 0.0, 80.0))
        with recorded(monkeypatch) as words:
            hand.frame()
        assert "0:12.50 of 1:20.00" in words.texts
        view.close()
