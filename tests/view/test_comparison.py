"""Several models in one window: every face from its own mesh, in the frame of the first."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from common import with_estimate

from realtime.core.frame_result import Disagreement, FrameResult
from realtime.core.status import Status
from realtime.core.types import Similarity
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.history import Series
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

NAMES = ("first", "emotion_to_mesh_pls_v5", "third")


@pytest.fixture(scope="module")
def screen() -> Iterator[Offscreen]:
    with Offscreen((1280, 720)) as screen:
        yield screen


@pytest.fixture
def view(screen: Offscreen, model_facts: ModelFacts) -> Iterator[MirrorView]:
    captions = [Caption(name, "labels repaired" if at == 1 else "") for at, name in enumerate(NAMES)]
    facts = [dataclasses.replace(model_facts, caption=caption) for caption in captions]
    view = MirrorView(screen.ctx, screen.size_px, screen.scale, facts)
    yield view
    view.close()


@pytest.fixture
def three(faces: Any) -> FrameResult:
    """Three models with residuals of 1, 5 and 9 %, which lie 7 % apart everywhere."""
    result = faces.result()
    models = tuple(
        dataclasses.replace(
            result.models[0], model=name, residual=faces.residual(1.0 + 4 * at), residual_adjusted=None,
        )
        for at, name in enumerate(NAMES)
    )  # fmt: skip
    pairs = dict.fromkeys(itertools.combinations(NAMES, 2), 7.0)
    return with_estimate(result, models=models, disagreement=Disagreement(np.full(478, 7.0, np.float32), pairs))


VIEWS = (View.CAMERA, View.OBSERVED, View.PREDICTED)


def shot(screen: Offscreen, view: MirrorView, result: FrameResult | None, **ui: Any) -> np.ndarray:
    view.draw(screen.framebuffer, result, Status(), ViewState(**{"adjusted": False, "views": VIEWS, **ui}))
    return screen.read().astype(np.int64)


def cut(image: np.ndarray, rect: Rect) -> np.ndarray:
    return image[rect.y : rect.bottom - 24, rect.x : rect.right]


def changed(a: np.ndarray, b: np.ndarray, rect: Rect) -> float:
    return float((np.abs(cut(a, rect) - cut(b, rect)).max(axis=-1) > 8).mean())


def test_each_place_shows_its_own_model(screen: Offscreen, view: MirrorView, three: FrameResult, faces: Any) -> None:
    wide = (faces.mean * np.array([1.2, 1.0, 1.0], np.float32)).astype(np.float32)
    before = shot(screen, view, three)
    for at in range(3):
        models = list(three.models)
        models[at] = dataclasses.replace(
            models[at], predicted=dataclasses.replace(models[at].predicted, mesh_canon=wide)
        )
        after = shot(screen, view, with_estimate(three, models=tuple(models)))
        for place, panel in enumerate(view.layout.tiles[2:]):
            share = changed(before, after, panel.body)
            assert share > 0.03 if place == at else share == 0, f"model {at}, place {place}"
        assert changed(before, after, view.layout.tiles[1].body) == 0


def test_a_mesh_of_another_frame_is_brought_into_the_first(
    screen: Offscreen, view: MirrorView, three: FrameResult
) -> None:
    """A mesh ten times as large and turned by 90 degrees, with the way back, is the same picture."""
    before = shot(screen, view, three)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    away = Similarity(np.array(10.0), turn, np.array([5.0, 6.0, 7.0]))
    model = three.models[2]
    elsewhere = dataclasses.replace(
        model,
        predicted=dataclasses.replace(model.predicted, mesh_canon=away.apply(model.predicted.mesh_canon)),  # type: ignore[union-attr, type-var]
        first_from_canon=away.inverse(),
    )
    after = shot(screen, view, with_estimate(three, models=(*three.models[:2], elsewhere)))
    assert changed(before, after, view.layout.tiles[4].body) < 0.002
    lost = dataclasses.replace(elsewhere, first_from_canon=None)
    wrong = shot(screen, view, with_estimate(three, models=(*three.models[:2], lost)))
    assert changed(before, wrong, view.layout.tiles[4].body) > 0.1


def test_the_chosen_models_residual_colours_the_observed_face(
    screen: Offscreen, view: MirrorView, three: FrameResult
) -> None:
    body = view.layout.tiles[1].body
    fixed = {"colour_auto": False, "colour_max": 10.0}
    colored = [shot(screen, view, three, model=at, **fixed) for at in range(3)]
    for at, model in enumerate(three.models):
        first = dataclasses.replace(three.models[0], residual=model.residual)
        same = shot(screen, view, with_estimate(three, models=(first, *three.models[1:])), **fixed)
        assert changed(colored[at], same, body) == 0, "as if it were the first model's"
    for one, other in itertools.combinations(colored, 2):
        assert changed(one, other, body) > 0.15


def test_disagreement_colours_the_predicted_faces_alike(
    screen: Offscreen, view: MirrorView, three: FrameResult
) -> None:
    skin, colored = shot(screen, view, three), shot(screen, view, three, disagreement=True)
    places = [panel.body for panel in view.layout.tiles[2:]]
    assert all(changed(skin, colored, place) > 0.3 for place in places)
    assert changed(skin, colored, view.layout.tiles[1].body) == 0
    first, *others = (cut(colored, place) for place in places)
    for other in others:  # the same mesh and the same numbers: the same picture
        assert (np.abs(first - other).max(axis=-1) > 8).mean() < 0.01
    less = dataclasses.replace(three.disagreement, distance=np.full(478, 1.0, np.float32))  # type: ignore[type-var]
    lighter = shot(screen, view, with_estimate(three, disagreement=less), disagreement=True)
    assert cut(lighter, places[0]).mean() > 1.4 * cut(colored, places[0]).mean(), "its zero is light"


def test_every_combination_of_what_is_missing_can_be_drawn(
    screen: Offscreen, view: MirrorView, three: FrameResult
) -> None:
    names = ("features", "predicted", "residual")
    for missing in itertools.product([False, True], repeat=len(names)):
        changes = {name: None for name, gone in zip(names, missing, strict=True) if gone}
        models = (three.models[0], dataclasses.replace(three.models[1], **changes), three.models[2])  # type: ignore[arg-type]
        for at in range(3):
            shot(screen, view, with_estimate(three, models=models, disagreement=None), model=at, adjusted=True)
    shot(screen, view, None, model=2, disagreement=True)
    shot(screen, view, FrameResult(three.frame), model=2)


def test_the_history_keeps_every_model(view: MirrorView, screen: Offscreen, three: FrameResult) -> None:
    shot(screen, view, three)
    asked = [Series("raw"), Series("raw", 1), Series("raw", 2), Series("mean_mesh"), Series("adjusted", 1)]
    last = view.history.slices(asked, 0.0, 1.0, 20).values[:, -1].tolist()
    assert last[:4] == [1.0, 5.0, 9.0, 6.0] and np.isnan(last[4])
