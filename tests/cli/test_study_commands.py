"""`meshmirror fit` and `meshmirror evaluate` as typed."""

import errno
import json
import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from common import needs_study
from data_sets import NAMES, people, short_evaluation, write

from realtime.core import files
from realtime.core.errors import DisplayError
from realtime.model import built_in
from realtime.model.file import read_model

pytestmark = needs_study
FILES = ("model", "card", "atlas", "report")


@pytest.fixture(autouse=True, scope="module")
def short():
    with short_evaluation():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    faces = people(built_in(), np.random.default_rng(31), 900, 30, 12, turn=0.1)
    mesh, emotions, pose, recording, person = faces
    folder = tmp_path_factory.mktemp("data") / "faces"
    return write(folder, mesh, emotions, NAMES, pose, recording, person, metadata={"tracker": "task"})


def test_a_fit_writes_the_model_and_its_card_and_reports_as_documented(meshmirror, folder, tmp_path):
    done = meshmirror("fit", str(folder), "--out", "mine.npz", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    for key in ("frames", "frames_dropped", "recordings", "people", "rank", "inputs", "mae", "mae_percent", "null"):
        assert report[key] is not None, key
    for form in ("full", "deployed_live", "deployed_zero"):
        assert set(report["r2"][form]) == {"mean", "sd", "folds"}
    assert report["recipes"][0]["name"] == "seed" and len(report["recipes"]) > 5
    model = read_model(tmp_path / "mine.npz")
    assert model.feature_columns == NAMES and "held-out" in model.card and model.metadata["rank"] == 27
    assert model.card == (tmp_path / "mine.README.md").read_text()
    assert [path for path in map(Path, map(report.get, FILES)) if not (tmp_path / path).stat().st_size] == []
    assert [one["name"] for one in report["check"]["findings"]][:2] == ["labels", "frame"]

    page = (tmp_path / report["report"]).read_text(encoding="utf-8")
    assert f"meshmirror fit {folder} --out mine.npz --json" in page and "could not be drawn" not in page

    again = meshmirror("fit", str(folder), "--out", "mine.npz", "--no-evaluate", "--no-report")
    assert again.returncode == 0 and "exists and is kept" in again.stderr
    assert sorted(path.name for path in tmp_path.glob("mine_2*")) == ["mine_2.README.md", "mine_2.npz"]
    assert len(list(tmp_path.glob("mine*.npz"))) == 2 and "rank 27" in again.stdout


def test_the_terminal_shows_the_scores_beside_what_they_are_compared_with(meshmirror, folder):
    done = meshmirror("evaluate", str(folder))
    assert done.returncode == 0, done.stderr
    for text in ("by recording", "by person", "chance level", "ridge", "within person", "not to be compared"):
        assert text in done.stdout, text


def test_a_shipped_model_is_scored_in_its_own_frame(meshmirror, folder):
    done = meshmirror("evaluate", str(folder), "--model", "emotion@built-in", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["r2"]["full"] is None and report["r2_within"]["deployed_zero"] > report["r2"]["deployed_zero"] > 0


def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_no_half_of_it(
    meshmirror, folder, monkeypatch, tmp_path
):
    """The model fits on the disk, its card does not."""
    whole = files.atomic_write

    @contextmanager
    def full(path, mode=0o666):
        with whole(path, mode) as file:
            yield file
            if path.suffix != ".npz":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("realtime.app.fit.atomic_write", full)
    done = meshmirror("fit", str(folder), "--out", "mine.npz", "--no-evaluate", "--no-report")
    assert done.returncode == 3 and "mine.README.md: cannot be written: No space left" in done.stderr
    assert "The model is complete: mine.npz" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npz"]


def test_without_opengl_a_note_says_so_and_the_page_is_written(meshmirror, folder, monkeypatch, tmp_path):
    def none(*_):
        raise DisplayError("No OpenGL 3.3 context could be made.")

    monkeypatch.setattr("realtime.export.figures.atlas.make_atlas", none)
    done = meshmirror("fit", str(folder), "--out", "mine.npz", "--no-evaluate", "--json")
    assert done.returncode == 0 and "No atlas was drawn: No OpenGL" in done.stderr
    report = json.loads(done.stdout)
    assert report["atlas"] is None and "could not be drawn" in (tmp_path / report["report"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "code", "text"),
    [
        (("nothing",), 4, "no such folder"),
        (("{folder}", "--out", "mine.txt"), 2, "ends in .npz"),
        (("{folder}", "--as-published", "--frame-of", "au@v4"), 2, "cannot be combined"),
        (("{folder}", "--features", "au"), 4, "no columns of action units"),
        (("{folder}", "--frame-of", "nobody"), 4, "nobody"),
        (("nothing", "--out", "{folder}/part-0000.parquet/mine.npz"), 3, "nothing can be written there"),
        (("nothing", "--out", f"{'x' * 244}.npz"), 3, "nothing can be written there"),
        (("nothing", "--out", f"{'x' * 300}.npz", "--personal", "emotion@built-in"), 3, "nothing can be written there"),
    ],
)
def test_what_cannot_be_fit_has_its_exit_code(meshmirror, folder, args, code, text):
    done = meshmirror("fit", *(arg.format(folder=folder) for arg in args))
    assert done.returncode == code and text in done.stderr


def test_a_missing_scikit_learn_is_named_before_anything_is_read(meshmirror, folder, monkeypatch):
    monkeypatch.setattr("realtime.dataset.folds.find_spec", lambda name: None)
    for command in (("fit", str(folder)), ("evaluate", str(folder), "--model", "emotion@built-in")):
        done = meshmirror(*command)
        assert done.returncode == 2 and "meshmirror[study]" in done.stderr and "reading" not in done.stderr
