"""The timeline: where moments lie on it, what the mouse asks for, and what is seen of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hand import Hand
from hypothesis import given, settings
from hypothesis import strategies as st
from imgui_bundle import imgui
from overviews import made_overview, rows_to
from recorded import recorded

from realtime.app.bench.gl_objects import living_objects
from realtime.core.commands import Action, ExportStretch, PlayRange, Seek
from realtime.core.frame_result import FrameResult
from realtime.core.overview import (
    COLUMNS,
    FIRST_USABLE,
    MOVED,
    N_MOVED,
    NOISE,
    PREDICTED,
    Overview,
    Usable,
    row_of,
)  # fmt: skip
from realtime.core.status import AnnotationView, Playback, Status
from realtime.core.types import EMOTIONS, ByteArray
from realtime.core.view_options import Card
from realtime.core.view_state import ViewState
from realtime.core.wording import speed_text, time_text
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.plots import ticks
from realtime.view.mirror.plots.time_axis import TimeAxis
from realtime.view.mirror.timeline import curves, furniture
from realtime.view.mirror.timeline.columns import columns_of, usable_runs
from realtime.view.mirror.timeline.lanes import lanes_of
from realtime.view.mirror.timeline.marks import MarkLayout
from realtime.view.mirror.timeline.recent import KEPT_S, SLOT_S, Recent
from realtime.view.mirror.timeline.selection import Selected, Stretch
from realtime.view.mirror.timeline.span import TimeSpan, trimmed
from realtime.view.mirror.timeline.stretch_line import pieces_of
from realtime.view.mirror.timeline.timeline import LiveTime, Timeline
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.theme import Color
from realtime.view.screen.offscreen import Offscreen

SIZES = [((1280, 720), 1.0), ((1920, 1080), 1.0), ((2560, 1440), 2.0)]
OVERVIEW = made_overview()
PLAYBACK = Playback(30.0, 80.0, 900, 2400, True, 1.0, False, 0.0, 80.0, overview=OVERVIEW)
MARKS = (
    AnnotationView("event", 10.0, 10.0, "smile"),
    AnnotationView("exclude", 20.0, 24.0),
    AnnotationView("exclude", 50.0, 60.0, "looks away"),
    AnnotationView("event", 70.0, 70.0),
)
LONG = Playback(
    7261.04, 35999.99, 217831, 1079999, False, 0.25, True, 3600.0, 35000.0, "recomputed with au@v6",
    overview=made_overview(35999.99, 1.0),
)  # fmt: skip


# Where moments lie ----------------------------------------------------------------------------------------------------


@given(st.integers(-500, 3000), st.integers(1, 4000), st.floats(0.0, 1e6), st.floats(0.01, 1e6), st.floats(0.0, 1.0))
@settings(max_examples=300, deadline=None)
def test_places_and_moments_are_each_others_inverse(x: int, w: int, start: float, length: float, share: float) -> None:
    span = TimeSpan(x, x + w, start, start + length)
    moment = start + share * length
    assert span.time_of(span.x_of(moment)) == pytest.approx(moment, abs=1e-8 * (start + length))
    assert (span.time_of(x - 9), span.time_of(x + w + 9)) == pytest.approx((span.start_s, span.end_s))
    assert span.sees(moment) == (span.start_s <= moment <= span.end_s)


@given(st.integers(2, 3000), st.floats(-20.0, 110.0), st.floats(-20.0, 110.0))
def test_a_stretch_is_seen_and_stays_within(w: int, a: float, b: float) -> None:
    start, end = sorted((a, b))
    found = TimeSpan(100, 100 + w, 0.0, 80.0).between(start, end)
    if end < 0 or start > 80:
        assert found is None
    else:
        assert found is not None and 100 <= found[0] <= found[1] - 2 and found[1] <= 100 + w


def test_an_event_is_found_before_the_stretch_around_it() -> None:
    span = TimeSpan(0, 800, 0.0, 80.0)
    within = AnnotationView("event", 22.0, 22.0)
    marks = (*MARKS, within)
    layout = MarkLayout(span, marks)
    assert layout.at(221, 5) is within and layout.at(230, 5) is MARKS[1]
    assert layout.at(103, 5) is MARKS[0] and layout.at(106, 5) is None
    assert layout.at(240, 5) is None and MarkLayout(span, ()).at(100, 5) is None


@given(st.lists(st.tuples(st.floats(0, 80), st.text("abcdefgh ", max_size=30)), max_size=40), st.integers(20, 1500))
@settings(max_examples=200, deadline=None)
def test_names_of_marks_never_meet_each_other_or_the_end(marks: list[tuple[float, str]], w: int) -> None:
    span = TimeSpan(50, 50 + w, 0.0, 80.0)
    layout = MarkLayout(span, [AnnotationView("event", at, at, text) for at, text in marks])
    labels = sorted(layout.labels(lambda text: 7.0 * len(text), 8, 10), key=lambda one: one.x)
    for one, other in pairwise(labels):
        assert one.x + one.width <= other.x
    assert all(one.x >= 50 and one.x + one.width <= 50 + w for one in labels)
    if len(marks) == 1 and marks[0][1] and span.x_of(marks[0][0]) + 8 + 7 * len(marks[0][1]) + 2 < span.right - 40:
        assert [one.text for one in labels] == [marks[0][1]]


def test_a_replay_is_whole_although_its_first_frame_comes_a_moment_late() -> None:
    def of(in_s: float, out_s: float) -> bool:
        return trimmed(dataclasses.replace(PLAYBACK, in_s=in_s, out_s=out_s))

    frame = 80.0 / 2399
    assert not of(0.0, 80.0) and not of(0.03, 80.0)
    assert of(frame, 80.0) and of(0.0, 80.0 - frame)
    assert not trimmed(Playback(0.0, 0.0, 0, 1, False, 1.0, False, 0.0, 0.0))


def test_ticks_in_words() -> None:
    assert [ticks.clock(s, step) for s, step in ((0, 1), (75, 15), (3725, 60), (12.4, 0.2), (59.996, 0.01))] == [
        "0:00", "1:15", "1:02:05", "0:12.4", "1:00.00",
    ]  # fmt: skip
    assert [ticks.ago(s, 1) for s in (0, 30, 60, 90, 600)] == [
        "now", "30 s ago", "1 min ago", "1:30 min ago", "10 min ago",
    ]  # fmt: skip
    assert ticks.ticks(-2.5, 2.5, 1) == [-2, -1, 0, 1, 2] and ticks.step_of(120, 13) == 10


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
    hand = Hand(*drawn, panel=False, cards=())  # without a replay first: nothing is left of another one
    hand.status = Status(playback=PLAYBACK, marks=MARKS)
    hand.frame()
    return hand


def at(hand: Hand, time_s: float, lane: str = "movement") -> tuple[float, float]:
    """Whole pixels, as a mouse has them."""
    span, lanes = hand.view.timeline.span, hand.view.timeline.lanes
    assert span is not None and lanes is not None
    box = getattr(lanes, lane)
    return round(span.x_of(time_s)), box.y + box.h // 2


def near(time_s: float) -> Any:
    return pytest.approx(time_s, abs=0.08)


def replayed(hand: Hand, **changed: Any) -> None:
    """What the program answers."""
    assert hand.status.playback is not None
    hand.status = dataclasses.replace(hand.status, playback=dataclasses.replace(hand.status.playback, **changed))
    hand.asked.clear()
    hand.frame()


def test_a_click_goes_there(hand: Hand) -> None:
    for time_s in (0.0, 0.1, 33.0, 79.9):
        for lane in ("movement", "emotions", "usable", "times"):
            hand.asked.clear()
            x, y = at(hand, time_s, lane)
            hand.click(Rect(int(x), int(y), 0, 0))
            assert hand.asked == [Seek(near(time_s))], (time_s, lane)
            assert not hand.view.input.typing


def test_the_times_are_scrubbed_and_leave_the_lane_below_the_mouse(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.drag(at(hand, 10.0, "times"), (at(hand, 60.0)[0], 100))  # the mouse may leave the lane
    assert hand.asked == [Seek(near(10.0)), Seek(near(35.0)), Seek(near(60.0))]
    hand.move(*at(hand, 20.0, "times"))  # it was let go
    assert len(hand.asked) == 3
    hand.button(True)
    hand.move(hand.screen.size_px[0] + 500, 5)
    with recorded(monkeypatch) as words:
        hand.frame()
    assert hand.asked[-1] == Seek(80.0)
    assert "1:20.00" in words.texts  # before the program has answered
    hand.frame(3)
    hand.move(*[float(np.finfo(np.float32).min)] * 2)  # as it is told of a mouse outside of the window
    assert hand.asked[-2:] == [Seek(near(20.0)), Seek(80.0)]  # a mouse that rests asks for nothing
    hand.button(False)


def test_a_drag_selects_what_is_played_and_undo_leads_back(hand: Hand) -> None:
    hand.drag(at(hand, 20.0), at(hand, 40.0, "emotions"))
    assert hand.asked == [PlayRange(near(20.0), near(40.0))]
    replayed(hand, in_s=20.0, out_s=40.0)
    hand.drag(at(hand, 60.0), at(hand, 50.0))  # from the right to the left
    assert hand.asked == [PlayRange(near(50.0), near(60.0))]
    replayed(hand, in_s=50.0, out_s=60.0)
    places = hand.view.timeline.places
    hand.click(places["undo"])
    assert hand.asked == [PlayRange(near(20.0), near(40.0))]
    replayed(hand, in_s=20.0, out_s=40.0)
    hand.click(places["clear"])
    assert hand.asked == [PlayRange(0.0, 80.0)]
    replayed(hand, in_s=0.0, out_s=80.0)
    hand.click(places["undo"])
    assert hand.asked == [PlayRange(near(20.0), near(40.0))]
    replayed(hand, in_s=20.0, out_s=40.0)
    hand.click(places["undo"])
    assert hand.asked == [PlayRange(0.0, 80.0)]
    replayed(hand, in_s=0.0, out_s=80.0)
    assert "undo" not in places and "clear" not in places


def test_the_ends_of_a_selection_are_moved(hand: Hand) -> None:
    replayed(hand, in_s=20.0, out_s=40.0)
    x, y = at(hand, 20.0)
    hand.drag((x + 3, y), (at(hand, 10.0)[0] + 3, y))
    assert hand.asked == [PlayRange(near(10.0), near(40.0))]
    replayed(hand, in_s=20.0, out_s=40.0)
    hand.drag((at(hand, 40.0)[0], y), at(hand, 5.0))  # past the other end
    assert hand.asked == [PlayRange(near(5.0), near(20.0))]


def test_the_shortest_selection_holds_a_frame_at_both_ends(hand: Hand) -> None:
    x, y = at(hand, 40.0)
    hand.drag((x, y), (x + 5, y))
    (asked,) = hand.asked
    assert isinstance(asked, PlayRange) and asked.out_s - asked.in_s >= 2 * 80 / 2400 - 1e-9


def test_b_is_compared_with_a(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    replayed(hand, in_s=20.0, out_s=24.0)
    hand.click(hand.view.timeline.places["compare"])
    hand.drag(at(hand, 66.0), at(hand, 76.0))
    assert hand.asked == []  # what is played stays
    shown = hand.view.timeline.selected
    assert shown.b is not None and (shown.b.start_s, shown.b.end_s) == (near(66.0), near(76.0))
    with recorded(monkeypatch) as words:
        hand.move(1, 1)
    for name, start, end in (("A", 20.0, 24.0), ("B", shown.b.start_s, shown.b.end_s)):
        inside = (OVERVIEW.times_s >= start) & (OVERVIEW.times_s <= end)
        rows = np.diff(OVERVIEW.sums_before, axis=0)[inside]
        assert f"{name}  {100 * rows[:, PREDICTED].sum() / rows[:, MOVED].sum():.0f} %" in words.texts
    io = imgui.get_io()
    io.add_key_event(imgui.Key.mod_ctrl, True)
    hand.drag(at(hand, 10.0), at(hand, 16.0))
    io.add_key_event(imgui.Key.mod_ctrl, False)
    shown = hand.view.timeline.selected
    assert shown.b is not None and (shown.b.start_s, shown.b.end_s) == (near(10.0), near(16.0))
    hand.click(hand.view.timeline.places["undo"])
    assert hand.view.timeline.selected.b is not None and hand.view.timeline.selected.b.end_s == near(76.0)
    assert hand.asked == []


def test_a_selection_is_exported(hand: Hand) -> None:
    replayed(hand, in_s=20.0, out_s=40.0)
    places = hand.view.timeline.places
    hand.click(places["export"])
    hand.frame(3)
    hand.click(places["export/Table for py-feat"])
    assert hand.asked == [ExportStretch("fex", 20.0, 40.0)]


def test_the_wheel_zooms_about_the_mouse_and_shift_pans(hand: Hand) -> None:
    timeline = hand.view.timeline
    hand.move(*at(hand, 20.0))
    before = timeline.span
    assert before is not None
    at_mouse = before.time_of(imgui.get_io().mouse_pos.x)
    imgui.get_io().add_mouse_wheel_event(0.0, 4.0)
    hand.frame(2)
    zoomed = timeline.span
    assert zoomed is not None and zoomed.seconds == pytest.approx(80.0 / 1.25**4)
    assert zoomed.time_of(imgui.get_io().mouse_pos.x) == pytest.approx(at_mouse)
    x, y = imgui.get_io().mouse_pos.x, imgui.get_io().mouse_pos.y
    io = imgui.get_io()
    io.add_key_event(imgui.Key.mod_shift, True)
    hand.drag((x, y), (x - 90, y))
    io.add_key_event(imgui.Key.mod_shift, False)
    panned = timeline.span
    assert panned is not None and panned.seconds == pytest.approx(zoomed.seconds)
    assert panned.start_s - zoomed.start_s == pytest.approx(90 / zoomed.width * zoomed.seconds, rel=1e-3)
    assert hand.asked == []
    bar = timeline.lanes.times  # type: ignore[union-attr]
    assert bar is not None
    hand.drag((bar.x + 300, bar.bottom - 2), (bar.x + 400, bar.bottom - 2))
    scrolled = timeline.span
    assert scrolled is not None
    assert scrolled.start_s - panned.start_s == pytest.approx(100 / zoomed.width * 80.0, rel=1e-3)
    hand.click(timeline.places["whole"])
    assert timeline.span == before
    replayed(hand, in_s=20.0, out_s=40.0)
    hand.click(timeline.places["zoom A"])
    assert timeline.span is not None and (timeline.span.start_s, timeline.span.end_s) == (near(20.0), near(40.0))


def test_every_button_asks_for_its_command_once_and_tells_of_it(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name for name in hand.view.timeline.places if name in Action.__members__}
    assert names == {"STEP_BACK", "PAUSE", "STEP", "SLOWER", "FASTER", "LOOP"}
    for name in sorted(names):
        hand.asked.clear()
        hand.click(hand.view.timeline.places[name])
        assert hand.asked == [Action[name]]
        with recorded(monkeypatch) as words:
            hand.frame()
        (told,) = [text for layer, text, _ in words.drawn if layer == "##Foreground"]
        assert told.endswith(")") and told[0].isupper(), told


def test_what_is_under_the_mouse_is_told(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(time_s: float) -> list[str]:
        hand.move(*at(hand, time_s))
        with recorded(monkeypatch) as words:
            hand.frame()
        return [text for layer, text, _ in words.drawn if layer == "##Foreground"]

    assert told(10.0)[1] == "event 0:10.00  smile"
    assert "excluded 0:50.00 – 1:00.00  looks away" in told(55.0)
    assert {"distance from rest", "predicted of its square"} < set(told(44.0))
    assert "no face" in told(30.0) and "distance from rest" not in told(30.0)
    assert "distance from the mean face" in told(4.0) and "neutral face measured" in told(8.0)
    assert hand.asked == []


def test_beneath_the_help_and_without_a_replay_nothing_is_asked(hand: Hand) -> None:
    x, y = at(hand, 20.0, "times")
    assert hand.view.input.claims(x, y)  # no face is turned by it
    hand.ui.help = True
    hand.click(Rect(int(x), int(y), 0, 0))
    hand.click(hand.view.timeline.places["PAUSE"])
    hand.ui.help = False
    assert hand.asked == []


def test_a_hold_ends_with_the_replay(hand: Hand) -> None:
    hand.move(*at(hand, 20.0, "times"))
    hand.button(True)
    hand.status, before = Status(), hand.status
    hand.frame()
    hand.asked.clear()
    hand.status = before
    hand.frame()
    hand.move(*at(hand, 50.0, "times"))
    assert hand.asked == []
    hand.button(False)


def test_on_a_stage_it_plays_and_seeks(hand: Hand) -> None:
    hand.ui.stage = True
    hand.frame()
    assert {name for name in hand.view.timeline.places if name in Action.__members__} == {"PAUSE"}
    hand.click(hand.view.timeline.places["PAUSE"])
    x, y = at(hand, 40.0)
    hand.click(Rect(int(x), int(y), 0, 0))
    assert hand.asked == [Action.PAUSE, Seek(near(40.0))]


def test_playing_makes_nothing_in_the_graphics_card(hand: Hand) -> None:
    hand.frame(2)
    before = living_objects(hand.screen.ctx)
    for row in range(30):
        playback = dataclasses.replace(PLAYBACK, time_s=float(row), row=row, overview=made_overview(80.0, 2.0 + row))
        hand.status = Status(playback=playback, marks=MARKS * (1 + row))
        hand.frame()
    imgui.get_io().add_mouse_pos_event(*at(hand, 10.0))
    hand.frame()
    assert living_objects(hand.screen.ctx) == before


# What is seen ---------------------------------------------------------------------------------------------------------


def test_columns_are_the_means_of_a_plain_loop() -> None:
    rows = np.diff(OVERVIEW.sums_before, axis=0)
    found = columns_of(OVERVIEW, 10.0, 30.0, 40)
    times = OVERVIEW.times_s
    compared = 0
    for time_s, moved, predicted in zip(found.times_s, found.moved, found.predicted, strict=True):
        if not 10.0 < time_s < 30.0 or np.isnan(moved):
            continue
        inside = (times // 0.5) == (time_s // 0.5)
        squares, explained = rows[inside, MOVED].sum(), rows[inside, PREDICTED].sum()
        height = (squares / rows[inside, N_MOVED].sum()) ** 0.5
        assert moved == pytest.approx(height, rel=1e-5)
        assert predicted == pytest.approx(height * np.clip(explained / squares, 0, 1), rel=1e-5)
        compared += 1
    assert compared >= 26  # the rest has no face
    assert np.nanmax(found.emotions.sum(axis=0)) <= 1 + 1e-5


def test_gaps_and_states_are_where_they_are() -> None:
    runs = [(run.start_s, run.end_s, run.usable) for run in usable_runs(OVERVIEW, 0.0, 80.0, 400)]
    expected = [
        (0, 24, Usable.YES), (24, 32, Usable.NO_FACE), (32, 48, Usable.YES), (48, 52, None), (52, 56, Usable.YES),
        (56, 64, Usable.TURNED), (64, 68, Usable.YES), (68, 72, Usable.OUT_OF_RANGE), (72, 80, Usable.YES),
    ]  # fmt: skip
    assert [run[2] for run in runs] == [run[2] for run in expected]
    for run, (start, end, _) in zip(runs, expected, strict=True):
        assert run[:2] == (pytest.approx(start, abs=0.3), pytest.approx(end, abs=0.3))
    columns = columns_of(OVERVIEW, 0.0, 80.0, 400)
    unknown = np.isnan(columns.moved)
    for start, end in ((24.3, 31.7), (48.3, 51.7), (0.2, 7.8)):
        assert unknown[(columns.times_s > start) & (columns.times_s < end)].all()
    assert not unknown[(columns.times_s > 33) & (columns.times_s < 47)].any()


@given(st.floats(0.0, 79.0), st.floats(0.05, 80.0), st.integers(1, 3000))
@settings(max_examples=200, deadline=None)
def test_never_more_columns_than_pixels(start: float, length: float, count: int) -> None:
    columns = columns_of(OVERVIEW, start, start + length, count)
    known = columns.times_s[~np.isnan(columns.moved) | ~np.isnan(columns.from_mean)]
    assert len(known) <= count + 4 and (np.diff(columns.times_s) >= 0).all()


def test_the_share_of_a_stretch_is_the_pooled_one_and_none_at_rest() -> None:
    rows = np.zeros((4, COLUMNS))
    rows[:, N_MOVED], rows[:, NOISE] = 1, 1.0
    rows[:, MOVED], rows[:, PREDICTED] = (9.0, 1.0, 1.5, 1.0), (4.5, -1.0, 1.0, 1.0)
    overview = rows_to(np.arange(4.0), rows)
    assert overview.share(0, 1) == pytest.approx(0.35) and overview.share(0, 0) == pytest.approx(0.5)
    assert overview.share(1, 3) is None and overview.share(5, 9) is None


def test_the_last_minutes_are_those_of_a_plain_sum(faces: Any) -> None:
    """A frame that comes twice as often counts as one in each of its slots; what is older than ten minutes goes."""
    recent = Recent(112.0)
    results = [faces.result(index) for index in range(3)]
    pushed: list[tuple[float, FrameResult]] = []
    for number in range(7000):
        time_s = 0.1 * number
        result = results[number % 3] if number % 50 else FrameResult(results[0].frame)
        recent.push(result, time_s)
        pushed.append((time_s, result))
    overview = recent.overview
    assert overview is recent.overview
    assert overview.times_s[-1] == pushed[-1][0] and 590 < overview.times_s[-1] - overview.times_s[0] <= 600
    kept = [one for one in pushed if one[0] // SLOT_S >= overview.times_s[0] // SLOT_S]
    plain = np.sum([row_of(result, 0, 112.0) for _, result in kept], axis=0)
    assert overview.sums_before[-1] == pytest.approx(plain)
    assert overview.sums_before[-1][FIRST_USABLE] == sum(result.face is None for _, result in kept)
    assert recent.bytes < 1 << 20


def test_a_live_timeline_shows_what_came_and_its_axis_is_that_of_the_plots(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Offscreen(SIZES[0][0]) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        hand = Hand(screen, view, panel=False, cards=(Card.RESIDUAL,))
        hand.status = Status(recording_s=4.0, marks=(AnnotationView("event", 1.0, 1.0, "smile"),))
        for index in range(0, 900, 3):
            hand.result = faces.result(index)
            view.history.push(hand.result)
            view.recent.push(hand.result, view.history.now_s)
        hand.frame()
        timeline = view.timeline
        assert timeline.span is not None and timeline.lanes is not None and timeline.lanes.controls is None
        now_s = view.history.now_s
        assert timeline.span.end_s == now_s == pytest.approx(29.6, abs=0.1) and timeline.span.seconds == 30.0
        x, y = at(hand, now_s - 3.0)
        with recorded(monkeypatch) as words:
            hand.move(x, y)
            hand.frame()
        assert "event 0:26.60  smile" in words.texts  # a second into a recording of four
        hand.move(*at(hand, now_s - 10.0))
        imgui.get_io().add_mouse_wheel_event(0.0, 3.0)
        hand.frame(2)
        plotted = view.plots.shown[Card.RESIDUAL].window_s
        assert timeline.span.seconds == pytest.approx(30.0 / 1.25**3) == plotted[1] - plotted[0]
        assert timeline.span.start_s - now_s == pytest.approx(plotted[0])
        hand.drag(at(hand, now_s - 12.0), at(hand, now_s - 8.0))
        assert hand.asked == []  # nothing is played here
        assert timeline.selected.a is not None and timeline.selected.a.seconds == near(4.0)
        hand.click(Rect(*map(int, at(hand, now_s - 6.0)), 0, 0))
        assert timeline.selected.a is None
        imgui.get_io().add_mouse_wheel_event(0.0, -40.0)
        hand.frame(2)
        assert timeline.span.seconds == KEPT_S
        assert -plotted[0] < 120 and view.plots.shown[Card.RESIDUAL].window_s[0] >= -120
        view.close()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_lines_and_words_are_told_from_the_card(name: Any) -> None:
    """Lines and areas at 3 : 1 on the card, the words on the tags of selections at 4.5 : 1; in both themes."""

    def over(ink: Color, ground: Color) -> Color:
        red, green, blue = (a * ink.alpha + b * (1 - ink.alpha) for a, b in zip(ink[:3], ground[:3], strict=True))
        return Color(red, green, blue)

    theme.use(name)
    try:
        inks = {
            "not predicted": theme.SERIES_RAW, "predicted": theme.ACCENT.faded(curves.PREDICTED_FADED),
            "mean": theme.SERIES_MEAN, "noise": theme.PART_NOISE, "usable": theme.MUTED_BAR, "turned": theme.WARN,
            "no face": theme.TEXT_FAINT, "event": theme.MARK.faded(furniture.STEM_FADED), "playhead": theme.TEXT,
            **{emotion: curves.ribbon_color(emotion) for emotion in EMOTIONS},
        }  # fmt: skip
        faint = {what: theme.contrast(over(ink, theme.CARD), theme.CARD) for what, ink in inks.items()}
        assert not {what: ratio for what, ratio in faint.items() if ratio < 3.0}
        for stretch in ("A", "B"):
            assert theme.contrast(furniture.selection_color(stretch), theme.GROUND_TOP) >= 4.5  # type: ignore[arg-type]
    finally:
        theme.use("dark")


def test_what_is_drawn_is_where_it_is(model_facts: ModelFacts, faces: Any) -> None:
    """The top of the movement's curve follows the numbers: a picture of other numbers is found wrong."""
    size = (1280, 720)
    with Offscreen(size) as screen:
        view = MirrorView(screen.ctx, size, 1.0, [model_facts], samples=0)
        ui = ViewState(cards=())
        for _ in range(2):
            view.draw(screen.framebuffer, faces.result(), Status(playback=PLAYBACK), ui)
        picture = screen.read()
        timeline = view.timeline
        assert wrong_heights(picture, timeline, OVERVIEW) < 0.05
        assert wrong_heights(picture, timeline, made_overview(60.0)) > 0.3
        assert wrong_emotions(picture, timeline, OVERVIEW) < 0.1
        view.close()


def wrong_heights(picture: ByteArray, timeline: Any, overview: Overview) -> float:
    """The share of the columns with movement whose orange line is more than 3 pixels from where it should be."""
    lane, span, scale = timeline.lanes.movement, timeline.span, timeline._scale
    columns = columns_of(overview, span.start_s, span.end_s, span.width)
    wrong = of = 0
    for x in range(lane.x + 8, lane.right - 8):
        time_s = span.time_of(x + 0.5)
        if abs(time_s - PLAYBACK.time_s) < 0.4 or 55.5 < time_s < 72.5:  # under a shade there
            continue
        at = int(np.abs(columns.times_s - time_s).argmin())
        if abs(columns.times_s[at] - time_s) > 0.2 or np.isnan(columns.moved[at]):
            continue
        near_by = columns.moved[max(0, at - 2) : at + 3]
        seen = alike(picture[lane.y : lane.bottom, x], theme.SERIES_RAW, 75)
        expected = lane.h - near_by / scale.high * lane.h
        of += 1
        wrong += not len(seen) or seen[0] < np.nanmin(expected) - 3 or seen[0] > np.nanmax(expected) + 3
    assert of > 500
    return wrong / of


def wrong_emotions(picture: ByteArray, timeline: Any, overview: Overview) -> float:
    """The share of columns whose ribbon has another colour at the top than the emotion that is stacked highest."""
    lane, span = timeline.lanes.emotions, timeline.span
    columns = columns_of(overview, span.start_s, span.end_s, span.width)
    wrong = of = 0
    for x in range(lane.x + 8, lane.right - 8, 3):
        at = int(np.abs(columns.times_s - span.time_of(x + 0.5)).argmin())
        if abs(span.time_of(x) - PLAYBACK.time_s) < 0.5 or not 33 < columns.times_s[at] < 47:
            continue
        if columns.emotions[EMOTIONS.index("surprise"), max(0, at - 2) : at + 3].min() * lane.h < 5:
            continue
        of += 1  # surprise is stacked last
        wrong += not len(alike(picture[lane.y + 2 : lane.y + 3, x], theme.SEVEN["cyan"], 30))
    assert of > 5
    return wrong / of


def alike(row: np.ndarray, color: Color, within: int = 12) -> np.ndarray:
    return np.flatnonzero(np.abs(row.astype(int) - color.bytes()[:3]).max(axis=-1) < within)


RECTS = st.tuples(st.integers(20, 2600), st.integers(8, 620), st.sampled_from([0.85, 1.0, 1.3, 1.5, 2.0, 3.0]))


@given(RECTS, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_lanes_stay_within_and_apart(
    rect: tuple[int, int, float], controls: bool, emotions: bool, selected: bool
) -> None:
    width, height, unit = rect
    box = Rect(7, 11, width, height)
    lanes = lanes_of(box, unit, controls=controls, emotions=emotions, selected=selected)
    rows = (lanes.controls, lanes.compared, lanes.marks) if lanes.size == "full" else ()
    for above, below in pairwise([one for one in rows if one is not None]):
        assert above.bottom <= below.y
    assert selected or lanes.compared is None
    shown = [one for one in (lanes.marks, lanes.movement, lanes.emotions, lanes.usable, lanes.times) if one is not None]
    for above, below in pairwise(shown):
        assert above.bottom <= below.y and (above.x, above.right) == (below.x, below.right)
    for one in shown:
        assert box.x <= one.x and one.right <= max(box.right, one.x) and box.y <= one.y and one.bottom <= box.bottom
    if lanes.size == "full":
        assert lanes.movement.h >= 30 * unit and (lanes.emotions is not None) == emotions
        assert len(shown) == 4 + emotions
    assert (lanes.controls is not None) == controls


def test_every_curve_of_the_movement_stays_in_its_lane() -> None:
    overview = made_overview(80.0, 5.0)  # 5.5 % from the mean face before the calibration, 3.3 % from rest later on
    values = curves.Values.of(overview, TimeSpan(0, 800, 0.0, 80.0))
    axis = curves.movement_axis(values, None)
    assert np.nanmax(values.columns.from_mean) > np.nanmax(values.columns.moved)
    assert axis.high >= np.nanmax(values.columns.from_mean)
    later = curves.Values.of(overview, TimeSpan(0, 800, 20.0, 80.0))
    assert curves.movement_axis(later, axis).high < axis.high


def test_two_stretches_are_compared_with_each_other_and_one_with_the_whole() -> None:
    one, other, whole = Stretch(32.0, 40.0), Stretch(50.0, 56.0), Stretch(0.0, 80.0)
    shares = [OVERVIEW.share(stretch.start_s, stretch.end_s) for stretch in (one, other, whole)]
    percents = [round(100 * share) for share in shares if share is not None]
    assert len(percents) == 3 and len(set(percents)) == 3
    both = pieces_of(OVERVIEW, Selected(one, Stretch(58.0, 66.0)), whole, None)
    assert [piece.name for piece in both] == ["A", "B", "A − B"] and both[0].when == "0:32.0–0:40.0"
    single = pieces_of(OVERVIEW, Selected(None, one), whole, None)
    assert [piece.name for piece in single] == ["B", "whole", "B − whole"]
    assert single[2].number == f"{percents[0] - percents[2]:+d} points".replace("-", "−")
    assert pieces_of(OVERVIEW, Selected(one), whole, 90.0)[0].when == "58–50 s ago"
    nobody = pieces_of(OVERVIEW, Selected(one, Stretch(25.0, 31.0)), whole, None)
    assert [piece.name for piece in nobody] == ["A", "B"] and "no face" in [piece.number for piece in nobody]
    before = pieces_of(OVERVIEW, Selected(Stretch(1.0, 5.0)), Stretch(0.0, 7.0), None)  # nothing to compare it with
    assert [(piece.name, piece.number) for piece in before] == [("A", "not calibrated")]


def test_the_comparison_is_written_over_the_lanes(
    model_facts: ModelFacts, faces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        hand = Hand(screen, view, faces.result(), panel=False)
        hand.status = Status(playback=dataclasses.replace(PLAYBACK, in_s=32.0, out_s=40.0, playing=False))
        hand.frame()
        view.timeline.selected = Selected(None, Stretch(66.0, 70.0))
        with recorded(monkeypatch) as words:
            hand.frame()
        view.close()
    assert set(words.texts) >= {"A", "0:32.0–0:40.0", "B", "1:06.0–1:10.0", "A − B"}
    assert any("squared movement from rest" in text for text in words.texts)


@pytest.fixture(scope="module")
def wide(model_facts: ModelFacts) -> Iterator[MirrorView]:
    with Offscreen((64, 64)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        yield view
        view.close()


LABELS = st.text("abcdefghij klmnop", max_size=24)
EVENTS = st.lists(st.tuples(st.floats(0, 80), st.floats(0, 12), LABELS, st.booleans()), max_size=14)
STATES = st.tuples(st.sampled_from(["replay", "live", "nothing"]), st.floats(0, 80), st.floats(0, 80), st.floats(0, 80),
                   st.booleans(), st.floats(1.0, 80.0))  # fmt: skip


@given(RECTS, EVENTS, STATES, st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=150, deadline=None)
def test_words_are_whole_and_nothing_overlaps(
    wide: MirrorView, rect: tuple[int, int, float], events: list[tuple[float, float, str, bool]],
    state: tuple[str, float, float, float, bool, float], mouse: tuple[float, float],
) -> None:  # fmt: skip
    """Any size, scale, state, selection, zoom and mouse: proved from the boxes of the words."""
    width, height, unit = rect
    kind, one, other, b, emotions, seconds = state
    size = (width + 40, height + 300)
    box = Rect(20, 280, width, height)
    marks = tuple(
        AnnotationView("event", at, at, text) if event else AnnotationView("exclude", at, at + length, text)
        for at, length, text, event in sorted(events)
    )
    overview = made_overview(80.0, 5.0, emotions=emotions)
    start, end = sorted((one, other))
    playback = dataclasses.replace(PLAYBACK, time_s=b, in_s=start, out_s=end, overview=overview, loop=emotions)
    status = Status(playback=playback if kind == "replay" else None, marks=marks, recording_s=79.0)
    recent = Recent(112.0)
    if kind == "live":
        recent._overview = overview
    timeline, ui = Timeline(TimeAxis()), ViewState()
    axis = timeline._axis
    imgui.set_current_context(wide._imgui.context)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for step in range(3):
            imgui.get_io().add_mouse_pos_event(20 + mouse[0] * width, 280 + mouse[1] * height)
            wide._imgui.begin(size, 1 / 60)
            p = Painter(wide._fonts, unit)
            with recorded(patch) as words:
                timeline.draw(p, box, recent, LiveTime(80.0, 60.0), status, ui)
            wide._imgui.end()
            timeline.selected = dataclasses.replace(timeline.selected, b=Stretch.of(b, one))
            axis.show(b - seconds, b, 80.0, 80.0)
            inside = [one for one in words.drawn if one[0] != "##Foreground"]
            words.drawn = inside
            words.cut = [text for text in words.cut if text in [text for _, text, _ in inside]]
            found += [f"{step}: {fault}" for fault in words.faults(size)]
            for _, text, place in inside:
                if not (box.x <= place.x and place.right <= box.right and box.y <= place.y):
                    found.append(f"{step}: leaves its card: {text}")
    assert not found, (found, rect, state)


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
