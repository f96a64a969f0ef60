"""Recovery never destroys what it does not understand: rows that Arrow reads are in the result, or in the original."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from altered_sessions import BATCH_ROWS, Table, cells_of, read_table, with_column, write_batches
from common import Runner
from hypothesis import given, settings
from hypothesis import strategies as st
from remade import copied

from realtime.core.errors import SessionError
from realtime.media.video_writer import VideoWriter
from realtime.session import open as open_session
from realtime.session.recover import recover
from realtime.session.table import arrow_rows_in

ROWS = 40
TABLE = "frames.arrow"


def batches(table: Table, rows: int = BATCH_ROWS) -> list[pa.RecordBatch]:
    return table.combine_chunks().to_batches(max_chunksize=rows)


def serialized(table: Table, **options: object) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
    return out.getvalue().to_pybytes()


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def unclosed(folder: Path, table: bytes) -> Path:
    """A session that was killed, with this table."""
    info = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps(info | {"state": "recording", "parts": []}))
    (folder / TABLE).write_bytes(table)
    return folder


def partly_compressed(table: Table) -> bytes:
    plain, other = serialized(table), serialized(table.slice(10), compression="zstd")
    with pa.BufferReader(other) as file:
        messages = list(pa.ipc.MessageReader.open_stream(file))
    return plain[: len(serialized(table.slice(0, 10))) - 8] + b"".join(m.serialize() for m in messages[1:]) + plain[-8:]


def other_type(table: Table) -> bytes:
    at = table.column_names.index("frame")
    return serialized(table.set_column(at, "frame", table.column("frame").cast(pa.int32())))


def dictionary(table: Table) -> bytes:
    at = table.column_names.index("reasons")
    return serialized(table.set_column(at, "reasons", table.column("reasons").dictionary_encode()))


NOT_UNDERSTOOD: dict[str, tuple[Callable[[Table], bytes], int]] = {
    "lz4": (lambda table: serialized(table, compression="lz4"), 0),
    "zstd": (lambda table: serialized(table, compression="zstd"), 0),
    "the last three quarters in zstd": (partly_compressed, 10),
    "a column of another type": (other_type, 0),
    "a dictionary": (dictionary, 0),
    "another description": (lambda table: serialized(table.replace_schema_metadata({"meshmirror": "{}"})), 0),
    "times missing everywhere": (lambda table: serialized(with_column(table, "time_ns", [None] * ROWS)), 0),
}


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_refused_with_the_true_count(
    case: str, closed: bool, tmp_path: Path, meshmirror: Runner
) -> None:
    make, understood = NOT_UNDERSTOOD[case]
    folder = copied(tmp_path / "session")
    table = make(read_table(folder))
    unclosed(folder, table if closed else table[:-8])
    before = content(folder)
    done = meshmirror("recover", str(folder), "--json")
    assert done.returncode == 4, done.stdout
    failure = json.loads(done.stdout)["failures"][0]
    assert f"{ROWS} rows" in failure["error"] and f"understands {understood}" in failure["error"]
    assert content(folder) == before


def test_a_complete_session_is_checked_too(tmp_path: Path, meshmirror: Runner) -> None:
    folder = copied(tmp_path / "session")
    (folder / TABLE).write_bytes(serialized(read_table(folder), compression="lz4"))
    assert meshmirror("recover", str(folder)).returncode == 4


def test_the_original_stays_where_rows_are_left_out(tmp_path: Path, meshmirror: Runner) -> None:
    """A batch without times is damage; the other rows are recovered, and that batch stays in the original."""
    folder = copied(tmp_path / "session")
    table = read_table(folder)
    times = cells_of(table, "time_ns")
    damaged = serialized(with_column(table, "time_ns", [*times[:10], None, *times[11:]]))[:-8]
    unclosed(folder, damaged)
    done = meshmirror("recover", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert (folder / f"{TABLE}.original").read_bytes() == damaged
    assert arrow_rows_in(folder / TABLE) == ROWS - BATCH_ROWS
    notes = json.loads(done.stdout)["sessions"][0]["notes"]
    assert any(f"{TABLE}.original" in note and f"{ROWS} rows" in note for note in notes)


def test_no_original_is_left_where_all_rows_were_recovered(tmp_path: Path) -> None:
    folder = copied(tmp_path / "session")
    unclosed(folder, serialized(read_table(folder))[:-3000])  # within the last batch
    found = recover(folder)
    assert found.changed and [path.name for path in folder.iterdir() if "original" in path.name] == []
    assert arrow_rows_in(folder / TABLE) == ROWS - BATCH_ROWS


def test_an_original_is_never_written_over(tmp_path: Path) -> None:
    folder = copied(tmp_path / "session")
    table = read_table(folder)
    (folder / f"{TABLE}.original").write_bytes(b"mine")
    unclosed(folder, serialized(with_column(table, "time_ns", [None, *cells_of(table, "time_ns")[1:]])))
    recover(folder)
    assert (folder / f"{TABLE}.original").read_bytes() == b"mine"
    assert arrow_rows_in(folder / f"{TABLE}.original_2") == ROWS


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_row_is_lost_whatever_was_changed(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever bytes are changed, removed or added: Arrow reads no fewer rows afterwards, in one file or the other."""
    folder = copied(tmp_path_factory.mktemp("any") / "session")
    table = bytearray(serialized(read_table(folder)))
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(table) - 1)), data.draw(st.integers(0, 64))
        table[at : at + size] = data.draw(st.binary(max_size=64))
    unclosed(folder, bytes(table))
    before = arrow_rows_in(folder / TABLE)
    try:
        recover(folder)
    except SessionError:
        assert (folder / TABLE).read_bytes() == table
    assert max(map(arrow_rows_in, folder.glob(f"{TABLE}*"))) >= before


def test_a_part_that_is_not_understood_keeps_the_others_from_being_changed(tmp_path: Path) -> None:
    folder = copied(tmp_path / "session")
    table = read_table(folder)
    info = json.loads(table.schema.metadata[b"meshmirror"])
    second = table.replace_schema_metadata({"meshmirror": json.dumps(info | {"part": 2})})
    unclosed(folder, serialized(table)[:-8])
    (folder / "frames_2.arrow").write_bytes(serialized(second, compression="lz4"))
    before = content(folder)
    with pytest.raises(SessionError, match=r"frames_2\.arrow: holds 40 rows"):
        recover(folder)
    assert content(folder) == before
    write_batches(folder, batches(table), closed=False)
    (folder / "frames_2.arrow").write_bytes(b"")  # nothing was written before it was killed
    assert "frames_2.arrow has no readable row" in " ".join(recover(folder).notes)


def test_a_recovered_session_whose_videos_ended_earlier_is_as_good_as_any(tmp_path: Path, meshmirror: Runner) -> None:
    """Rows without pictures are read, replayed and exported; it is said which they are."""
    folder = copied(tmp_path / "session")
    with open_session(folder) as session:
        info, times = session.parts[0].info, session.times
    for name, rows in (("camera", 25), ("view", 10)):
        comment = f"{info.session} 1 {name}"
        with VideoWriter(folder / f"{name}.mp4", info.image_size, start_ns=0, comment=comment) as video:
            for row in range(rows):
                video.put(np.full((*info.image_size[::-1], 3), row, np.uint8), int(times[row]), wait=True)
    unclosed(folder, serialized(read_table(folder)))
    done = meshmirror("recover", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["sessions"][0]
    notes = " ".join(found["notes"])
    assert "15 rows without a picture in camera.mp4" in notes and "30 rows without a picture of the window" in notes
    counts = {name: counts["recorded"] for name, counts in found["parts"][0]["streams"].items()}
    assert counts == {"frames": ROWS, "camera": 25, "view": 10}
    with open_session(folder) as session:
        assert not session.notes
        assert [picture is not None for picture in session.camera] == [row < 25 for row in range(ROWS)]
    replayed = meshmirror("replay", str(folder), "--headless", "--record", "r.mp4", "--json")
    assert replayed.returncode == 0 and json.loads(replayed.stdout)["frames"] == ROWS, replayed.stderr
    for kind, out in (("fex", "a.csv"), ("parquet", "a.parquet"), ("mp4", "a.mp4"), ("session", "b")):
        done = meshmirror("export", str(folder), "--to", kind, "--out", out, "--json")
        assert done.returncode == 0, done.stderr
    with open_session(tmp_path / "b") as trimmed:
        assert len(trimmed) == ROWS and trimmed.picture(24) is not None and trimmed.picture(25) is None


GONE: dict[str, Callable[[Path], object]] = {
    "removed": lambda path: None,
    "a pipe": lambda path: os.mkfifo(path),
    "a link": lambda path: path.symlink_to(path.with_name("elsewhere.arrow")),
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "other bytes": lambda path: path.write_bytes(bytes(range(256)) * 40),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("case", GONE)
def test_a_session_without_its_table_is_not_called_complete(case: str, tmp_path: Path, meshmirror: Runner) -> None:
    folder = copied(tmp_path / "s")
    (folder / "frames.arrow").replace(folder / "elsewhere.arrow")
    GONE[case](folder / "frames.arrow")
    done = meshmirror("recover", "s", "--json")
    [failure] = json.loads(done.stdout)["failures"]
    assert (done.returncode, failure["exit_code"]) == (4, 4), done.stdout
    assert "frames.arrow" in failure["error"]
    assert meshmirror("replay", "s", "--headless").returncode == 4
