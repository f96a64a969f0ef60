"""The mirror's controls under Xvfb: real clicks, drags and keys through the real window."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import glfw
import numpy as np
import pytest
from common import with_first
from hand import OFFERS
from x11 import desktop

from realtime.core.commands import Action, Choose, PlayRange, Request, Seek
from realtime.core.frame_result import FrameResult
from realtime.core.status import Playback, Status
from realtime.core.view_options import Style, View
from realtime.core.view_state import ViewState
from realtime.view.mirror.controls.control_panel import ITEMS
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.splitters import splitters_of
from realtime.view.mirror.view import MirrorView
from realtime.view.mirror.view_actions import apply
from realtime.view.paint.layout import Rect
from realtime.view.screen.window import Window


class Run:
    """A loop as the program's, around a hand that presses real keys."""

    def __init__(self, window: Window, view: MirrorView) -> None:
        self.window, self.view = window, view
        self.ui = ViewState(panel=True)
        self.status = Status(offers=OFFERS, calibrated=True)
        self.result: FrameResult | None = None
        self.asked: list[Request] = []
        glfw.focus_window(window._window)
        self.until(lambda: False, 0.2)

    def until(self, done: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Draw and poll until it is done or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for asked in self.window.poll(self.ui):
                self.asked.append(asked)
                apply(self.ui, asked, 1)
            self.view.draw(self.window.framebuffer, self.result, self.status, self.ui)
            self.window.swap()
            if done():
                return True
        return done()

    def unfold(self, *sections: str) -> None:
        """Open these sections of the panel, which is lower than all of them, and close the others."""
        self.view.input.panel.folded = set(ITEMS) - set(sections)

    def place(self, name: str) -> Rect:
        assert self.until(lambda: name in self._places), name
        return self._places[name]

    @property
    def _places(self) -> dict[str, Rect]:
        return {**self.view.input.panel.widgets.places, **self.view.input.menus.places}

    def at(self, x: float, y: float) -> list[object]:
        left, top = glfw.get_window_pos(self.window._window)
        return ["mousemove", left + round(x), top + round(y)]

    def xdotool(self, *words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=10, capture_output=True)
        self.until(lambda: False, 0.1)

    def click(self, box: Rect) -> None:
        self.xdotool(*self.at(box.x + box.w / 2, box.y + box.h / 2))
        self.xdotool("click", 1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.xdotool(*self.at(*start))
        self.xdotool("mousedown", 1)
        self.xdotool(*self.at(*end))
        self.xdotool("mouseup", 1)


@pytest.fixture(scope="module")
def window(display: str, model_facts: ModelFacts) -> Iterator[tuple[Window, MirrorView]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", display)
        patch.delenv("WAYLAND_DISPLAY", raising=False)
        with Window("Meshmirror under test", (1280, 720), vsync=False) as window:
            view = MirrorView(window.ctx, window.size_px, window.scale, [model_facts], samples=0)
            view.listen(window)
            yield window, view
            view.close()
            assert window.listener is None


@pytest.fixture
def run(window: tuple[Window, MirrorView]) -> Run:
    run = Run(*window)
    run.unfold("Run")
    return run


def test_a_button_and_a_switch(run: Run) -> None:
    run.click(run.place("PAUSE"))
    assert run.until(lambda: run.asked == [Action.PAUSE])
    run.unfold("Colour scale")
    run.view.input.panel.folded |= {"Run", "Annotations"}  # the panel ends above the timeline
    run.click(run.place("SIGNED"))
    assert run.until(lambda: run.ui.signed)


def test_a_menu_with_the_mouse_and_with_the_keys(run: Run) -> None:
    run.unfold("Rendering")
    run.click(run.place("style"))
    run.click(run.place("style/points"))
    assert run.until(lambda: run.ui.style is Style.POINTS)
    run.click(run.place("style"))
    assert run.until(lambda: run.view.input.typing), "the menu is open"
    run.xdotool("key", "Up")
    run.xdotool("key", "space")
    assert run.until(lambda: run.ui.style is Style.WIREFRAME)
    run.click(run.place("style"))
    assert run.until(lambda: run.view.input.typing), "the menu is open"
    run.xdotool("key", "a")
    run.xdotool("key", "Escape")  # closes the menu; the keys were not the mirror's
    run.until(lambda: not run.view.input.typing)
    assert run.asked == []
    run.xdotool("key", "Escape")
    assert run.until(lambda: run.asked == [Action.QUIT])


def test_an_address_is_typed_and_the_mirror_hears_nothing_of_it(run: Run) -> None:
    run.unfold("Source")
    run.click(run.place("address"))
    run.xdotool("type", "--delay", "5", "/a/clip q? 1+.mp4")
    run.xdotool("key", "F9")
    assert run.asked == [] and run.ui.panel
    run.xdotool("key", "Return")
    assert run.until(lambda: bool(run.asked)) and run.asked == [Choose("source", "/a/clip q? 1+.mp4")]
    run.until(lambda: not run.view.input.typing)
    assert run.window.copy("https://camera.local/stream.m3u8")
    run.click(run.place("address"))
    run.xdotool("key", "ctrl+v")
    run.xdotool("key", "Return")
    assert run.until(lambda: len(run.asked) == 2) and run.asked[1] == Choose(
        "source", "https://camera.local/stream.m3u8"
    )
    run.until(lambda: not run.view.input.typing)
    run.xdotool("key", "F9")
    assert run.until(lambda: not run.ui.panel)


def test_a_password_that_is_typed_is_not_drawn(run: Run) -> None:
    """Two passwords of one length give the same picture, two hosts do not; what is entered is what was typed."""
    run.unfold("Source")

    def drawn(address: str) -> np.ndarray:
        assert run.window.copy(address)
        run.click(run.place("address"))
        run.xdotool("key", "ctrl+a", "ctrl+v", "Home")
        run.xdotool("mousemove", 5, 5)
        box = run.place("address")
        return run.window.read()[box.y : box.bottom, box.x : box.right].astype(int)

    def different(one: np.ndarray, other: np.ndarray) -> int:
        return int((np.abs(one - other).max(axis=-1) > 40).sum())

    first, second = drawn("rtsp://anna:aaaaaa@cam/1"), drawn("rtsp://anna:wwwwww@cam/1")
    assert different(first, second) < 50, "the caret blinks"
    assert different(first, drawn("http://1.example.org/aaaaaaa")) > 150
    run.xdotool("key", "ctrl+a")
    run.xdotool("type", "--delay", "5", "rtsp://anna:pw@cam/1")
    run.xdotool("key", "Return")
    assert run.until(lambda: bool(run.asked)) and run.asked == [Choose("source", "rtsp://anna:pw@cam/1")]


def test_a_slider_is_dragged_and_turns_no_face(run: Run) -> None:
    run.unfold("Rendering")
    track = run.place("exaggeration")
    middle = track.y + track.h / 2
    run.drag((track.x + 2, middle), (track.right + 20, middle))
    assert run.until(lambda: run.ui.exaggeration == 5.0)
    assert run.ui.orbit_deg == (0.0, 0.0)
    body = run.view.layout.tiles[1].body
    run.drag((body.x + 40, body.y + 40), (body.x + 90, body.y + 40))  # the face itself still turns
    assert run.until(lambda: run.ui.orbit_deg[0] == pytest.approx(-20.0))


def test_the_timeline_of_a_replay_is_scrubbed_and_selected_on(run: Run) -> None:
    run.status = Status(offers=OFFERS, playback=Playback(0.0, 80.0, 0, 2400, True, 1.0, False, 0.0, 80.0))
    cards, run.ui.cards = run.ui.cards, ()  # then there is room for all lanes
    bar = run.view.timeline
    assert run.until(lambda: bar.lanes is not None and bar.lanes.times is not None)
    assert bar.span is not None and bar.lanes is not None and bar.lanes.times is not None
    y = bar.lanes.times.y + 4
    run.drag((bar.span.x_of(8.0), y), (bar.span.x_of(40.0), y - 200))
    assert run.until(lambda: run.asked[-1:] == [Seek(pytest.approx(40.0, abs=0.2))])
    assert run.asked[0] == Seek(pytest.approx(8.0, abs=0.2)) and run.ui.orbit_deg == (0.0, 0.0)
    run.click(bar.places["PAUSE"])
    assert run.until(lambda: run.asked[-1] is Action.PAUSE)
    y = bar.lanes.movement.y + bar.lanes.movement.h // 2
    run.drag((bar.span.x_of(10.0), y), (bar.span.x_of(30.0), y))
    selected = PlayRange(pytest.approx(10.0, abs=0.2), pytest.approx(30.0, abs=0.2))
    assert run.until(lambda: run.asked[-1] == selected) and run.ui.orbit_deg == (0.0, 0.0)
    run.ui.cards = cards


def test_the_wheel_scrolls_the_panel_and_enlarges_no_face(run: Run) -> None:
    run.unfold("Run", *list(ITEMS)[4:])  # more than there is room for, and the heading of the source is seen
    before = run.place("fold Source").y
    run.xdotool(*run.at(run.place("SCREENSHOT").x + 5, run.place("SCREENSHOT").y + 5))
    run.xdotool("click", 5)
    assert run.until(lambda: run.place("fold Source").y < before)
    assert run.ui.zoom == 1.0
    run.xdotool("click", "--repeat", 3, 4)


def test_a_title_is_dragged_onto_another_and_a_double_click_shows_one_alone(run: Run) -> None:
    first, second = (run.view.layout.tiles[at].title for at in (0, 1))
    run.drag((first.x + 20, first.y + 12), (second.x + 50, second.y + 60))
    assert run.until(lambda: run.ui.views == (View.PREDICTED, View.CAMERA, View.HEAT))
    assert run.ui.orbit_deg == (0.0, 0.0)
    second = run.view.layout.tiles[1].title  # the emotions stand between the first two no more
    time.sleep(0.4)  # a click after the drag is not its second one
    run.xdotool(*run.at(second.x + 30, second.y + 12))
    run.xdotool("click", "--repeat", 2, "--delay", 60, 1)
    assert run.until(lambda: run.ui.views == (View.CAMERA,))
    assert not run.view.input.typing and Action.RESET not in run.asked


def test_a_border_is_dragged_and_the_pointer_shows_that_it_can_be(run: Run, display: str) -> None:
    splitter = splitters_of(run.view.layout)[0].rect
    x, y = splitter.x + splitter.w / 3, splitter.y + splitter.h / 2
    body = run.view.layout.tiles[1].body
    with desktop(display) as x_server:
        shapes = []
        for place in ((body.x + 30, body.y + 30), (x, y), (body.x + 30, body.y + 30)):
            run.xdotool(*run.at(*place))
            run.until(lambda: False, 0.2)
            shapes.append(x_server.pointer_picture())
    assert shapes[0] == shapes[2] != shapes[1]
    before = run.view.layout.timeline
    run.drag((x, y), (x, y - 50))
    assert run.until(lambda: run.view.layout.timeline != before)
    assert before is not None and run.view.layout.timeline is not None
    assert run.view.layout.timeline.h == pytest.approx(before.h + 50, abs=1)
    assert run.ui.timeline_share == pytest.approx((before.h + 50) / 720, abs=2e-3)
    assert run.ui.orbit_deg == (0.0, 0.0)


def test_the_press_that_closes_the_notes_of_the_first_start_works_nothing_below_them(run: Run) -> None:
    for section, control in (("Run", "PAUSE"), ("Rendering", "exaggeration"), ("Run", "")):
        run.unfold(section)
        place = run.place(control) if control else run.view.layout.tiles[1].body
        run.ui.introduced = False
        run.until(lambda: False, 0.1)
        middle = place.x + place.w / 2, place.y + place.h / 2
        run.drag(middle, (middle[0] + 30, middle[1]))
        assert run.until(lambda: run.ui.introduced)
        assert run.asked == [] and run.ui.exaggeration == 1.0 and run.ui.orbit_deg == (0.0, 0.0)
    run.click(run.place("PAUSE"))
    assert run.until(lambda: run.asked == [Action.PAUSE])


def test_what_the_notes_of_the_first_start_name_works_at_once(run: Run, faces: Any) -> None:
    run.result, run.status = with_first(faces.result(), identity=None), Status(source="a clip.mp4")
    assert run.until(lambda: run.view.input.asked_for is not None)
    button = run.view.input.asked_for
    assert button is not None
    for act, asked in (
        (lambda: run.xdotool("key", "n"), [Action.CALIBRATE]),
        (lambda: run.xdotool("key", "r"), [Action.RECORD]),
        (lambda: run.click(button), [Action.CALIBRATE]),
        (lambda: run.xdotool("key", "x"), []),
        (lambda: run.xdotool("key", "Escape"), []),
    ):
        run.asked.clear()
        run.ui.introduced = False
        run.until(lambda: False, 0.1)
        act()
        assert run.until(lambda: run.ui.introduced)
        run.until(lambda: False, 0.2)
        assert run.asked == asked


def test_escape_closes_the_help_before_it_quits(run: Run) -> None:
    run.xdotool("key", "question")
    assert run.until(lambda: run.ui.help)
    run.xdotool("key", "Escape")
    assert run.until(lambda: not run.ui.help) and Action.QUIT not in run.asked
