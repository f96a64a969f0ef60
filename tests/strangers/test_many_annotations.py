"""A hundred thousand annotations: read once, and no frame that is drawn looks at all of them."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from realtime.core.status import AnnotationView
from realtime.session import open as open_session
from realtime.session.annotations import Annotations
from realtime.session.folder import MARKS
from realtime.view.mirror.controls.playback import listed_around
from realtime.view.mirror.timeline.marks import MarkLayout
from realtime.view.mirror.timeline.span import TimeSpan

MANY = 100_000
ROWS = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marks") / "s"
    shutil.copytree(Path(__file__).parent.parent / "data" / "session", folder)
    with (folder / MARKS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["annotation_id", "kind", "start_frame", "end_frame", "label", "start_time", "end_time"])
        for number in range(MANY):
            start, kind = number * 7 % 30, ("event", "exclude")[number % 2]
            end = start if kind == "event" else 10**40 if number == MANY - 1 else start + number % 3
            writer.writerow([number, kind, start, end, f"label {number}", start / 30, min(end, ROWS) / 30])
    return folder


def test_the_same_are_shown_until_one_changes(folder: Path) -> None:
    marks = Annotations(folder, print)
    first = marks.shown(0.0)
    assert len(first) == MANY and all(marks.shown(time / 10) is first for time in range(20))
    assert marks.all is marks.all
    marks._path = folder / "other.csv"  # the annotations of the other tests stay as they are
    marks.exclude(35, 35 / 30)
    assert len(marks.shown(0.0)) == MANY - 1, "the one that ends far behind the end was around that row"
    marks.exclude(35, 35 / 30)
    begun = marks.shown(39 / 30)
    assert len(begun) == MANY and [mark.end_s for mark in begun if mark.open] == [39 / 30]
    assert list(begun) == sorted(begun, key=lambda mark: (mark.start_s, mark.end_s))
    marks.exclude(37, 37 / 30)
    assert len(marks.shown(0.0)) == MANY and not any(mark.open for mark in marks.shown(0.0))


def test_what_is_drawn_is_bounded_by_pixels_and_lines(folder: Path) -> None:
    marks = Annotations(folder, print).shown(0.0)
    span = TimeSpan(10, 710, 0.0, ROWS / 30)
    layout = MarkLayout(span, marks)
    assert len(layout.spans) + len(layout.event_x) <= 2 * span.width
    assert layout.of(span, marks) is layout and layout.of(span, marks[1:]) is not layout
    covered = np.zeros(800, bool)
    for mark in marks:
        if mark.kind == "exclude":
            ends = span.between(mark.start_s, mark.end_s)
            if ends is not None:
                covered[ends[0] : ends[1]] = True
    drawn = np.zeros(800, bool)
    for left, right in layout.spans:
        drawn[left:right] = True
    assert (covered == drawn).all()
    assert {round(x) for x in layout.event_x} == {
        round(span.x_of(mark.start_s)) for mark in marks if mark.kind == "event" and span.sees(mark.start_s)
    }


@pytest.mark.parametrize("time_s", [0.0, 0.5, 99.0])
@pytest.mark.parametrize("count", [0, 3, 200, 5000])
def test_the_panel_lists_those_around_the_playhead(count: int, time_s: float) -> None:
    marks = [AnnotationView("event", number / 100, number / 100) for number in range(count)]
    listed = listed_around(marks, time_s)
    assert len(listed) == min(count, 200)
    assert all(0 <= at < count for at in listed)
    here = [at for at, mark in enumerate(marks) if mark.start_s >= time_s][:1]
    assert not here or here[0] in listed


def test_the_excluded_rows_are_those_of_a_plain_loop(folder: Path) -> None:
    with open_session(folder) as session:
        expected = np.zeros(len(session), bool)
        for mark in session.marks:
            if mark.kind == "exclude":
                expected[mark.start_frame : mark.end_frame + 1] = True
        assert expected.any() and (session.excluded == expected).all()
