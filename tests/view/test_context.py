"""OpenGL without a display: made and given back. Each test has the thread's context to itself."""

from __future__ import annotations

import pytest

from realtime.view.screen.offscreen import Offscreen
from realtime.view.screen.window import Window


def test_a_window_can_be_opened_after_it(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    Offscreen((16, 16)).close()
    Window("after", (64, 64), vsync=False).close()  # X ends the process where the old context is still current
    Offscreen((16, 16)).close()


def test_closing_twice_is_allowed() -> None:
    screen = Offscreen((16, 16))
    screen.close()
    screen.close()
