"""The ring of the last minute, against naive loops over the frames."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from common import with_estimate, with_first

from realtime.core.frame_result import SumOfSquares
from realtime.core.types import Pose
from realtime.view.mirror.history import PARTS, STEP_S, History, Series, Slices

RAW, ADJUSTED, MEAN = Series("raw"), Series("adjusted"), Series("mean_mesh")


def at(faces: Any, seconds: float, nme: float | None, segment: int = 0) -> Any:
    result = faces.result()
    frame = dataclasses.replace(result.frame, stamp_ns=round(seconds * 1e9), segment=segment)
    residual = None if nme is None else dataclasses.replace(faces.residual(nme), nme=nme)
    return with_first(dataclasses.replace(result, frame=frame), residual=residual, residual_adjusted=None)


def everything(history: History, *series: Series, most: int = 10**6) -> Slices:
    return history.slices(series or [RAW], history.now_s - history.span_s, history.now_s, most)


@pytest.mark.parametrize("rate", [10, 30, 120])
def test_slices_hold_the_mean_of_their_frames(faces: Any, rate: int) -> None:
    history, rng = History(), np.random.default_rng(1)
    pushed = []
    for index in range(10 * rate):
        pushed.append((100 + index / rate, float(rng.uniform(0, 10))))
        assert history.push(at(faces, *pushed[-1]))
    got = everything(history, RAW, ADJUSTED, MEAN, Series("raw", vertex=7), most=20)
    width = np.ceil(15 / 20 / STEP_S) * STEP_S  # the slices lie on the ring's own slots
    expected: dict[int, list[tuple[float, float]]] = {}
    for time, value in pushed:
        expected.setdefault(int((time - 100) / width + 1e-6), []).append((time - 100, value))
    assert got.values.shape == (4, len(expected))
    for slot, inside in enumerate(expected.values()):
        assert got.times_s[slot] == pytest.approx(np.mean([time for time, _ in inside]), abs=1e-6)
        assert got.values[0, slot] == pytest.approx(np.mean([value for _, value in inside]), rel=1e-5)
        assert got.values[3, slot] == pytest.approx(got.values[0, slot], rel=2e-3)  # kept in half precision
    assert np.isnan(got.values[1]).all()
    np.testing.assert_allclose(got.values[2], 6.0)


def test_a_finished_slice_never_changes(faces: Any) -> None:
    """A curve moves to the left without changing its shape."""
    history, rng = History(), np.random.default_rng(2)
    seen: dict[float, float] = {}
    for index in range(40 * 30):
        history.push(at(faces, index / 30, float(rng.uniform(0, 10))))
        if history.span_s != 60 or index % 7:
            continue
        got = everything(history, most=100)
        for time, value in zip(got.times_s[:-1].tolist(), got.values[0, :-1].tolist(), strict=True):
            assert seen.setdefault(time, value) == value
    assert len(seen) < 70  # and the same ones were seen again and again


def test_every_number_of_a_frame_is_kept(faces: Any) -> None:
    result = faces.result()
    parts = SumOfSquares(5.0, 4.0, -3.0, 2.0, 1.0, 6.0)
    aligned = dataclasses.replace(result.aligned, pose=Pose(*np.radians([3.0, -4.0, 5.0])))
    model = dataclasses.replace(result.models[0], aligned=aligned, parts=parts)
    other = dataclasses.replace(model, residual=faces.residual(9.0), parts=None)
    history = History(models=2)
    history.push(with_estimate(result, models=(model, other)))
    expected = {
        RAW: 5.0, ADJUSTED: 2.0, MEAN: 6.0, Series("own_neutral"): 3.0, Series("skill"): 0.5,
        Series("skill adjusted"): 0.6, Series("regions", 0, "jaw"): 5.0, Series("regions adjusted", 0, "jaw"): 2.0,
        Series("features", 0, "happiness"): 0.7, Series("pose", 0, "pitch"): 3.0, Series("pose", 0, "yaw"): -4.0,
        Series("pose", 0, "roll"): 5.0, Series("raw", vertex=477): 5.0, Series("adjusted", vertex=0): 2.0,
        Series("raw", 1): 9.0, Series("raw", 1, vertex=3): 9.0,
        **{Series("parts", 0, part): getattr(parts, part) for part in PARTS},
    }  # fmt: skip
    got = everything(history, *expected)
    assert got.values[:, 0].tolist() == pytest.approx(list(expected.values()), rel=1e-3)
    unknown = [Series("parts", 1, "pose"), Series("raw", 2), Series("features", 0, "AU12"), Series("raw", 2, vertex=5)]
    assert np.isnan(everything(history, *unknown).values).all()
    assert history.known(ADJUSTED) and not history.known(Series("adjusted", 2))
    assert history.strongest("features", 0, 2) == ("happiness", "neutral")


def test_a_vertex_that_is_asked_for_later_has_its_own_past(faces: Any) -> None:
    history = History()
    for index in range(60):
        distance = (np.arange(478) / 10 + index).astype(np.float32)
        result = at(faces, index / 30, 5.0)
        history.push(with_first(result, residual=dataclasses.replace(result.residual, distance=distance)))
    got = everything(history, Series("raw", vertex=100), Series("raw", vertex=300))
    np.testing.assert_allclose(got.values[1] - got.values[0], 20.0, rtol=5e-3)
    assert got.values[0, [0, -1]] == pytest.approx([10.0, 69.0], rel=2e-3)


def test_a_frame_that_is_shown_again_adds_nothing(faces: Any) -> None:
    history = History()
    assert history.push(at(faces, 1.0, 5.0))
    assert not history.push(at(faces, 1.0, 9.0))
    assert everything(history).values.tolist() == [[5.0]]


@pytest.mark.parametrize("gap", ["none", "silence", "segment", "no face", "clock"])
@pytest.mark.parametrize("most", [10**6, 40])
def test_gaps_are_left_open(faces: Any, gap: str, most: int) -> None:
    history = History()
    for index in range(90):
        history.push(at(faces, 100 + index / 30, 5.0))
    start, segment = 103.0, 0
    if gap == "no face":
        for index in range(60):
            history.push(at(faces, start + index / 30, None))
        start += 2
    start = {"silence": 105.0, "clock": 7.0}.get(gap, start)
    for index in range(90):
        history.push(at(faces, start + index / 30, 7.0, segment=1 if gap == "segment" else segment))
    got = everything(history, most=most)
    raw = got.values[0]
    step = int(np.flatnonzero(raw > 5.0)[0])  # the first slice of the second part
    before = raw[:step]
    assert np.isnan(before).any() == (gap != "none")
    assert np.isfinite(raw[step:]).all() and (np.diff(got.times_s) >= 0).all()
    assert len(raw[np.isfinite(raw)]) > 10  # nothing of the past is lost
    if gap == "none":
        assert len(raw) == len(before) + len(raw[step:])


def test_a_slow_source_draws_one_line(faces: Any) -> None:
    history = History()
    for index in range(40):
        history.push(at(faces, 10 + index * 0.9, float(index)))
    got = everything(history, most=480)
    assert got.values[0].tolist() == [float(index) for index in range(40)]
    np.testing.assert_allclose(got.times_s, np.arange(40) * 0.9, atol=1e-6)


def test_memory_and_cost_are_those_of_a_minute_at_any_rate(faces: Any) -> None:
    taken = []
    for rate in (30, 120):
        history = History()
        for index in range(70 * rate):
            history.push(at(faces, index / rate, float(index)))
        got = everything(history)
        assert len(got.times_s) <= 62 / STEP_S  # so much there is to go through, whatever the rate
        assert got.times_s[0] == pytest.approx(history.now_s - 61, abs=0.1)
        np.testing.assert_allclose(got.values[0], got.times_s * rate, rtol=1e-5)  # and none of an earlier round
        before = history.bytes
        for index in range(70 * rate, 75 * rate):
            history.push(at(faces, index / rate, float(index)))
        assert history.bytes == before
        taken.append(before)
    assert taken[0] == taken[1]
    three = History(models=3)
    result = faces.result()
    three.push(with_estimate(result, models=result.models * 3))
    assert three.bytes < 15e6


def test_a_jump_over_more_than_the_minute_leaves_nothing_old(faces: Any) -> None:
    history = History()
    for seconds in (1.0, 2.0, 1000.0):
        history.push(at(faces, seconds, seconds))
    got = everything(history).values[0]
    assert got[np.isfinite(got)].tolist() == [1000.0]


def test_a_copy_stands_still(faces: Any) -> None:
    history = History()
    for index in range(30):
        history.push(at(faces, index / 30, 5.0))
    held = history.copy()
    for index in range(30, 2100):  # more than once around the ring
        history.push(at(faces, index / 30, 9.0))
    assert np.nanmax(everything(held, RAW, Series("raw", vertex=3)).values) == 5.0
    assert held.now_s < 1.0 < history.now_s


@pytest.mark.parametrize(("age_s", "span_s"), [(0, 15), (14, 15), (16, 30), (31, 60), (200, 60)])
def test_the_axis_grows_with_what_there_is(faces: Any, age_s: int, span_s: int) -> None:
    history = History()
    assert history.span_s == 15
    for index in range(0, age_s * 30 + 1, 10):
        history.push(faces.result(index))
    assert history.span_s == span_s


def test_what_is_known_is_of_the_last_second(faces: Any) -> None:
    history = History()
    for at_s in np.arange(0, 4, 0.1):
        adjusted = faces.result() if at_s < 2 else with_first(faces.result(), residual_adjusted=None)
        history.push(
            dataclasses.replace(adjusted, frame=dataclasses.replace(adjusted.frame, stamp_ns=round(at_s * 1e9)))
        )
    assert history.known(Series("raw")) and not history.known(Series("adjusted"))


def test_another_source_with_another_clock_leaves_a_gap_and_the_past(faces: Any) -> None:
    history = History()
    for segment, start_s in enumerate((0.0, 123456.0, 0.0)):
        for step in range(40):
            history.push(at(faces, start_s + 0.1 * step, 3.0, segment))
    assert history.now_s == pytest.approx(3 * 3.9 + 2 * 0.5, abs=0.01)
    still = History()
    assert still.push(at(faces, 0.0, 3.0, 0)) and still.push(at(faces, 0.0, 4.0, 1))  # two pictures, each at zero


def test_wide_slices_stay_in_order_when_the_ring_is_full(faces: Any) -> None:
    history = History()
    for step in range(700):
        history.push(at(faces, 0.1 * step, 3.0))
    for most in (7, 26, 31, 100):
        found = history.slices([Series("raw")], history.now_s - 60, history.now_s, most)
        assert (np.diff(found.times_s) > 0).all() and found.times_s[-1] == pytest.approx(history.now_s, abs=60 / most)
