"""Several faces in a session: each has its rows, and who asks for the face gets the chosen one's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from altered_sessions import read_table, write_batches
from common import Once, needs_pandas
from remade import RECORDED
from several_faces import (
    BY_USER,
    FIRST,
    GUESTS,
    LOST,
    NOBODY,
    SECOND,
    THIRD,
    one_at_a_time,
    recorded,
    several_at_a_time,
)

import realtime.session
from realtime.core.errors import UsageError
from realtime.core.frame_result import Chosen, FrameResult
from realtime.session.recover import recover

ROWS = 40
TABLE = "frames.arrow"


@pytest.fixture(scope="module")
def alone() -> list[FrameResult]:
    return one_at_a_time()


@pytest.fixture(scope="module")
def results(alone: list[FrameResult]) -> list[FrameResult]:
    return several_at_a_time(alone)


@pytest.fixture(scope="module")
def folder(once: Once, results: list[FrameResult]) -> Path:
    return once("several-faces", lambda place: recorded(place / "s", results)) / "s"


@pytest.fixture(scope="module")
def folder_alone(once: Once, alone: list[FrameResult]) -> Path:
    return once("one-face", lambda place: recorded(place / "s", alone)) / "s"


def others_in(results: Sequence[FrameResult]) -> int:
    return sum(len(result.others) for result in results)


def test_a_program_that_knows_only_arrow_finds_a_row_for_each_face(folder: Path, results: list[FrameResult]) -> None:
    table = read_table(folder)
    assert len(table) == ROWS + others_in(results) == ROWS + 39 + len(GUESTS)
    for row, result in enumerate(results):
        of_frame = table.filter(pc.equal(table["frame_row"], row))
        assert of_frame["chosen"].to_pylist() == [True] + [False] * len(result.others)
        assert set(of_frame["frame"].to_pylist()) == {result.frame.index}
        expected = [None if result.face is None else FIRST, *(face.track_id for face in result.others)]
        assert of_frame["track_id"].to_pylist() == expected
        faces = [result.face, *result.others]
        for cell, face in zip(of_frame["landmarks"].to_pylist(), faces, strict=True):
            assert (cell is None) == (face is None)
            assert face is None or np.array_equal(np.reshape(cell, (478, 3)), face.landmarks.points_px)
    info = json.loads((folder / "session.json").read_text())
    counts = info["parts"][0]["streams"]["frames"]
    assert (counts["captured"], counts["recorded"], counts["dropped"]) == (ROWS, ROWS, 0), "frames are counted"


def test_who_asks_for_the_face_gets_the_chosen_one(folder: Path, folder_alone: Path) -> None:
    with realtime.session.open(folder) as session, realtime.session.open(folder_alone) as before:
        assert session.notes == [] and len(session) == len(before) == ROWS
        assert np.array_equal(session.times, before.times)
        for name in ("landmarks", "canonical", "predicted", "adjusted", "features", "pose", "nme", "skill_adjusted"):
            found, expected = getattr(session, name)[:], getattr(before, name)[:]
            assert np.array_equal(found, expected, equal_nan=True) and np.isfinite(found[-1]).all(), name
        ours = ["track_id", "chosen_id", "chosen_by_user"]
        assert session.table(meshes=True).drop(ours).equals(before.table(meshes=True).drop(ours))
        assert repr(session) == repr(before).replace("'one-face'", "'several-faces'")


def test_a_row_has_the_other_faces_of_its_frame(folder: Path, results: list[FrameResult]) -> None:
    with realtime.session.open(folder) as session:
        for row, result in enumerate(results):
            stored = session[row]
            assert stored.chosen == Chosen(FIRST, row >= BY_USER)
            assert [other.track_id for other in stored.others] == [face.track_id for face in result.others]
            for other, face in zip(stored.others, result.others, strict=True):
                assert (other.time_ns, other.others) == (stored.time_ns, ()) and other.landmarks is not None
                assert np.array_equal(other.landmarks.points_px, face.landmarks.points_px)
                (model,), (computed,) = other.models, face.estimate.models
                assert np.array_equal(model.predicted, computed.predicted.mesh_canon)  # type: ignore[union-attr]
                assert (model.identity is None) == (computed.identity is None)
                if model.identity is not None and computed.identity is not None:
                    assert np.array_equal(model.identity.offset_canon, computed.identity.offset_canon)
        assert (session[LOST].landmarks, len(session[LOST].others)) == (None, 1)
        assert (session[NOBODY].landmarks, session[NOBODY].others) == (None, ())


def test_the_faces_of_a_session_with_their_frames_and_spans(folder: Path, folder_alone: Path) -> None:
    with realtime.session.open(folder) as session:
        first, second, third = session.faces()
        assert [face.track_id for face in (first, second, third)] == [FIRST, SECOND, THIRD]
        assert (first.frames, first.chosen, second.frames, second.chosen) == (38, 38, 39, 0)
        assert (third.frames, third.first_row, third.last_row) == (len(GUESTS), GUESTS[0], GUESTS[-1])
        assert third.start_s == session.times[GUESTS[0]] / 1e9 and third.end_s == session.times[GUESTS[-1]] / 1e9
    with realtime.session.open(RECORDED) as session:  # of format 1
        (only,) = session.faces()
        assert (only.track_id, only.frames, only.first_row, only.last_row) == (None, 38, 0, 39)


def test_parts_of_one_run_share_their_faces(tmp_path: Path, results: list[FrameResult]) -> None:
    split = recorded(tmp_path / "s", results, split_mb=1)
    with realtime.session.open(split) as session:
        assert len(session.parts) > 1 and session.notes == []
        assert [face.track_id for face in session.faces()] == [FIRST, SECOND, THIRD]
        assert session.faces()[1].parts == tuple(range(1, len(session.parts) + 1))
        assert (session.faces()[1].frames, session.faces()[1].last_row) == (39, 39)
        assert len(session.table(faces="all")) == ROWS + others_in(results)
        times = session.table(faces="all")["timestamp"].to_pylist()
        assert times == sorted(times)


@needs_pandas
def test_all_faces_in_a_table(folder: Path, folder_alone: Path, results: list[FrameResult]) -> None:
    with realtime.session.open(folder) as session:
        frame = session.to_pandas(faces="all")
        assert len(session.to_pandas()) == ROWS
        expected = [
            (row, face and face.track_id) for row, one in enumerate(results) for face in (one.face, *one.others)
        ]
        found = [(int(row), None if np.isnan(track) else int(track)) for row, track in
                 zip(frame.frame_row, frame.track_id.astype(float), strict=True)]  # fmt: skip
        assert found == expected
        assert frame[frame.chosen].reset_index(drop=True).equals(session.to_pandas())
        smile = [
            face.estimate.features.values["happiness"]
            for one in results for face in one.others if face.estimate.features
        ]  # fmt: skip
        assert frame[~frame.chosen]["features.happiness"].to_list() == smile
        with pytest.raises(UsageError, match="known are 'chosen' and 'all'"):
            session.table(faces="largest")  # type: ignore[arg-type]
    for only in (folder_alone, RECORDED):
        with realtime.session.open(only) as session:
            assert session.table(faces="all").equals(session.table())


def test_what_was_flushed_opens_wherever_the_file_is_cut(tmp_path: Path, folder: Path) -> None:
    content = (folder / TABLE).read_bytes()
    rng = np.random.default_rng(1)
    seen = set()
    for at, size in enumerate(rng.integers(len(content) // 3, len(content), 25).tolist()):
        cut = tmp_path / str(at)
        cut.mkdir()
        (cut / "session.json").write_bytes((folder / "session.json").read_bytes())
        (cut / TABLE).write_bytes(content[:size])
        with realtime.session.open(cut) as session, realtime.session.open(folder) as whole:
            rows = len(session)
            assert rows % 5 == 0 and np.array_equal(session.times, whole.times[:rows])
            complete = [len(session[row].others) == len(whole[row].others) for row in range(rows)]
            assert all(complete[: rows - 5])
            seen.add(all(complete))
            every = session.table(faces="all")
        recovered = recover(cut)
        assert recovered.info.parts[0].streams["frames"].recorded == rows, "frames are counted"
        assert not (cut / f"{TABLE}.original").exists()
        with realtime.session.open(cut) as session:
            assert session.table(faces="all").equals(every) and session.notes == []
    assert seen == {True, False}, "cut before and between the two batches of the same frames"


def test_a_lost_frame_takes_its_other_faces_with_it(tmp_path: Path, folder: Path) -> None:
    def without(kept: pa.RecordBatch) -> bool:
        return bool(kept.column("chosen")[0].as_py()) and 10 in kept.column("frame_row").to_pylist()

    (tmp_path / "session.json").write_bytes((folder / "session.json").read_bytes())
    with pa.ipc.open_stream((folder / TABLE).read_bytes()) as stream:
        write_batches(tmp_path, [batch for batch in stream if not without(batch)])
    with realtime.session.open(tmp_path) as session, realtime.session.open(folder) as whole:
        assert len(session) == ROWS - 5 and len(session.parts[0].table.others) == len(whole.parts[0].table.others)
        assert [len(session[row].others) for row in range(9, 12)] == [1, 1, 1], "rows 9, 15 and 16 of before"
        assert THIRD not in [face.track_id for face in session.faces()]
        assert len(session.table(faces="all")) == len(whole.table(faces="all")) - 5 - 10


def test_rows_that_another_program_has_mixed_are_read_as_well(tmp_path: Path, folder: Path) -> None:
    table = read_table(folder).sort_by([("frame_row", "ascending"), ("chosen", "descending")]).combine_chunks()
    (tmp_path / "session.json").write_bytes((folder / "session.json").read_bytes())
    write_batches(tmp_path, table.to_batches(max_chunksize=7))
    with realtime.session.open(tmp_path) as session, realtime.session.open(folder) as whole:
        assert session.notes == [] and session.table().equals(whole.table())
        assert session.table(faces="all").equals(whole.table(faces="all"))


def test_a_session_of_one_face_does_not_grow(folder_alone: Path) -> None:
    table = read_table(folder_alone)
    with pa.BufferOutputStream() as out:
        less = table.drop_columns(["frame_row", "chosen", "chosen_id", "chosen_by_user", "still"])
        with pa.ipc.new_stream(out, less.schema) as writer:
            for batch in less.combine_chunks().to_batches(max_chunksize=5):
                writer.write_batch(batch)
        before = len(out.getvalue())
    assert (folder_alone / TABLE).stat().st_size < 1.01 * before
