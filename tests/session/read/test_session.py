"""A session opened: what is in it, against a second reader that knows nothing but Arrow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from common import clip, environment, needs_pandas
from remade import RECORDED, recomputed, written

import realtime.session
from realtime.session import Session


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts with pictures, and something of the network in rows 3, 4 and 30."""
    with realtime.session.open(RECORDED) as session:
        results = recomputed(session)
    return written(tmp_path_factory.mktemp("made") / "s", [results[:20], results[20:]], says=[3, 4, 30], pictures=True)


def test_a_session_is_read_and_closed_without_pandas(made: Path) -> None:
    """Its import takes as long as the whole rest, and at the end of a run nobody knows why it waits."""
    program = (
        "import sys, realtime.session\n"
        f"with realtime.session.open({str(made)!r}) as session: assert session[0].landmarks is not None\n"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=environment())


def naive(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in ("frames.arrow", "frames_2.arrow"):
        if (folder / name).exists():
            with pa.OSFile(str(folder / name)) as file, pa.ipc.open_stream(file) as stream:
                for batch in stream:
                    rows += batch.to_pylist()
    return rows


def test_parts_of_two_trackers_are_said() -> None:
    def note(*trackers: str) -> list[str]:
        parts = [SimpleNamespace(info=SimpleNamespace(tracker=tracker)) for tracker in trackers]
        return Session._trackers(SimpleNamespace(parts=parts))  # type: ignore[arg-type]

    assert note("task", "task") == note("task", "") == note("task", "openvino", "task") == []
    (said,) = note("bundled", "task", "bundled")
    assert "'bundled' and 'task'" in said and "cannot be compared" in said


def test_rows_are_those_of_the_file(made: Path) -> None:
    rows = naive(made)
    with realtime.session.open(made) as session:
        assert (len(session), len(session.parts), session.notes) == (len(rows), 2, [])
        assert session.times.tolist() == [row["time_ns"] for row in rows]
        assert session.seconds == pytest.approx((len(rows) - 1) / 20)
        for number, row in enumerate(rows):
            stored = session[number]
            assert (stored.stamp_ns, stored.frame, stored.valid) == (row["stamp_ns"], row["frame"], row["valid"])
            assert (stored.landmarks is None) == (row["landmarks"] is None)
            assert [m.nme for m in stored.models] == [row["nme"]] * (row["canonical"] is not None)
            said = stored.network
            assert (said is None) == (row["network"] is None)
            if said is not None:
                assert dict(said.emotions) == dict(row["network"]["emotions"])
        with pytest.raises(IndexError):
            session[len(session)]


def expected_columns(row: dict[str, Any]) -> dict[str, Any]:
    """The flat table's columns of a row, one after the other."""
    said = row["network"] or {}
    found: dict[str, Any] = {"timestamp": row["time_ns"] / 1e9}
    found |= {"features.happiness": (row["features"] or [None] * 7)[3]}
    found["network.emotions.Happy"] = dict(said.get("emotions", ())).get("Happy")
    found["network.action_units.AU12"] = dict(said.get("action_units", ())).get("AU12")
    for at, name in enumerate(("pitch", "yaw", "roll")):
        found[f"network.pose.{name}"] = said["pose"][at] if said else None
    for at, name in enumerate(("forehead", "brows", "eyes", "nose", "cheeks", "mouth", "jaw")):
        found[f"regions_adjusted.{name}"] = row["regions_adjusted"] and row["regions_adjusted"][at]
    found["rotation.yx"] = row["rotation"] and row["rotation"][3]
    found["parts.noise"] = row["parts"] and row["parts"][4]
    return found | {name: row[name] for name in ("nme", "skill_adjusted", "valid", "reasons", "calibrated", "faces")}


@needs_pandas
def test_the_table_has_a_number_a_column(made: Path) -> None:
    rows = naive(made)
    with realtime.session.open(made) as session:
        table = session.table()
        frame = session.to_pandas(meshes=True)
    assert table.num_rows == len(frame) == len(rows)
    assert not [f for f in table.schema if pa.types.is_nested(f.type)]
    assert table.column("part").to_pylist() == [1] * 20 + [2] * 20
    found = table.to_pylist()
    for row, here in zip(rows, found, strict=True):
        expected = expected_columns(row)
        assert {name: here[name] for name in expected} == expected
    assert frame["predicted"].iloc[7].tolist() == rows[7]["predicted"] and frame["predicted"].iloc[34] is None
    assert frame["excluded"].tolist() == [False] * len(rows)


def test_what_a_mark_excludes_is_told_in_the_table(made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "s"))
    marks = "kind,start_frame,end_frame\nevent,3,3\nexclude,18,21\nexclude,39,4000\n"
    (folder / "annotations.csv").write_text(marks, encoding="utf-8")
    with realtime.session.open(folder) as session:
        assert [mark.start_s for mark in session.marks] == [0.15, 0.9, 1.95]
        assert np.flatnonzero(session.table().column("excluded")).tolist() == [18, 19, 20, 21, 39]
    (folder / "annotations.csv").write_text("kind\n", encoding="utf-8")
    with realtime.session.open(folder) as session:
        assert not session.excluded.any() and "annotations.csv" in session.notes[0]


def test_polars_is_asked_for_in_words(made: Path) -> None:
    with realtime.session.open(made) as session:
        try:
            import polars  # noqa: F401
        except ImportError:
            with pytest.raises(realtime.core.errors.UsageError, match="pip install polars"):
                session.to_polars()
        else:
            assert session.to_polars()["nme"].to_list() == session.table().column("nme").to_pylist()


def test_it_says_what_it_is(made: Path) -> None:
    with realtime.session.open(made) as session:
        lines = repr(session).splitlines()
    assert lines[0] == "Session 's': 1.9 s, 40 rows in 2 parts"
    names = ["recorded", "source", "tracker", "models", "features", "range", "kept"]
    assert [line.split()[0] for line in lines[1:]] == names
    assert "2026-01-02 03:04" in lines[1] and "made, 64x48" in lines[2] and lines[3].split()[1:] == ["bundled"]
    assert "emotion@built-in" in lines[4] and lines[5].endswith("neutral (from inverse)")
    assert "rows in the models' range, 0 of them amber" in lines[6]
    assert lines[7].endswith("table, camera's pictures")


@pytest.mark.parametrize("path", ["s", "s/", "./s", "s/session.json", Path("s")])
def test_a_session_is_meant_by_its_folder_or_its_json(made: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.parent)
    with realtime.session.open(path) as session:
        assert isinstance(session, Session) and len(session) == 40


def listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in [folder, *folder.iterdir()])


def test_reading_writes_nothing(made: Path) -> None:
    before = listing(made)
    with realtime.session.open(made) as session:
        session.table(meshes=True), session.camera[3], session.adjusted[:], repr(session)
    assert listing(made) == before


def test_what_was_taken_stays_when_it_is_closed(made: Path) -> None:
    with realtime.session.open(made) as session:
        stored, some = session[25], session.landmarks[20:30]
    session.close()
    assert stored.landmarks is not None and np.array_equal(stored.landmarks.points_px, some[5])


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such permissions")
def test_only_the_user_may_read_a_recording(tmp_path: Path) -> None:
    code = "import os, sys; os.umask(0); from realtime.cli import main; sys.argv[0] = 'meshmirror'; main()"
    options = ["--source", str(clip("single_face.mp4")), "--headless", "--set", "record.split_min=0.05"]
    command = [sys.executable, "-c", code, *options, "--set", "view.width=640", "--set", "view.height=360"]
    done = subprocess.run(
        [*command, "--record", str(tmp_path / "s")], env=environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    modes = {path.name: path.stat().st_mode & 0o777 for path in [tmp_path / "s", *(tmp_path / "s").iterdir()]}
    assert modes.pop("s") == 0o700
    assert {"session.json", "frames.arrow", "camera.mp4", "view.mp4"} <= set(modes)
    assert set(modes.values()) == {0o600}
    with realtime.session.open(tmp_path / "s") as session:
        assert session.notes == [] and session.view[40] is not None and session.camera[71] is not None
