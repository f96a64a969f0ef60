"""`realtime.compare`: the numbers of the command as tables, in a folder of its own or one that is given."""

import csv
import gc
import json

import numpy as np
import pyarrow as pa
import pytest
from one_thread import one_blas_thread
from remade import RECORDED

import realtime
from realtime.core.errors import UsageError
from realtime.export.comparison.read_tables import read_csv_table

VARIES = ("seconds", "command", "out", "outputs", "date")  # between two runs that compare the same
ASKED = ("--model", "emotion@built-in", "--emotion", "inverse", "--people", "people.csv")


@pytest.fixture(scope="module")
def found():
    with one_blas_thread():  # sums of several threads round differently; the command has one
        return realtime.compare(RECORDED, models="emotion@built-in", emotions="inverse", people={"session": "=Anna"})


def test_the_numbers_are_those_of_the_command(meshmirror, found, tmp_path):
    (tmp_path / "people.csv").write_text("recording,person\nsession,=Anna\n")
    with one_blas_thread():
        done = meshmirror("compare", str(RECORDED), *ASKED, "--no-figures", "--out", "results")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "results" / "summary.json").read_text())
    ours = found.summary.to_json()
    for name in VARIES:
        assert name in summary
        del summary[name], ours[name]
    assert json.loads(json.dumps(ours)) == summary

    (row,) = found.recordings.to_pylist()
    of_recording = summary["recordings"][0]
    assert row["person"] == "=Anna" and row["group"] is None and row["frames"] == of_recording["frames"] > 10
    for name in ("skill", "nme_adjusted", "r2_within", "gain"):
        assert row[name] == of_recording[name], name
    frames = found.frames.to_pandas()
    used = frames[frames.compared]
    assert len(frames) == summary["frames"] and len(used) == summary["overall"]["frames"]
    assert used.nme_adjusted.mean() == pytest.approx(summary["overall"]["nme_adjusted"])
    assert 1 - used.sse_adjusted.sum() / used.own_neutral_sse.sum() == pytest.approx(summary["overall"]["skill"])


def test_vertices_are_those_of_the_file_and_typed(found):
    table = found.vertices
    with (found.folder / "vertices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert table.num_rows == len(rows) == 478 and table.column_names == list(rows[0])
    assert np.array_equal(table["distance"].to_numpy(), [float(row["distance"]) for row in rows])
    assert {str(table.schema.field(name).type) for name in ("x", "skill", "error_z")} == {"double"}
    assert table["region"][1].as_py() == rows[1]["region"] and table.schema.field("frames").type == pa.int64()


def test_the_call_that_makes_it_again_is_said_and_a_temporary_folder_goes_with_the_result(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    result = realtime.compare([broken], models="emotion@built-in", emotions=["inverse"], workers=1)
    (error,) = result.summary.errors
    assert error.recording == "broken" and result.frames.num_rows == result.recordings.num_rows == 0
    assert result.summary.command == (
        f"realtime.compare([{str(broken)!r}], models=['emotion@built-in'], emotions=['inverse'], neutral='auto')"
    )
    folder = result.folder
    assert (folder / "summary.json").is_file()
    del result
    gc.collect()
    assert not folder.exists()

    kept = realtime.compare(broken, tmp_path / "kept", models="emotion@built-in", emotions="inverse")
    assert f"out={str(tmp_path / 'kept')!r}" in kept.summary.command
    del kept
    gc.collect()
    assert (tmp_path / "kept" / "summary.json").is_file()


def test_what_cannot_be_meant_is_refused(tmp_path):
    for changes, text in (
        ({"emotions": "guess"}, "guess"),
        ({"workers": 0}, "workers"),
        ({"neutral": "sometimes"}, "sometimes"),
    ):
        with pytest.raises(UsageError, match=text):
            realtime.compare(RECORDED, tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


def test_texts_that_were_kept_from_being_formulas_are_as_they_were(tmp_path):
    path = tmp_path / "recordings.csv"
    path.write_text("recording,group,frames,setup_2,nme\n'=SUM(A1),,3,'-x,\n\"two\nlines\",'a,,'it,1.5\n")
    assert read_csv_table(path).to_pydict() == {
        "recording": ["=SUM(A1)", "two\nlines"], "group": [None, "'a"], "frames": [3, None],
        "setup_2": ["-x", "'it"], "nme": [None, 1.5],
    }  # fmt: skip
