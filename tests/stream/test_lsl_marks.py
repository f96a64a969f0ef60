"""Marks of another program: taken at their own time, searched for again, never more than can be stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from realtime.stream import lsl_marks
from realtime.stream.lsl import import_pylsl
from realtime.stream.lsl_marks import MarkInlet

pytest.importorskip("pylsl")


def outlet_of(name: str, kind: str = "string") -> Any:
    lsl = import_pylsl("machine")
    return lsl.StreamOutlet(
        lsl.StreamInfo(name, "Markers", 1, lsl.IRREGULAR_RATE, kind, f"{name} {time.monotonic_ns()}")
    )


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def name() -> str:
    return f"experiment {time.monotonic_ns()}"


def test_a_mark_has_its_own_time_and_is_searched_for_again(name: str) -> None:
    said: list[str] = []
    lsl = import_pylsl("machine")
    outlet = outlet_of(name)
    inlet = MarkInlet(name, "machine", said.append)
    assert outlet.wait_for_consumers(20)
    before_ns = time.monotonic_ns()
    outlet.push_sample(["stimulus 1"], lsl.local_clock() - 2.0)
    until(lambda: bool(inlet._waiting))
    (mark,) = inlet.take(time.monotonic_ns())
    assert mark.label == "stimulus 1" and abs(mark.at_ns - (before_ns - 2_000_000_000)) < 20_000_000
    del outlet
    until(lambda: any("is gone" in text for text in said))
    again = outlet_of(name, "int32")
    assert again.wait_for_consumers(20)
    again.push_sample([42])
    until(lambda: bool(inlet._waiting))
    assert [mark.label for mark in inlet.take(time.monotonic_ns())] == ["42"]
    assert said[0] == f"Marks of the LSL stream '{name}' are received."
    inlet.close()
    inlet.close()


def test_a_mark_waits_for_the_frame_of_its_time_but_not_for_ever(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet = outlet_of(name)
    inlet = MarkInlet(name, "machine", lambda text: None)
    assert outlet.wait_for_consumers(20)
    monkeypatch.setattr(lsl_marks, "_PATIENCE_NS", 60_000_000_000)
    outlet.push_sample(["a"])
    until(lambda: bool(inlet._waiting))
    at_ns = inlet._waiting[0].at_ns
    assert inlet.take(at_ns - 1) == [] and inlet.take(None) == []
    monkeypatch.setattr(lsl_marks, "_PATIENCE_NS", 0)
    assert [mark.label for mark in inlet.take(None)] == ["a"]
    inlet.close()


def test_a_flood_is_bounded_and_a_label_is_cleaned(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsl_marks, "MOST_WAITING", 50)
    outlet = outlet_of(name)
    inlet = MarkInlet(name, "machine", lambda text: None)
    assert outlet.wait_for_consumers(20)
    outlet.push_sample(["\x1b[31mred\x07" + "x" * 500])
    outlet.push_sample(["  "])
    for number in range(200):
        outlet.push_sample([str(number)])
    until(lambda: inlet.dropped == 151)
    now_ns = time.monotonic_ns()
    first = inlet.take(now_ns, most=20)
    assert len(first) == 20 and len(inlet.take(now_ns, most=100)) == 30
    assert "\x1b" not in first[0].label and "red" in first[0].label and len(first[0].label) == 200
    assert first[1].label == "0"
    inlet.close()
