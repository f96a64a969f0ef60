"""The window under Xvfb, with real key presses and a real mouse."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import glfw
import numpy as np
import pytest

from realtime.core.commands import BY_KEY, Action, CloseWindow, OpenPath
from realtime.core.status import Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.window import Window

TITLE = "Meshmirror under test"


@pytest.fixture
def window(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with Window(TITLE, (640, 360), vsync=False) as window:
        settle(window)
        yield window


def settle(window: Window, seconds: float = 0.05) -> list[Action]:
    """Poll for a while, as the loop of the program does."""
    ui, actions = ViewState(), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        actions += window.poll(ui)
        time.sleep(0.005)
    return actions


def xdotool(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True, timeout=10, capture_output=True)


def point_at(window: Window, x: int, y: int) -> None:
    left, top = glfw.get_window_pos(window._window)
    xdotool("mousemove", left + x, top + y)


def after(window: Window, ui: ViewState, done: Any, seconds: float = 2.0) -> list[Action]:
    """Poll until `done(actions)` or the time is over."""
    actions: list[Action] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done(actions):
        actions += window.poll(ui)
        time.sleep(0.005)
    return actions


SIGNS = {"?": "question", "+": "plus", "-": "minus", "=": "equal", "[": "bracketleft", "]": "bracketright",
         ",": "comma", ".": "period"}  # fmt: skip
NAMED = {
    "Space": "space", "PageUp": "Page_Up", "PageDown": "Page_Down", "Enter": "Return", "Backspace": "BackSpace",
}  # fmt: skip


def pressed(key: str) -> str:
    """A key of the table of commands, as xdotool names it."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    name = SIGNS.get(last, last.lower() if len(last) == 1 else NAMED.get(last, last))
    return "+".join([*(part.lower() for part in held), name])


def test_every_key_asks_for_its_command(window: Window) -> None:
    glfw.focus_window(window._window)
    point_at(window, 300, 150)
    ui, found = ViewState(), {}
    for key in BY_KEY:
        xdotool("key", pressed(key))
        found[key] = after(window, ui, lambda seen: seen, 1.0) + settle(window, 0.02)
    assert found == {key: [asked] for key, asked in BY_KEY.items()}


@pytest.mark.parametrize("key", [glfw.KEY_RIGHT, glfw.KEY_SPACE], ids=["a step", "pause"])
def test_a_key_that_is_held_steps_on_and_asks_for_nothing_else_again(window: Window, key: int) -> None:
    for action in (glfw.PRESS, glfw.REPEAT, glfw.REPEAT, glfw.RELEASE):
        window._on_key(None, key, 0, action, glfw.MOD_SHIFT)
    assert window.poll(ViewState()) == ([Action.JUMP] * 3 if key == glfw.KEY_RIGHT else [Action.PAUSE])


def test_keys_of_the_desktop_are_left_alone(window: Window) -> None:
    glfw.focus_window(window._window)
    xdotool("key", "ctrl+q")
    xdotool("key", "F12")
    assert settle(window, 0.2) == []


def test_a_drag_turns_and_follows_the_hand(window: Window) -> None:
    ui = ViewState()
    point_at(window, 300, 150)
    settle(window)
    xdotool("mousedown", 1)
    point_at(window, 350, 130)
    after(window, ui, lambda _: ui.orbit_deg != (0.0, 0.0))
    xdotool("mouseup", 1)
    after(window, ui, lambda _: False, 0.1)
    azimuth, elevation = ui.orbit_deg
    assert azimuth == pytest.approx(-20.0) and elevation == pytest.approx(-8.0)
    point_at(window, 200, 100)  # the button is up: moving turns nothing any more
    after(window, ui, lambda _: False, 0.1)
    assert ui.orbit_deg == (azimuth, elevation)


def test_the_wheel_enlarges_and_makes_smaller(window: Window) -> None:
    ui = ViewState()
    point_at(window, 300, 150)
    xdotool("click", 4)
    after(window, ui, lambda _: ui.zoom != 1.0)
    assert ui.zoom == pytest.approx(1.1)
    xdotool("click", 5)
    after(window, ui, lambda _: ui.zoom == pytest.approx(1.0))
    assert ui.zoom == pytest.approx(1.0)


def test_a_double_click_resets(window: Window) -> None:
    point_at(window, 300, 150)
    xdotool("click", "--repeat", 2, "--delay", 60, 1)
    assert after(window, ViewState(), lambda found: found) == [Action.RESET]


def test_a_file_that_is_dropped_is_asked_for(window: Window) -> None:
    """As glfw reports it: count, and names in UTF-8."""
    (_, reported) = next(iter(glfw._window_drop_callback_repository.values()))
    names = (ctypes.c_char_p * 2)("/clips/größe 1.mp4".encode(), b"/clips/2.mp4")
    reported(window._window, 2, names)
    assert window.poll(ViewState()) == [OpenPath("/clips/größe 1.mp4")]
    assert window.poll(ViewState()) == []


def test_the_close_button_asks_to_quit_and_closes_nothing(window: Window) -> None:
    glfw.set_window_should_close(window._window, True)  # what glfw does when the desktop sends WM_DELETE_WINDOW
    assert window.poll(ViewState()) == [CloseWindow()]
    assert window.poll(ViewState()) == []
    window.swap()


def test_what_is_drawn_is_what_is_read(
    window: Window, faces: Any, model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = MirrorView(window.ctx, window.size_px, window.scale, [model_facts])
    image = faces.image()
    view.draw(window.framebuffer, faces.result(image=image), Status(), ViewState(whole=True))
    seen = window.read()
    window.swap()
    assert seen.shape == (window.size_px[1], window.size_px[0], 3)
    where = view.layout.tiles[0].body.fitted(320, 240)
    row = seen[where.y + where.h // 4, where.x : where.right]
    assert row[4].argmax() == 0 and row[-5].argmax() == 2
    assert seen[where.y + 3, where.x + where.w // 2].argmax() == 1
    body = view.layout.tiles[2].body
    assert seen[body.y : body.bottom, body.x : body.right].max() > 120  # the face is there: its own target was drawn
    view.close()


def test_a_click_on_a_badge_asks_for_its_action(window: Window, model_facts: ModelFacts) -> None:
    view = MirrorView(window.ctx, window.size_px, window.scale, [model_facts])
    ui = ViewState()
    header = view.layout.header
    view.draw(window.framebuffer, None, Status(), ui)
    point_at(window, header.right - round(12 * view.layout.unit), header.h // 2)  # the question mark
    after(window, ui, lambda _: False, 0.1)
    xdotool("click", 1)
    actions: list[Action] = []
    end = time.monotonic() + 2
    while not actions and time.monotonic() < end:
        actions += window.poll(ui)
        view.draw(window.framebuffer, None, Status(), ui)
        window.swap()
    assert actions == [Action.HELP]
    view.close()


def test_resizing_and_minimising_are_survived(window: Window, faces: Any, model_facts: ModelFacts) -> None:
    view = MirrorView(window.ctx, window.size_px, window.scale, [model_facts])
    ui = ViewState()
    for size in ((900, 500), (400, 300), (1, 1), (640, 360)):
        glfw.set_window_size(window._window, *size)
        after(window, ui, lambda _, size=size: window.size_px == size, 1.0)
        assert window.size_px == size == window.framebuffer.size
        view.resize(window.size_px, window.scale)
        view.draw(window.framebuffer, faces.result(), Status(), ui)
        seen = window.read()
        assert seen.shape == (size[1], size[0], 3)
        if min(size) > 1:  # drawn up to the last corner, whatever the size was before
            layout = view.layout
            cards = [card for card in (layout.faces, layout.sentence, layout.timeline) if card is not None]
            card = max(cards, key=lambda rect: rect.bottom)
            assert card.bottom >= size[1] - 20 and card.right >= size[0] - 20
            assert seen[card.bottom - 6, card.right - 14].sum() > seen[-2, -2].sum()
        window.swap()
    glfw.iconify_window(window._window)
    after(window, ui, lambda _: False, 0.1)
    view.resize((0, 0), window.scale)  # what some desktops report of a minimised window
    view.draw(window.framebuffer, faces.result(), Status(), ui)
    window.swap()
    view.close()


def test_after_close_nothing_reaches_the_window(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    window = Window(TITLE, (320, 180), vsync=False)
    assert window.visible
    window.close()
    window.close()
    window.swap()  # with glfw alone this ends the process
    assert window.poll(ViewState()) == []
    assert window.size_px == (0, 0)
    assert window.read().size == 0
    again = Window(TITLE, (320, 180), vsync=False, visible=False)  # and a new one can be opened
    assert not again.visible
    again.close()


def test_without_a_display_the_way_out_is_named() -> None:
    # In a process of its own: glfw asks for the display once.
    code = (
        "from realtime.view.screen.window import Window\n"
        "from realtime.core.errors import DisplayError\n"
        "try:\n    Window('t', (64, 64))\nexcept DisplayError as error:\n    print(error)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env=_without_display(), capture_output=True, text=True, timeout=60, check=True
    )
    assert "--headless" in found.stdout and "DISPLAY" in found.stdout


def _without_display() -> dict[str, str]:
    import os

    gone = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")
    return {name: value for name, value in os.environ.items() if name not in gone}


def test_pixels_are_upright_in_memory_and_on_the_screen(window: Window) -> None:
    glfw.set_window_size(window._window, 700, 400)
    after(window, ViewState(), lambda _: window.size_px == (700, 400), 1.0)
    window.swap()
    window.framebuffer.use()
    width, height = window.size_px
    window.framebuffer.clear(0.0, 0.0, 0.0, 1.0)
    window.framebuffer.clear(1.0, 0.5, 0.0, 1.0, viewport=(0, height - 10, width, 10))
    seen = window.read()
    np.testing.assert_array_equal(seen[5, 5], [255, 128, 0])
    np.testing.assert_array_equal(seen[-5, 5], [0, 0, 0])
    np.testing.assert_array_equal(seen[5, -1], [255, 128, 0])
    window.ctx.copy_framebuffer(window.ctx.screen, window.framebuffer)  # the first half of a swap
    shown = bytearray(700 * 400 * 3)
    window.ctx.screen.read_into(shown, viewport=(0, 0, 700, 400), alignment=1)
    np.testing.assert_array_equal(np.frombuffer(shown, np.uint8).reshape(400, 700, 3)[::-1], seen)


@pytest.mark.parametrize(
    ("key", "mods", "sign"),
    [(glfw.KEY_6, 0, "-"), (glfw.KEY_8, 0, "["), (glfw.KEY_0, glfw.MOD_SHIFT, "=")],
    ids=["French", "German with AltGr", "German"],
)
def test_a_sign_on_the_key_of_a_digit_is_the_sign_alone(window: Window, key: int, mods: int, sign: str) -> None:
    window._on_key(None, key, 0, glfw.PRESS, mods)
    window._on_char(None, ord(sign))
    assert window.poll(ViewState()) == [BY_KEY[sign]]
    window._on_key(None, glfw.KEY_6, 0, glfw.PRESS, 0)
    window._on_char(None, ord("6"))
    assert window.poll(ViewState()) == [BY_KEY["6"]]
