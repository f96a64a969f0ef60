"""What the models are given, between the face of the camera and the predicted ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from common import with_estimate
from recorded import Words, recorded

from realtime.core.frame_result import FrameResult
from realtime.core.status import Status
from realtime.core.types import Features
from realtime.core.view_state import ViewState
from realtime.view.mirror.feature_strip import inputs_of
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

EMOTIONS = {"happiness": 0.7, "neutral": 0.2, "fear": 0.1}
UNITS = {"AU12": 0.9, "AU06": 0.4, "AU25": 0.3}


def given(faces: Any, *features: dict[str, float]) -> FrameResult:
    """A frame in which each model has been given features of its own."""
    plain: FrameResult = faces.result()
    models = [replace(plain.models[0], features=Features(one, "inverse", plain.stamp)) for one in features]
    return with_estimate(plain, models=tuple(models))


def written(model_facts: ModelFacts, result: FrameResult, patch: pytest.MonkeyPatch) -> Words:
    names = ("emotion@v6", "au@v4", "emotion@v5")[: len(result.models)]
    with Offscreen((1280, 720)) as screen:
        models = [replace(model_facts, caption=Caption(name)) for name in names]
        view = MirrorView(screen.ctx, screen.size_px, 1.0, models, samples=0)
        with recorded(patch) as words:
            view.draw(screen.framebuffer, result, Status(source="a clip"), ViewState())
        view.close()
    return words


def test_models_that_are_given_the_same_share_an_input(faces: Any) -> None:
    result = given(faces, EMOTIONS, UNITS, dict(EMOTIONS))
    assert [of for of, _ in inputs_of(result, 3)] == [[0, 2], [1]]
    assert [of for of, _ in inputs_of(given(faces, EMOTIONS, EMOTIONS), 2)] == [[0, 1]]
    assert inputs_of(None, 2) == []


def test_each_of_two_models_shows_what_it_is_given(
    faces: Any, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = written(model_facts, given(faces, EMOTIONS, UNITS), monkeypatch)
    assert {"happiness", "70 %", "AU12", "0.90", "emotion@v6, inverse", "au@v4, inverse"} <= set(words.texts)
    assert "input" not in words.texts  # an arrow would lead to one of them alone
    same = written(model_facts, given(faces, EMOTIONS, EMOTIONS), monkeypatch)
    assert {"happiness", "Given to both models."} <= set(same.texts)
    assert "input" in written(model_facts, given(faces, EMOTIONS), monkeypatch).texts
