"""`meshmirror fit --personal` as typed: from recorded sessions, from a data set, and what is refused."""

import json
import shutil

import numpy as np
import pytest
from common import clip, environment, give_appearance, needs_appearance, needs_bundled, needs_task, task_file
from data_sets import NAMES, people, write
from in_process import run_in_process
from remade import RECORDED

from realtime.model import built_in
from realtime.model.file import read_model, write_model
from realtime.view.mirror.model_facts import Caption


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data set of one person in six sessions, who smiles in another way than the built-in model."""
    model = built_in()
    coef = model.coef.copy()
    coef[3] *= 2.5
    coef[7:] = 0
    mesh, emotions, pose, recording, _ = people(
        model.replaced(coef=coef), np.random.default_rng(41), 900, 6, 1, turn=0.1, identity=3.0
    )
    place = tmp_path_factory.mktemp("data") / "faces"
    return write(place, mesh, emotions, NAMES, pose, recording, np.array(["Ada"] * 900), metadata={"tracker": "task"})


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A file with the keys of emotion@v6: without interactions, anchors and the neutral mesh."""
    path = tmp_path_factory.mktemp("shipped") / "emotion_to_mesh_pls_v6.npz"
    write_model(built_in().replaced(metadata={}, card="made for a test"), path)
    left_out = {"mean_neutral_mesh", "reference_anchors", "anchor_indices"}
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files if key not in left_out}
    np.savez(path, **arrays)
    return path


def test_a_data_set_gives_a_model_that_says_what_it_is_worth(meshmirror, folder, shipped, tmp_path):
    done = meshmirror("fit", str(folder), "--personal", str(shipped), "--out", "mine.npz", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["of"] == "emotion_to_mesh_pls_v6" and report["person"] == "Ada" and report["better"]
    assert report["personal"]["r2"] > report["own_neutral"]["r2"] > report["model_itself"]["r2"]
    assert len(report["personal"]["folds"]) == report["sessions"] == 6
    model, given = read_model(tmp_path / "mine.npz"), read_model(shipped)
    assert np.array_equal(model.anchors, given.anchors) and model.feature_columns == given.feature_columns
    moves = [np.abs(one.coef[3] - one.coef[6]).mean() for one in (given, model)]
    assert moves[1] > 1.8 * moves[0]
    card = (tmp_path / report["card"]).read_text(encoding="utf-8")
    assert card == model.card and report["verdict"] in card and "Ada" not in card
    for key in ("personal", "neutral_and_pose", "own_neutral", "model_itself"):
        assert f"| {report[key]['r2']:.4f} |" in card
    caption = Caption.of(model)
    for text in (caption.note, caption.held_out):
        assert f"{report['personal']['r2']:.2f}" in text and f"{report['own_neutral']['r2']:.2f}" in text
    assert not caption.warns

    shown = meshmirror("models", "show", "mine.npz")
    text = " ".join(shown.stdout.split())
    assert f"held-out R2 (sessions) {report['personal']['r2']:.4f}" in text
    assert json.loads(meshmirror("models", "show", "mine.npz", "--json").stdout)["personal"]["better"] is True


def test_the_terminal_shows_all_four_scores_and_the_verdict(meshmirror, folder):
    done = meshmirror("fit", str(folder), "--personal", "emotion@built-in")
    assert done.returncode == 0, done.stderr
    for text in ("own neutral", "response to the pose", "as it is", "Held out it is", "personal_to_mesh_fit.npz"):
        assert text in done.stdout, text


def test_a_gain_by_chance_is_said_to_be_one(folder, meshmirror, tmp_path):
    once = meshmirror("fit", str(folder), "--personal", "emotion@built-in", "--out", "once.npz")
    assert once.returncode == 0
    again = meshmirror("fit", str(folder), "--personal", "once.npz", "--out", "twice.npz", "--json")
    report = json.loads(again.stdout)
    assert not report["better"] and report["of"] == "once"
    caption = Caption.of(read_model(tmp_path / "twice.npz"))
    assert caption.warns
    assert "more than chance" in " ".join(meshmirror("models", "show", "twice.npz").stdout.split())


@pytest.mark.parametrize(
    ("args", "code", "text"),
    [
        (("nothing",), 2, "no such video, session or folder"),
        (("{folder}", "--components", "3"), 2, "takes no --components"),
        (("{folder}", "--features", "au"), 2, "takes no --features"),
        (("{folder}", "--no-evaluate"), 2, "takes no --evaluate"),
        (("{folder}", str(RECORDED)), 2, "is a data set: give it alone"),
        (("{folder}", "--personal", "au@v4"), 4, "no columns of action units"),
        (("{folder}", "--scheduler", "local"), 2, "takes no --scheduler"),
        ((str(RECORDED),), 4, "models fetch appearance"),
    ],
)
def test_what_cannot_be_fit_has_its_exit_code(meshmirror, folder, args, code, text, tmp_path):
    done = meshmirror("fit", "--personal", "emotion@built-in", *(arg.format(folder=folder) for arg in args))
    assert done.returncode == code and text in done.stderr, done.stderr
    assert not list(tmp_path.glob("*.npz"))


def test_a_fit_for_all_is_of_one_data_set(meshmirror, folder):
    done = meshmirror("fit", str(folder), str(RECORDED))
    assert done.returncode == 2 and "of one data set" in done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder of the user with the classifier in it, where sessions are recorded."""
    place = tmp_path_factory.mktemp("home")
    give_appearance(place)
    return place


def run_at(home, *args):
    """Run a command line there."""
    return run_in_process(args, home, {**environment(), "MESHMIRROR_HOME": str(home)})


def recorded(home, name, *args):
    """Record a session of a clip."""
    live = ["--source", str(clip("single_face.mp4")), "--headless", "--emotion", "appearance", "--no-video"]
    done = run_at(home, "live", *live, "--record", name, *args)
    assert done.returncode == 0, done.stderr
    return name


FIT = ("--personal", "emotion@built-in", "--workers", "1", "--json")


@pytest.fixture(scope="module")
def monday(home):
    return recorded(home, "monday", "--set", "detect.tracker=bundled", "--frames", "60")


@needs_appearance
@needs_bundled
def test_a_recorded_session_is_fit_and_a_copy_of_it_adds_nothing(home, monday):
    shutil.copytree(home / monday, home / "tuesday")
    done = run_at(home, "fit", monday, "tuesday", *FIT, "--out", "one.npz")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert "is a copy of" in done.stderr and report["sessions"] == 1 and report["tracker"] == "bundled"
    assert report["folds_of"] == "blocks of one session" and report["sources"] == "appearance"
    assert any("worth in another session is not known" in remark for remark in report["remarks"])
    assert read_model(home / "one.npz").metadata["features_are"] == "amplitudes"


@needs_appearance
@needs_bundled
def test_a_session_whose_emotions_were_fitted_to_the_mesh_is_left_out_and_named(home, monday):
    done = run_at(home, "fit", monday, str(RECORDED), *FIT, "--out", "mixed.npz")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["sessions"] == 1
    assert any(f"{RECORDED.name} (without features" in remark for remark in report["remarks"])


@needs_appearance
@needs_bundled
@needs_task
def test_sessions_of_two_trackers_are_not_mixed(home, monday):
    task = ["--set", "detect.tracker=task", "--set", f"detect.task_file={task_file()}"]
    friday = recorded(home, "friday", *task, "--frames", "12")
    done = run_at(home, "fit", monday, friday, *FIT, "--out", "two.npz")
    assert done.returncode == 4 and "tracker" in done.stderr and not (home / "two.npz").exists()
