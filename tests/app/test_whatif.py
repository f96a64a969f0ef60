"""`meshmirror whatif`: its window worked with a real mouse, real keys and a real clipboard, and its answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import glfw
import numpy as np
import pytest
from common import ROOT, Runner, clip, needs_bundled
from run_docs import holds

from realtime.app.run_options import RunOptions
from realtime.app.whatif import WhatIf, WhatIfOptions
from realtime.capture import SourceOptions, open_source
from realtime.core.config import Config
from realtime.core.resources import pyfeat_file
from realtime.core.types import ByteArray
from realtime.model import BUILT_IN, InputRanges, LinearMeshModel, format_manual_input, load_model, parse_manual_input
from realtime.model.file import read_model
from realtime.pipeline.build import Pipeline
from realtime.pipeline.run import PipelineRun
from realtime.view.screen.window import Window

SIZE = (1280, 720)
on_x11 = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs an X server")
UNITS = "resources/au_to_mesh_pls_v4.npz"

# Another program on the same desktop. It answers requests for the clipboard until its stdin is closed.
OTHER = """
import sys, glfw
assert glfw.init()
glfw.window_hint(glfw.VISIBLE, False)
window = glfw.create_window(50, 50, "other", None, None)
if sys.argv[1] == "read":
    print((glfw.get_clipboard_string(None) or b"").decode(), end="", flush=True)
else:
    glfw.set_clipboard_string(None, sys.argv[2])
    print("ready", flush=True)
    while True:
        glfw.wait_events_timeout(0.05)
"""


class Hand:
    """A what-if window on a real X server, and a hand on its mouse and keys."""

    def __init__(self, whatif: WhatIf, window: Window) -> None:
        self.whatif = whatif
        self.window = window
        self.wait(lambda: bool(self.places))
        glfw.focus_window(window._window)

    @property
    def places(self) -> dict:
        return self.whatif._view.controls.widgets.places

    @property
    def features(self) -> dict[str, float]:
        return dict(self.whatif.state.manual_input.features)

    def turn(self, seconds: float = 0.08) -> None:
        """Let the window's loop run, and then until all input is used up."""
        now = time.monotonic()
        while time.monotonic() < now + seconds or (self.whatif._scheduler.requested and time.monotonic() < now + 10):
            self.whatif.turn()

    def wait(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "waited in vain"
            self.whatif.turn()

    def tool(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=10, capture_output=True)

    def point(self, x: float, y: float) -> None:
        left, top = glfw.get_window_pos(self.window._window)
        self.tool("mousemove", left + round(x), top + round(y))
        self.turn(0.03)

    def at(self, name: str, share: float = 0.5) -> tuple[float, float]:
        box = self.places[name]
        return box.x + share * box.w, box.y + box.h / 2

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.point(*start)
        self.tool("mousedown", 1)
        self.turn(0.03)
        for part in (0.3, 0.7, 1.0):
            self.point(*(a + part * (b - a) for a, b in zip(start, end, strict=True)))
        self.tool("mouseup", 1)
        self.turn()

    def click(self, name: str) -> None:
        self.point(*self.at(name))
        self.tool("click", 1)
        self.turn()

    def key(self, *names: str) -> None:
        self.tool("key", *names)
        self.turn()

    def message(self) -> str:
        return self.whatif._message[0]


@pytest.fixture
def hand(display: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Hand]]:
    """A window on a model; `source` puts a live face into it."""
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    opened: list[Callable[[], None]] = []

    def one(model: LinearMeshModel, source: str | None = None) -> Hand:
        config = Config.model_validate(
            {
                "record": {"folder": tmp_path},
                "source": {"path": source or "0", "loop": True},
                "model": {"names": BUILT_IN},
            }
        )
        window = Window("Meshmirror what if", SIZE, vsync=False)
        opened.append(window.close)
        feed = None
        if source is not None:
            pipeline = Pipeline.from_config(config)
            opened.append(pipeline.close)
            live = open_source(source, SourceOptions.from_config(config.source))
            feed = PipelineRun(config, live, pipeline, window.wake, newest_only=True, paced=True)
            feed.start()
        run = RunOptions(notify=lambda _: None)
        whatif = WhatIf(config, WhatIfOptions(), run, model, InputRanges(model).rest, window, feed)
        opened.append(whatif.close)
        return Hand(whatif, window)

    yield one
    for close in reversed(opened):
        close()


@pytest.fixture
def emotion(hand: Callable[..., Hand]) -> Hand:
    return hand(load_model(BUILT_IN))


@pytest.fixture
def units(hand: Callable[..., Hand]) -> Hand:
    return hand(read_model(pyfeat_file(UNITS)))


def face(hand: Hand) -> ByteArray:
    body = hand.whatif._view.layout.predicted.body
    return hand.window.read()[body.y : body.bottom, body.x : body.right].astype(int)


@on_x11
def test_a_dragged_slider_moves_the_face_in_the_same_frame(emotion: Hand) -> None:
    emotion.point(*emotion.at("happiness", 0.0))
    emotion.tool("mousedown", 1)
    emotion.turn()
    still = face(emotion)
    for share in (0.3, 0.8):
        left, top = glfw.get_window_pos(emotion.window._window)
        x, y = emotion.at("happiness", share)
        emotion.tool("mousemove", left + round(x), top + round(y))
        before = emotion.features["happiness"]
        emotion.wait(lambda before=before: emotion.features["happiness"] != before)
        moved = face(emotion)  # nothing was drawn since the turn that took the mouse
        assert emotion.features["happiness"] == pytest.approx(share, abs=0.01)
        assert sum(emotion.features.values()) == pytest.approx(1.0)
        assert np.abs(moved - still).mean() > 0.5
        still = moved
    emotion.tool("mouseup", 1)
    emotion.turn()
    emotion.point(*emotion.at("anger"))  # the button is up: nothing is dragged any more
    assert emotion.features["happiness"] == pytest.approx(0.8, abs=0.01) and emotion.features["anger"] == 0.0
    emotion.point(*emotion.at("happiness", 0.2))
    emotion.tool("click", "--repeat", 2, "--delay", 60, 1)
    emotion.turn()
    assert emotion.features == emotion.whatif._input_ranges.rest.features


@on_x11
def test_numbers_are_typed_and_escape_leaves_them(emotion: Hand) -> None:
    emotion.click("fear.number")
    emotion.tool("type", "0.25")
    emotion.key("Return")
    assert (emotion.features["fear"], emotion.features["neutral"]) == (0.25, 0.75)
    emotion.point(*emotion.at("yaw", 0.9))
    emotion.tool("keydown", "ctrl", "click", 1, "keyup", "ctrl")
    emotion.turn()
    emotion.tool("type", "--", "-72.5")
    emotion.key("Return")
    assert emotion.whatif.state.manual_input.pose_deg["yaw"] == -72.5
    emotion.click("fear.number")
    emotion.tool("type", "0.9")
    emotion.turn()
    emotion.key("Escape")
    assert emotion.features["fear"] == 0.25 and not emotion.whatif._run_options.stop.is_set()
    emotion.click("fear.number")
    emotion.tool("type", "1..e")
    emotion.key("Return")
    assert emotion.features["fear"] == 0.25


@on_x11
def test_the_switch_lets_probabilities_go_and_brings_them_back(emotion: Hand) -> None:
    emotion.click("share")
    emotion.drag(emotion.at("anger", 0.0), emotion.at("anger", 1.0))
    assert (emotion.features["anger"], emotion.features["neutral"]) == (1.0, 1.0)
    emotion.click("share")
    assert (emotion.features["anger"], emotion.features["neutral"]) == (0.5, 0.5)


@on_x11
def test_keys_typed_into_the_filter_are_letters(units: Hand) -> None:
    units.point(*units.at("filter"))
    units.tool("click", 1, "type", "--delay", "1", "qvAU12")  # no time for a frame between the click and the keys
    units.turn(0.3)
    assert units.whatif.state.filter == "qvAU12" and not units.whatif._run_options.stop.is_set()
    assert units.message() == "" and units.features == units.whatif._input_ranges.rest.features
    units.key("Home", "Delete", "Delete")
    assert units.whatif.state.filter == "AU12"
    assert {name for name in units.places if name.startswith("AU")} == {"AU12", "AU12.number"}
    units.key("ctrl+a", "ctrl+x")
    assert units.whatif.state.filter == "" and units.window.paste() == "AU12"
    units.key("ctrl+v")
    assert units.whatif.state.filter == "AU12" and units.message() == ""
    units.key("Escape")  # empties the field, and is not the key that quits
    assert units.whatif.state.filter == "" and not units.whatif._run_options.stop.is_set()
    units.key("Escape")
    units.turn()
    assert units.whatif.state.view.orbit_deg == (0.0, 0.0)
    units.point(900, 300)
    units.tool("click", 1)  # away from the field, keys are keys again
    units.turn(0.5)
    units.key("q")
    assert units.whatif._run_options.stop.is_set()


@on_x11
def test_the_face_turns_beside_the_panel_and_the_list_scrolls_in_it(units: Hand) -> None:
    view = units.whatif.state.view
    units.drag((900, 300), (950, 280))
    assert view.orbit_deg == pytest.approx((-20.0, -8.0))
    units.drag((300, 70), (360, 75))  # the panel's title
    assert view.orbit_deg == pytest.approx((-20.0, -8.0))
    units.point(900, 300)
    units.tool("click", 4)
    units.turn()
    assert view.zoom == pytest.approx(1.1) and "AU01" in units.places
    units.point(200, 400)
    for _ in range(6):
        units.tool("click", 5)
        units.turn(0.05)
    assert view.zoom == pytest.approx(1.1) and "AU01" not in units.places and "roll" in units.places
    units.key("0")
    assert (view.orbit_deg, view.zoom) == ((0.0, 0.0), 1.0)
    units.key("h")
    units.drag(units.at("roll", 0.5), units.at("roll", 1.0))  # under the help nothing is moved
    assert view.help and units.whatif.state.manual_input.pose_deg["roll"] == 0.0


def other(*args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", OTHER, *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@on_x11
def test_another_program_reads_what_was_copied(units: Hand) -> None:
    units.drag(units.at("AU12", 0.1), units.at("AU12", 0.6))
    units.key("c")
    assert "Input copied" in units.message()
    reader = other("read")
    units.wait(lambda: reader.poll() is not None)  # the window has to answer meanwhile
    text = reader.communicate(timeout=20)[0]
    assert text == format_manual_input(units.whatif.state.manual_input, units.whatif._model)
    assert (
        parse_manual_input(text, units.whatif._model, units.whatif._input_ranges.rest)[0]
        == units.whatif.state.manual_input
    )


@on_x11
@pytest.mark.parametrize(
    ("text", "says"),
    [("Happy = 0.6\nsad = 0.4\nYaw = 3", ""), ("Happy = 2", "outside"), ("a face\nto remember", "not readable")],
)
def test_what_another_program_copied_is_pasted(emotion: Hand, text: str, says: str) -> None:
    owner = other("own", text)
    assert owner.stdout is not None and owner.stdout.readline() == "ready\n"
    before = emotion.whatif.state.manual_input
    if says:
        emotion.key("v" if says == "outside" else "ctrl+v")
        assert says in emotion.message() and "\n" not in emotion.message()
        assert emotion.whatif.state.manual_input is before
    else:
        emotion.click("PASTE")
        assert (emotion.features["happiness"], emotion.features["sadness"]) == (0.6, 0.4)
        assert emotion.whatif.state.manual_input.pose_deg["yaw"] == 3.0 and emotion.whatif.state.share
    owner.kill()
    owner.communicate()


@on_x11
def test_nothing_is_drawn_while_nothing_happens(emotion: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    emotion.point(900, 300)
    emotion.turn(0.5)
    drawn: list[int] = []
    monkeypatch.setattr(emotion.window, "swap", lambda: drawn.append(1))
    emotion.turn(1.0)
    assert not drawn
    emotion.point(*emotion.at("fear", 0.3))
    emotion.tool("mousedown", 1)
    emotion.turn(0.5)
    drawn.clear()
    emotion.turn(0.5)  # a slider that is held still
    assert not drawn and emotion.features["fear"] == pytest.approx(0.3, abs=0.01)
    emotion.tool("mouseup", 1)
    emotion.point(*emotion.at("fear"))
    assert drawn


@on_x11
@needs_bundled
def test_the_live_face_is_shown_compared_and_taken_over(hand: Callable[..., Hand]) -> None:
    live = hand(load_model(BUILT_IN), str(clip("single_face.mp4")))
    live.wait(lambda: live.whatif._scene().live.distance is not None)
    assert live.whatif._scene().live.distance.nme > 1
    layout = live.whatif._view.layout
    live.turn(0.3)
    body = layout.observed.body.inset(40, 40)
    shown = live.window.read()[body.y : body.bottom, body.x : body.right]
    assert (shown.max(axis=-1) > 60).mean() > 0.3
    live.key("t")
    assert (
        sum(live.features.values()) == pytest.approx(1.0) and live.features != live.whatif._input_ranges.rest.features
    )
    assert live.whatif.report().source == "single_face.mp4"


@on_x11
def test_the_command_from_its_window_to_its_report(display: str, tmp_path: Path) -> None:
    (tmp_path / "start.toml").write_text("[features]\nAU12 = 0.5\n")
    around = {**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": display}
    around.pop("WAYLAND_DISPLAY", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "realtime", "whatif", "--model", str(pyfeat_file(UNITS)), "--set-from", "start.toml",
         "--out", "end.png", "--set", f"record.folder={tmp_path}"],
        cwd=tmp_path, env=around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def tool(*words: str) -> str:
        return subprocess.run(["xdotool", *words], env=around, capture_output=True, text=True, check=False).stdout

    found, end = "", time.monotonic() + 60
    while not found and time.monotonic() < end and process.poll() is None:
        found = tool("search", "--onlyvisible", "--name", "^Meshmirror what if").split("\n")[0]
        time.sleep(0.1)
    assert found, process.communicate()
    tool("windowfocus", "--sync", found)
    time.sleep(0.5)
    tool("key", "--window", found, "s")
    tool("key", "--window", found, "q")
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0 and "Traceback" not in stderr, stderr
    model = read_model(pyfeat_file(UNITS))
    assert parse_manual_input(stdout, model, InputRanges(model).rest)[0].features["AU12"] == 0.5
    assert cv2.imread(str(tmp_path / "end.png")).shape == (720, 1280, 3)
    assert len(list(tmp_path.glob("meshmirror-*.png"))) == 1


def test_headless_draws_and_reports_the_numbers(meshmirror: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("Happy = 0.7\nsurprise = 0.3\n")
    done = meshmirror("whatif", "--model", BUILT_IN, "--set-from", "a.toml", "--headless", "--out", "a.png", "--json")
    assert done.returncode == 0, done.stderr
    report = holds(done.stdout)
    model = load_model(BUILT_IN)
    mesh = model.predict({"happiness": 0.7, "surprise": 0.3})
    far = np.linalg.norm(mesh - model.predict_neutral(), axis=1)
    unit = np.linalg.norm(model.mean_mesh[263] - model.mean_mesh[33])
    assert report["displacement"]["mean"] == pytest.approx(100 * far.mean() / unit, rel=1e-3)
    assert report["displacement"]["largest"] == pytest.approx(100 * far.max() / unit, rel=1e-3)
    assert report["setting"]["features"]["happiness"] == 0.7 and report["nme"] is None
    assert report["outputs"] == ["a.png"] and cv2.imread(str(tmp_path / "a.png")).shape == (720, 1280, 3)
    (tmp_path / "b.toml").write_text(report["toml"])
    done = meshmirror("whatif", "--model", BUILT_IN, "--set-from", "b.toml", "--headless", "--out", "a.png")
    assert done.returncode == 0 and done.stdout == report["toml"]  # and the first picture was kept
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png")), cv2.imread(str(tmp_path / "a_2.png")))


@needs_bundled
def test_headless_compares_with_the_face_of_a_source(meshmirror: Runner, tmp_path: Path) -> None:
    picture = str(clip("0-f15-hao-ph.jpg"))
    (tmp_path / "s.toml").write_text("happiness = 1")
    what = ["--model", BUILT_IN, "--source", picture, "--set-from", "s.toml"]
    done = meshmirror("whatif", *what, "--headless", "--json")
    assert done.returncode == 0, done.stderr
    config = Config.model_validate({"model": {"names": BUILT_IN}})
    with Pipeline.from_config(config) as pipeline, open_source(picture) as frames:
        seen = pipeline.step(next(iter(frames))).aligned.mesh_canon
    model = load_model(BUILT_IN)
    unit = np.linalg.norm(model.mean_mesh[263] - model.mean_mesh[33])
    far = np.linalg.norm(seen - model.predict({"happiness": 1.0}), axis=1).mean()
    assert json.loads(done.stdout)["nme"] == pytest.approx(100 * far / unit, rel=1e-3)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--model", "bad.npz", "--headless"], 4, "bad.npz"),
        (["--set-from", "bad.toml", "--headless"], 4, "happyness"),
        (["--out", "face.jpg", "--headless"], 2, "FILE.png"),
        pytest.param(["--source", "missing.mp4", "--headless"], 3, "missing.mp4", marks=needs_bundled),
        ([], 3, "--headless --out"),
    ],
)
def test_what_a_user_gets_wrong(meshmirror: Runner, tmp_path: Path, args: list[str], code: int, words: str) -> None:
    (tmp_path / "bad.npz").write_bytes(b"no model")
    (tmp_path / "bad.toml").write_text("happyness = 1")
    done = meshmirror("whatif", "--json", *args)
    assert done.returncode == code, (done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code and words in answer["error"]
    assert "Traceback" not in done.stderr
