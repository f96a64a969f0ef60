"""The picture on another monitor. Xvfb has one monitor: a second one is made of what glfw says of the first."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import glfw
import numpy as np
import pytest

from realtime.app.stage_output import StageOutput
from realtime.app.stage_view import for_audience, on_stage
from realtime.core.status import Notification, Question, Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen import output_window
from realtime.view.screen.glfw_setup import connected_monitors
from realtime.view.screen.monitors import other_than
from realtime.view.screen.window import Window

LEFT, RIGHT = (0, 0, 1920, 1080), (1920, 0, 2560, 1440)


def test_the_other_monitor_is_one_that_does_not_hold_the_window() -> None:
    assert other_than((100, 100, 640, 360), [LEFT, RIGHT]) == 1
    assert other_than((2000, 100, 640, 360), [LEFT, RIGHT]) == 0
    assert other_than((100, 100, 640, 360), [LEFT]) is None
    assert other_than((100, 100, 640, 360), []) is None
    assert other_than((2000, 0, 600, 300), [LEFT, RIGHT, (4480, 0, 800, 600)]) == 0


@pytest.fixture
def window(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with Window("controls", (640, 360), vsync=False) as window:
        glfw.set_window_pos(window._window, 40, 30)
        settle(window)
        yield window


def settle(window: Window, seconds: float = 0.3) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        window.poll(ViewState())
        time.sleep(0.01)


def two_monitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is there, and the same one again at its right."""
    real = connected_monitors

    def both() -> list[Any]:
        (one,) = real()
        _, _, width, height = one.area
        return [one, replace(one, area=(width, 0, width, height))]

    monkeypatch.setattr(output_window, "connected_monitors", both)


def on_display(display: str) -> np.ndarray:
    done = subprocess.run(
        ["import", "-silent", "-display", display, "-window", "root", "png:-"],
        capture_output=True,
        check=True,
        timeout=20,
    )
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def test_with_one_monitor_there_is_none(window: Window) -> None:
    assert window.open_output() is None
    said: list[str] = []
    ui = ViewState(output=True)
    output = StageOutput(lambda _: pytest.fail("no view is needed"), said.append)
    output.draw(window, None, Status(), ui)
    assert not ui.output and "one monitor" in said[0]
    output.draw(window, None, Status(), ui)
    assert len(said) == 1


def test_what_is_drawn_is_what_the_monitor_shows(window: Window, display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    two_monitors(monkeypatch)
    output = window.open_output()
    assert output is not None and output.alive
    settle(window)
    for color in ((1.0, 0.0, 0.0), (0.0, 0.5, 1.0)):
        output.show()  # takes the size that the desktop has given it
        assert output.size_px == (1600, 1000)
        output.framebuffer.clear(*color)
        window.framebuffer.clear(0.2, 0.2, 0.2)
        window.swap()
        output.show()
        settle(window)
        shown = on_display(display)
        beside = shown[420::20, ::20].astype(int)  # the faked monitor is the real one, with the main window on it
        assert np.abs(beside - np.round(np.array(color) * 255)).max() <= 1
        assert window.read()[0, 0].tolist() == [51, 51, 51], "the main window keeps its own picture and context"
    output.close()
    output.close()
    assert not output.alive
    window.framebuffer.clear(0.0, 1.0, 0.0)
    window.swap()
    assert window.read()[0, 0].tolist() == [0, 255, 0]


def test_keys_in_it_are_those_of_the_main_window(window: Window, display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    two_monitors(monkeypatch)
    output = window.open_output()
    assert output is not None
    glfw.focus_window(output._window)  # type: ignore[attr-defined]
    settle(window)
    subprocess.run(["xdotool", "key", "l"], check=True, timeout=10, capture_output=True)
    asked: list[Any] = []
    end = time.monotonic() + 5
    while not asked and time.monotonic() < end:
        asked += window.poll(ViewState())
    assert [request.name for request in asked] == ["PRESENTATION"]


def test_the_stage_is_there_while_the_controls_stay(
    window: Window, display: str, monkeypatch: pytest.MonkeyPatch, model_facts: ModelFacts, faces: Any
) -> None:
    two_monitors(monkeypatch)
    said: list[str] = []
    controls = MirrorView(window.ctx, window.size_px, 1.0, [model_facts], samples=0)
    controls.listen(window)
    views: list[MirrorView] = []

    def open_view(target: Any) -> MirrorView:
        views.append(MirrorView(window.ctx, target.size_px, target.scale, [model_facts], samples=0))
        return views[-1]

    output = StageOutput(open_view, said.append)
    ui = ViewState(output=True, panel=True)
    status = Status(notifications=(Notification("output", "saved"),))
    for _ in range(4):
        output.draw(window, faces.result(), status, ui)
        controls.draw(window.framebuffer, faces.result(), status, ui)
        window.swap()
        output.show()
        window.poll(ui)
    (stage,) = views
    assert stage.layout.caption is not None and stage.layout.controls is None and stage.layout.size == (1600, 1000)
    assert controls.layout.controls is not None and controls.layout.caption is None and not ui.stage
    settle(window, 0.1)
    shown = on_display(display).astype(int)
    assert shown.shape[:2] == (1000, 1600) and shown.std() > 10
    output.renew()
    output.draw(window, faces.result(), status, ui)
    assert len(views) == 2
    ui.output = False
    output.draw(window, faces.result(), status, ui)
    assert output.target is None and said == []
    controls.draw(window.framebuffer, faces.result(), status, ui)  # it goes on alone
    controls.close()


def test_a_closed_output_is_told_and_stays_closed(
    window: Window, monkeypatch: pytest.MonkeyPatch, model_facts: ModelFacts
) -> None:
    two_monitors(monkeypatch)
    said: list[str] = []
    output = StageOutput(
        lambda target: MirrorView(window.ctx, target.size_px, target.scale, [model_facts], samples=0), said.append
    )
    ui = ViewState(output=True)
    output.draw(window, None, Status(), ui)
    assert output.target is not None and ui.output
    glfw.set_window_should_close(output.target._window, True)  # type: ignore[attr-defined]
    output.draw(window, None, Status(), ui)
    assert not ui.output and len(said) == 1 and "closed" in said[0]
    output.draw(window, None, Status(), ui)
    assert output.target is None and len(said) == 1


def test_the_audience_sees_no_controls_and_no_messages() -> None:
    ui = ViewState(panel=True, help=True, introduced=False, explained=3)
    stage = on_stage(ui)
    assert stage.stage and not (stage.panel or stage.help or stage.explained) and stage.introduced
    assert stage.actions is not ui.actions, "requests of the stage go nowhere"
    asked = Question("end recording", "End?", (), "End", "Go on", ("Enter",), 3)
    clean = for_audience(Status(notifications=(Notification("output", "saved"),), question=asked, recording_s=3.0))
    assert clean.notifications == () and clean.question is None and clean.recording_s is None
