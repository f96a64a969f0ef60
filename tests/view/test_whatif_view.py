"""The what-if window drawn without a display, judged by its pixels and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded import recorded

from realtime.app.run_options import RunOptions
from realtime.app.whatif import WhatIf, WhatIfOptions
from realtime.core.config import Config
from realtime.core.resources import pyfeat_file
from realtime.core.types import ByteArray
from realtime.model import BUILT_IN, InputRanges, LinearMeshModel, ManualInput, load_model
from realtime.model.file import read_model
from realtime.view.paint.layout import Rect
from realtime.view.paint.widgets import SliderRange
from realtime.view.screen.offscreen import Offscreen
from realtime.view.whatif.layout import arrange_whatif
from realtime.view.whatif.state import LiveFace, WhatIfAction, WhatIfScene, WhatIfState
from realtime.view.whatif.view import WhatIfView

SIZES = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((960, 540), 1.0), ((2560, 1440), 2.0), ((1280, 720), 2.0)]
BLENDSHAPES = """
    browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
    cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
    eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft
    eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft
    mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight
    mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft
    mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft
    noseSneerRight tongueOut
""".split()  # noqa: SIM905


def units() -> LinearMeshModel:
    return read_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


def blendshapes() -> LinearMeshModel:
    """The 52 names over rows of the action units: what is looked at here is the panel."""
    model = units()
    rows = np.concatenate([np.resize(np.arange(20), 52), [20, 21, 22]])
    return model.replaced(
        name="bs_to_mesh_pls_v6", feature_name="blendshape", feature_columns=tuple(BLENDSHAPES), coef=model.coef[rows],
        feature_p99=np.linspace(0.05, 0.95, 52), unsupported_features=("cheekPuff", "tongueOut"),
    )  # fmt: skip


MODELS = {"emotion": lambda: load_model(BUILT_IN), "au": units, "blendshape": blendshapes}


@pytest.fixture
def make() -> Iterator[Callable[..., WhatIf]]:
    """A what-if window without a display; all are closed in the end."""
    made: list[tuple[WhatIf, Offscreen]] = []

    def one(
        model: LinearMeshModel,
        size: tuple[int, int] = (1280, 720),
        scale: float = 1.0,
        start: ManualInput | None = None,
    ) -> WhatIf:
        screen = Offscreen(size, scale)
        run = RunOptions(notify=lambda _: None)
        made.append(
            (WhatIf(Config(), WhatIfOptions(), run, model, start or InputRanges(model).rest, screen, None), screen)
        )
        return made[-1][0]

    yield one
    for whatif, screen in made:
        whatif.close()
        screen.close()


def picture(whatif: WhatIf) -> ByteArray:
    for _ in range(3):
        whatif._draw()
    return whatif._screen.read()


def places(whatif: WhatIf) -> dict[str, Rect]:
    return whatif._view.controls.widgets.places


def cut(image: ByteArray, rect: Rect) -> np.ndarray:
    return image[rect.y : rect.bottom, rect.x : rect.right].astype(int)


@pytest.mark.parametrize(("size", "scale"), [*SIZES, ((640, 360), 1.0), ((3840, 600), 1.0), ((700, 1400), 1.0)])
@pytest.mark.parametrize("live", [False, True])
def test_panels_lie_inside_and_apart(size: tuple[int, int], scale: float, live: bool) -> None:
    layout = arrange_whatif(size, scale, live=live)
    frames = [frame for frame, _ in layout.cards] + [layout.header]
    assert len(frames) == 4 + live
    for at, a in enumerate(frames):
        assert a.x >= 0 and a.y >= 0 and a.right <= size[0] and a.bottom <= size[1] and min(a.w, a.h) > 0
        for b in frames[:at]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y
    if layout.observed is not None:
        assert (layout.observed.body.w, layout.observed.body.h) == (layout.predicted.body.w, layout.predicted.body.h)


@pytest.mark.parametrize("colored", [False, True])
def test_happiness_changes_the_mouth_and_nothing_beside_the_face(make: Callable[..., WhatIf], colored: bool) -> None:
    whatif = make(load_model(BUILT_IN))
    whatif.state.colored = colored
    before = picture(whatif)
    whatif.state.manual_input = whatif._input_ranges.put(whatif.state.manual_input, "happiness", 0.6, share=True)
    change = np.abs(picture(whatif).astype(int) - before).max(axis=-1)
    layout = whatif._view.layout
    body = layout.predicted.body
    middle = range(body.x + body.w // 2 - body.h // 5, body.x + body.w // 2 + body.h // 5)
    brow = change[body.y + body.h // 10 : body.y + body.h // 4, middle.start : middle.stop]
    mouth = change[body.y + round(0.6 * body.h) : body.y + round(0.8 * body.h), middle.start : middle.stop]
    assert mouth.mean() > 8 and mouth.mean() > 2.5 * brow.mean()
    everywhere = np.ones(change.shape, bool)
    for frame in (layout.controls.frame, layout.numbers.frame, body):
        everywhere[frame.y : frame.bottom, frame.x : frame.right] = False
    assert change[everywhere].max() == 0
    rows = cut(change, places(whatif)["happiness"]), cut(change, places(whatif)["anger"])
    assert rows[0].max() > 50 and rows[1].max() == 0  # the slider follows, the others stay


def test_colours_are_of_the_displacement_and_rest_has_none(make: Callable[..., WhatIf]) -> None:
    whatif = make(units())
    whatif.state.colored = True
    body = whatif._view.layout.predicted.body
    still = cut(picture(whatif), body)
    whatif.state.manual_input = whatif._input_ranges.put(whatif.state.manual_input, "AU26", 1.0, share=False)
    moved = cut(picture(whatif), body)
    warm = (moved[..., 0] > 150).sum() - (still[..., 0] > 150).sum()
    assert (still[..., 0] > 150).sum() < 0.01 * still[..., 0].size and warm > 0.005 * still[..., 0].size
    high = np.argwhere(moved[..., 0] > 150)[:, 0].mean()
    assert high > 0.6 * body.h  # the jaw has dropped


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_words_are_whole_and_apart(
    make: Callable[..., WhatIf], monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int], scale: float
) -> None:
    whatif = make(MODELS[name](), size, scale)
    whatif.state.colored = True
    ranges, rng = whatif._input_ranges, np.random.default_rng(1)
    whatif.state.manual_input = ranges.random(whatif.state.manual_input, rng, share=name == "emotion")
    whatif.state.manual_input = whatif.state.manual_input.with_pose("yaw", -12.0)
    picture(whatif)
    with recorded(monkeypatch) as words:
        whatif._draw()
    assert not words.faults(size) and len(words.drawn) > 25


def test_the_filter_leaves_what_has_its_letters(make: Callable[..., WhatIf]) -> None:
    whatif = make(blendshapes())
    picture(whatif)
    assert "browInnerUp" in places(whatif) and "noseSneerLeft" not in places(whatif)  # further down the list
    whatif.state.filter = "SNEER"
    picture(whatif)
    found = {place for place in places(whatif) if place in BLENDSHAPES or place in ("pitch", "yaw", "roll")}
    assert found == {"noseSneerLeft", "noseSneerRight"}
    whatif.state.filter = "nothing like it"
    picture(whatif)
    assert not set(BLENDSHAPES) & set(places(whatif))


def test_a_live_face_stands_beside_it_and_its_distance_is_told(mean_mesh: Any) -> None:
    model = load_model(BUILT_IN)
    with Offscreen((1280, 720)) as screen:
        state = WhatIfState(InputRanges(model).rest, True)
        view = WhatIfView(screen, model, state, 10.0, live=True)
        helper = WhatIf(Config(), WhatIfOptions(), RunOptions(headless=True), model, state.manual_input, None, None)
        plain = helper._scene()

        def shown(live: LiveFace | None) -> ByteArray:
            view.begin()
            view.finish(
                screen.framebuffer, WhatIfScene(plain.mesh_canon, plain.moved, plain.largest, plain.region, live=live)
            )
            return screen.read()

        where = view.layout.observed.body.inset(60, 60)
        gone = cut(shown(LiveFace("camera 0", "no face")), where)
        assert (gone.max(axis=-1) > 70).mean() < 0.02
        there = LiveFace("camera 0", "", mean_mesh, helper._distance(mean_mesh, plain.mesh_canon))
        gray = cut(shown(there), where)
        assert (gray.max(axis=-1) > 60).mean() > 0.3
        state.colored = True
        assert np.abs(cut(shown(there), where) - gray).max(axis=-1).mean() > 10
        view.close()
        view.close()


def test_every_state_can_be_drawn(make: Callable[..., WhatIf]) -> None:
    whatif = make(units(), (960, 540))
    whatif.state.view.help = True
    picture(whatif)
    whatif.state.view.help, whatif.state.view.mirrored = False, True
    whatif.notify("x" * 400, failed=True)
    whatif.state.actions += [
        WhatIfAction.RANDOM,
        WhatIfAction.REST,
        WhatIfAction.TAKE_OVER,
        WhatIfAction.PASTE,
        WhatIfAction.COPY,
    ]
    picture(whatif)
    assert "clipboard" in whatif._message[0]  # there is none here, and that is said


@pytest.mark.parametrize("high", [1.0, 0.98, 0.37, 0.05, 0.0157, 0.004, 0.0004, 1.0000001e-9])
def test_a_slider_suits_the_end_of_its_feature(high: float) -> None:
    span = SliderRange.up_to(high)
    shares = np.linspace(0, 1, 401)
    values = [span.at(share) for share in shares]
    assert values[0] == 0 and values[-1] == high and max(values) == high
    assert values == sorted(values) and len(set(values)) > 250
    assert all(
        abs(value - share * high) <= 0.0011 * high for value, share in zip(values, np.linspace(0, 1, 401), strict=True)
    )
    assert all(len(span.text(value)) <= 5 for value in values)
    assert len({span.text(value) for value in values}) > 5, "one number for all would tell nothing"


def test_a_slider_covers_its_range_on_a_grid() -> None:
    span = SliderRange(0.0, 0.37, 2, 0.001)
    assert [span.at(share) for share in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.185, 0.37, 0.37]
    for share in np.linspace(0, 1, 101):
        assert span.share(span.at(float(share))) == pytest.approx(share, abs=0.002)
    assert SliderRange(-30, 30, 1, 0.1).text(-0.04) == "0.0" and SliderRange(-30, 30, 1, 0.1).text(-4.0) == "−4.0"


def test_without_a_clipboard_the_document_goes_to_the_terminal(tmp_path: Path) -> None:
    model, told = load_model(BUILT_IN), []
    with Offscreen((960, 540)) as screen:
        run = RunOptions(notify=told.append)
        whatif = WhatIf(Config(), WhatIfOptions(), run, model, InputRanges(model).rest, screen, None)
        whatif.state.actions.append(WhatIfAction.COPY)
        whatif._draw()
        whatif.close()
    assert any("[features]" in text for text in told)
