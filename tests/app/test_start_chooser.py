"""Without a camera: another source is chosen in the window; without somebody at one, the line in the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from common import ROOT, clip, needs_bundled
from recorded import recorded

from realtime.capture import list_cameras
from realtime.core.status import Choice
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen
from realtime.view.start_window import StartWindow

SIZES = [((1280, 720), 1.0), ((2560, 1440), 2.0), ((640, 400), 1.0), ((480, 320), 1.0)]
CHOICES = tuple(Choice(str(at), f"choice {at} " + "that is long " * (3 * (at == 4))) for at in range(1, 8))
REASON = "Camera 77 does not exist. `meshmirror doctor` lists the cameras that this machine has, and who holds them."


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_all_of_it_is_seen_in_every_window(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], scale: float
) -> None:
    with Offscreen(size, scale) as screen, StartWindow(screen) as window:
        with recorded(monkeypatch) as words:
            window.show("Meshmirror", REASON, CHOICES)
        assert not words.faults(size)
        assert next(text for text in words.texts if text.startswith("choice")) == "choice 1 "
        places = list(window.places.values())
        assert all(upper.bottom <= lower.y for upper, lower in pairwise(places))
        assert all(place.x >= 0 and place.right <= size[0] and place.bottom <= size[1] for place in places)


def test_a_click_or_a_number_takes_a_choice() -> None:
    from imgui_bundle import imgui

    with Offscreen((1280, 720)) as screen, StartWindow(screen) as window:

        def click(place: Rect) -> str | None:
            window.picked = None
            imgui.get_io().add_mouse_pos_event(place.x + 9, place.y + 9)
            for down in (True, False):
                imgui.get_io().add_mouse_button_event(0, down)
                window.show("Meshmirror", REASON, CHOICES)
            return window.picked

        window.show("Meshmirror", REASON, CHOICES)
        assert [click(window.places[choice.value]) for choice in CHOICES] == [choice.value for choice in CHOICES]
        assert click(Rect(2, 2, 9, 9)) is None
        for key, value in (("3", "3"), ("Enter", "1"), ("9", None), ("Escape", None)):
            window.picked = None
            assert window.key(key) == (key != "Escape") and window.picked == value


class Started:
    """The program in a window, with a camera that there is not."""

    def __init__(self, display: str, folder: Path, *args: str) -> None:
        self.around = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DISPLAY": display,
            "MESHMIRROR_HOME": str(folder / "home"),
        }
        self.around.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "realtime", "--source", "77", *args],
            cwd=folder, env=self.around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until(self, true: Callable[[], object], what: str) -> None:
        end = time.monotonic() + 60
        while not true():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f"waited in vain: {what}"
            time.sleep(0.2)

    def window(self) -> str:
        found = self.xdotool("search", "--onlyvisible", "--name", "^Meshmirror")
        return found.split("\n")[0]

    def xdotool(self, *args: str) -> str:
        return subprocess.run(["xdotool", *args], env=self.around, capture_output=True, text=True, check=False).stdout


@needs_bundled
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")
def test_in_a_window_a_file_is_chosen_instead(display: str, tmp_path: Path) -> None:
    (tmp_path / "home" / "config").mkdir(parents=True)
    recent = f'sources = ["{clip("single_face.mp4")}"]\n'
    (tmp_path / "home" / "config" / "recording.toml").write_text(recent)
    run = Started(display, tmp_path)
    try:
        run.until(run.window, "a window")
        window = run.window()
        run.xdotool("windowfocus", "--sync", window)
        time.sleep(12)  # the camera fails, and the choices come
        assert run.process.poll() is None
        run.xdotool("key", "--window", window, "1")  # once more: it fails again
        time.sleep(6)
        assert run.process.poll() is None
        run.xdotool("key", "--window", window, str(4 + len(list_cameras())))
        stdout, stderr = run.process.communicate(timeout=120)  # the file ends, and the program with it
    finally:
        run.process.kill()
    assert run.process.returncode == 0 and "single_face.mp4" in stdout + stderr and "Traceback" not in stderr


@needs_bundled
@pytest.mark.parametrize("args", [("--json",), ("--headless",)])
def test_where_nobody_is_at_a_window_it_is_a_line_in_the_terminal(
    display: str, tmp_path: Path, args: tuple[str, ...]
) -> None:
    run = Started(display, tmp_path, *args)
    stdout, stderr = run.process.communicate(timeout=120)
    assert run.process.returncode not in (0, 1) and "amera 77" in stdout + stderr and "Traceback" not in stderr
