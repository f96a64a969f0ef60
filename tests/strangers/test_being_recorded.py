"""A session that is being recorded is exported, copied, made anonymous or replayed: it is said, with what there is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from altered_sessions import read_table
from common import Runner
from remade import copied

from realtime.session import open as open_session
from realtime.session.recording_lock import hold, is_held

NOTE = "is being recorded; it has 40 rows so far"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A session whose table another program holds."""
    folder = copied(tmp_path / "session")
    info = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps(info | {"state": "recording"}))
    descriptor = os.open(folder / "frames.arrow", os.O_RDWR)
    hold(descriptor)
    yield folder
    os.close(descriptor)
    assert not is_held(folder / "frames.arrow")


@pytest.mark.parametrize(
    "args", [("--to", "fex"), ("--to", "parquet"), ("--to", "session"), ("--to", "mp4", "--size", "320x180"),
             ("--to", "fex", "--anonymous"), ("--to", "session", "--anonymous")], ids=" ".join,
)  # fmt: skip
def test_exported(running: Path, meshmirror: Runner, args: tuple[str, ...]) -> None:
    done = meshmirror("export", str(running), *args, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [note for note in report["notes"] if NOTE in note] and report["rows"] == 40
    if "session" in args:  # the copy is of so many rows for ever
        with open_session(report["path"]) as copy:
            assert copy.info is not None and any(NOTE in note for note in copy.info.notes) and not copy.being_recorded


def test_replayed_and_opened(running: Path, meshmirror: Runner) -> None:
    done = meshmirror("replay", str(running), "--headless", "--json")
    assert done.returncode == 0 and NOTE in done.stderr
    with open_session(running) as session:
        assert NOTE in repr(session)


def test_several_readers_do_not_take_each_other_for_a_recording(tmp_path: Path) -> None:
    folder = copied(tmp_path / "session")
    assert len(read_table(folder)) == 40
    (folder / "session.json").unlink()
    descriptor = os.open(folder / "frames.arrow", os.O_RDONLY)
    try:
        if os.name != "nt":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_SH)  # what `is_held` does for a moment
        with open_session(folder) as session:
            assert not session.being_recorded
    finally:
        os.close(descriptor)
