"""The history of a replay, on the recording's own time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand import Hand
from imgui_bundle import imgui
from overviews import made_overview

from realtime.core.frame_result import FrameResult
from realtime.core.status import Playback, Status
from realtime.core.view_options import Card
from realtime.view.mirror.history import History, Series
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.plots import ticks
from realtime.view.mirror.recorded_history import RecordedHistory
from realtime.view.mirror.view import MirrorView
from realtime.view.screen.offscreen import Offscreen

RAW = Series("raw")


def shown_at(faces: Any, time_s: float, value: float) -> FrameResult:
    """A frame of a recording."""
    result: FrameResult = faces.result()
    model = replace(result.models[0], residual=faces.residual(value), residual_adjusted=None)
    face = replace(result.faces[0], estimate=replace(result.faces[0].estimate, models=(model,)))
    return replace(result, frame=replace(result.frame, stamp_ns=round(time_s * 1e9)), faces=(face,))


def seen(history: History, start_s: float, end_s: float) -> dict[float, float]:
    """The values between two times; a gap is no value."""
    slices = history.slices([RAW], start_s, end_s, 10_000)
    return {round(t, 3): float(v) for t, v in zip(slices.times_s, slices.values[0], strict=True) if np.isfinite(v)}


def test_what_is_shown_again_replaces_what_was_there_and_nothing_bridges_what_was_not(faces: Any) -> None:
    history = RecordedHistory(1, 60.0)
    for time_s, value in ((10.0, 1.0), (10.1, 2.0), (40.0, 3.0), (10.1, 7.0)):
        assert history.push(shown_at(faces, time_s, value))
    assert not history.push(shown_at(faces, 10.1, 7.0))
    assert seen(history, 0.0, 60.0) == {10.0: 1.0, 10.1: 7.0, 40.0: 3.0}
    values = history.slices([RAW], 0.0, 60.0, 10_000).values[0]
    assert np.isnan(values).sum() == 1 and np.isnan(values[2])  # between 10.1 and 40
    assert history.now_s == pytest.approx(10.1) and history.known(RAW)


def test_an_hour_takes_no_more_memory_than_five_minutes(faces: Any) -> None:
    short, long = RecordedHistory(1, 300.0), RecordedHistory(1, 3600.0)
    for history in (short, long):
        history.push(shown_at(faces, 299.0, 4.0))
    assert long.bytes <= short.bytes < 40e6
    long.push(shown_at(faces, 3600.0, 5.0))
    assert list(seen(long, 3500.0, 3600.0).values()) == [5.0]


def test_plots_of_a_replay_have_the_zoom_and_the_times_of_its_timeline(faces: Any, model_facts: ModelFacts) -> None:
    playback = Playback(30.0, 80.0, 900, 2400, False, 1.0, False, 0.0, 80.0, overview=made_overview())
    with Offscreen((1280, 720)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, 1.0, [model_facts], samples=0)
        view.listen(screen)
        hand = Hand(screen, view, shown_at(faces, 30.0, 4.0), cards=(Card.RESIDUAL,), panel=False)
        hand.status = Status(playback=playback)
        hand.frame(2)
        plotted = view.plots.shown[Card.RESIDUAL]
        assert view.timeline.span is not None
        assert plotted.window_s == pytest.approx((-30.0, 50.0))  # from the frame that is shown
        hand.over(view.timeline.lanes.movement)  # type: ignore[union-attr]
        imgui.get_io().add_mouse_wheel_event(0.0, 4.0)
        hand.frame(2)
        span, window = view.timeline.span, view.plots.shown[Card.RESIDUAL].window_s
        assert span.seconds < 40
        assert (window[0] + 30.0, window[1] + 30.0) == pytest.approx((span.start_s, span.end_s))
        hand.over(plotted.area)
        imgui.get_io().add_mouse_wheel_event(0.0, -20.0)
        hand.frame(2)
        assert view.timeline.span.seconds == pytest.approx(80.0)
        x = plotted.area.x + plotted.area.w * 30.0 / 80.0
        hand.move(x, plotted.area.y + 5)
        assert view.plots.readout is not None and view.plots.readout.when in ("0:29.98", "0:30.00")
        hand.status = Status()
        hand.frame(2)
        assert not isinstance(view.history, RecordedHistory)
        view.close()
    assert ticks.clock(30.0, 1) == "0:30"
