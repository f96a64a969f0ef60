"""What is exported of several faces: a row for each in tables, each face's own rows in a shorter session."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import Once, Runner
from several_faces import GUESTS, LOST, NOBODY, SECOND, THIRD, one_at_a_time, recorded, several_at_a_time

import realtime.export
import realtime.session
from realtime.core.errors import UsageError
from realtime.core.frame_result import FrameResult
from realtime.export.exporter import ExportOptions, export
from realtime.session import Session

ROWS = 40
TABLES = {"fex": realtime.export.to_fex, "csv": realtime.export.to_csv, "parquet": realtime.export.to_parquet}


@pytest.fixture(scope="module")
def results() -> list[FrameResult]:
    return several_at_a_time(one_at_a_time())


@pytest.fixture(scope="module")
def folder(once: Once, results: list[FrameResult]) -> Path:
    return once("export-several", lambda place: recorded(place / "s", results)) / "s"


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    with realtime.session.open(folder) as opened:
        yield opened


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an exported table, as numbers or None."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()  # type: ignore[no-any-return]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(cell: Any) -> float | None:
    return None if cell in ("", None) else float(cell)


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_has_a_row_for_each_face(
    kind: str, session: Session, results: list[FrameResult], tmp_path: Path
) -> None:
    to: Callable[..., Path] = TABLES[kind]
    face, x = ("face_id", "x_33") if kind == "csv" else ("face", "mesh_x_1" if kind == "fex" else "landmarks")
    happy = {"fex": "Happy", "csv": "happiness", "parquet": "features.happiness"}[kind]
    rows = read(to(session, tmp_path / f"a.{'parquet' if kind == 'parquet' else 'csv'}"))
    expected: list[tuple[int, Any]] = [
        (row, one) for row, result in enumerate(results) for one in result.faces or (None,)
    ]
    assert len(rows) == len(expected) == 38 + 39 + len(GUESTS) + 1
    for found, (row, one) in zip(rows, expected, strict=True):
        assert int(found["frame"]) == row and number(found["timestamp"]) == session.times[row] / 1e9
        if one is None:
            assert row == NOBODY and number(found[face]) == (0 if kind == "csv" else None)
            assert number(found[happy]) is None
            continue
        assert number(found[face]) == one.track_id
        nose = found[x][3] if kind == "parquet" else float(found[x])
        assert np.float32(nose) == one.landmarks.points_px[1, 0]
        assert number(found[happy]) == one.estimate.features.values["happiness"]
    (lost,) = [found for found in rows if int(found["frame"]) == LOST]
    assert number(lost[face]) == SECOND, "no empty row beside that of another face"
    chosen = read(to(session, tmp_path / f"b.{'parquet' if kind == 'parquet' else 'csv'}", faces="chosen"))
    assert [int(found["frame"]) for found in chosen] == list(range(ROWS))
    assert {number(found[face]) for found in chosen} == {1.0, 0.0 if kind == "csv" else None}


def test_an_interval_has_the_faces_of_its_frames(session: Session, tmp_path: Path) -> None:
    start = session.times[GUESTS[2]] / 1e9
    rows = read(realtime.export.to_fex(session, tmp_path / "a.csv", start_s=start, end_s=start + 0.05))
    frames = sorted({int(row["frame"]) for row in rows})
    assert frames[0] == GUESTS[2] and len(rows) == 3 * len(frames) <= 9
    about = json.loads((tmp_path / "a.csv.json").read_text())
    assert (about["rows"], about["frames"], about["faces"]) == (len(rows), len(frames), "all")
    assert about["emotion_sources"] == {"inverse": len(rows)}


@pytest.mark.parametrize("faces", ["all", "chosen"])
def test_a_shorter_session_has_the_faces_of_its_frames(session: Session, tmp_path: Path, faces: Any) -> None:
    first = GUESTS[1]
    folder = realtime.export.to_session(session, tmp_path / "cut", start_s=session.times[first] / 1e9, faces=faces)
    with realtime.session.open(folder) as cut:
        assert cut.notes == [] and len(cut) == ROWS - first
        assert cut.table()["frame_row"].to_pylist() == list(range(len(cut)))
        assert [face.track_id for face in cut.faces()] == ([1, SECOND, THIRD] if faces == "all" else [1])
        for row in range(len(cut)):
            new, old = cut[row], session[first + row]
            assert new.chosen == old.chosen
            others = old.others if faces == "all" else ()
            assert [one.track_id for one in new.others] == [one.track_id for one in others]
            for mine, theirs in zip((new, *new.others), (old, *others), strict=True):
                assert (mine.landmarks is None) == (theirs.landmarks is None)
                for a, b in zip(mine.models, theirs.models, strict=True):
                    assert np.array_equal(a.aligned.mesh_canon, b.aligned.mesh_canon) and a.nme == b.nme
                    assert (a.identity is None) == (b.identity is None)
                    if a.identity is not None and b.identity is not None:
                        assert np.array_equal(a.identity.offset_canon, b.identity.offset_canon)


def test_what_shows_one_face_says_so(folder: Path, tmp_path: Path) -> None:
    def run(kind: str, **options: Any) -> None:
        export(folder, ExportOptions(kind, tmp_path / kind, faces="all", **options), lambda text: None)

    for kind in ("livelink", "mp4", "gif", "glb"):
        with pytest.raises(UsageError, match=f"--faces all: {kind} shows one face, the chosen one"):
            run(kind)
    with pytest.raises(UsageError, match="--anonymous takes the identity out of the chosen face"):
        run("fex", anonymous=True)


def test_nothing_of_the_others_is_in_an_anonymous_copy(folder: Path, tmp_path: Path) -> None:
    export(folder, ExportOptions("session", tmp_path / "s", anonymous=True), lambda text: None)
    with realtime.session.open(tmp_path / "s") as nobody:
        assert nobody.notes == [] and len(nobody) == ROWS and not len(nobody.parts[0].table.others)
        assert nobody.parts[0].info.version == 2


def test_the_command_takes_all_faces_unless_told(folder: Path, tmp_path: Path, meshmirror: Runner) -> None:
    for options, rows in (((), 83), (("--faces", "chosen"), ROWS)):
        done = meshmirror("export", str(folder), "--to", "parquet", "--out", str(tmp_path / "a"), "--json", *options)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert (report["rows"], report["frames"]) == (rows, ROWS)
