"""Single vertices pointed at with a real mouse, on a real X server.

In a file of its own: glfw opens no window in a thread that holds the context of an offscreen target.
"""

from __future__ import annotations

import subprocess
import time
from typing import Any

import glfw
import pytest

from realtime.core.commands import Action, Request
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.window import Window


def test_hover_click_double_click_and_drag(
    display: str, monkeypatch: pytest.MonkeyPatch, model_facts: ModelFacts, faces: Any
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with Window("Meshmirror under test", (960, 540), vsync=False) as window:
        view = MirrorView(window.ctx, window.size_px, window.scale, [model_facts])
        ui, result = ViewState(), faces.result()
        asked: list[Request] = []

        def until(true: Any, seconds: float = 5.0) -> bool:
            end = time.monotonic() + seconds
            while not true() and time.monotonic() < end:
                asked.extend(window.poll(ui))
                view.resize(window.size_px, window.scale)
                view.draw(window.framebuffer, result, Status(), ui)
                window.swap()
            return bool(true())

        def mouse(*words: object) -> None:
            subprocess.run(["xdotool", *map(str, words)], check=True, timeout=10, capture_output=True)

        until(lambda: False, 0.3)
        left, top = glfw.get_window_pos(window._window)
        x, y = view._tiles.projected(1)[0].points_px[280].tolist()
        where = (left + round(x), top + round(y))
        mouse("mousemove", *where)
        assert until(lambda: view._picker.pointed is not None and view._picker.pointed.vertex == 280)
        mouse("click", 1)
        assert until(lambda: ui.pins == (280,))
        until(lambda: False, 0.7)
        mouse("click", 1, "click", 1)
        assert until(lambda: Action.RESET in asked)
        until(lambda: False, 0.4)
        assert ui.pins == (280,)
        mouse("mousedown", 1, "mousemove", where[0] + 60, where[1])
        assert until(lambda: ui.orbit_deg[0] != 0)
        mouse("mouseup", 1)
        until(lambda: False, 0.4)
        assert ui.pins == (280,)
        mouse("mousemove", left + 1200, top + 700)  # out of the window
        assert until(lambda: view._picker.pointed is None)
        view.close()
