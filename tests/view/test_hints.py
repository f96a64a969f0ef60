"""Every word on the screen that the glossary knows says what it means, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from common import with_first
from recorded import recorded

from realtime.core.glossary import GLOSSARY
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

SHOWN = (
    "you", "features", "source", "predicted", "difference", "region", "eye distance", "tracker", "movement", "ribbon",
    "usable",
)  # fmt: skip


def test_each_of_the_first_notes_has_its_number_at_the_word_that_it_is_about(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        uncalibrated = with_first(faces.result(), identity=None)
        with recorded(monkeypatch) as words:
            view.draw(screen.framebuffer, uncalibrated, Status(source="a clip.mp4"), ViewState(introduced=False))
        tiles, sentence = view.layout.tiles, view.layout.sentence
        view.close()
    assert sentence is not None
    titles = [tile.title for tile in tiles]
    for number, line in zip("1234", (*titles, sentence), strict=True):
        at = [box for layer, text, box in words.drawn if layer == "##Foreground" and text == number]
        assert len(at) == 2 and sum(box.overlap(line) > 0 for box in at) == 1, number


def test_the_words_of_the_window_are_gone_through(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {term.name: term.sentence for term in GLOSSARY.values()}
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        ui = ViewState(explained=1, adjusted=False)
        found: list[str] = []
        while ui.explained:
            with recorded(monkeypatch) as words:
                view.draw(screen.framebuffer, faces.result(len(found)), Status(source="a clip.mp4"), ui)
            over = [text for layer, text, _ in words.drawn if layer == "##Foreground"]
            assert bool(over) is bool(ui.explained)
            if over:
                assert " ".join(over[1:]) == names[over[0]]
                found.append(over[0])
                ui.explained += 1
            assert len(found) < 100
        view.close()
    assert {GLOSSARY[term].name for term in SHOWN} <= set(found)
    assert found[0] == GLOSSARY["tracker"].name, "from above"
