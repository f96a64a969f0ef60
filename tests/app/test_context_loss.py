"""The graphics card is reset while the mirror runs. Only the driver's answer is made up: llvmpipe cannot be reset."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import moderngl
import pytest
from common import clip, needs_bundled

from realtime.app.context_loss import ContextLossRecovery
from realtime.app.live import run_mirror
from realtime.app.run_options import RunOptions
from realtime.core.commands import Request, Show
from realtime.core.config import Config, load_config
from realtime.core.errors import DisplayError
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.screen import window as module
from realtime.view.screen.window import Window

GUILTY = 0x8253  # GL_GUILTY_CONTEXT_RESET
FRAMES = 40  # at 24 a second

pytestmark = needs_bundled


class Card:
    """A graphics card that is reset when so many of its windows' frames were shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *resets: int) -> None:
        self.asked, self.resets = 0, list(resets)
        monkeypatch.setattr(module, "_reset_status", lambda: self.status())

    def status(self) -> Callable[[], int]:
        """The driver's answer for one context: once it is lost, it stays lost."""
        lost = False

        def answer() -> int:
            nonlocal lost
            self.asked += 1
            if not lost and self.resets and self.asked >= self.resets[0]:
                del self.resets[0]
                lost = True
            return GUILTY if lost else 0

        return answer


class Watched(Window):
    """A window that tells what it was opened with, and which soon hides all views but one."""

    opened: list[Watched] = []  # noqa: RUF012 - cleared by the fixture

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.opened.append(self)
        self.states: list[ViewState] = []  # at each poll

    def poll(self, ui: ViewState) -> list[Request]:
        self.states.append(ui)
        asked = super().poll(ui)
        fifth = self is self.opened[0] and len(self.states) == 5
        return [*asked, Show(View.PREDICTED, alone=True)] if fifth else asked


@pytest.fixture(autouse=True)
def on_display(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    Watched.opened.clear()


def settings(*sets: str) -> Config:
    every = ("detect.emotion=inverse", "view.width=640", "view.height=360", "view.remember=false", *sets)
    return load_config(None, every, {"source.path": str(clip("WolfgangLanger_Pexels.mp4"))})


def run(config: Config, open_window: Any = Watched) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []
    report = run_mirror(config, RunOptions(frames=FRAMES, notify=notes.append, open_window=open_window)).to_json()
    return report, notes


def test_after_a_reset_the_window_comes_back_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Card(monkeypatch, 15)
    path = tmp_path / "r.mp4"
    report, notes = run(settings(f"record.path={path}"))
    assert report["window"] == {"reopened": 1, "failure": None}
    assert report["failures"] == [] and report["frames"] == FRAMES
    assert notes.count("The graphics card was reset; the window was reopened.") == 1
    first, second = Watched.opened
    assert len(first.states) > 5 and len(second.states) > 5
    assert {id(ui) for ui in second.states} == {id(first.states[-1])}, "with the same settings of the view"
    assert second.states[-1].views == (View.PREDICTED,)
    assert report["outputs"] == [str(path)], "the size is the same, and so is the file"
    video = cv2.VideoCapture(str(path))
    frames = 0
    while video.read()[0]:
        frames += 1
    assert frames == report["recorded"] >= FRAMES - 2


def test_a_second_reset_soon_ends_the_window_but_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch, 10, 20)
    report, notes = run(settings())
    assert report["frames"] == report["faces"] == FRAMES
    assert report["window"]["reopened"] == 1 and "second time within 10 s" in report["window"]["failure"]
    assert report["failures"] == []  # so the exit code is 0
    assert any("Continuing without a window" in note for note in notes)


def test_a_recording_that_ends_with_the_window_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Card(monkeypatch, 10, 20)
    report, _ = run(settings(f"record.path={tmp_path / 'r.mp4'}"))
    assert report["failures"] == ["The recording ended with the window."]
    assert 0 < report["recorded"] < FRAMES == report["frames"]
    assert cv2.VideoCapture(report["outputs"][0]).read()[0]


def test_a_window_that_cannot_be_opened_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch, 10)

    def once(*args: Any, **options: Any) -> Window:
        if Watched.opened:
            raise DisplayError("No window any more.")
        return Watched(*args, **options)

    report, _ = run(settings(), once)
    assert report["frames"] == FRAMES
    assert report["window"]["reopened"] == 0 and "No window any more." in report["window"]["failure"]


def test_resets_that_lie_far_apart_each_give_a_new_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.app.context_loss.AGAIN_S", 0.0)
    Card(monkeypatch, 10, 20, 30)
    report, _ = run(settings())
    assert report["window"] == {"reopened": 3, "failure": None} and len(Watched.opened) == 4


def test_an_opengl_error_is_hidden_only_where_the_context_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise moderngl.Error("the framebuffer is not complete")

    reopener = ContextLossRecovery(
        lambda *_: pytest.fail("nothing to open"), lambda _: pytest.fail("nothing to view"), print
    )
    with Window("well", (64, 64), vsync=False) as well:
        assert reopener.drawn(well, lambda: None)
        with pytest.raises(moderngl.Error):
            reopener.drawn(well, fails)
    Card(monkeypatch, 1)
    with Window("lost", (64, 64), vsync=False) as lost:
        assert lost.lost
        assert not reopener.drawn(lost, fails)
    assert not lost.lost  # closed: there is nothing to lose


def test_asking_costs_nothing() -> None:
    with Window("asked", (64, 64), vsync=False) as window:
        spent = {"asked": 0.0, "drawn": 0.0}
        for _ in range(50):
            start = time.process_time()
            for _ in range(20):
                assert not window.lost
            asked = time.process_time()
            window.framebuffer.clear()
            window.ctx.finish()
            spent["drawn"] += time.process_time() - asked
            spent["asked"] += asked - start
        assert spent["asked"] < 20 * spent["drawn"], "less than clearing a window of 64 x 64 pixels"
