"""Captions in time: in their order, read from a chair, over no face, and beside no control."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from realtime.core.frame_result import FrameResult
from realtime.core.status import CalibrationOutcome, Notification, Status
from realtime.core.types import ByteArray
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.layout import arrange
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.timed_captions import FADE_S, TEXT_SIZES, TimedCaption, caption_at
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.screen.offscreen import Offscreen

FIRST = TimedCaption("What a camera sees", 0.0, 2.0, "a second line", View.CAMERA)
SECOND = TimedCaption("What a model predicts", 2.0, 5.0, view=View.PREDICTED)
CAPTIONS = (FIRST, SECOND)
BUSY = Status(
    source="clip.mp4", recording_s=4.0, calibrating=0.5,
    notifications=(Notification("output", "This machine cannot encode at this rate."),),
    calibration_outcome=CalibrationOutcome(False, "Not at rest: closed eyes."),
)  # fmt: skip


def at(result: FrameResult, time_s: float) -> FrameResult:
    return dataclasses.replace(result, frame=dataclasses.replace(result.frame, stamp_ns=round(time_s * 1e9)))


class Film:
    """A mirror with captions, and without."""

    def __init__(self, facts: ModelFacts) -> None:
        self.screen = Offscreen((1280, 720), 1.0)
        self.told = MirrorView(self.screen.ctx, (1280, 720), 1.0, [facts], captions=CAPTIONS)
        self.plain = MirrorView(self.screen.ctx, (1280, 720), 1.0, [facts])

    def draw(self, view: MirrorView, result: FrameResult, *, stage: bool = True) -> ByteArray:
        view.draw(self.screen.framebuffer, result, BUSY, ViewState(stage=stage))
        return self.screen.read()

    def strip(self, result: FrameResult) -> ByteArray:
        """The pixels of the captions."""
        picture = self.draw(self.told, result)
        rect = self.told.layout.narration
        assert rect is not None
        return picture[rect.y : rect.bottom, rect.x : rect.right]


@pytest.fixture(scope="module")
def film(model_facts: ModelFacts) -> Iterator[Film]:
    film = Film(model_facts)
    yield film
    film.told.close()
    film.plain.close()
    film.screen.close()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Every text of the painter with its opacity."""
    found: list[tuple[str, float]] = []
    draw = Painter.text

    def text(p: Painter, words: str, rect: Rect, color: Any, *rest: Any, **named: Any) -> float:
        found.append((words, color.alpha))
        return draw(p, words, rect, color, *rest, **named)

    monkeypatch.setattr(Painter, "text", text)
    return found


def luminance(pixel: np.ndarray) -> float:
    """Relative luminance of sRGB bytes (WCAG 2)."""
    part = pixel / 255
    return float(np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def test_each_caption_fades_in_and_out_in_its_own_time() -> None:
    assert [FIRST.opacity(t) for t in (-0.1, 0.0, FADE_S / 2, 1.0, 2.0 - FADE_S / 4, 2.0, 9.0)] == pytest.approx(
        [0.0, 0.0, 0.5, 1.0, 0.25, 0.0, 0.0]
    )
    assert [caption_at(CAPTIONS, t) for t in (-0.1, 0.0, 1.99, 2.0, 5.0)] == [None, FIRST, FIRST, SECOND, None]


def test_the_caption_of_a_frame_is_that_of_its_time(film: Film, faces: Any, written: list[tuple[str, float]]) -> None:
    order = []
    for time_s in (1.0, 2.0 + FADE_S / 2, 4.0, 6.0):
        written.clear()
        film.draw(film.told, at(faces.result(), time_s))
        order.append([(text, round(alpha, 2)) for text, alpha in written if text in (FIRST.text, SECOND.text)])
    assert order == [[(FIRST.text, 1.0)], [(SECOND.text, 0.5)], [(SECOND.text, 1.0)], []]


def test_the_tile_of_which_it_speaks_is_framed(film: Film, faces: Any) -> None:
    first, second, none = (film.draw(film.told, at(faces.result(), t)).astype(int) for t in (1.0, 4.0, 6.0))
    camera, predicted, _ = (panel.frame for panel in film.told.layout.tiles)

    def framed(picture: np.ndarray, tile: Rect) -> bool:
        middle = tile.y + tile.h // 2
        return bool(np.abs(picture[middle, tile.x : tile.x + 10] - none[middle, tile.x : tile.x + 10]).max() > 100)

    assert (framed(first, camera), framed(first, predicted)) == (True, False)
    assert (framed(second, camera), framed(second, predicted)) == (False, True)


@pytest.mark.parametrize("stage", [True, False])
def test_there_is_no_control_and_no_message(
    film: Film, faces: Any, written: list[tuple[str, float]], stage: bool
) -> None:
    shown = {}
    for name, view in (("told", film.told), ("plain", film.plain)):
        written.clear()
        film.draw(view, at(faces.result(), 1.0), stage=stage)
        shown[name] = " | ".join(text for text, _ in written)
    assert BUSY.notifications[0].text in shown["plain"]  # what there is to leave out
    if not stage:
        assert "? | Panel | F9 |" in shown["plain"] and "REC 00:04" in shown["plain"]
    for words in ("? | ", "Panel", "F9 |", "REC", BUSY.notifications[0].text, "Not at rest", "relax"):
        assert words.lower() not in shown["told"].lower()


def test_the_contrast_is_that_of_text_whatever_is_around_it(film: Film, faces: Any) -> None:
    strip = film.strip(at(faces.result(), 1.0)).reshape(-1, 3)
    light = np.array([luminance(pixel) for pixel in np.unique(strip, axis=0)])
    assert (light.max() + 0.05) / (light.min() + 0.05) > 15  # WCAG's strictest level asks for 7


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (640, 360), (800, 1200)])
@pytest.mark.parametrize("presentation", [True, False])
def test_the_strip_covers_no_face_and_is_high_enough_to_read(size: tuple[int, int], presentation: bool) -> None:
    layout = arrange(size, presentation=presentation, narrated=True)
    strip = layout.narration
    assert strip is not None and strip.y >= layout.header.bottom
    assert strip.bottom <= min(tile.frame.y for tile in layout.tiles)
    below = [layout.caption] if layout.caption else [card.frame for card in layout.cards]
    assert max(tile.frame.bottom for tile in layout.tiles) <= min((rect.y for rect in below), default=size[1])
    assert min(tile.body.h for tile in layout.tiles) > 0
    if presentation and size == (1280, 720):
        assert min(TEXT_SIZES) * layout.unit >= 25  # pixels
        assert strip.h >= 1.15 * max(TEXT_SIZES) * layout.unit / 0.58
    assert arrange(size, presentation=presentation).narration is None
