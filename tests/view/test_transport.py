"""The bar of a replay: where moments lie on it, what the mouse asks for, and what is seen of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hand import Hand
from hypothesis import given, settings
from hypothesis import strategies as st
from imgui_bundle import imgui
from recorded import recorded

from realtime.app.bench.gl_objects import living_objects
from realtime.core.commands import Action, PlayRange, Seek
from realtime.core.status import AnnotationView, Notification, Playback, Status
from realtime.core.types import ByteArray
from realtime.core.view_state import ViewState
from realtime.core.wording import speed_text, time_text
from realtime.view.mirror.mark_layout import MarkLayout
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.seekbar import SeekBar, trimmed
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color
from realtime.view.screen.offscreen import Offscreen

SIZES = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0)]
PLAYBACK = Playback(30.0, 80.0, 900, 2400, True, 1.0, False, 0.0, 80.0)
MARKS = (
    AnnotationView("event", 10.0, 10.0, "smile"),
    AnnotationView("exclude", 20.0, 24.0),
    AnnotationView("exclude", 50.0, 60.0, "looks away"),
    AnnotationView("event", 70.0, 70.0),
)
LONG = Playback(7261.04, 35999.99, 217831, 1079999, False, 0.25, True, 3600.0, 35000.0, "recomputed with au@v6")


# Where moments lie ----------------------------------------------------------------------------------------------------
SAVED = (Notification("output", "Saved."),)


@given(st.integers(-500, 3000), st.integers(1, 4000), st.floats(0.01, 1e6), st.floats(0.0, 1.0))
@settings(max_examples=300, deadline=None)
def test_places_and_moments_are_each_others_inverse(x: int, w: int, duration: float, share: float) -> None:
    bar = SeekBar(Rect(x, 5, w, 6), duration)
    moment = share * duration
    assert bar.time_of(bar.x_of(moment)) == pytest.approx(moment, abs=1e-9 * duration)
    assert (bar.time_of(x), bar.time_of(x + w)) == (0.0, duration) == (bar.time_of(x - 9), bar.time_of(x + w + 9))
    assert (bar.x_of(-1.0), bar.x_of(2 * duration)) == (x, x + w)
    pixel = x + int(share * w)
    assert bar.x_of(bar.time_of(pixel)) == pytest.approx(pixel, abs=1e-6)


@given(st.integers(2, 3000), st.floats(0.0, 90.0), st.floats(0.0, 90.0))
def test_a_stretch_is_seen_and_stays_within(w: int, a: float, b: float) -> None:
    bar = SeekBar(Rect(100, 0, w, 6), 80.0)
    left, right = bar.between(min(a, b), max(a, b))
    assert 100 <= left <= right - 2 and right <= 100 + w


def test_a_replay_of_one_frame_has_one_moment() -> None:
    bar = SeekBar(Rect(0, 0, 100, 6), 0.0)
    assert bar.x_of(0.0) == 0 and bar.time_of(60) == 0.0
    assert SeekBar(Rect(0, 0, 0, 6), 9.0).time_of(60) == 0.0


def test_an_event_is_found_before_the_stretch_around_it() -> None:
    bar = SeekBar(Rect(0, 0, 800, 6), 80.0)
    within = AnnotationView("event", 22.0, 22.0)
    marks = (*MARKS, within)
    layout = MarkLayout(bar, marks)
    assert layout.at(221, 5) is within and layout.at(230, 5) is MARKS[1]
    assert layout.at(103, 5) is MARKS[0] and layout.at(106, 5) is None
    assert layout.at(240, 5) is None and MarkLayout(bar, ()).at(100, 5) is None


def test_a_replay_is_whole_although_its_first_frame_comes_a_moment_late() -> None:
    def of(in_s: float, out_s: float) -> bool:
        return trimmed(dataclasses.replace(PLAYBACK, in_s=in_s, out_s=out_s))

    frame = 80.0 / 2399
    assert not of(0.0, 80.0) and not of(0.03, 80.0)
    assert of(frame, 80.0) and of(0.0, 80.0 - frame)
    assert not trimmed(Playback(0.0, 0.0, 0, 1, False, 1.0, False, 0.0, 0.0))


def test_moments_and_speeds_in_words() -> None:
    assert [time_text(s) for s in (0, 12.43, 59.994, 59.996, 3599.999, 7261.04)] == [
        "0:00.00", "0:12.43", "0:59.99", "1:00.00", "1:00:00.00", "2:01:01.04",
    ]  # fmt: skip
    assert [speed_text(s) for s in (0.1, 0.25, 1.0, 8.0)] == ["0.1×", "0.25×", "1×", "8×"]


# The mouse ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(model_facts: ModelFacts) -> Iterator[tuple[Offscreen, MirrorView]]:
    with Offscreen(SIZES[0][0]) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        yield screen, view
        view.close()


@pytest.fixture
def hand(drawn: tuple[Offscreen, MirrorView]) -> Hand:
    hand = Hand(*drawn, panel=False)
    hand.status = Status(playback=PLAYBACK, marks=MARKS)
    hand.frame()
    return hand


def on_bar(hand: Hand, time_s: float) -> tuple[float, float]:
    """Whole pixels, as a mouse has them."""
    bar = hand.view.transport.bar
    assert bar is not None
    return round(bar.x_of(time_s)), bar.track.y + bar.track.h / 2


def test_a_click_goes_there(hand: Hand) -> None:
    track = hand.view.transport.bar.track  # type: ignore[union-attr]
    for x in (track.x, track.x + 1, track.x + track.w // 3, track.right):
        hand.asked.clear()
        hand.click(Rect(x, track.y - 8, 0, 0))
        assert hand.asked == [Seek(pytest.approx(80.0 * (x - track.x) / track.w, abs=1e-9))]
        assert not hand.view.input.typing


def test_a_drag_goes_along_and_leaves_the_bar_below_the_mouse(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.drag(on_bar(hand, 10.0), (on_bar(hand, 60.0)[0], 300))  # the mouse may leave the bar
    assert all(isinstance(asked, Seek) for asked in hand.asked) and len(hand.asked) == 3
    times_s = [asked.time_s for asked in hand.asked if isinstance(asked, Seek)]
    assert times_s == pytest.approx([10.0, 35.0, 60.0], abs=0.07)
    hand.move(*on_bar(hand, 20.0))  # it was let go
    assert len(hand.asked) == 3
    hand.button(True)
    hand.move(hand.screen.size_px[0] + 500, 5)
    with recorded(monkeypatch) as words:
        hand.frame()
    assert hand.asked[-1] == Seek(80.0)
    assert words.texts.count("1:20.00") == 2  # beside the bar and above it, before the program has answered
    hand.frame(3)
    hand.move(*[float(np.finfo(np.float32).min)] * 2)  # as it is told of a mouse outside of the window
    assert hand.asked[-2:] == [Seek(pytest.approx(20.0, abs=0.07)), Seek(80.0)]  # a mouse that rests asks for nothing
    hand.button(False)


def test_the_handles_move_the_in_and_the_out_point(hand: Hand) -> None:
    places, y = hand.view.transport.places, hand.view.transport.places["in"].bottom - 6
    hand.drag((on_bar(hand, 0.0)[0] + 2, y), (on_bar(hand, 20.0)[0] + 2, y))
    assert hand.asked[-1] == PlayRange(pytest.approx(20.0, abs=0.07), 80.0)
    assert hand.asked[-2] == Seek(hand.asked[-1].in_s)
    hand.status = dataclasses.replace(hand.status, playback=dataclasses.replace(PLAYBACK, in_s=20.0, out_s=40.0))
    hand.asked.clear()
    hand.frame()
    hand.drag((on_bar(hand, 40.0)[0], y), (on_bar(hand, 5.0)[0], y))
    assert hand.asked[-1] == PlayRange(20.0, pytest.approx(20.0 + 2 * 80 / 2400))  # never past the other one
    hand.asked.clear()
    hand.click(places["out"])
    assert hand.asked == [Seek(pytest.approx(40.0))]  # looked at, and where it was
    hand.asked.clear()
    hand.click(Rect(round(on_bar(hand, 60.0)[0]), y, 0, 0))  # beside the handles it is the bar
    assert hand.asked == [Seek(pytest.approx(60.0, abs=0.07))]


@pytest.mark.parametrize("side", [-3, 3])
def test_two_handles_in_one_place_are_told_by_the_side(hand: Hand, side: int) -> None:
    hand.status = dataclasses.replace(hand.status, playback=dataclasses.replace(PLAYBACK, in_s=40.0, out_s=40.0))
    hand.frame()
    x, y = on_bar(hand, 40.0)[0], hand.view.transport.places["in"].bottom - 6
    hand.drag((x + side, y), (x + side + 10 * side, y))
    asked = hand.asked[-1]
    assert isinstance(asked, PlayRange) and (asked.in_s < 40.0 == asked.out_s if side < 0 else asked.in_s == 40.0)


def test_every_button_asks_for_its_command_once_and_tells_of_it(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name for name in hand.view.transport.places if name in Action.__members__}
    assert names == {"STEP_BACK", "PAUSE", "STEP", "SLOWER", "FASTER", "LOOP"}
    for name in sorted(names):
        hand.asked.clear()
        hand.click(hand.view.transport.places[name])
        assert hand.asked == [Action[name]]
        with recorded(monkeypatch) as words:
            hand.frame()
        (told,) = [text for layer, text, _ in words.drawn if layer == "##Foreground"]
        assert told.endswith(")") and told[0].isupper(), told


def test_what_is_marked_is_told(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(time_s: float) -> list[str]:
        hand.move(*on_bar(hand, time_s))
        with recorded(monkeypatch) as words:
            hand.frame()
        return [text for layer, text, _ in words.drawn if layer == "##Foreground"]

    assert told(10.0)[1:] == ["event 0:10.00  smile"]
    assert told(55.0)[1:] == ["excluded 0:50.00 – 1:00.00  looks away"]
    (moment,) = told(40.0)
    assert moment.startswith("0:4") or moment.startswith("0:39")
    assert hand.asked == []


def test_beneath_the_help_and_without_a_replay_nothing_is_done(hand: Hand) -> None:
    seek = hand.view.transport.places["seek"]
    assert hand.view.input.claims(seek.x + 5, seek.y + 5)  # no face is turned by it
    hand.ui.help = True
    hand.click(seek)
    hand.click(hand.view.transport.places["PAUSE"])
    hand.ui.help = False
    assert hand.asked == []
    hand.status = Status()
    hand.frame()
    hand.click(seek)
    assert hand.asked == [] and hand.view.transport.places == {} and hand.view.layout.timeline is None
    assert hand.view.layout.cards[0].frame.bottom == 720 - 16


def test_a_hold_ends_with_the_replay(hand: Hand) -> None:
    hand.move(*on_bar(hand, 20.0))
    hand.button(True)
    hand.status, before = Status(), hand.status
    hand.frame()
    hand.asked.clear()
    hand.status = before
    hand.frame()
    hand.move(*on_bar(hand, 50.0))
    assert hand.asked == []
    hand.button(False)


def test_on_a_stage_it_plays_and_seeks(hand: Hand) -> None:
    hand.ui.stage = True
    hand.frame()
    assert {name for name in hand.view.transport.places if name in Action.__members__} == {"PAUSE"}
    hand.click(hand.view.transport.places["PAUSE"])
    hand.click(Rect(round(on_bar(hand, 40.0)[0]), round(on_bar(hand, 40.0)[1]), 0, 0))
    assert hand.asked == [Action.PAUSE, Seek(pytest.approx(40.0, abs=0.07))]


def test_playing_makes_nothing_in_the_graphics_card(hand: Hand) -> None:
    hand.frame(2)
    before = living_objects(hand.screen.ctx)
    for row in range(30):
        playback = dataclasses.replace(PLAYBACK, time_s=float(row), row=row)
        hand.status = Status(playback=playback, marks=MARKS * (1 + row))
        hand.frame()
    imgui.get_io().add_mouse_pos_event(*on_bar(hand, 10.0))
    hand.frame()
    assert living_objects(hand.screen.ctx) == before


# What is seen ---------------------------------------------------------------------------------------------------------


def alike(row: np.ndarray, color: Color) -> np.ndarray:
    return np.flatnonzero(np.abs(row.astype(int) - color.bytes()[:3]).max(axis=-1) < 12)


def untrue(
    picture: ByteArray, bar: SeekBar, unit: float, playback: Playback, marks: tuple[AnnotationView, ...]
) -> list[str]:
    """What of a replay its bar shows elsewhere than it is."""
    track, slack = bar.track, 2 * unit
    per_s = track.w / playback.duration_s
    row = picture[track.y + track.h // 2, track.x : track.right]
    found = []

    def ends(name: str, seen: np.ndarray, start: float, end: float) -> None:
        if not len(seen) or abs(seen[0] - start * per_s) > slack or abs(seen[-1] + 1 - end * per_s) > slack:
            found.append(f"{name}: {seen[[0, -1]] / per_s if len(seen) else 'nothing'}, not {start} to {end} s")

    played = alike(row, theme.ACCENT)
    knob = 7.5 * unit / per_s  # drawn around the moment, in the same colour
    ends("played", played, playback.in_s, min(playback.time_s + knob, playback.duration_s))
    above = picture[track.y - round(1.5 * unit), track.x : track.right]
    events = [mark.start_s for mark in marks if mark.kind == "event"]
    stems = alike(above, theme.MARK)
    away = np.abs(stems[:, None] - np.array(events)[None] * per_s)
    found += [
        f"no event at {moment} s" for moment, one in zip(events, away.T, strict=True) if one.min(initial=1e9) > slack
    ]
    found += [
        f"an event at {at / per_s:.2f} s" for at, one in zip(stems, away, strict=True) if one.min(initial=1e9) > slack
    ]
    warm = np.flatnonzero((row[:, 0].astype(int) - row[:, 2] > 40) & (row[:, 0] > 80))
    for mark in marks:
        if mark.kind == "exclude":
            near = warm[(warm > (mark.start_s - 3) * per_s) & (warm < (mark.end_s + 3) * per_s)]
            ends("excluded", near, mark.start_s, mark.end_s)
    stretches = sum(mark.end_s - mark.start_s for mark in marks if mark.kind == "exclude")
    if abs(len(warm) - stretches * per_s) > 4 * slack:
        found.append(f"excluded: {len(warm) / per_s:.1f} s in all, not {stretches}")
    return found


@pytest.mark.parametrize(("size", "scale"), SIZES)
def test_the_bar_shows_what_is_played_and_marked(
    model_facts: ModelFacts, faces: Any, size: tuple[int, int], scale: float
) -> None:
    trimmed = dataclasses.replace(PLAYBACK, in_s=15.0, out_s=66.0, loop=True)
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, [model_facts], samples=0)
        for stage, playback in ((False, PLAYBACK), (False, trimmed), (True, PLAYBACK)):
            ui = ViewState(stage=stage)
            view.draw(screen.framebuffer, faces.result(), Status(playback=playback, marks=MARKS), ui)
            picture, bar = screen.read(), view.transport.bar
            assert bar is not None and bar.track.w > 0.5 * size[0]
            unit = view.layout.unit
            assert not untrue(picture, bar, unit, playback, MARKS)
            later = dataclasses.replace(playback, time_s=31.0)  # one second more would be seen
            assert untrue(picture, bar, unit, later, MARKS)
            for at in range(len(MARKS)):
                assert untrue(picture, bar, unit, playback, MARKS[:at] + MARKS[at + 1 :])
                moved = dataclasses.replace(MARKS[at], start_s=MARKS[at].start_s + 1.0, end_s=MARKS[at].end_s + 1.0)
                assert untrue(picture, bar, unit, playback, (*MARKS[:at], moved, *MARKS[at + 1 :]))
        view.close()


@pytest.mark.parametrize(("size", "scale"), [*SIZES, ((960, 540), 1.0), ((640, 360), 1.0), ((700, 900), 1.0)])
def test_words_are_whole_and_nothing_overlaps(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], scale: float
) -> None:
    faults = []
    with Offscreen(size, scale) as screen:
        view = MirrorView(screen.ctx, size, scale, [model_facts], samples=0)

        def write(x: float = 1.0, y: float = 1.0) -> None:
            """The words alone, without the seconds that so many faces would take."""
            imgui.get_io().add_mouse_pos_event(x, y)
            view._arrange(ui, replayed=True)
            screen.framebuffer.use()
            view._draw_text(faces.result(), view._reader.push(faces.result(), status), status, ui)
            view._imgui.end()

        for playback in (PLAYBACK, LONG):
            status = Status(
                playback=playback,
                marks=MARKS,
                source="a session",
                calibrated=True,
                notifications=SAVED,
            )
            for look in ({}, {"panel": True}, {"stage": True}):
                ui = ViewState(**look)
                write()
                bar = view.layout.timeline
                assert bar is not None and bar.w > 0.9 * size[0]
                for place in view.transport.places.values():
                    outside = (place.x < bar.x, place.right > bar.right, place.y < bar.y, place.bottom > bar.bottom)
                    assert not any(outside), (view.transport.places, bar)
                for name in ("seek", "in", "out", "PAUSE"):
                    place = view.transport.places[name]
                    with recorded(monkeypatch) as words:
                        write(place.x + place.w / 2, place.y + place.h / 2)
                    of_bar = [one for one in words.drawn if one[2].y >= bar.y or one[0] == "##Foreground"]
                    assert time_text(playback.time_s) in [text for _, text, _ in of_bar]
                    if min(size) >= 720:
                        faults += words.faults(size)
                    words.drawn, words.cut = of_bar, [text for text in words.cut if text in [t for _, t, _ in of_bar]]
                    faults += words.faults(size)
        view.close()
    assert not faults, "\n".join(dict.fromkeys(faults))


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (120, 90), (300, 200)])
def test_a_window_of_no_use_is_survived(model_facts: ModelFacts, size: tuple[int, int]) -> None:
    with Offscreen(size) as screen:
        view = MirrorView(screen.ctx, size, 1.0, [model_facts], samples=0)
        hand = Hand(screen, view)
        hand.status = Status(playback=LONG, marks=MARKS)
        for stage in (False, True):
            hand.ui.stage = stage
            hand.frame()
            hand.click(Rect(0, 0, *size))
        view.close()
