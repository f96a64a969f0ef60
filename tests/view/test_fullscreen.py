"""The window on its desktop: full screen, minimised, on displays of high density. Xvfb has no window manager."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import glfw
import numpy as np
import pytest
from x11 import ICONIC, NORMAL, desktop

from realtime.core.view_state import ViewState
from realtime.view.screen import window as module
from realtime.view.screen.icon import draw_icon
from realtime.view.screen.monitors import holding
from realtime.view.screen.offscreen import Offscreen
from realtime.view.screen.window import Window

LEFT, RIGHT = (0, 0, 1920, 1080), (1920, 0, 2560, 1440)


@pytest.fixture(autouse=True)
def on_display(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


def until(window: Window, true: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        window.poll(ViewState())
        time.sleep(0.005)
    return true()


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((100, 100, 1280, 720), 0),
        ((1900, 100, 1280, 720), 1),
        ((1280, 100, 1280, 720), 0),  # half of it on each: the first
        ((1281, 100, 1280, 720), 1),
        ((-500, -500, 600, 600), 0),
        ((5000, 5000, 640, 360), 0),  # on none
        ((1920, 1200, 640, 360), 1),  # below the first one's end
    ],
)
def test_the_monitor_is_the_one_that_holds_most_of_the_window(window: Any, expected: int) -> None:
    assert holding(window, [LEFT, RIGHT]) == expected
    if holding(window, [RIGHT, LEFT]) == expected:  # the order matters only where it is a draw
        assert window in ((1280, 100, 1280, 720), (5000, 5000, 640, 360))


def test_full_screen_and_back_to_the_same_place_and_size() -> None:
    with Window("full", (640, 360), vsync=False) as window:
        glfw.set_window_pos(window._window, 120, 90)
        glfw.set_window_size(window._window, 700, 400)
        assert until(window, lambda: window.size_px == (700, 400))
        for _ in range(2):
            window.toggle_fullscreen()
            assert until(window, lambda: window.size_px == (1600, 1000))
            assert window.fullscreen and window.framebuffer.size == (1600, 1000)
            window.framebuffer.clear(1.0, 0.5, 0.0)
            window.swap()
            assert window.read().shape == (1000, 1600, 3)
            window.toggle_fullscreen()
            assert until(window, lambda: window.size_px == (700, 400))
            assert not window.fullscreen
            assert glfw.get_window_pos(window._window) == (120, 90)


def test_a_window_can_begin_full_screen_and_has_its_size_afterwards() -> None:
    with Window("full", (640, 360), vsync=False, fullscreen=True) as window:
        assert until(window, lambda: window.size_px == (1600, 1000))
        window.toggle_fullscreen()
        assert until(window, lambda: window.size_px == (640, 360))
    window.toggle_fullscreen()  # closed: nothing happens
    with Offscreen((64, 36)) as screen:
        screen.toggle_fullscreen()
        assert screen.size_px == (64, 36) and not screen.fullscreen


def test_minimised_nothing_is_drawn_and_restored_it_is_asked_for_again(display: str) -> None:
    with Window("small", (640, 360), vsync=False) as window, desktop(display) as manager:
        number = glfw.get_x11_window(window._window)
        assert until(window, lambda: window.size_px == (640, 360))
        for _ in range(5):
            window.wait(0.02)  # what the desktop says of a new window
        manager.set_state(number, ICONIC)
        assert until(window, lambda: window.size_px == (0, 0))
        framebuffer = window.framebuffer
        window.swap()
        window.wait(0.02)
        assert not window.wait(0.05)  # asleep, nothing to do
        manager.set_state(number, NORMAL)
        end = time.monotonic() + 3.0
        stirred = False
        while not stirred and time.monotonic() < end:
            stirred = window.wait(0.1)
        assert stirred
        assert until(window, lambda: window.size_px == (640, 360))
        assert window.framebuffer is framebuffer  # nothing was made anew for it


def test_on_a_dense_display_the_window_has_as_many_units_and_more_pixels(display: str) -> None:
    with (
        desktop(display) as settings,
        settings.resources(b"Xft.dpi:\t192\n"),
        Window("dense", (640, 360), vsync=False) as window,
    ):
        assert until(window, lambda: window.size_px == (1280, 720))
        assert window.scale == 2.0
        assert window._in_pixels(100.0, 50.0) == (100.0, 50.0)  # X11's points are pixels
        window.toggle_fullscreen()
        assert until(window, lambda: window.size_px == (1600, 1000))
        window.toggle_fullscreen()
        assert until(window, lambda: window.size_px == (1280, 720))
    with Window("plain", (640, 360), vsync=False) as window:
        assert until(window, lambda: window.size_px == (640, 360)) and window.scale == 1.0


def test_where_points_are_no_pixels_the_mouse_is_counted_in_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    with Window("points", (640, 360), vsync=False) as window:
        until(window, lambda: window.size_px == (640, 360))
        # macOS and Wayland: a framebuffer of twice the size that the desktop names.
        monkeypatch.setattr(module.glfw, "get_window_size", lambda _: (320, 180))
        assert window._in_pixels(100.0, 50.0) == (200.0, 100.0)


def test_the_icon_is_a_face_of_two_halves() -> None:
    width, height, rows = draw_icon(64)
    pixels = np.array(rows)
    assert (width, height) == (64, 64) and pixels.shape == (64, 64, 4)
    assert pixels[0, 0, 3] == 0 and pixels[32, 32, 3] == 255  # round corners
    assert np.abs(pixels[32, 20, :3] - pixels[32, 44, :3]).max() > 60
    assert pixels[3, 32, :3].max() < 60  # above the face is the ground
