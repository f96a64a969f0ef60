"""The model card of a fit: the Hugging Face Hub reads it, it says what is known, and names from outside stay text."""

import numpy as np
import pytest
from common import needs_study
from data_sets import NAMES, people, short_evaluation, write
from huggingface_hub import ModelCard

from realtime.app.fit import FitFiles, run_fit
from realtime.dataset.fit import FitOptions
from realtime.dataset.rows import DETECTORV2
from realtime.model import built_in

pytestmark = needs_study
HOSTILE = 'a: b # "c" <script>\n---\n\u202e'


def card_of(folder, out, **options):
    files = FitFiles(out, report=False)
    with short_evaluation():
        done = run_fit(folder, FitOptions("emotion", **options), files, lambda text: None)
    return ModelCard.load(done.card), done


@pytest.fixture(scope="module")
def faces():
    return people(built_in(), np.random.default_rng(41), 400, 9, 6)


@pytest.fixture(scope="module")
def fitted(faces, tmp_path_factory):
    mesh, emotions, pose, recording, person = faces
    base = tmp_path_factory.mktemp("card")
    metadata = {"tracker": HOSTILE, "mesh": DETECTORV2, "sources": "appearance", "versions": "py-feat 2"}
    folder = write(base / "faces", mesh, emotions, NAMES, pose, recording, person, metadata=metadata)
    return card_of(folder, base / 'mine # "x": y.npz')


def test_the_hub_reads_its_metadata(fitted):
    card, done = fitted
    data = card.data.to_dict()
    assert data["license"] == "other" and data["language"] == ["en"] and "emotion" in data["tags"]
    assert card.data.model_name == 'mine # "x": y'
    by_name = {one.metric_name: one.metric_value for one in card.data.eval_results}
    expected = {"by recording": done.r2.full.mean, "by person": done.r2_by_person.full.mean}
    assert by_name == {f"held-out R2 {name}": round(value, 4) for name, value in expected.items()}


def test_it_says_how_the_meshes_were_made_and_what_was_found(fitted):
    card, done = fitted
    for title in ("Data", "Fit", "Evaluation", "Checks", "Intended use", "Limits"):
        assert f"\n## {title}\n" in card.text, title
    for text in ("py-feat's own mesh head", "Source: appearance", "6 people", done.check.findings[0].found):
        assert text in card.text, text
    assert f"\n{done.frames} frames of 9 recordings, " in card.text and done.frames > 300
    assert f"{done.r2_within.full.mean:.4f}" in card.text and f"{done.null.mean:.4f}" in card.text


def test_the_scores_and_the_inputs_are_those_of_the_recipe(faces, fitted, tmp_path):
    mesh, emotions, pose, recording, person = faces
    folder = write(tmp_path / "faces", mesh, emotions, NAMES, pose, recording, person)
    card, _ = card_of(folder, tmp_path / "mine.npz", recipe="features only")
    own = {one.name: one for one in fitted[1].recipes}["features only"]
    by_name = {one.metric_name: one.metric_value for one in card.data.eval_results}
    assert by_name == {
        "held-out R2 by recording": round(own.by_video.mean, 4), "held-out R2 by person": round(own.by_person.mean, 4),
    }  # fmt: skip
    assert "on 7 inputs (features) of rank 6" in card.text and "'features only'" in card.text
    assert f"{fitted[1].r2.full.mean:.4f}" not in card.text


def test_names_from_outside_stay_text(fitted):
    card, _ = fitted
    assert 'a: b # "c" &lt;script>' in card.text and "<script" not in card.text and "\u202e" not in card.text
    assert "\n---\n" not in card.text


def test_what_is_not_known_is_said(faces, tmp_path):
    mesh, emotions, pose, _, _ = faces
    folder = write(tmp_path / "faces", mesh, emotions, NAMES, pose, np.zeros(len(mesh), int))
    card, _ = card_of(folder, tmp_path / "mine.npz", evaluate=False)
    assert card.data.eval_results is None and "Not evaluated" in card.text
    assert "an unknown number of people" in card.text and "Meshes: not known" in card.text
