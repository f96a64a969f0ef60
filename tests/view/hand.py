"""A hand on the mirror's mouse and keys: each of its moves is a frame, as in the program's loop."""

from __future__ import annotations

from typing import Any

from imgui_bundle import imgui

from realtime.core.commands import Request
from realtime.core.frame_result import FrameResult
from realtime.core.status import Choice, Offers, Status
from realtime.core.view_state import ViewState
from realtime.view.mirror.view import MirrorView
from realtime.view.mirror.view_actions import apply
from realtime.view.paint.layout import Rect
from realtime.view.screen import Screen

OFFERS = Offers(
    sources=(Choice("0", "0: HD Webcam"), Choice("1", "1: Second Camera")),
    source="0",
    models=tuple(Choice(name, name) for name in ("emotion@built-in", "emotion@v6", "au@v6", "blendshape@v6")),
    chosen_models=("emotion@built-in",),
    emotions=(Choice("pyfeat", "py-feat's network"), Choice("inverse", "fitted to the mesh (inverse)")),
    emotion="inverse",
    pose="auto",
)


class Hand:
    """Works a view without a display, or with one that it only looks at; `asked` is what came out of it so far."""

    def __init__(self, screen: Screen, view: MirrorView, result: FrameResult | None = None, **ui: Any) -> None:
        self.screen, self.view, self.result = screen, view, result
        self.ui = ViewState(**{"panel": True, **ui})
        self.status = Status(offers=OFFERS, calibrated=True)
        self.asked: list[Request] = []
        imgui.set_current_context(view._imgui.context)  # another view may have been closed meanwhile
        self.move(1, 1)
        self.frame()

    def frame(self, count: int = 1) -> None:
        """Draw, take what was asked for, and apply what is the view's own business."""
        for _ in range(count):
            self.view.draw(self.screen.framebuffer, self.result, self.status, self.ui)
            for asked in self.screen.poll(self.ui):
                self.asked.append(asked)
                apply(self.ui, asked, len(self.view._captions))

    def place(self, name: str) -> Rect:
        """Where a control of the panel or a line of an open menu stands."""
        return {**self.view.input.panel.widgets.places, **self.view.input.menus.places}[name]

    def move(self, x: float, y: float) -> None:
        imgui.get_io().add_mouse_pos_event(x, y)
        self.frame()

    def button(self, down: bool) -> None:
        imgui.get_io().add_mouse_button_event(0, down)
        self.frame()

    def over(self, place: str | Rect) -> tuple[float, float]:
        box = self.place(place) if isinstance(place, str) else place
        middle = box.x + box.w / 2, box.y + box.h / 2
        self.move(*middle)
        return middle

    def click(self, place: str | Rect) -> None:
        """Press and release in the middle; twice in one spot is never a double click."""
        x, y = self.over(place)
        imgui.get_io().mouse_double_click_time = 0.0
        if not self.view.input.pressed(x, y):
            self.button(True)
            self.button(False)
        self.frame()

    def double_click(self, place: str | Rect) -> None:
        self.over(place)
        imgui.get_io().mouse_single_click_delay, imgui.get_io().mouse_double_click_time = 61.0, 60.0
        for down in (True, False, True, False):
            self.button(down)
        self.frame()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        imgui.get_io().mouse_double_click_time = 0.0
        self.move(*start)
        self.button(True)
        self.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.move(*end)
        self.button(False)
        self.frame()

    def press(self, key: Any, *modifiers: Any) -> None:
        io = imgui.get_io()
        for down in (True, False):
            for one in (*modifiers, key) if down else (key, *modifiers):
                io.add_key_event(one, down)
            self.frame(2)

    def write(self, text: str) -> None:
        for character in text:
            imgui.get_io().add_input_character(ord(character))
            self.frame()
