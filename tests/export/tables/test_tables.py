"""Exported tables, read back by readers that know nothing of us: csv, pandas, pyarrow."""

from __future__ import annotations

import csv
import json
import math
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from common import PANDAS, ROOT, needs_bundled

import realtime.export
from realtime.core.errors import SessionError, UsageError
from realtime.core.types import EMOTIONS
from realtime.detect.landmarks.face_landmarker import BLENDSHAPES
from realtime.export.tables.livelink import timecode
from realtime.export.tables.openface import openface_angles
from realtime.export.tables.table_files import no_formula
from realtime.session import Session

pytestmark = needs_bundled
TEXTS = (realtime.export.to_fex, realtime.export.to_csv)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_has_what_was_recorded_in_the_words_of_openface(inverse_session: Session, tmp_path: Path) -> None:
    rows = rows_of(realtime.export.to_csv(inverse_session, tmp_path / "a.csv"))
    assert list(rows[0])[:8] == [
        "frame", "face_id", "timestamp", "confidence", "success", "pose_Rx", "pose_Ry", "pose_Rz",
    ]  # fmt: skip
    assert len(rows) == len(inverse_session) == 72
    for at, row in enumerate(rows):
        stored = inverse_session[at]
        assert (int(row["frame"]), int(row["success"]), float(row["timestamp"])) == (at, 1, stored.time_ns / 1e9)
        assert stored.landmarks is not None and stored.models[0].features is not None
        points = stored.landmarks.points_px
        assert np.float32(row["x_33"]) == points[1, 0] and np.float32(row["y_8"]) == points[176, 1]
        assert [float(row[name]) for name in EMOTIONS] == list(stored.models[0].features.values.values())
        assert row["emotion_source"] == "inverse"
        assert row["excluded"] == str(int(10 <= at <= 19))
    assert {at for at, row in enumerate(rows) if row["event"]} == {30}


def test_the_angles_are_those_of_openface() -> None:
    """Rotations of its own formula, Rx Ry Rz with y down; a nod down is + there and - in Fex."""

    def about(axis: int, angle: float) -> np.ndarray:
        c, s = math.cos(angle), math.sin(angle)
        return np.array([[[1, 0, 0], [0, c, -s], [0, s, c]], [[c, 0, s], [0, 1, 0], [-s, 0, c]],
                         [[c, -s, 0], [s, c, 0], [0, 0, 1]]][axis])  # fmt: skip

    fex = np.array([[0.3, 0, 0], [0, 0.2, 0], [0, 0, 0.1], [0.3, -0.4, 0.2]])
    rx, ry, rz = openface_angles(fex).T
    assert (rx[0], ry[1]) == pytest.approx((-0.3, 0.2)) and abs(rz[2]) == pytest.approx(0.1)
    nose = about(0, rx[0]) @ [0, 0, -1]
    assert nose[1] < 0, "+pitch is up, and y points down"
    nose = about(1, ry[1]) @ [0, 0, -1]
    assert nose[0] < 0, "+yaw is to the subject's right, which is the picture's left"
    chin = about(2, rz[2]) @ [0, 1, 0]
    assert chin[0] > 0, "+roll tilts the head to the subject's right, so that the chin goes to the picture's right"
    assert np.isfinite([rx, ry, rz]).all()


def test_beside_a_csv_stands_what_its_columns_are(inverse_session: Session, tmp_path: Path) -> None:
    path = realtime.export.to_fex(inverse_session, tmp_path / "a.csv", start_s=0.3, end_s=1.5)
    names = next(csv.reader(path.open(encoding="utf-8")))
    told = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    assert sum(group["count"] for group in told["columns"]) == len(names) == len(set(names))
    assert all(group["unit"] and group["what"] for group in told["columns"])
    assert told["emotion_sources"] == {"inverse": told["rows"]} and told["rows"] == len(rows_of(path)) == 36
    assert told["session"] == inverse_session.parts[0].info.session
    assert [(mark["first_frame"], mark["last_frame"]) for mark in told["excluded"]] == [(10, 19)]
    assert told["parts"][0]["models"][0]["name"] == "emotion@built-in" and "config" not in told["parts"][0]
    for written in (path, Path(f"{path}.json")):
        assert stat.S_IMODE(written.stat().st_mode) == 0o600


@pytest.mark.parametrize("to", TEXTS)
def test_no_cell_is_a_formula(to: Callable[..., Path], inverse_session: Session, tmp_path: Path) -> None:
    with to(inverse_session, tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    for cell in cells:
        if cell[:1] in ("=", "+", "-", "@", "\t"):
            float(cell)
    assert to is realtime.export.to_fex or any("cmd" in cell for cell in cells)  # the label is there
    assert no_formula('=1+1,"x"') == '\'=1+1,"x"' and no_formula("\t=1") == "'\t=1" and no_formula("a=1") == "a=1"


def test_parquet_has_every_column_with_its_unit(inverse_session: Session, tmp_path: Path) -> None:
    path = realtime.export.to_parquet(inverse_session, tmp_path / "a.parquet")
    file = pq.ParquetFile(path)
    table = file.read()
    assert table.column_names[0] == "timestamp"
    np.testing.assert_array_equal(table["timestamp"].to_numpy(), inverse_session.times / 1e9)
    assert {file.metadata.row_group(0).column(at).compression for at in range(file.metadata.num_columns)} == {"ZSTD"}
    for field in table.schema:
        assert field.metadata[b"unit"] and field.metadata[b"what"], field.name
    facts = json.loads(table.schema.metadata[b"meshmirror"])
    assert facts["rows"] == 72 and facts["excluded"][0]["last_frame"] == 19
    stored = inverse_session.parts[0].table.table
    for name in ("landmarks", "canonical", "predicted", "nme", "nme_adjusted", "anchor_residual", "pitch"):
        assert table[name].to_pylist() == stored[name].to_pylist(), name
    features = np.stack([table[f"features.{name}"].to_numpy() for name in EMOTIONS], axis=-1)
    np.testing.assert_array_equal(features, np.stack(stored["features"].to_pylist()))
    assert table["identities"].to_pylist() == stored["identities"].to_pylist()
    lists = {
        "rotation": "rotation_", "translation": "", "given_pose": "given_", "time_ns": "timestamp",
        "face_ns": "face_timestamp", "feature_ns": "feature_timestamp", "frame_row": "frame", "track_id": "face",
    }  # fmt: skip
    for name in set(stored.column_names) - set(table.column_names):
        prefix = lists.get(name, f"{name}.")
        assert any(other.startswith(prefix) for other in table.column_names), name


def test_parquet_has_all_that_the_network_said(network_session: Session, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason=PANDAS)
    frame = pd.read_parquet(realtime.export.to_parquet(network_session, tmp_path / "a.parquet"))
    for at in (0, 40, 71):
        said = network_session[at].network
        assert said is not None and said.blendshapes is not None
        row = frame.iloc[at]
        for group in (said.emotions, said.action_units, said.blendshapes):
            assert {name: row[f"network_{name}"] for name in group} == dict(group)
        assert (row["network_valence"], row["network_pitch"]) == (said.valence, said.pose.pitch)
        assert row["network_timestamp"] == network_session.times[at] / 1e9
        np.testing.assert_array_equal(np.ravel(said.mesh_px), row["network_mesh"])


def test_live_link_has_its_own_order(network_session: Session, tmp_path: Path) -> None:
    rows = rows_of(realtime.export.to_livelink(network_session, tmp_path / "a.csv"))
    names = list(rows[0])
    assert names[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"] and len(names) == 63
    assert names[-11:-8] == ["NoseSneerRight", "TongueOut", "HeadYaw"]
    for side in ("Jaw", "Mouth"):
        assert names.index(f"{side}Right") + 1 == names.index(f"{side}Left")
    assert {name[0].lower() + name[1:] for name in names[2:54]} == set(BLENDSHAPES) - {"_neutral"} | {"tongueOut"}
    for at, row in enumerate(rows):
        said = network_session[at].network
        assert said is not None and said.blendshapes is not None
        assert float(row["JawRight"]) == pytest.approx(said.blendshapes["jawRight"], rel=1e-6)
        assert float(row["HeadYaw"]) == network_session[at].models[0].aligned.pose.yaw
        assert (float(row["TongueOut"]), row["BlendShapeCount"]) == (0.0, "61")
    assert [rows[at]["Timecode"] for at in (0, 1, 31)] == ["00:00:00:00.000", "00:00:00:01.000", "00:00:01:01.000"]
    assert timecode(3 * 3600 + 2 * 60 + 1.5 + 0.25 / 30, 30) == "03:02:01:15.250"


def test_live_link_needs_blendshapes(inverse_session: Session, tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no blendshapes were recorded"):
        realtime.export.to_livelink(inverse_session, tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (9, None, "ends at 2.367 s"),
        (1, 0.5, "after --start"),
        (math.nan, None, "not a time"),
        (None, math.inf, "not a time"),
    ],
)
def test_a_selection_without_rows_is_refused(
    start: float | None, end: float | None, told: str, inverse_session: Session, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        realtime.export.to_csv(inverse_session, tmp_path / "a.csv", start_s=start, end_s=end)


def test_parquet_of_rows_without_a_face_can_be_read_by_others(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas", reason=PANDAS)
    with realtime.session.open(ROOT / "tests" / "data" / "session") as session:
        path = realtime.export.to_parquet(session, tmp_path / "a.parquet")
        faces = [session[row].landmarks is not None for row in range(len(session))]
    assert not all(faces)
    frame = pd.read_parquet(path)
    assert [value is not None for value in frame["landmarks"]] == faces
    assert len(frame["canonical"][faces.index(True)]) == 1434


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"kind\nexclude\n",
        b"kind,start_frame\nexclude,x\nexclude,99999\nevent,1e400\n",
        b'"' * 999,
    ],
)
def test_marks_that_cannot_be_read_cost_no_export(content: bytes, inverse_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(inverse_folder, copy)
    (copy / "annotations.csv").write_bytes(content)
    with realtime.session.open(copy) as session:
        realtime.export.to_csv(session, tmp_path / "a.csv")
        assert any("annotations cannot be read" in note for note in session.notes)
    assert "annotations cannot be read" in (tmp_path / "a.csv.json").read_text(encoding="utf-8")
    with (tmp_path / "a.csv").open(newline="") as file:
        assert {line["excluded"] for line in csv.DictReader(file)} == {"0"}
