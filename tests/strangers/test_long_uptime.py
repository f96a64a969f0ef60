"""Sessions of a machine that has been up for a year: its monotonic clock exceeds what a float64 holds exactly."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from altered_sessions import alter_table, cells_of, read_table, shifted, with_network
from barcodes import PERIOD_NS, SIZE, booked, part
from common import Once, Runner
from hypothesis import given
from hypothesis import strategies as st

from realtime.core.config import RecordConfig
from realtime.media.timebase import ticks_of
from realtime.session import MISSING
from realtime.session import open as open_session
from realtime.session.write import Recorder

YEAR_NS = 366 * 86_400 * 1_000_000_000 + 1  # odd: float64 has only multiples of 4 there
TABLES = {"fex": ".csv", "csv": ".csv", "livelink": ".csv", "parquet": ".parquet"}


@pytest.fixture(scope="module")
def sessions(once: Once) -> Path:
    """The same session twice: `short` and, on a clock that began a year earlier, `year`."""

    def make(folder: Path) -> None:
        with_network(folder / "short")
        shutil.copytree(folder / "short", folder / "year")
        alter_table(folder / "year", lambda table: shifted(table, YEAR_NS))

    return once("long-uptime", make)


def times_of(path: Path) -> dict[str, list[float | None]]:
    """All times of a Parquet file in seconds; its computing times differ from run to run."""
    table = pq.read_table(path)
    found = {name: cells_of(table, name) for name in table.column_names if "timestamp" in name}
    assert len(found) >= 4
    return found


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("kind", TABLES)
def test_every_table_is_that_of_a_short_uptime(
    kind: str, anonymous: bool, sessions: Path, tmp_path: Path, meshmirror: Runner
) -> None:
    found = {}
    for name in ("short", "year"):
        out = tmp_path / f"{name}{TABLES[kind]}"
        options = ["--anonymous"] if anonymous else []
        done = meshmirror("export", str(sessions / name), "--to", kind, "--out", str(out), *options)
        assert done.returncode == 0, done.stderr
        found[name] = times_of(out) if kind == "parquet" else out.read_bytes()
    assert found["year"] == found["short"]


@pytest.mark.parametrize("kind", ["session", "mp4", "gif"])
def test_sessions_and_videos_are_written(kind: str, sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    out = tmp_path / f"made{'' if kind == 'session' else f'.{kind}'}"
    options = [] if kind == "session" else ["--views", "observed", "--size", "320x180", "--end", "0.3"]
    done = meshmirror("export", str(sessions / "year"), "--to", kind, "--out", str(out), *options)
    assert done.returncode == 0, done.stderr
    if kind == "session":
        for column in ("stamp_ns", "face_ns", "feature_ns", "network"):
            assert cells_of(read_table(out), column) == cells_of(read_table(sessions / "year"), column)


def test_a_replay_computes_what_it_computes_of_a_short_uptime(sessions: Path, meshmirror: Runner) -> None:
    compared = []
    for name in ("short", "year"):
        done = meshmirror("replay", str(sessions / name), "--headless", "--json")
        assert done.returncode == 0, done.stderr
        compared.append(json.loads(done.stdout)["recomputed"])
    assert compared[0] == compared[1] and compared[0]["rows"] > 30


def test_streams_keep_every_nanosecond(sessions: Path) -> None:
    with open_session(sessions / "year") as session:
        stamps = session.column("stamp_ns")
        assert stamps.dtype == np.int64 and stamps[:].tolist() == cells_of(read_table(session.folder), "stamp_ns")
        assert stamps.sample([0], 10).dtype == np.int64
        far = stamps.sample([0, 10**15], 10)
        assert far.tolist() == [stamps[0], MISSING]
        table = read_table(session.folder)
        said = [None if cell is None else cell["stamp_ns"] for cell in cells_of(table, "network")]
        for name, cells in (("face_ns", cells_of(table, "face_ns")), ("network.stamp_ns", said)):
            stream = session.column(name)
            assert stream.dtype == np.int64
            assert stream[:].tolist() == [MISSING if cell is None else cell for cell in cells]
        assert session[3].stamp_ns == stamps[3] and session[3].models[0].stamp_ns % 4 == stamps[3] % 4
        assert session.table(meshes=True).num_rows == len(session)


def test_recording_and_recovery(tmp_path: Path) -> None:
    recorder = Recorder(RecordConfig(path=tmp_path / "made", stop_gb=0, warn_gb=0), print)
    recorder.start(SIZE)
    of = part(live=False)
    stamps = [YEAR_NS + number * PERIOD_NS for number in range(12)]
    for number, stamp in enumerate(stamps):
        record = booked(number, of, stamp)
        recorder.append(record)
        recorder.put(record.result.frame.image, record.result, wait=True)
    recorder.close()
    assert not recorder.failures
    with open_session(tmp_path / "made") as session:
        assert session.column("stamp_ns")[:].tolist() == stamps
        assert all(session.picture(row) is not None for row in range(len(session)))
        assert session.times.tolist() == [number * PERIOD_NS for number in range(12)]


@given(st.lists(st.integers(-(1 << 62), 1 << 62), min_size=1))
def test_ticks_do_not_overflow(times_ns: list[int]) -> None:
    assert ticks_of(np.array(times_ns, np.int64)).tolist() == [time * 90_000 // 10**9 for time in times_ns]


def test_recovery_of_a_part_of_two_days(sessions: Path, tmp_path: Path, meshmirror: Runner) -> None:
    """48 h in 90 kHz ticks times 10^9 exceed an int64."""
    folder = with_network(tmp_path / "days")

    def stretched(table: pa.Table) -> pa.Table:
        at = table.column_names.index("time_ns")
        times = pa.array(np.arange(table.num_rows, dtype=np.int64) * 4_000 * 10**9)
        return table.set_column(at, table.schema.field(at), times)

    alter_table(folder, stretched, closed=False)
    done = meshmirror("recover", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    part_found = json.loads(done.stdout)["sessions"][0]["parts"][0]
    assert (part_found["streams"]["frames"]["recorded"], part_found["seconds"]) == (40, 39 * 4_000)
