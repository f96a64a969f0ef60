"""Marks beside a session: what is written can be read by others, and what others wrote is kept."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from realtime.session.annotations import COLUMNS, Annotations

PYFEAT_LIVE = "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source\n"
TIMES = np.arange(100) * 40_000_000


def told(marks: Annotations) -> list[tuple[str, int, int]]:
    return [(mark.kind, mark.start_frame, mark.end_frame) for mark in marks.all]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "annotations.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_events_and_exclusions_are_toggled(tmp_path: Path) -> None:
    marks = Annotations(tmp_path, pytest.fail)
    assert marks.event(10, 0.4) == "Event at 0.40 s."
    marks.event(20, 0.8)
    assert "removed" in marks.event(10, 0.4)
    assert told(marks) == [("event", 20, 20)]
    marks.exclude(30, 1.2)
    assert marks.open is not None and told(Annotations(tmp_path, pytest.fail)) == [
        ("event", 20, 20),
        ("exclude", 30, 30),
    ]
    marks.exclude(25, 1.0)  # ended before its beginning
    assert marks.open is None and told(marks) == [("event", 20, 20), ("exclude", 25, 30)]
    assert "removed" in marks.exclude(27, 1.08)
    marks.exclude(40, 1.6)
    assert "discarded" in marks.exclude(40, 1.6)
    marks.exclude(50, 2.0)
    marks.end(60, 2.4)
    assert told(marks) == told(Annotations(tmp_path, pytest.fail)) == [("event", 20, 20), ("exclude", 50, 60)]
    assert marks.all[1].end_s == 2.4


def test_the_file_is_plain_and_private_and_has_the_columns_of_pyfeat_live(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Annotations(tmp_path, pytest.fail).event(3, 0.12)
    finally:
        os.umask(before)
    [row] = rows(tmp_path)
    assert tuple(row) == COLUMNS and ",".join(COLUMNS[:8]) + "\n" == PYFEAT_LIVE
    assert (row["kind"], row["start_frame"], row["end_frame"], row["start_time"], row["source"]) == (
        "event", "3", "3", "0.120000", "meshmirror",
    )  # fmt: skip
    assert len(row["annotation_id"]) == 32 and row["created_at"]
    if os.name != "nt":
        assert (tmp_path / "annotations.csv").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["annotations.csv"]


def test_what_others_wrote_is_kept_and_gets_its_times(tmp_path: Path) -> None:
    (tmp_path / "annotations.csv").write_text(
        "annotation_id,kind,start_frame,end_frame,label,tag,created_at,source,rater\n"
        'a1,event,25,25,"laughs, loudly",x,2026-01-01,pyfeat-live,Ann\n'
        "a2,custom,3,9,gaze,,2026-01-01,pyfeat-live,Bob\n"
        "a3,exclude,50,75,,,2026-01-01,pyfeat-live,\n",
        encoding="utf-8-sig",
    )
    marks = Annotations(tmp_path, pytest.fail, TIMES)
    assert [(mark.label, mark.start_s, mark.end_s) for mark in marks.all] == [
        ("laughs, loudly", 1.0, 1.0),
        ("", 2.0, 3.0),
    ]
    marks.event(30, 1.2)
    first, second, third, fourth = rows(tmp_path)
    assert (first["label"], first["tag"], first["rater"], first["start_time"]) == (
        "laughs, loudly",
        "x",
        "Ann",
        "1.000000",
    )
    assert (second["kind"], second["label"], second["rater"], second["start_time"]) == ("custom", "gaze", "Bob", "")
    assert (third["kind"], third["end_frame"], third["end_time"]) == ("exclude", "75", "3.000000")
    assert (fourth["kind"], fourth["start_frame"], fourth["rater"]) == ("event", "30", "")
    marks.event(25, 1.0)
    marks.exclude(60, 2.4)
    assert [row["annotation_id"] for row in rows(tmp_path)][:1] == ["a2"], "one of theirs can be taken away as well"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe\x00not text", "codec"),
        (b"time,word\n1,hello\n", "column 'kind' is missing"),
        (PYFEAT_LIVE.encode() + b"a,event,4\n", "a different number of cells"),
        (PYFEAT_LIVE.encode() + b'a,event,4,4,"open,,,\n', "unexpected end of data"),
        (b"", "column 'kind' is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_put_aside_and_never_lost(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "annotations.csv"
    path.write_bytes(content)
    said: list[str] = []
    marks = Annotations(tmp_path, said.append)
    assert marks.all == () and len(said) == 1 and why in said[0]
    assert path.read_bytes() == content, "reading changes nothing"
    marks.event(1, 0.1)
    assert (tmp_path / "annotations-damaged.csv").read_bytes() == content and "annotations-damaged.csv" in said[1]
    assert told(Annotations(tmp_path, pytest.fail)) == [("event", 1, 1)]
    path.write_bytes(b"again")
    Annotations(tmp_path, said.append).event(2, 0.2)
    assert (tmp_path / "annotations-damaged_2.csv").read_bytes() == b"again"
    assert (tmp_path / "annotations-damaged.csv").read_bytes() == content


@pytest.mark.parametrize(("line", "why"), [("a,event,ten,10,,,,\n", "line 3"), ("a,exclude,9,2,,,,\n", "from frame 9")])
def test_a_line_that_cannot_be_read_costs_itself_alone(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "annotations.csv"
    good = "b,event,7,7,,,,\n"
    path.write_text(PYFEAT_LIVE + good + line)
    said: list[str] = []
    marks = Annotations(tmp_path, said.append)
    assert told(marks) == [("event", 7, 7)] and why in said[0]
    marks.event(9, 0.3)
    assert line.rstrip() in path.read_text(), "what is not understood stays"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_followed_out_of_the_session(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(PYFEAT_LIVE + "a1,event,1,1,,,,\n")
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "annotations.csv").symlink_to(outside)
    said: list[str] = []
    marks = Annotations(folder, said.append)
    assert marks.all == () and "link" in said[0]
    marks.event(5, 0.2)
    assert outside.read_text() == PYFEAT_LIVE + "a1,event,1,1,,,,\n"
    assert told(Annotations(folder, pytest.fail)) == [("event", 5, 5)]


def test_where_nothing_can_be_written_the_mark_stays_and_that_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    marks = Annotations(folder, pytest.fail)
    folder.rmdir()
    assert "Not saved" in marks.event(5, 0.2)
    assert told(marks) == [("event", 5, 5)]
    folder.mkdir()
    marks.event(6, 0.24)
    assert told(Annotations(folder, pytest.fail)) == [("event", 5, 5), ("event", 6, 6)]


def test_a_label_with_a_carriage_return_stays_one_cell(tmp_path: Path) -> None:
    (tmp_path / "annotations.csv").write_text(
        'kind,start_frame,end_frame,label\nevent,3,3,"one\rtwo"\n', encoding="utf-8", newline=""
    )
    Annotations(tmp_path, pytest.fail, TIMES).event(10, 0.4)
    assert [mark.label for mark in Annotations(tmp_path, pytest.fail, TIMES).all] == ["one\rtwo", ""]
