"""What other versions wrote, times beyond a float64, a gap of a day, parts that overlap: kept and read as they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from altered_sessions import alter_table, cells_of, read_table, shifted, with_column
from barcodes import PERIOD_NS, SIZE, booked, part
from common import PANDAS, Runner
from found import read_part
from remade import copied

from realtime.core.config import RecordConfig
from realtime.session import MISSING
from realtime.session import open as open_session
from realtime.session.recover import recover
from realtime.session.write import Recorder

YEAR_NS = 366 * 86_400 * 1_000_000_000 + 1  # odd: float64 has only multiples of 4 there
LATER = {"weather": "rain", "levels": [1, {"deep": None}]}


def with_unknown_keys(folder: Path) -> Path:
    info = json.loads((folder / "session.json").read_text())
    part_info = info["parts"][0]
    part_info |= LATER
    part_info["info"] |= LATER
    part_info["info"]["models"][0] |= LATER
    part_info["streams"]["frames"] |= LATER
    (folder / "session.json").write_text(json.dumps(info | LATER | {"state": "recording"}))
    return folder


def test_keys_of_other_versions_stay_where_the_file_is_written_again(tmp_path: Path, meshmirror: Runner) -> None:
    folder = with_unknown_keys(copied(tmp_path / "session"))
    assert recover(folder).changed
    assert meshmirror("export", str(folder), "--to", "session", "--out", "b").returncode == 0
    for info in (json.loads((place / "session.json").read_text()) for place in (folder, tmp_path / "b")):
        assert info["state"] != "recording" and LATER.items() <= info.items()
    info = json.loads((folder / "session.json").read_text())
    assert LATER.items() <= info["parts"][0].items() and LATER.items() <= info["parts"][0]["streams"]["frames"].items()


def test_an_anonymous_copy_has_none_of_them(tmp_path: Path, meshmirror: Runner) -> None:
    folder = with_unknown_keys(copied(tmp_path / "session"))
    table = read_table(folder)
    info = json.loads(table.schema.metadata[b"meshmirror"])
    info["models"][0] |= LATER
    alter_table(folder, lambda table: table.replace_schema_metadata({"meshmirror": json.dumps(info | LATER)}))
    done = meshmirror("export", str(folder), "--to", "session", "--anonymous", "--out", "b")
    assert done.returncode == 0, done.stderr
    assert not [path for path in (tmp_path / "b").iterdir() if b"weather" in path.read_bytes()]


def test_times_are_exact_and_missing_ones_are_said_to_be(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason=PANDAS)
    folder = copied(tmp_path / "session")
    alter_table(folder, lambda table: shifted(table, YEAR_NS))
    alter_table(folder, lambda table: with_column(table, "feature_ns", [None, *cells_of(table, "feature_ns")[1:]]))
    stored = read_table(folder)
    with open_session(folder) as session:
        frame = session.to_pandas()
        for name in ("stamp_ns", "time_ns", "face_ns", "feature_ns"):
            cells = cells_of(stored, name)
            stream = session.column(name)
            assert stream.dtype == np.int64
            assert stream[:].tolist() == [MISSING if cell is None else cell for cell in cells]
            assert [None if cell is pd.NA else cell for cell in frame[name].tolist()] == cells
            assert pd.api.types.is_integer_dtype(frame[name])
        assert cells_of(stored, "feature_ns")[0] is None
        assert list(frame.columns) == session.table().column_names
        far = session.column("face_ns").sample(np.array([10**15]), tolerance=1)
        assert far.dtype == np.int64 and far.tolist() == [MISSING]


def test_a_gap_of_a_day_begins_another_part(tmp_path: Path) -> None:
    """A single MP4 cannot hold a picture that lasts for more than 2^32 ticks, 13 hours."""
    recorder = Recorder(RecordConfig(path=tmp_path / "s", stop_gb=0, warn_gb=0), print)
    recorder.start(SIZE)
    of = part(live=False)
    for number in range(1, 11):
        record = booked(number, of, stamp_ns=number * PERIOD_NS + (number > 5) * 86_400 * 1_000_000_000)
        recorder.append(record)
        recorder.put(record.result.frame.image, record.result, wait=True)
    recorder.close()
    assert not recorder.failures
    assert [read_part(tmp_path / "s", number).rows for number in (1, 2)] == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]
    assert read_part(tmp_path / "s", 2).videos["camera"] == [6, 7, 8, 9, 10]
    with open_session(tmp_path / "s") as session:
        assert not session.notes and session.seconds == pytest.approx(86_400 + 9 / 30, abs=0.01)
        assert all(picture is not None for picture in session.camera)


def test_parts_that_overlap_are_noted(tmp_path: Path) -> None:
    folder = copied(tmp_path / "session")
    shutil.copy(folder / "frames.arrow", folder / "frames_2.arrow")
    table = read_table(folder)
    info = json.loads(table.schema.metadata[b"meshmirror"])
    second = table.replace_schema_metadata({"meshmirror": json.dumps(info | {"part": 2})})
    import pyarrow as pa

    with pa.ipc.new_stream(folder / "frames_2.arrow", second.schema) as writer:
        writer.write_table(second, max_chunksize=5)
    with open_session(folder) as session:
        assert len(session) == 80
        assert [note for note in session.notes if note.startswith("frames_2.arrow begins") and "overlap" in note]
        rows, _ = session.column("frame").sample(session.times[:40]), session.times
        assert len(rows) == 40
