"""A stretch of a session as one of its own."""

from __future__ import annotations

import csv
import json
import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest
from common import needs_bundled

import realtime.export
import realtime.session
from realtime.core.errors import RecordError
from realtime.export import trim as cutting
from realtime.session import Session

pytestmark = needs_bundled


def pictures_of(path: Path) -> int:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames",
         "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(json.loads(done.stdout)["streams"][0]["nb_read_frames"])


@pytest.mark.parametrize(
    ("start", "end", "first", "last"), [(None, None, 0, 71), (1.0, 1.8, 30, 53), (0.9, 1.5, 27, 44)]
)
def test_rows_and_pictures_are_those_of_the_stretch(
    start: float | None, end: float | None, first: int, last: int, inverse_session: Session, tmp_path: Path
) -> None:
    folder = realtime.export.to_session(inverse_session, tmp_path / "part", start_s=start, end_s=end)
    with realtime.session.open(folder) as part:
        assert part.notes == [] and part.info is not None and part.info.state == "closed"
        assert len(part) == last - first + 1
        np.testing.assert_array_equal(
            part.times, inverse_session.times[first : last + 1] - inverse_session.times[first]
        )
        for at in (0, len(part) // 2, len(part) - 1):
            new, old = part[at], inverse_session[first + at]
            assert new.landmarks is not None and old.landmarks is not None
            np.testing.assert_array_equal(new.landmarks.points_px, old.landmarks.points_px)
            assert (new.stamp_ns, new.models[0].nme_adjusted) == (old.stamp_ns, old.models[0].nme_adjusted)
            mine, theirs = new.models[0].identity, old.models[0].identity
            assert (mine is None) == (theirs is None)
            if mine is not None and theirs is not None:
                np.testing.assert_array_equal(mine.offset_canon, theirs.offset_canon)
                assert mine.info is not None and mine.info == theirs.info and mine.info.tracker == "bundled"
            seen, was = part.picture(at), inverse_session.picture(first + at)
            assert seen is not None and was is not None
            assert np.abs(seen.astype(int) - was).mean() < (
                0.01 if first in (0, 30) else 2.0
            )  # copied, or encoded anew
        window = inverse_session.parts[0].view
        assert window is not None and part.parts[0].view is not None
        assert len(list(part.parts[0].view)) == last - first + 1
    for stream in ("camera", "view"):
        assert pictures_of(folder / f"{stream}.mp4") == last - first + 1, "not one picture of before or after"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_marks_move_with_their_rows(inverse_session: Session, tmp_path: Path) -> None:
    folder = realtime.export.to_session(inverse_session, tmp_path / "part", start_s=0.5, end_s=1.1)
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        marks = list(csv.DictReader(file))
    assert [(mark["kind"], mark["start_frame"], mark["end_frame"]) for mark in marks] == [
        ("exclude", "0", "4"), ("event", "15", "15"),
    ]  # fmt: skip
    assert marks[0]["label"] == "Anna" and float(marks[1]["start_time"]) == pytest.approx(0.5)


def test_what_goes_wrong_leaves_nothing(
    inverse_session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cutting, "write_annotations", full)
    with pytest.raises(RecordError, match="No space left"):
        realtime.export.to_session(inverse_session, tmp_path / "part")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RecordError):
        realtime.export.to_session(inverse_session, tmp_path / "there")
    assert [path.name for path in tmp_path.rglob("*")] == ["there", "mine.txt"]
