"""The ring of the last minute."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from common import with_first

from realtime.types import FrameResult
from realtime.view.mirror.history import SERIES, History


def at(faces: object, seconds: float, nme: float | None, segment: int = 0) -> FrameResult:
    result: FrameResult = faces.result()  # type: ignore[attr-defined]
    frame = dataclasses.replace(result.frame, stamp_ns=round(seconds * 1e9), segment=segment)
    residual = None if nme is None else dataclasses.replace(result.residual, nme=nme)
    return with_first(dataclasses.replace(result, frame=frame), residual=residual, residual_adjusted=None)


def test_slices_hold_the_mean_of_their_frames(faces: object) -> None:
    history, rng = History(seconds=10.0), np.random.default_rng(1)
    pushed = []
    for index in range(300):
        value = float(rng.uniform(0, 10))
        pushed.append((100 + index / 30, value))
        assert history.push(at(faces, *pushed[-1]))
    columns = history.columns(20)  # half a second each; the last one holds the newest frame
    newest = np.floor(pushed[-1][0] / 0.5)
    for slot in range(20):
        inside = [value for time, value in pushed if np.floor(time / 0.5) == newest - 19 + slot]
        got = columns[slot, SERIES.index("raw")]
        assert got == pytest.approx(np.mean(inside), rel=1e-5) if inside else np.isnan(got)
    assert np.isnan(columns[:, SERIES.index("adjusted")]).all()
    assert columns[-1, SERIES.index("mean_mesh")] == pytest.approx(6.0)


def test_a_frame_that_is_shown_again_adds_nothing(faces: object) -> None:
    history = History()
    assert history.push(at(faces, 1.0, 5.0))
    assert not history.push(at(faces, 1.0, 9.0))
    assert np.nanmax(history.columns(60)[:, 0]) == 5.0


@pytest.mark.parametrize("gap", ["silence", "segment", "no face"])
def test_gaps_are_left_open(faces: object, gap: str) -> None:
    history = History(seconds=10.0)
    for index in range(30):
        history.push(at(faces, 100 + index / 30, 5.0))
    if gap == "no face":
        for index in range(30, 60):
            history.push(at(faces, 100 + index / 30, None))
    start = 101.5 if gap == "segment" else 103.0
    for index in range(30):
        history.push(at(faces, start + index / 30, 5.0, segment=1 if gap == "segment" else 0))
    raw = history.columns(100)[:, 0]
    known = np.flatnonzero(np.isfinite(raw))
    assert np.isnan(raw[known[0] : known[-1]]).any()


def test_a_slow_source_draws_one_line(faces: object) -> None:
    history = History(seconds=60.0)
    for index in range(40):
        history.push(at(faces, 10 + index * 0.5, float(index)))
    raw = history.columns(480)[:, 0]  # four slices to a frame
    known = np.flatnonzero(np.isfinite(raw))
    assert np.isfinite(raw[known[0] : known[-1] + 1]).all()
    assert (np.diff(raw[known[0] : known[-1] + 1]) >= 0).all()


def test_time_that_runs_back_starts_anew(faces: object) -> None:
    history = History()
    history.push(at(faces, 50.0, 5.0))
    history.push(at(faces, 2.0, 7.0))
    raw = history.columns(60)[:, 0]
    assert np.isfinite(raw).sum() == 1
    assert np.nanmax(raw) == 7.0


def test_the_ring_never_grows(faces: object) -> None:
    history = History(seconds=1000.0, capacity=50)
    for index in range(500):
        history.push(at(faces, 1 + index / 10, float(index)))
    raw = history.columns(10_000)[:, 0]
    assert np.nanmin(raw) >= 450


@pytest.mark.parametrize(("age_s", "span_s"), [(0, 15), (14, 15), (16, 30), (31, 60), (200, 60)])
def test_the_axis_grows_with_what_there_is(faces: Any, age_s: int, span_s: int) -> None:
    history = History()
    assert history.span_s == 15
    for index in range(0, age_s * 30 + 1, 10):
        history.push(faces.result(index))
    assert history.span_s == span_s
