"""Every replay and every drawn video ends, whatever the times of a session are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from altered_sessions import BATCH_ROWS, alter_table, cells_of, with_times
from common import Once, Runner
from hypothesis import given
from hypothesis import strategies as st
from remade import copied

from realtime.core.errors import UsageError
from realtime.export.tables.selection import Selection
from realtime.pipeline.replay.playback_clock import PlaybackClock
from realtime.session import open as open_session

ROWS = 40
DAY_NS = 86_400 * 10**9
YEARS_NS = 25 * 365 * DAY_NS
VIDEO = ("--views", "observed", "--size", "320x180", "--fps", "2")
Times = Callable[[list[int]], list[int]]


def exchanged(times: list[int]) -> list[int]:
    return [*times[-BATCH_ROWS:], *times[BATCH_ROWS:-BATCH_ROWS], *times[:BATCH_ROWS]]


def gap_of(gap_ns: int) -> Times:
    return lambda times: [time + gap_ns * (row >= ROWS // 2) for row, time in enumerate(times)]


ORDERS: dict[str, Times] = {
    "first and last batches exchanged": exchanged,
    "backwards": lambda times: times[::-1],
    "all the same": lambda times: [times[0]] * len(times),
    "before zero": lambda times: [time - DAY_NS for time in times],
    "steps of one nanosecond": lambda times: list(range(len(times))),
    "a gap of a day": gap_of(DAY_NS),
    "a gap of years": gap_of(YEARS_NS),
}


@pytest.fixture(scope="module")
def sessions(once: Once) -> Path:
    """A session for each order of times."""

    def make(folder: Path) -> None:
        for name, order in ORDERS.items():
            made = copied(folder / name)
            alter_table(made, lambda table, order=order: with_times(table, order(cells_of(table, "time_ns"))))

    return once("ends", make)


@pytest.mark.parametrize("order", ORDERS)
def test_a_replay_ends_after_all_rows(order: str, sessions: Path, meshmirror: Runner) -> None:
    done = meshmirror("replay", str(sessions / order), "--headless", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == ROWS


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_a_drawn_video_is_short(kind: str, order: str, sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    out = tmp_path / f"made.{kind}"
    done = meshmirror("export", str(sessions / order), "--to", kind, "--out", str(out), *VIDEO, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["seconds"] < 12.5
    notes = " ".join(report["notes"])
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 0
    if "gap" in order:
        assert report["seconds"] > 10 and "gap of more than 10 s" in notes
        assert f"{(YEARS_NS if 'years' in order else DAY_NS) // 10**9 - 10} s" in notes
    else:
        assert "gap" not in notes


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["fex", "csv", "parquet", "session"])
def test_every_row_is_exported(kind: str, order: str, sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    done = meshmirror("export", str(sessions / order), "--to", kind, "--out", str(tmp_path / "made"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == ROWS


def test_a_gap_is_told_on_the_terminal(sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    made = tmp_path / "made.gif"
    done = meshmirror("export", str(sessions / "a gap of a day"), "--to", "gif", "--out", str(made), *VIDEO)
    assert done.returncode == 0 and "gap of more than 10 s" in done.stderr.replace("\n", " ")


@pytest.mark.parametrize("option", ["--start", "--end"])
@pytest.mark.parametrize("value", ["inf", "nan", "1e300", "1e10", "-1"])
@pytest.mark.parametrize("command", [("replay", "--headless"), ("export", "--to", "csv")])
def test_times_that_no_session_has_are_refused(
    command: tuple[str, ...], value: str, option: str, tmp_path: Path, meshmirror: Runner
) -> None:
    copied(tmp_path / "anna")
    done = meshmirror(command[0], "anna", *command[1:], option, value)
    assert done.returncode == 2, done.stderr
    assert option in done.stderr


@given(st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=30), st.booleans())
def test_playing_ends(times: list[int], loop: bool) -> None:
    """Whatever the times are: each look at the clock gets on, and without a loop it comes to the last row."""
    now = 0
    player = PlaybackClock(np.array(times, np.int64), speed=8, loop=loop, clock=lambda: now)
    player.play()
    for _ in range(2 * len(times)):
        wait_s = player.wait_s
        if wait_s is None:
            break
        assert wait_s >= 0
        now += round(wait_s * 1e9) + 1_000
    assert loop or not player.playing_now
    assert loop or player.row == len(times) - 1


def test_an_empty_range_is_refused(sessions: Path) -> None:
    with open_session(sessions / "backwards") as session, pytest.raises(UsageError, match="No frame between"):
        Selection(session, 500.0, 600.0)


def test_a_replay_that_is_recorded_cuts_gaps_too(sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    out = tmp_path / "window.mp4"
    size = ("--set", "view.width=640", "--set", "view.height=360")
    done = meshmirror("replay", str(sessions / "a gap of a day"), "--headless", "--record", str(out), *size)
    assert done.returncode == 0 and "gap of more than 10 s" in done.stderr.replace("\n", " ")
    with av.open(str(out)) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert len(times) == ROWS and 10 < times[-1] - times[0] < 12 and times == sorted(times)
    assert out.stat().st_mode & 0o777 == 0o600
