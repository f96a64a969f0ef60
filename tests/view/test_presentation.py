"""The large layout for an audience: what it says, and that all of it can be read."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from common import Runner, clip, needs_bundled, with_estimate, with_first
from moving_faces import frame, moved

from realtime.core.config import load_config
from realtime.core.frame_result import FrameResult
from realtime.core.status import Notification, Playback, Status, StreamState
from realtime.core.types import ByteArray, Features, Validity
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.headline import HeadlineReader
from realtime.view.mirror.layout import arrange
from realtime.view.mirror.model_facts import Caption, ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.screen.offscreen import Offscreen

PROMISED = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0)]
SMALLEST = 13.9  # design units of a stage; at 1080p 28 pixels

EMOTIONS = {"happiness": 0.47, "neutral": 0.1, "fear": 0.32, "anger": 0.0, "disgust": 0.11, "sadness": 0.0}
UNITS = {"AU04": 1.0, "AU12": 0.71, "AU01": 0.52, "AU25": 0.4, "AU06": 0.33, "AU17": 0.2, "AU09": 0.1, "AU43": 0.0}
SHAPES = dict.fromkeys(("mouthLowerDownRight", "mouthSmileLeft", "eyeSquintRight", "browOuterUpLeft", "jawOpen"), 0.5)


PLAYED = Playback(3.0, 60.0, 99, 1800, True, 1.0, False, 0.0, 60.0)


class Written(NamedTuple):
    """One piece of text as it was drawn."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float  # design units
    cut: bool
    covers: bool  # drawn over everything else, on a ground of its own


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """Every text of the painter, with the place that its letters take."""
    found: list[Written] = []
    draw = Painter.text

    def text(
        p: Painter, words: str, rect: Rect, color: Any = theme.TEXT, size: float = theme.SIZE_BODY, font: Any = None,
        side: Any = "left", term: str = "",
    ) -> float:  # fmt: skip
        width = draw(p, words, rect, color, size, font, side, term)
        if words:
            free = rect.w - width
            left = rect.x + {"left": 0.0, "center": free / 2, "right": free}[side]
            middle, half = rect.y + rect.h / 2, 0.36 * size * p.unit  # capitals and what hangs below the line
            cut = p.width(words, size, font) > rect.w + 0.5
            covers = p._list._owner_name == "##Foreground"
            found.append(Written(words, left, middle - half, left + width, middle + half, size, cut, covers))
        return width

    monkeypatch.setattr(Painter, "text", text)
    return found


class Stage:
    """A stage of one size, for one model or several."""

    def __init__(self, size: tuple[int, int], scale: float, facts: ModelFacts) -> None:
        self.screen = Offscreen(size, scale)
        names = ("emotion@built-in", "emotion_to_mesh_pls_v5", "blendshape_to_mesh_pls_v6")
        captions = [Caption(name, "labels repaired" if at == 1 else "") for at, name in enumerate(names)]
        models = [dataclasses.replace(facts, caption=caption) for caption in captions]
        self._views = [MirrorView(self.screen.ctx, size, scale, models[:n]) for n in (1, 2, 3)]

    def draw(self, result: FrameResult | None, status: Status, n: int = 1) -> ByteArray:
        """All of it."""
        ui = ViewState(stage=True, panel=True, adjusted=True)
        self._views[n - 1].draw(self.screen.framebuffer, result, status, ui)
        return self.screen.read()

    def write(self, result: FrameResult | None, status: Status, n: int = 1) -> None:
        """The words alone, without the seconds that so many faces would take."""
        view, ui = self._views[n - 1], ViewState(stage=True, panel=True, adjusted=True)
        view._arrange(ui, replayed=status.playback is not None)
        self.screen.framebuffer.use()
        reader = HeadlineReader([facts.caption for facts in view._models])  # each of these states is all that was seen
        view._draw_text(result, reader.push(result, status), status, ui)
        view._imgui.end()

    def close(self) -> None:
        for view in self._views:
            view.close()
        self.screen.close()


def staged(size: tuple[int, int], scale: float, facts: ModelFacts) -> Iterator[Stage]:
    stage = Stage(size, scale, facts)
    yield stage
    stage.close()


@pytest.fixture(params=PROMISED, ids=lambda size: f"{size[0][0]}x{size[0][1]}")
def any_stage(request: pytest.FixtureRequest, model_facts: ModelFacts) -> Iterator[Stage]:
    yield from staged(*request.param, model_facts)


@pytest.fixture(scope="module")
def stage(model_facts: ModelFacts) -> Iterator[Stage]:
    yield from staged(*PROMISED[0], model_facts)


def with_features(result: FrameResult, values: dict[str, float], source: str = "inverse") -> FrameResult:
    return with_first(result, features=Features(values, source, result.stamp))


def of_models(result: FrameResult, *features: dict[str, float]) -> FrameResult:
    models = [with_features(result, values).models[0] for values in features]
    return with_estimate(result, models=tuple(models))


def states(faces: Any) -> dict[str, tuple[FrameResult | None, Status, int]]:
    """Everything that an audience may come to see."""
    result = faces.result()
    own = dataclasses.replace(result.residual_adjusted, baseline_name="own_neutral")
    result = with_first(result, residual_adjusted=own)
    face, plain = with_features(result, EMOTIONS), Status(source="a clip.mp4", fps=29.9, latency_ms=20.0)

    def but(**changes: Any) -> Status:
        return dataclasses.replace(plain, **changes)

    nothing = FrameResult(result.frame)
    out = with_estimate(face, validity=Validity(False, ("yaw 47° beyond 40°", "anchors off by 19 %")))
    poor = with_first(face, residual_adjusted=faces.residual(5.0, -0.31))
    black = FrameResult(dataclasses.replace(result.frame, flags=frozenset({"black"})))
    bright = frame(1.0, moved(0.31, gained=0.38, noise=3.0, floor=0.62))
    calibrated = dataclasses.replace(result, faces=bright.faces)
    return {
        "calibrated": (calibrated, but(playback=PLAYED), 1),
        "emotions": (face, plain, 1),
        "units": (with_features(result, UNITS), plain, 1),
        "shapes": (with_features(result, SHAPES, "mediapipe"), plain, 1),
        "one feature": (with_features(result, {"jawOpen": 0.4}), plain, 1),
        "pyfeat": (with_features(result, EMOTIONS, "pyfeat"), but(emotion_source="pyfeat"), 1),
        "appearance": (with_features(result, EMOTIONS, "appearance"), but(emotion_source="appearance"), 1),
        "stand-in": (face, but(emotion_note="py-feat's network does not answer"), 1),
        "poor": (poor, plain, 1),
        "two models": (of_models(result, EMOTIONS, UNITS), but(recording_s=3.0), 2),
        "three models": (of_models(result, EMOTIONS, UNITS, SHAPES), plain, 3),
        "no features": (with_first(result, features=None, predicted=None, residual=None), plain, 1),
        "no face": (nothing, plain, 1),
        "black": (black, plain, 1),
        "not aligned": (with_estimate(face, models=()), plain, 1),
        "calibrating": (
            face,
            but(
                calibrating=0.4, notifications=(Notification("calibration", "Rest your face and look at the camera."),)
            ),
            1,
        ),
        "lost": (nothing, but(source_state="lost", source_note="retry in 2 s"), 1),
        "ended": (nothing, but(source_state="ended"), 1),
        "opening": (None, but(source_state="opening"), 1),
        "out of range": (out, but(paused=True, recording_s=12.0), 1),
        "replay": (face, but(playback=Playback(3727.5, 7200.0, 99, 216000, False, 1.0, False, 0.0, 7200.0)), 1),
        "losing": (face, but(recording_s=3.0, streams=(StreamState("camera", 90, 10),)), 1),
        "message": (
            face,
            but(notifications=(Notification("output", "Screenshot saved: meshmirror-20250101-120000.png"),)),
            1,
        ),
    }


def test_nothing_is_cut_and_nothing_overlaps(any_stage: Stage, written: list[Written], faces: Any) -> None:
    width, height = any_stage.screen.size_px
    for name, (result, status, n) in states(faces).items():
        written.clear()
        any_stage.write(result, status, n)
        assert len(written) > 5, name
        for one in written:
            assert not one.cut, f"{name}: {one}"
            assert min(one.x0, one.y0) >= 0 and one.x1 <= width and one.y1 <= height, f"{name}: {one}"
            assert one.size >= SMALLEST, f"{name}: {one}"
        for a, b in combinations(written, 2):
            apart = a.x0 >= b.x1 - 0.5 or b.x0 >= a.x1 - 0.5 or a.y0 >= b.y1 or b.y0 >= a.y1
            assert apart or a.covers is not b.covers, f"{name}: {a} and {b}"


def test_what_is_said(stage: Stage, written: list[Written], faces: Any) -> None:
    def said(name: str) -> list[str]:
        written.clear()
        stage.write(*states(faces)[name])
        return [one.text for one in written]

    words = said("calibrated")
    largest = max(written, key=lambda one: one.size * stage.screen.size_px[1])
    assert "".join(one.text for one in written if one.y0 == largest.y0) == (
        "Your emotions predict 38 % of how your face moves."
    )
    assert {"31 %", "62 %", "Meshmirror", "emotion@built-in · tracker bundled"} <= set(words)
    assert not any("fps" in text or "ms" in text.split() or "REC" in text for text in words)
    assert {"paused"} <= set(said("out of range")) and any("yaw 47°" in text for text in said("out of range"))
    assert "paused" in said("replay")
    timeline = stage._views[0].timeline  # of which an audience sees the movement and the playhead, and no word
    assert timeline.span is not None and (timeline.span.start_s, timeline.span.end_s) == (0.0, 7200.0)
    assert "PAUSE" in timeline.places and timeline.lanes is not None and timeline.lanes.size == "tiny"
    assert "dropped: 10 % of camera" in said("losing")
    assert "Rest your face." in said("calibrating") and "Rest your face and look at the camera." in said("calibrating")
    for name, text in (
        ("emotions", "Much of this difference is simply who you are."),
        ("no face", "No face in the picture."),
        ("black", "Is the lens covered?"),
        ("lost", "The source is lost."),
        ("ended", "The source has ended."),
        ("opening", "Opening the source."),
        ("not aligned", "This face cannot be measured."),
    ):
        assert text in said(name), name


def test_no_emotion_stands_in_large_type(stage: Stage, written: list[Written], faces: Any) -> None:
    for name, (result, status, n) in states(faces).items():
        written.clear()
        stage.write(result, status, n)
        large = [one.text for one in written if one.size >= 20]
        named = [text for text in large if any(emotion in text for emotion in EMOTIONS)]
        clear = ["happiness 80 %"] if name == "calibrated" else []  # by the classifier, and 60 % above the next
        assert all(text in clear or text.startswith("mixed: ") for text in named), name


def test_without_the_strip_of_emotions_the_caption_says_what_may_be_said(
    written: list[Written], stage: Stage, faces: Any
) -> None:
    view = stage._views[0]
    ui = ViewState(stage=True, adjusted=True, views=(View.OBSERVED,))
    for values, source, phrase in (
        (EMOTIONS, "inverse", "mixed: happiness, fear"),
        (EMOTIONS, "appearance", "mixed: happiness, fear"),
        ({"happiness": 0.8, "fear": 0.1}, "appearance", "happiness 80 %"),
    ):
        written.clear()
        view.draw(stage.screen.framebuffer, with_features(faces.result(), values, source), Status(), ui)
        assert phrase in [one.text for one in written]


def test_a_light_says_that_it_is_recorded(stage: Stage, faces: Any) -> None:
    result = with_features(faces.result(), EMOTIONS)
    off, on = (stage.draw(result, Status(recording_s=s)).astype(int) for s in (None, 5.0))
    changed = np.abs(on - off).max(axis=-1) > 8
    rows, columns = np.nonzero(changed)
    assert 0 < len(rows) < (20 * stage.screen.size_px[1] / 720) ** 2
    assert rows.max() < 0.08 * stage.screen.size_px[1] and columns.min() > 0.9 * stage.screen.size_px[0]
    red = on[changed].max(axis=0)
    assert red[0] > 200 and red[1] < 120


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("tiles", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize(("size", "scale"), [*PROMISED, ((640, 360), 1.0), ((1024, 768), 1.0), ((400, 300), 1.0)])
def test_the_rooms_of_a_stage(size: tuple[int, int], scale: float, tiles: int, replay: bool) -> None:
    layout = arrange(size, scale, tiles=tiles, cards=3, controls=True, presentation=True, replayed=replay)
    assert layout.caption is not None and layout.controls is None and layout.cards == ()
    bar = [] if layout.timeline is None else [layout.timeline]
    assert len(bar) == replay
    rooms = [layout.header, layout.caption, *bar, *(tile.frame for tile in layout.tiles)]
    for room in rooms:
        assert room.x >= 0 and room.y >= 0 and room.right <= size[0] and room.bottom <= size[1]
    for a, b in combinations(rooms, 2):
        assert a.x >= b.right or b.x >= a.right or a.y >= b.bottom or b.y >= a.bottom
    assert layout.caption.h <= 0.33 * size[1]
    if size[0] >= 1280 and tiles <= 3:
        assert layout.tiles[0].frame.h >= (0.5 if replay else 0.55) * size[1]


def test_the_demos_settings() -> None:
    config = load_config("demo")
    assert (config.view.width, config.view.height, config.record.fps) == (1920, 1080, 30)
    assert config.view.stage and config.view.panel is False and not config.view.remember
    assert config.view.views == (View.CAMERA, View.PREDICTED, View.HEAT)


@needs_bundled
def test_the_demo_is_recorded_in_1080p(meshmirror: Runner, tmp_path: Path) -> None:
    done = meshmirror("--config", "demo", "--source", str(clip("single_face.mp4")), "--headless", "--frames", "4",
                      "--record", "out.mp4", "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = json.loads(done.stdout)["outputs"]
    asked = ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", str(tmp_path / path)]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == "1920,1080"


def test_the_seconds_of_rest_are_as_large_as_a_face(stage: Stage, written: list[Written], faces: Any) -> None:
    for progress, digit in ((0.0, "3"), (0.5, "2"), (0.99, "1")):
        written.clear()
        stage.write(faces.result(), Status(calibrating=progress, rest_s=3.0))
        body = stage._views[0].layout.tiles[0].body
        inside = [one for one in written if one.text == digit and body.contains(one.x0, one.y0)]
        assert len(inside) == 1, [one.text for one in written]
        assert inside[0].y1 - inside[0].y0 > 0.2 * min(body.w, body.h)
    written.clear()
    stage.write(faces.result(), Status())
    assert not [one for one in written if one.text in ("1", "2", "3")]
