"""The look inside a model: every fault that it names is made once, and a sound model has none."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from common import Runner
from disturbance import composed, disturbed

from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS
from realtime.geometry import mirrored
from realtime.model import built_in, load_model
from realtime.model.audit.audit import check, displacements
from realtime.model.audit.labels import TELLING
from realtime.model.emotion_prototypes import prototypes
from realtime.model.file import read_model, write_model
from realtime.model.label_repair import FITTED_BY, V5, repaired, verdict
from realtime.model.linear import LinearMeshModel

PERMUTED = [EMOTIONS.index(V5[label]) for label in EMOTIONS]
KEYS = {
    "model", "path", "sha256", "family", "state", "labels_permuted", "assignment", "labels", "findings", "asymmetry",
    "feature_sizes", "pose_sizes_10_deg", "unit", "mean_mesh_nme", "rank", "condition",
}  # fmt: skip


@pytest.fixture(scope="module")
def units() -> LinearMeshModel:
    return read_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))


def states(model: LinearMeshModel) -> dict[str, str]:
    report = check(model)
    return {finding.name: finding.state for finding in (report.verdict, *report.findings)}


def rows_changed(model: LinearMeshModel, rows: dict[int, np.ndarray]) -> LinearMeshModel:
    coef = model.coef.copy()
    for at, row in rows.items():
        coef[at] = row
    return model.replaced(coef=coef)


def test_a_sound_model_has_nothing_against_it():
    report = check(built_in())
    assert report.state == "ok" and set(states(built_in()).values()) == {"ok"}
    assert report.labels.assignment == {label: label for label in EMOTIONS} and not report.labels.permuted
    assert report.mean_nme == pytest.approx(0, abs=1e-4) and report.unit == pytest.approx(112.21, abs=0.01)
    assert report.rank == 6 and report.feature_sizes["neutral"] == 0
    for column in report.labels.columns:
        assert column.score == pytest.approx(1, abs=0.02) and column.margin > 0.3
        assert all(movement.state == "as expected" for movement in column.movements)


def test_v5_is_told_with_its_assignment():
    report = check(composed(prototypes().fields[PERMUTED]))
    assert report.labels.permuted and report.labels.permutation == "v5" and report.state == "bad"
    assert report.labels.assignment == dict(V5) == report.labels.advice
    assert "repaired when the model is loaded" in report.verdict.found
    smile = next(column for column in report.labels.columns if column.label == "disgust")
    assert smile.moves_like == "happiness" and [m.state for m in smile.movements] == ["as expected"] * 3
    # Neutral is the column that really is at rest, not the one that says so.
    assert report.feature_sizes["anger"] == 0 < report.feature_sizes["neutral"]


def test_an_exchange_is_told_and_a_disturbed_right_file_only_advised():
    order = [0, 1, 5, 3, 4, 2, 6]
    report = check(composed(prototypes().fields[order]))
    assert report.labels.permutation == "other" and report.labels.permuted
    assert {a: b for a, b in report.labels.assignment.items() if a != b} == {"fear": "surprise", "surprise": "fear"}
    assert "fear moves like surprise" in report.verdict.found and "not repaired" in report.verdict.found
    advised = 0
    for columns in disturbed(np.random.default_rng(4), 40, 0.5):
        labels = check(composed(columns)).labels
        assert not labels.permuted and labels.assignment == {label: label for label in EMOTIONS}
        advised += labels.advice != labels.assignment
    assert advised > 0, "none of the draws was hard enough to be advised on"


def test_columns_like_no_emotion_are_not_judged(rng):
    report = check(composed(rng.normal(size=(7, 478, 3))))
    assert report.verdict.state == "note" and "cannot be judged" in report.verdict.found
    assert not report.labels.permuted


def test_of_a_poor_fit_nothing_is_said_and_a_poor_file_of_v5_is_still_repaired():
    """Columns in v5's order under far more disturbance than effect: what is left of it may be chance."""
    tried = [composed(columns[PERMUTED]) for columns in disturbed(np.random.default_rng(8), 40, 1.5)]
    vague = [model for model in tried if (found := verdict(model)).is_v5 and found.v5 < TELLING]
    assert len(vague) > 2
    for model in vague:
        assert repaired(model).label_repair == check(model).labels.assignment == dict(V5)
        report = check(model.replaced(metadata={FITTED_BY: "meshmirror"}))
        assert "fit is too poor to tell" in report.verdict.found and report.verdict.state == "note"
        assert not report.labels.permuted and report.feature_sizes["neutral"] == 0
    for model in tried:
        report = check(model)
        claimed = "as their labels claim" in report.verdict.found
        assert claimed == (not report.labels.permuted and report.labels.as_filed >= TELLING)


def test_sizes_have_no_exponent():
    fields = prototypes().fields.copy()
    fields[3] *= 60
    (finding,) = (one for one in check(composed(fields)).findings if one.name == "feature rows")
    assert re.search(r" to \d{3} % \(happiness\)\. No face moves by more than 50 %\.$", finding.found), finding.found


def test_displacements_are_from_the_column_that_is_neutral(rng):
    fields = prototypes().fields
    offset = rng.normal(size=(478, 3))
    model = composed(fields[PERMUTED] + offset)
    found = displacements(model, check(model).labels)
    np.testing.assert_allclose(found, fields[PERMUTED], atol=1e-4)
    np.testing.assert_allclose(displacements(model)[6], 0, atol=1e-6)  # as filed, what is called neutral rests


def test_a_lopsided_column_is_told():
    fields = prototypes().fields.copy()
    fields[0, prototypes().pairs > np.arange(478)] = 0  # anger with one half of the face
    report = check(composed(fields))
    assert max(report.asymmetry, key=report.asymmetry.get) == "anger" and report.asymmetry["anger"] > 0.4
    assert states(composed(fields))["left and right"] != "ok"


def test_columns_for_the_left_and_the_right_are_held_against_each_other(rng):
    blink = rng.normal(size=(478, 3))
    both = np.stack([blink, mirrored(blink, prototypes().pairs), *([np.zeros((478, 3))] * 5)])
    names = ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "browDownLeft", "a", "b", "c")
    report = check(composed(both, names).replaced(feature_name="blendshape"))
    assert report.labels is None and report.to_json()["labels_permuted"] is None
    assert report.asymmetry["eyeBlinkLeft"] == pytest.approx(0, abs=1e-6)
    assert check(composed(both, ("a", *names[1:4], "d", "b", "c"))).asymmetry["a"] > 0.3


@pytest.mark.parametrize(
    ("fault", "finding", "state"),
    [
        ("repeated column", "independence", "note"),
        ("empty column", "independence", "note"),
        ("columns ten times too large", "feature rows", "bad"),
        ("columns a thousand times too small", "feature rows", "note"),
        ("pose for degrees, far too large", "pose rows", "bad"),
        ("pose per degree", "pose rows", "note"),
        ("no pose", "pose rows", "note"),
        ("outputs vertex by vertex", "face at rest", "bad"),
        ("another mean mesh", "frame", "note"),
    ],
)
def test_each_fault_is_told(fault, finding, state):
    model = built_in()
    coef = model.coef.copy()
    if fault == "repeated column":
        coef[1] = coef[0]
    elif fault == "empty column":
        coef[1] = coef[6]
    elif fault == "columns ten times too large":
        coef[:7] *= 10
    elif fault == "columns a thousand times too small":
        coef[:7] /= 1000
    elif fault == "pose for degrees, far too large":
        coef[7:] *= np.degrees(1)
    elif fault == "pose per degree":
        coef[7:] /= np.degrees(1)
    elif fault == "no pose":
        coef[7:] = 0
    changed = model.replaced(coef=coef)
    if fault == "outputs vertex by vertex":
        changed = model.replaced(intercept=model.intercept.reshape(3, 478).T.ravel())
    elif fault == "another mean mesh":
        stretched = model.mean_mesh * np.float32([1, 1.25, 1])
        changed = model.replaced(mean_mesh=stretched)
    assert states(model)[finding] == "ok"
    assert states(changed)[finding] == state


def test_rows_without_the_interactions_are_said_not_to_be_identified():
    model = built_in()
    full = np.vstack([model.coef, np.zeros((3 * len(model.feature_columns), model.coef.shape[1]), np.float32)])
    for one, identified in ((model, False), (model.replaced(coef_full=full), True)):
        (found,) = (finding for finding in check(one).findings if finding.name == "pose rows")
        assert ("Pose rows not identified without the interactions." in found.found) is not identified
        assert found.state == "ok" and one.has_interactions is identified


def test_a_file_in_other_axes_and_units_is_judged_alike():
    columns = disturbed(np.random.default_rng(8), 1, 0.3)[0]
    here = check(composed(columns))
    there = check(composed(columns, turn=np.diag([1.0, -1.0, -1.0]), scale=0.57))
    assert there.unit == pytest.approx(0.57 * here.unit)
    assert there.mean_nme == pytest.approx(here.mean_nme, abs=1e-3)
    assert "-y up" in there.findings[0].found and "+y up" in here.findings[0].found
    for name in ("feature_sizes", "pose_sizes", "asymmetry"):
        np.testing.assert_allclose(list(getattr(there, name).values()), list(getattr(here, name).values()), atol=1e-4)
    for ours, theirs in zip(here.labels.columns, there.labels.columns, strict=True):
        assert theirs.score == pytest.approx(ours.score, abs=1e-4)
        for a, b in zip(ours.movements, theirs.movements, strict=True):
            assert (a.name, a.state) == (b.name, b.state) and a.percent == pytest.approx(b.percent, abs=1e-3)


def test_action_units_are_held_against_py_feats(units, rng):
    assert check(units).labels is None and check(units).verdict.state == "ok"
    coef = units.coef.astype(np.float64)
    exchanged = coef.copy()
    exchanged[[3, 9]] = exchanged[[9, 3]]
    report = check(units.replaced(coef=exchanged))
    told = {a: b for a, b in report.labels.assignment.items() if a != b}
    one, other = units.feature_columns[3], units.feature_columns[9]
    assert report.labels.permuted and told == {one: other, other: one}
    sizes = np.linalg.norm(coef[:20], axis=1, keepdims=True)
    for _ in range(100):
        mixed = rng.normal(size=(20, 20)) * (1 - np.eye(20)) @ coef[:20]
        noisy = coef.copy()
        noisy[:20] += 0.5 * sizes * mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        assert not check(units.replaced(coef=noisy)).labels.permuted


def test_the_json_is_plain_and_whole(v5_arrays, write):
    for model in (built_in(), load_model(write(v5_arrays), labels="as-filed"), composed(np.zeros((7, 478, 3)))):
        report = check(model).to_json()
        assert set(report) == KEYS
        assert json.loads(json.dumps(report, allow_nan=False)) == report
        assert report["labels_permuted"] is False
        assert set(report["assignment"]) == set(EMOTIONS)


def test_the_command(meshmirror: Runner, tmp_path):
    write_model(composed(prototypes().fields[PERMUTED]), tmp_path / "v5.npz")
    done = meshmirror("models", "check", "v5.npz", "--json")
    assert done.returncode == 0 and done.stderr == ""
    answer = json.loads(done.stdout)
    assert answer["labels_permuted"] is True and answer["assignment"] == dict(V5)
    for columns in ("80", "100"):
        done = meshmirror("models", "check", "v5.npz", COLUMNS=columns)
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= int(columns) and len(done.stdout.splitlines()) < 50
        for word in ("permuted as in emotion_to_mesh_pls_v5", "happiness", "mouth corners up", "pose rows"):
            assert word in " ".join(done.stdout.split())
    done = meshmirror("models", "check", "emotion@built-in")
    assert done.returncode == 0 and "permuted" not in done.stdout
    (tmp_path / "text.npz").write_text("no model")
    for bad, code in (("text.npz", 4), ("nowhere.npz", 4), ("emotion@v7", 2)):
        done = meshmirror("models", "check", bad, "--json")
        assert done.returncode == json.loads(done.stdout)["exit_code"] == code
