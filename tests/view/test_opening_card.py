"""The card that a window shows while things are opened: what is on it, and that it leaves nothing behind."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import cv2
import glfw
import numpy as np
import pytest

from realtime.core.commands import Action
from realtime.core.status import Status
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.view import MirrorView, OpeningCard, open_offscreen
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.paint import theme
from realtime.view.screen.offscreen import Offscreen
from realtime.view.screen.window import Window

SIZES = [((1280, 720), 1.0), ((480, 320), 1.0), ((2560, 1440), 2.0)]


def shown(size: tuple[int, int], scale: float, name: str = "Meshmirror", message: str = "Opening ...") -> ByteArray:
    with Offscreen(size, scale) as screen, OpeningCard(screen) as card:
        card.show(name, message)
        return screen.read()


def near(picture: ByteArray, color: theme.Color) -> np.ndarray:
    return np.abs(picture.astype(int) - color.bytes()[:3]).max(axis=2) < 6


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_the_face_of_the_icon_stands_above_the_name(size: tuple[int, int], scale: float) -> None:
    picture = shown(size, scale)
    assert picture.shape == (size[1], size[0], 3)
    accent, text = near(picture, theme.ACCENT), near(picture, theme.TEXT)
    middle = size[0] / 2
    ys, xs = np.nonzero(accent)
    assert len(xs) > 0.5 * np.pi / 4 * (ys.max() - ys.min()) * (xs.max() - xs.min())
    assert xs.max() <= middle and ys.max() < size[1] / 2
    right = text[: ys.max() + 1]
    assert right.sum() == pytest.approx(accent.sum(), rel=0.05) and np.nonzero(right)[1].min() >= middle - 1
    assert text[ys.max() + 1 :].sum() > 100, "the name is missing"


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_name_and_message_have_a_line_each_and_stay_in_the_window(size: tuple[int, int], scale: float) -> None:
    plain = shown(size, scale, "", "").astype(int)
    rows = []
    for words in ({"name": "Meshmirror demo", "message": ""}, {"name": "", "message": "Opening " + "long/" * 100}):
        ys, xs = np.nonzero(np.abs(shown(size, scale, **words) - plain).max(axis=2) > 20)
        assert len(xs) > 100
        assert 0.04 * size[0] < xs.min() and xs.max() < 0.96 * size[0]
        assert abs((xs.min() + xs.max()) / 2 - size[0] / 2) < 0.02 * size[0]
        rows.append((ys.min(), ys.max()))
    assert rows[0][1] < rows[1][0] < rows[1][1] < size[1]


def test_it_may_say_something_else_and_the_mirror_follows_it(model_facts: ModelFacts) -> None:
    with Offscreen((640, 360)) as screen:
        with OpeningCard(screen) as card:
            card.show("Meshmirror", "Opening camera 0 ...")
            first = screen.read()
            card.show("Meshmirror", "Loading emotion@v6 ...")
            assert (screen.read() != first).any()
            card.show("Meshmirror", "Opening camera 0 ...")
            assert (screen.read() == first).all()
            card.close()  # and once more by the block's end
        view = MirrorView(screen.ctx, screen.size_px, screen.scale, [model_facts])
        view.draw(screen.framebuffer, None, Status(source="camera 0"), ViewState())
        assert not near(screen.read(), theme.ACCENT)[:, :320].sum() > 1000
        view.close()


def test_a_minimised_window_is_left_alone() -> None:
    screen = open_offscreen((320, 180))
    assert isinstance(screen, Offscreen)
    before = screen.read()
    screen._size = (0, 0)  # as a window reports it while it is minimised
    with OpeningCard(screen) as card:
        card.show("Meshmirror", "Opening camera 0 ...")
    assert (screen.read() == before).all()
    screen.close()


def test_in_a_window_it_is_on_screen_and_a_key_pressed_meanwhile_is_kept(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    picture = tmp_path / "screen.png"
    with Window("Meshmirror", (640, 360), vsync=False) as window, OpeningCard(window) as card:
        end = time.monotonic() + 20
        on_screen = 0
        while on_screen < 500 and time.monotonic() < end:
            card.show("Meshmirror", "Opening camera 0 ...")
            subprocess.run(["import", "-window", "root", str(picture)], check=True, timeout=30)
            on_screen = int(near(cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB), theme.ACCENT).sum())
        assert on_screen >= 500
        left, top = glfw.get_window_pos(window._window)
        for words in (("mousemove", str(left + 9), str(top + 9)), ("key", "q")):
            subprocess.run(["xdotool", *words], check=True, timeout=10)
        actions: list[object] = []
        while not actions and time.monotonic() < end:
            card.show("Meshmirror", "Loading the model ...")
            actions += window.poll(ViewState())
        assert actions == [Action.QUIT]
