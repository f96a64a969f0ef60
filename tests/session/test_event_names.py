"""Events of own types, and names that come after the event."""

from __future__ import annotations

from pathlib import Path

from realtime.session.annotations import NO_EVENT, Annotations


def told(folder: Path) -> list[tuple[int, str]]:
    """Row and label of each event, as the file has them."""
    found = Annotations(folder, print).all
    return [(mark.start_frame, mark.label) for mark in found if mark.kind == "event"]


def test_types_share_a_row_and_each_goes_by_itself(tmp_path: Path) -> None:
    marks = Annotations(tmp_path, print)
    assert marks.event(7, 0.28, "smile") == "Event 'smile' at 0.28 s."
    marks.event(7, 0.28, "joke")
    marks.event(9, 0.36, "smile")
    assert told(tmp_path) == [(7, "smile"), (7, "joke"), (9, "smile")]
    assert marks.event(7, 0.28, "smile") == "Event 'smile' at 0.28 s removed."
    assert told(tmp_path) == [(7, "joke"), (9, "smile")]
    marks.event(7, 0.28)  # without a type: whatever is there
    assert told(tmp_path) == [(9, "smile")]


def test_a_name_is_that_of_the_newest_event_or_of_a_row(tmp_path: Path) -> None:
    marks = Annotations(tmp_path, print)
    assert marks.name_event("nothing") == NO_EVENT
    marks.event(30, 1.2)
    marks.exclude(35, 1.4)
    marks.event(10, 0.4)  # in a replay one goes back
    assert marks.name_event("sigh, deep") == "Event at 0.40 s: 'sigh, deep'."
    marks.name_event("door", row=30)
    assert marks.name_event("nobody", row=31) == NO_EVENT
    assert told(tmp_path) == [(10, "sigh, deep"), (30, "door")]
