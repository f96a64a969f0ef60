"""OpenGL without a display: made, refused in words, given back. Each test has the thread's context to itself."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from realtime.errors import DisplayError
from realtime.types import FloatArray
from realtime.view import offscreen
from realtime.view.mirror import MirrorView
from realtime.view.offscreen import Offscreen
from realtime.view.state import Status, ViewState
from realtime.view.window import Window


def test_a_window_can_be_opened_after_it(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    Offscreen((16, 16)).close()
    Window("after", (64, 64), vsync=False).close()  # X ends the process where the old context is still current
    Offscreen((16, 16)).close()


def test_without_opengl_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offscreen, "NEEDS_GL", 990)  # a version that no driver has
    with pytest.raises(DisplayError, match="libegl1"):
        Offscreen((16, 16))


def test_closing_twice_is_allowed() -> None:
    screen = Offscreen((16, 16))
    screen.close()
    screen.close()


def test_a_frame_of_720p_is_drawn_in_time(mean_mesh: FloatArray, faces: Any) -> None:
    """A guard against a pass that got several times slower, not a benchmark: machines in CI differ too much."""
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, mean_mesh, mean_mesh, "test model")
        took = []
        for index in range(40):
            result = faces.result(index, mesh=faces.mean + np.float32(0.01 * index))
            start = time.perf_counter()
            view.draw(screen.framebuffer, result, Status(), ViewState())
            screen.ctx.finish()
            took.append(time.perf_counter() - start)
        view.close()
    assert np.median(took[5:]) < 0.033
