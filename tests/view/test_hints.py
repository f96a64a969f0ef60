"""Every word on the screen that the glossary knows says what it means, one after the other."""

from __future__ import annotations

from typing import Any

import pytest
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
