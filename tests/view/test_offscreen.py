"""The mirror drawn without a display, judged by its pixels."""

from __future__ import annotations

import dataclasses
import gc
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import moderngl
import numpy as np
import psutil
import pytest
from common import with_estimate, with_first

from realtime.core.commands import Action
from realtime.core.frame_result import FrameResult
from realtime.core.status import Notification, Status
from realtime.core.types import ByteArray, Validity
from realtime.core.view_options import ColorMap, Overlay, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

SIZE = (960, 540)
Draw = Callable[..., ByteArray]
VIEWS = (View.CAMERA, View.OBSERVED, View.PREDICTED)  # the tiles that are asked for their pixels
SAVED = (Notification("output", "saved"),)


@pytest.fixture(scope="module")
def screen() -> Iterator[Offscreen]:
    with Offscreen(SIZE) as screen:
        yield screen


def looking(**changes: Any) -> ViewState:
    return ViewState(**{"adjusted": False, "views": VIEWS, **changes})


@pytest.fixture
def view(screen: Offscreen, model_facts: ModelFacts) -> Iterator[MirrorView]:
    view = MirrorView(screen.ctx, screen.size_px, screen.scale, [model_facts])
    view.draw(screen.framebuffer, None, Status(), looking())
    yield view
    view.close()


@pytest.fixture
def draw(screen: Offscreen, view: MirrorView) -> Draw:
    def once(result: FrameResult | None, status: Status | None = None, ui: ViewState | None = None) -> ByteArray:
        view.draw(screen.framebuffer, result, status or Status(), ui or looking())
        return screen.read()

    return once


def cut(image: ByteArray, rect: Rect) -> np.ndarray:
    return image[rect.y : rect.bottom, rect.x : rect.right].astype(np.int64)


def picture_of(view: MirrorView, size: tuple[int, int]) -> Rect:
    return view.layout.tiles[0].body.fitted(*size)


def without_landmarks(result: FrameResult) -> FrameResult:
    return FrameResult(frame=result.frame)


@pytest.mark.parametrize("size", [(320, 240), (322, 181), (1280, 720), (240, 320)])
def test_the_picture_is_upright_with_its_own_colours(view: MirrorView, draw: Draw, faces: Any, size: Any) -> None:
    shown = cut(draw(without_landmarks(faces.result(image=faces.image(size)))), picture_of(view, size))
    height, width = shown.shape[:2]
    row = height // 2
    red, green, blue = shown[row, width // 4], shown[2 + height // 40, width // 2], shown[row, 3 * width // 4]
    assert red.argmax() == 0 and green.argmax() == 1 and blue.argmax() == 2
    for color in (red, green, blue):
        assert np.sort(color)[1] < 8 < 100 < color.max()
    middle = shown[row, :, 0] > shown[row, :, 2]
    assert abs(int(middle.sum()) - width // 2) <= 2  # the border of the colours is where it was


def test_mirrored_is_the_mirror_image(view: MirrorView, draw: Draw, faces: Any) -> None:
    result = without_landmarks(faces.result())
    where = picture_of(view, (320, 240)).inset(12, 60)  # away from the words over it
    plain = cut(draw(result), where)
    mirrored = cut(draw(result, ui=looking(mirrored=True)), where)
    np.testing.assert_allclose(mirrored, plain[:, ::-1], atol=2)
    assert np.abs(mirrored - plain).max() > 100  # and the picture is one whose mirror image is another


def test_the_faces_are_mirrored_too_and_agree_with_the_picture(view: MirrorView, draw: Draw, faces: Any) -> None:
    mesh = faces.mean.copy()
    beside = (mesh - faces.frame.origin) @ faces.frame.axes[0] > 0.2 * faces.frame.unit
    residual = faces.residual()
    hot = dataclasses.replace(residual, distance=np.where(beside, 10.0, 0.5).astype(np.float32))  # the subject's left
    result = with_first(faces.result(), residual=hot)
    body = view.layout.tiles[1].body
    for mirrored in (False, True):
        fixed = looking(mirrored=mirrored, colour_auto=False, colours=ColorMap.INFERNO)
        red, _, blue = np.moveaxis(cut(draw(result, ui=fixed), body), -1, 0)
        warm = (red > 150) & (red > blue + 40)  # and no word, whose ink is grey
        left, right = warm[:, : body.w // 2].sum(), warm[:, body.w // 2 :].sum()
        assert (left > 20 * right) if mirrored else (right > 20 * left)
        # In the picture the landmarks of that side stand on the same side.
        points = result.landmarks.points_px[:468][beside[:468]]
        share = points[:, 0].mean() / 320
        assert ((1 - share if mirrored else share) > 0.5) is not mirrored


def test_the_landmarks_lie_on_the_picture(view: MirrorView, draw: Draw, faces: Any) -> None:
    image = np.full((240, 320, 3), 40, np.uint8)
    result = faces.result(image=image)
    where = picture_of(view, (320, 240))
    drawn = looking(whole=True, overlay=Overlay.MESH)
    change = np.abs(cut(draw(result, ui=drawn), where) - cut(draw(without_landmarks(result), ui=drawn), where))
    change = change.max(axis=-1)
    factor = where.w / 320
    points = result.landmarks.points_px[:468, :2] * factor
    near = np.zeros(change.shape, bool)
    for x, y in points:
        near[max(0, int(y) - 2) : int(y) + 3, max(0, int(x) - 2) : int(x) + 3] = True
    assert (change > 25)[near].mean() > 0.5
    left, top = points.min(axis=0)
    beside = change[: -round(44 * view.layout.unit), : int(left) - 3]  # below are the words that there is no face
    assert (beside > 12).mean() < 0.01  # nothing beside the face (the picture is lit differently)
    assert top > 3


def test_a_missing_mesh_is_not_drawn_and_no_old_one_stays(view: MirrorView, draw: Draw, faces: Any) -> None:
    bodies = [view.layout.tiles[1].body.inset(30, 60), view.layout.tiles[2].body.inset(30, 60)]
    image = draw(faces.result())
    for body in bodies:
        assert cut(image, body).max() > 120
    image = draw(without_landmarks(faces.result(1)))
    for body in bodies:
        ground = cut(image, body)
        words = (ground.max(axis=-1) > 70).mean()
        assert words < 0.02  # "no face", and nothing else


def test_the_two_faces_come_from_their_own_meshes(view: MirrorView, draw: Draw, faces: Any) -> None:
    wide = (faces.mean * np.array([1.25, 1.0, 1.0], np.float32)).astype(np.float32)
    result = faces.result()
    wider = with_first(result, aligned=dataclasses.replace(result.aligned, mesh_canon=wide))
    observed, predicted = view.layout.tiles[1].body, view.layout.tiles[2].body

    def width(image: ByteArray, body: Rect) -> int:
        row = cut(image, body)[round(0.45 * body.h)].max(axis=-1)
        return int((row > 60).sum())

    before, after = draw(result), draw(wider)
    assert width(after, observed) > 1.1 * width(before, observed)
    assert width(after, predicted) == width(before, predicted)
    adjusted = with_first(result, predicted=dataclasses.replace(result.predicted, adjusted_canon=wide))
    assert width(draw(adjusted), predicted) == width(before, predicted)
    assert width(draw(adjusted, ui=looking(adjusted=True)), predicted) > 1.1 * width(before, predicted)


def test_a_larger_residual_has_another_colour_and_the_scale_matters(view: MirrorView, draw: Draw, faces: Any) -> None:
    body = view.layout.tiles[1].body.inset(60, 60)
    fixed = looking(colour_auto=False, colours=ColorMap.INFERNO)

    def color(distance: float, ui: ViewState = fixed) -> float:
        result = with_first(faces.result(), residual=faces.residual(distance))
        return float(cut(draw(result, ui=ui), body).sum(axis=-1).mean())

    values = [color(distance) for distance in (0.5, 3.0, 6.0, 10.0)]
    assert values == sorted(values) and values[-1] > 1.5 * values[0]
    assert color(3.0, dataclasses.replace(fixed, colour_max=3.0)) == pytest.approx(values[-1], rel=0.01)
    adjusted = with_first(faces.result(), residual=faces.residual(0.5), residual_adjusted=faces.residual(10.0))
    body_sum = float(cut(draw(adjusted, ui=dataclasses.replace(fixed, adjusted=True)), body).sum(axis=-1).mean())
    assert body_sum == pytest.approx(values[-1], rel=0.01)


@pytest.mark.parametrize("samples", [0, 4])
def test_silhouettes_are_smooth(screen: Offscreen, faces: Any, model_facts: ModelFacts, samples: int) -> None:
    view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=samples)
    view.draw(screen.framebuffer, faces.result(), Status(), ViewState())
    body = view.layout.tiles[2].body
    shown = cut(screen.read(), body).sum(axis=-1)
    view.close()
    steps = 0
    for row in shown[round(0.3 * body.h) : round(0.7 * body.h)]:
        ground, skin = int(row[:20].max()), int(np.median(row[body.w // 3 : body.w // 2]))
        edge = int(np.argmax(row > ground + 0.15 * (skin - ground)))
        steps += bool(row[edge] < ground + 0.8 * (row[edge + 3] - ground))
    assert steps > 0.5 * 0.4 * body.h  # most rows cross the outline through a shade in between


def test_every_combination_of_what_is_missing_can_be_drawn(draw: Draw, faces: Any) -> None:
    names = ("features", "predicted", "residual", "residual_adjusted")
    result = faces.result()
    statuses = [
        Status(),
        Status(
            source_state="lost",
            source_note="retry in 2 s",
            paused=True,
            notifications=SAVED,
        ),
    ]
    for missing in itertools.product([False, True], repeat=len(names)):
        changes = {name: None for name, gone in zip(names, missing, strict=True) if gone}
        partial = with_first(result, **changes)
        for adjusted in (False, True):
            draw(partial, statuses[adjusted], ViewState(adjusted=adjusted, mirrored=adjusted))
    draw(with_estimate(result, models=()))
    for state in ("opening", "live", "lost", "ended"):
        for progress in (None, 0.0, 0.5, 1.0):
            draw(None, Status(source_state=state, calibrating=progress, recording_s=3.0), ViewState(help=True))
    bare = with_first(result, predicted=dataclasses.replace(result.predicted, adjusted_canon=None))
    draw(bare, ui=ViewState(adjusted=True))
    many = with_estimate(result, validity=Validity(False, ("yaw 47° beyond 40°", "anchors off by 9 %")))
    draw(many, Status(skipped=12, fps=29.9, latency_ms=20, latency_p95_ms=40, pose_mode="zero"))


def test_nothing_grows_while_frames_go_by(draw: Draw, faces: Any) -> None:
    made: dict[str, int] = {}

    def live() -> int:
        gc.collect()
        kinds = (moderngl.Buffer, moderngl.Texture, moderngl.Framebuffer, moderngl.VertexArray, moderngl.Renderbuffer)
        return sum(isinstance(thing, kinds) for thing in gc.get_objects())

    def frames(count: int, start: int) -> None:
        for index in range(start, start + count):
            noise = np.float32(0.1 * np.sin(index))
            result = faces.result(index, mesh=faces.mean + noise)
            draw(result, Status(fps=index / 7, latency_ms=index), ViewState(orbit_deg=(index % 40, 0.0)))

    frames(60, 0)
    before, grown = live(), []
    for begin in (60, 300, 540):  # what leaks grows every time; what other tests of this process have left, once
        memory = psutil.Process().memory_info().rss
        frames(240, begin)
        assert live() == before, made
        grown.append(psutil.Process().memory_info().rss - memory)
        if grown[-1] < 12e6:
            return
    pytest.fail(f"it grows by {grown} bytes in 240 frames")


def test_views_that_are_closed_leave_nothing(screen: Offscreen, faces: Any, model_facts: ModelFacts) -> None:
    def one() -> None:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts])
        view.draw(screen.framebuffer, faces.result(), Status(), ViewState())
        view.close()
        view.close()

    for _ in range(3):
        one()
    memory = psutil.Process().memory_info().rss
    for _ in range(10):
        one()
    assert psutil.Process().memory_info().rss - memory < 15e6


def test_a_size_of_zero_is_left_out(screen: Offscreen, view: MirrorView, draw: Draw, faces: Any) -> None:
    expected = draw(faces.result())
    view.resize((0, 0), 1.0)
    view.draw(screen.framebuffer, faces.result(1), Status(), ViewState())
    np.testing.assert_array_equal(screen.read(), expected)
    view.resize(SIZE, 1.0)
    assert np.abs(draw(faces.result(1)).astype(int) - expected).max() < 255


def test_the_picture_that_is_read_is_the_callers_own(draw: Draw, faces: Any) -> None:
    first = draw(faces.result())
    kept = first.copy()
    draw(None)
    np.testing.assert_array_equal(first, kept)
    assert first.shape == (SIZE[1], SIZE[0], 3) and first.dtype == np.uint8 and first.flags.c_contiguous


def test_a_scripted_action_comes_out_of_poll_once(screen: Offscreen) -> None:
    ui = ViewState(actions=[Action.SCREENSHOT])
    assert screen.poll(ui) == [Action.SCREENSHOT]
    assert screen.poll(ui) == []
