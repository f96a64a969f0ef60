"""A declaration is all that a new column needs: every reader, writer and export has it from there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from remade import RECORDED, recomputed

import realtime.export
import realtime.session
from realtime.core.errors import SessionError
from realtime.core.frame_result import FrameResult
from realtime.core.run_report import ReplayComparison
from realtime.export.anonymize import anonymised
from realtime.export.tables.selection import Selection
from realtime.export.trim import trim
from realtime.pipeline.replay.recomputed import NAMES
from realtime.session.columns.columns_page import columns_page
from realtime.session.columns.frame_columns import FRAME_COLUMNS
from realtime.session.columns.model_columns import MODEL_COLUMNS
from realtime.session.columns.session_row import SessionRow
from realtime.session.columns.spec import MODEL_UNITS, NO_UNIT, PIXELS, ColumnSpec, Privacy
from realtime.session.folder import SessionInfo, stream_path, write_info
from realtime.session.table import TableWriter

UPPER_LIP, LOWER_LIP = 13, 14

IN_A_MODEL: ColumnSpec[Any] = ColumnSpec(
    name="mouth_open", kind="double", unit=MODEL_UNITS, description="between the inner lips", required=False,
    read=lambda model: mouth_open(model.aligned.mesh_canon),
)  # fmt: skip
IN_A_FRAME: tuple[ColumnSpec[Any], ...] = (
    ColumnSpec(
        name="nose", kind="float", shape=(2,), entries=("x", "y"), unit=PIXELS, description="tip of the nose",
        required=False, privacy=Privacy.KEPT, export_name="nose_",
        read=lambda row: None if row.face is None else row.face.landmarks.points_px[1, :2],
    ),
    ColumnSpec(
        name="passport", kind="string", unit=NO_UNIT, description="number of the passport", required=False,
        privacy=Privacy.REMOVED, read=lambda row: "C01X00T47",
    ),
)  # fmt: skip


def mouth_open(mesh: np.ndarray) -> float:
    return float(np.linalg.norm(mesh[UPPER_LIP] - mesh[LOWER_LIP]))


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three columns beside those of the program, in every module that uses the declarations."""
    for name, old, more in (
        ("MODEL_COLUMNS", MODEL_COLUMNS, (IN_A_MODEL,)),
        ("FRAME_COLUMNS", FRAME_COLUMNS, IN_A_FRAME),
    ):
        for module in [one for key, one in sys.modules.items() if key.startswith("realtime.")]:
            if getattr(module, name, None) is old:
                monkeypatch.setattr(module, name, (*old, *more))


def write(folder: Path, results: list[FrameResult]) -> Path:
    """A session of these results with the recorded model."""
    with realtime.session.open(RECORDED) as session:
        part = session.parts[0].info.model_copy(update={"session": "1" * 32})
    folder.mkdir()
    write_info(folder, SessionInfo(session=part.session, state="closed"))
    table = TableWriter(stream_path(folder, "frames", 1), part)
    for row, result in enumerate(results):
        table.put(SessionRow(result, row * 50_000_000))
    table.close()
    assert table.error is None
    return folder


@pytest.mark.usefixtures("declared")
def test_a_new_column_is_everywhere(tmp_path: Path) -> None:
    with realtime.session.open(RECORDED) as session:
        assert session.notes == [] and not session.parts[0].table.has("mouth_open")
        assert np.isnan(session.column("mouth_open")[:]).all(), "a session of an earlier program does not have it"
        results = recomputed(session)
    faces = [result.aligned for result in results]
    opened = [None if face is None else mouth_open(face.mesh_canon) for face in faces]
    noses = [None if one.landmarks is None else one.landmarks.points_px[1, :2].tolist() for one in results]
    assert None in opened and None in noses
    with realtime.session.open(write(tmp_path / "s", results)) as session:
        stored = session.parts[0].table.table
        assert stored["mouth_open"].to_pylist() == opened and stored["nose"].to_pylist() == noses
        stream = session.column("mouth_open")
        assert [None if np.isnan(one) else one for one in stream] == opened
        assert session.column("nose").names == ("x", "y") and session.column("nose")["y"][0] == noses[0][1]
        flat = session.table()
        assert flat["mouth_open"].to_pylist() == opened and flat["nose.y"].to_pylist()[0] == noses[0][1]

        exported = pq.read_table(realtime.export.to_parquet(session, tmp_path / "a.parquet"))
        assert exported["mouth_open"].to_pylist() == opened and exported["nose_x"].to_pylist()[0] == noses[0][0]
        assert exported.schema.field("mouth_open").metadata[b"unit"] == MODEL_UNITS.encode()
        assert exported.schema.field("nose_x").metadata[b"what"] == b"tip of the nose"

        folder, _ = trim(Selection(session, 0.5, 1.0), tmp_path / "cut")
        with realtime.session.open(folder) as part:
            assert part.parts[0].table.table["mouth_open"].to_pylist() == opened[10:20]

        folder, _ = anonymised(Selection(session), tmp_path / "anonymous")
        with realtime.session.open(folder) as nobody:
            table = nobody.parts[0].table.table
            expected = [
                None if not row.models else mouth_open(row.models[0].aligned.mesh_canon)
                for row in (nobody[number] for number in range(len(nobody)))
            ]
            assert table["mouth_open"].to_pylist() == expected != opened, "computed again"
            assert table["nose"].to_pylist() == noses, "kept"
            assert set(stored["passport"].to_pylist()) == {"C01X00T47"}
            assert table["passport"].null_count == len(nobody), "removed"
    assert "| `mouth_open` | number | model units | between the inner lips | computed again |" in columns_page()


def test_a_row_tells_which_face_it_is_of(tmp_path: Path) -> None:
    with realtime.session.open(RECORDED) as session:
        assert not session.parts[0].table.has("track_id")
        assert {session[row].track_id for row in range(len(session))} == {None}
        results = recomputed(session)
        folder, _ = anonymised(Selection(session), tmp_path / "anonymous")
    with realtime.session.open(folder) as nobody:
        assert {nobody[row].track_id for row in range(len(nobody))} == {None}, "nor is it made up"
    expected = [None if result.face is None else result.face.track_id for result in results]
    assert len(set(expected)) > 1
    with realtime.session.open(write(tmp_path / "s", results)) as session:
        assert [session[row].track_id for row in range(len(session))] == expected
        assert session.table()["track_id"].to_pylist() == expected
    assert SessionRow(results[0], 0).others == (), "there is no second face"


def test_texts_and_structures_are_no_streams() -> None:
    with realtime.session.open(RECORDED) as session:
        for name in ("reasons", "identities", "network", "happiness"):
            with pytest.raises(SessionError, match=f"no column of numbers '{name}'"):
                session.column(name)
        assert session.column("faces")[:].tolist() == [0.0 if row in (34, 35) else 1.0 for row in range(40)]
        assert session.column("pitch")[3] == session[3].models[0].aligned.pose.pitch


def test_the_report_of_a_comparison_has_a_field_for_each_compared_column() -> None:
    assert {"rows", *NAMES, "missing"} == set(ReplayComparison.model_fields)
