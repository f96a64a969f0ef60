"""The loop of a stage without anybody: when it begins and ends, what it shows, and that it is no measurement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from common import needs_bundled

from realtime.app.attract import EACH_S, MOST_FEATURES, AttractLoop, shown_effects, strength_at
from realtime.core.frame_result import Chosen, FrameResult
from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS, Frame
from realtime.core.view_state import ViewState
from realtime.model import LinearMeshModel, load_model
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.painter import Painter
from realtime.view.screen.offscreen import Offscreen

EMPTY = FrameResult(Frame(np.zeros((4, 4, 3), np.uint8), 1, 1, 0))


@pytest.fixture(scope="module")
def model() -> LinearMeshModel:
    return load_model("emotion@built-in")


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def face_of(model: LinearMeshModel) -> FrameResult:
    """Some result with a face."""
    clock = Clock()
    loop = AttractLoop(1.0, clock)
    loop(EMPTY, model, wanted=True)
    clock.now += 2
    shown = loop(EMPTY, model, wanted=True)
    assert shown is not None
    return shown.face


def test_it_begins_after_its_seconds_and_ends_with_the_first_face(model: LinearMeshModel) -> None:
    clock, face = Clock(), face_of(model)
    loop = AttractLoop(5.0, clock)
    assert loop(None, model, wanted=True) is None, "nothing was seen yet"
    assert loop(EMPTY, model, wanted=True) is None
    clock.now += 4.99
    assert loop(EMPTY, model, wanted=True) is None
    clock.now += 0.02
    assert loop(EMPTY, model, wanted=True) is not None
    assert loop(face, model, wanted=True) is None
    clock.now += 4.0
    assert loop(EMPTY, model, wanted=True) is None, "counted from the last face"
    clock.now += 5.1
    assert loop(EMPTY, model, wanted=True) is not None
    assert loop(EMPTY, model, wanted=False) is None
    assert loop(EMPTY, model, wanted=True) is None, "a calibration or a pause begins it anew"
    never = AttractLoop(0.0, clock)
    never(EMPTY, model, wanted=True)
    clock.now += 1e6
    assert never(EMPTY, model, wanted=True) is None


def test_all_emotions_come_in_turn_and_each_is_what_the_model_predicts(model: LinearMeshModel) -> None:
    clock = Clock()
    loop = AttractLoop(1.0, clock)
    loop(EMPTY, model, wanted=True)
    names = []
    for at in range(len(EMOTIONS)):
        clock.now = 51.0 + (at + 0.5) * EACH_S
        shown = loop(EMPTY, model, wanted=True)
        assert shown is not None and shown is loop(EMPTY, model, wanted=True)
        names.append(shown.name)
        predicted = shown.face.models[0].predicted
        assert predicted is not None
        expected = model.predict_unlimited({shown.name: 1.0})
        assert np.abs(predicted.mesh_canon - expected).max() < 1e-3
        assert shown.face.models[0].residual is None and shown.face.models[0].features is None
    assert sorted(names) == sorted(EMOTIONS)


def test_it_moves_without_a_jerk_and_rests_between() -> None:
    times = np.linspace(0, EACH_S, 400)
    strengths = np.array([strength_at(time) for time in times])
    assert strengths[0] == strengths[-1] == 0.0 and strengths.max() == 1.0
    assert np.abs(np.diff(strengths)).max() < 0.02


def test_a_model_without_emotions_shows_what_moves_it_most() -> None:
    units = load_model(str(pyfeat_file("resources/au_to_mesh_pls_v4.npz")))
    shown = shown_effects(units)
    assert len(shown) == MOST_FEATURES
    moved = [effect.distance.mean() for effect in shown]
    assert moved == sorted(moved, reverse=True)


@needs_bundled
def test_it_is_drawn_alone_and_the_faces_come_back(
    model: LinearMeshModel, single_face: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture changes with the expression, and the next face is drawn as if nothing had been."""
    from realtime import Pipeline, load_config
    from realtime.core.status import Status

    settings = ["detect.tracker=bundled", "detect.emotion=inverse", "model.names=emotion@built-in"]
    with Pipeline.from_config(load_config(None, settings)) as pipeline:
        seen = pipeline.step(replace(single_face[0], stamp_ns=1))
    clock = Clock()
    loop = AttractLoop(1.0, clock)
    loop(EMPTY, model, wanted=True)
    words: list[str] = []
    real = Painter.text
    monkeypatch.setattr(Painter, "text", lambda p, text, *a, **k: (words.append(text), real(p, text, *a, **k))[1])
    with Offscreen((640, 360)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [ModelFacts.of(model)], samples=0)
        ui = ViewState(stage=True)

        def picture(result: FrameResult, **more: Any) -> np.ndarray:
            words.clear()
            view.draw(screen.framebuffer, result, Status(calibrated=True, **more), ui)
            return screen.read().astype(int)

        before = picture(seen)
        pictures = []
        for at in (0.1, 1.3):
            clock.now = 51.0 + 3 * EACH_S + at
            pictures.append(picture(EMPTY, attract=loop(EMPTY, model, wanted=True)))
        assert any("Step in front" in text for text in words)
        body = view.layout.tiles[0].body
        face = [one[body.y : body.bottom, body.x : body.right] for one in pictures]
        assert (np.abs(face[0] - face[1]).max(axis=-1) > 20).mean() > 0.01, "it moves"
        assert body.h > 0.35 * 360 and len(view.layout.tiles) == 1
        after = picture(seen)
        assert np.abs(after - before).max() <= 2 and ui.views == ViewState().views
        view.close()


def test_a_picture_on_the_wall_is_nobody_and_somebody_beside_it_is(model: LinearMeshModel) -> None:
    clock, face = Clock(), face_of(model)
    poster = replace(face.faces[0], track_id=8, still=True)
    wall = replace(face, faces=(poster,), chosen=Chosen(8, by_user=False))
    loop = AttractLoop(5.0, clock)
    assert loop(wall, model, wanted=True) is None
    clock.now += 5.1
    assert loop(wall, model, wanted=True) is not None
    beside = replace(wall, faces=(poster, replace(face.faces[0], track_id=9)))
    assert loop(beside, model, wanted=True) is None
    lost = replace(beside, faces=beside.faces[1:])  # the chosen one is lost, and another one is there
    clock.now += 6
    assert loop(lost, model, wanted=True) is None
