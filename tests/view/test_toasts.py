"""Notifications stand clear of the colour scales, errors look like errors, and a button asks for what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hand import Hand
from recorded import recorded

from realtime.core.commands import Action
from realtime.core.status import Notification, Offer, Status
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.screen.offscreen import Offscreen

LONG = "/home/somebody/recordings of this week/meshmirror-20250101-120000: the recording ended: the disk is full."
ALL = (
    Notification("source", "Now camera 1; neutral kept."),
    Notification("settings", "Undone: heat map shown."),
    Notification("output", LONG, error=True),
    Notification("output", "Recorded 12 s: session", offers=(Offer("Copy", Action.COPY), Offer("Help", Action.HELP))),
)
SIZES = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0), ((640, 400), 1.0), ((480, 320), 1.0)]


@pytest.mark.parametrize(("size", "scale"), SIZES)
@pytest.mark.parametrize("panel", [False, True])
@pytest.mark.parametrize("views", [(View.CAMERA, View.PREDICTED, View.HEAT), (View.HEAT,), tuple(View)[:6]])
def test_the_newest_is_seen_and_none_covers_a_colour_scale(
    model_facts: ModelFacts, faces: Any, size: tuple[int, int], scale: float, panel: bool, views: tuple[View, ...]
) -> None:
    result = faces.result()
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, [model_facts], samples=0)
        ui = ViewState(views=views, panel=panel)
        view.draw(screen.framebuffer, result, Status(), ui)
        without = screen.read().astype(int)
        footers = [tile.footer for tile in view.layout.tiles]
        view.draw(screen.framebuffer, result, Status(notifications=ALL), ui)
        picture = screen.read().astype(int)
        toasts, tiles = view.input.covered, view.layout.faces
        view.close()
    assert toasts or min(tiles.w / scale, tiles.h / scale) < 230
    for at, toast in enumerate(toasts):
        assert toast.x >= tiles.x and toast.right <= tiles.right and toast.y >= 0
        for footer in footers:
            assert toast.bottom <= footer.y or toast.y >= footer.bottom
        for other in toasts[:at]:
            assert toast.y >= other.bottom
    for footer in footers:
        box = np.s_[footer.y : footer.bottom, footer.x : footer.right]
        assert (picture[box] == without[box]).all(), "a scale, with its numbers, stays as it is"


def test_an_error_looks_like_one(model_facts: ModelFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    red = np.array(theme.BAD.bytes()[:3])

    def drawn(error: bool) -> tuple[int, list[str]]:
        with Offscreen((1280, 720)) as screen:
            view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
            with recorded(monkeypatch) as words:
                status = Status(notifications=(Notification("source", "Camera 1 is busy.", error=error),))
                view.draw(screen.framebuffer, None, status, ViewState())
            (toast,) = view.input.covered
            view.close()
            inside = screen.read()[toast.y : toast.bottom, toast.x : toast.right].astype(int)
        return int((np.abs(inside - red).max(axis=-1) < 40).sum()), [text for _, text, _ in words.drawn]

    red_dots, said = drawn(error=True)
    assert red_dots > 150 and "Error" in said and ": Camera 1 is busy." in said
    red_dots, said = drawn(error=False)
    assert red_dots == 0 and "Error" not in said and "Camera 1 is busy." in said


def test_a_button_of_a_notification_is_clicked_and_turns_no_face(model_facts: ModelFacts) -> None:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        hand = Hand(screen, view, panel=False)
        offers = (Offer("Copy", Action.COPY), Offer("Picture", Action.SCREENSHOT))
        hand.status = Status(notifications=(Notification("output", "Recorded 12 s: session", offers=offers),))
        hand.frame()
        (toast,) = view.input.covered
        assert view.input.claims(toast.x + 5, toast.y + 5)
        y = toast.bottom - 20
        for x in range(toast.x + 30, toast.right - 8, 8):
            hand.move(x, y)
            hand.button(True)
            hand.button(False)
        assert list(dict.fromkeys(hand.asked)) == [Action.COPY, Action.SCREENSHOT]
        view.close()


def test_many_at_once_leave_the_face_and_no_error_is_lost(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ("source", "settings", "output", "window", "clipboard", "model")
    notes = [Notification("playback", "The disk is full.", error=True)]
    notes += [Notification(kind, f"Number {at}.") for at, kind in enumerate(kinds)]  # type: ignore[arg-type]
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        with recorded(monkeypatch) as words:
            view.draw(screen.framebuffer, faces.result(), Status(notifications=tuple(notes)), ViewState())
        assert len(view.input.covered) == 4
        view.close()
    said = [text for text in words.texts if text.startswith("Number") or "disk" in text]
    assert said == ["Number 5.", "Number 4.", "Number 3.", ": The disk is full."]
