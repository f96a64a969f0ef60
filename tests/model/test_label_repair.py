"""Right labels are left alone, v5's permutation is found and undone, other exchanges are told and not touched."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from disturbance import composed, disturbed, prototype_units, smooth

from realtime.core.errors import UsageError
from realtime.core.resources import pyfeat_file
from realtime.core.types import EMOTIONS
from realtime.geometry import symmetric_part
from realtime.model import load_model
from realtime.model.emotion_prototypes import prototypes, shared_fields
from realtime.model.file import write_model
from realtime.model.label_repair import EVIDENCE, RATIO, V5, cycles, judge, repaired, verdict
from realtime.model.linear import LinearMeshModel

PERMUTED = [EMOTIONS.index(V5[label]) for label in EMOTIONS]
MILLIMETRES_DOWN = np.diag([1.0, -1.0, -1.0])  # x as it was, y down, z away from the camera
CHECKOUT = Path(__file__).resolve().parents[2]


def judged(columns: np.ndarray, order=range(7)):
    return [judge(scores) for scores in prototypes().scores(columns[:, list(order)])]


@pytest.fixture(scope="module")
def fields() -> np.ndarray:
    return prototypes().fields


@pytest.fixture()
def v5(fields) -> LinearMeshModel:
    return composed(fields[PERMUTED])


def test_v5_as_py_feat_tells_it():
    network = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
    assert dict(V5) == dict(zip(EMOTIONS, network, strict=True))


def test_prototypes_score_one_against_themselves(fields):
    scores = prototypes().scores(fields)
    np.testing.assert_allclose(scores.diagonal(), 1, atol=1e-9)
    assert (scores[~np.eye(7, dtype=bool)] < 0.7).all()
    found = judge(scores)
    assert not found.permuted and not found.is_v5 and found.ratio == 1


def test_the_comparison_is_that_of_the_covariance_it_claims(fields, rng):
    """The dense covariance, inverted, against Woodbury's identity."""
    from realtime.model import emotion_prototypes as module

    shared = prototypes()
    frame, model = shared.frame, load_model("emotion@built-in")
    at = (model.mean_mesh - frame.origin) @ frame.axes.T * (100 / frame.unit)
    smooth_part = shared.smooth
    kernel = np.exp(-((at[:, None] - at[None]) ** 2).sum(axis=-1) / (2 * module._LENGTH**2))
    assert np.abs(smooth_part @ smooth_part.T - kernel).max() < 0.2
    units = shared.unit_fields.reshape(20, -1)
    covariance = (
        module._SMOOTH * np.kron(smooth_part @ smooth_part.T, np.eye(3)) / 1434
        + module._UNITS * units.T @ units / (units**2).sum()
        + module._LANDMARKS * np.eye(1434) / 1434
    )
    inverse = np.linalg.inv(covariance)
    drawn = rng.normal(size=(3, 478, 3))
    x, y = (symmetric_part(some, shared.pairs).reshape(len(some), -1) for some in (drawn, fields[:6]))
    wanted = x @ inverse @ y.T
    wanted /= np.sqrt(np.einsum("ij,jk,ik->i", x, inverse, x))[:, None] * np.sqrt(
        np.einsum("ij,jk,ik->i", y, inverse, y)
    )
    np.testing.assert_allclose(shared.cosines(drawn, fields[:6]), wanted, atol=1e-8)


def test_every_exchange_of_two_labels_is_told_and_none_is_touched(fields):
    for one, other in combinations(range(7), 2):
        order = list(range(7))
        order[one], order[other] = other, one
        model = composed(fields[order])
        found = verdict(model)
        assert found.assignment == tuple(order) and found.permuted and not found.is_v5
        assert found.ratio > 1000 * RATIO
        assert repaired(model) is model


def test_v5_is_found_and_undone(v5, fields):
    found = verdict(v5)
    assert found.is_v5 and found.assignment == tuple(PERMUTED) and found.evidence > 1
    mended = repaired(v5)
    assert mended.label_repair == dict(V5) and mended.feature_columns == v5.feature_columns == EMOTIONS
    right = composed(fields)
    np.testing.assert_array_equal(mended.coef, right.coef)
    np.testing.assert_array_equal(mended.intercept, v5.intercept)
    np.testing.assert_array_equal(mended.predict({"surprise": 1}), right.predict({"surprise": 1}))
    for label, like in V5.items():
        np.testing.assert_array_equal(mended.predict({like: 1}), v5.predict({label: 1}))
    assert repaired(mended) is mended, "a corrected model was corrected once more"


def test_what_lies_around_the_rows_moves_with_them(v5, rng):
    limits = rng.uniform(0.5, 1, 7)
    full = v5.replaced(
        feature_p99=limits, unsupported_features=("disgust", "anger"), coef_full=rng.normal(size=(31, 1434)),
        neutral_mesh=v5.mean_mesh + 1, metadata={"frames": 633207},
    )  # fmt: skip
    mended = repaired(full)
    for at, label in enumerate(EMOTIONS):
        assert mended.feature_p99[EMOTIONS.index(V5[label])] == full.feature_p99[at]
    assert set(mended.unsupported_features) == {"happiness", "neutral"}
    assert mended.coef_full is None and "coef_full" in mended.metadata
    assert mended.metadata["labels_repaired"] == dict(V5) and mended.metadata["frames"] == 633207
    np.testing.assert_array_equal(mended.neutral_mesh, full.neutral_mesh)
    # Where the file gives no neutral, the one that was predicted from the wrong column goes.
    assert not np.array_equal(v5.neutral_mesh, repaired(v5).neutral_mesh)
    np.testing.assert_array_equal(repaired(v5).neutral_mesh, repaired(v5).predict({"neutral": 1}))


def test_a_file_is_loaded_repaired_or_as_it_is(v5, tmp_path):
    path = tmp_path / "emotion_to_mesh_pls_v5.npz"
    write_model(v5, path)
    as_filed, mended = load_model(path, labels="as-filed"), load_model(path)
    np.testing.assert_array_equal(as_filed.coef, v5.coef)
    assert not as_filed.label_repair and mended.label_repair == dict(V5)
    assert mended.path == path and mended.sha256 == as_filed.sha256
    with pytest.raises(UsageError, match="repaired, as-filed"):
        load_model(path, labels="as filed")
    corrected = tmp_path / "corrected.npz"
    write_model(mended, corrected)
    again = load_model(corrected)
    assert not again.label_repair and again.metadata["labels_repaired"] == dict(V5)
    np.testing.assert_array_equal(again.coef, mended.coef)


def test_py_feat_accepts_a_saved_repaired_file(v5, tmp_path):
    """What its loader asks of a file (feat/plotting.py, _load_pls_feat_to_mesh_from_hub), without its import of 9 s."""
    write_model(repaired(v5), tmp_path / "corrected.npz")
    source = ast.parse(pyfeat_file("utils/__init__.py").read_text())
    (wanted,) = (
        ast.literal_eval(node.value)
        for node in ast.walk(source)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FEAT_EMOTION_COLUMNS"
    )
    with np.load(tmp_path / "corrected.npz", allow_pickle=False) as file:
        assert [str(name) for name in file["feature_columns"]] == list(wanted)
        assert {"coef", "intercept", "pose_columns", "mean_aligned_mesh"} <= set(file.files)


@pytest.mark.parametrize("largest", ["up to half", "exactly half"])
def test_disturbed_columns(largest):
    """1,000 draws: no right file is accused, v5's permutation is found in every one."""
    rng = np.random.default_rng(20240518)
    for _ in range(5):
        size = rng.uniform(0, 0.5, 200) if largest == "up to half" else 0.5
        columns = disturbed(rng, 200, size)
        right = judged(columns)
        assert not any(found.permuted or found.is_v5 for found in right)
        assert all(found.is_v5 for found in judged(columns, PERMUTED))


def test_the_disturbance_matters(fields):
    """It is about as large as the columns, a guess column by column fails on it, and three times it is too much."""
    rng = np.random.default_rng(11)
    columns = disturbed(rng, 200, 0.5)
    wrong = np.linalg.norm((columns - fields)[:, :6].reshape(200, 6, -1), axis=-1)
    assert (wrong / np.linalg.norm(fields[:6].reshape(6, -1), axis=-1)).mean() > 0.7
    scores = prototypes().scores(columns)
    assert (scores.argmax(axis=2) == np.arange(7)).all(axis=1).mean() < 0.5
    assert np.mean([found.best != tuple(range(7)) for found in judged(columns)]) > 0.1
    too_much = disturbed(rng, 200, 1.5)
    assert not all(found.is_v5 for found in judged(too_much, PERMUTED))
    assert any(found.permuted for found in judged(disturbed(rng, 1000, 1.5)))
    assert prototype_units().sum(axis=1).tolist() == [4, 3, 7, 2, 3, 4, 0]
    np.testing.assert_allclose(disturbed(rng, 1, 0.0)[0], fields, atol=1e-5)


def test_columns_that_resemble_no_emotion_stay_as_filed(v5_arrays, write, rng):
    path = write(v5_arrays)
    model = load_model(path)
    np.testing.assert_array_equal(model.coef, v5_arrays["coef"])
    assert not model.label_repair
    noise = rng.normal(size=(500, 7, 478, 3))
    assert not any(found.permuted for found in judged(noise))
    vague = smooth(rng, 300).reshape(300, 7, 478, 3)
    assert sum(found.permuted for found in judged(vague)) <= 3
    for nothing in (np.zeros((7, 478, 3)), np.repeat(noise[0, :1], 7, axis=0)):
        assert repaired(composed(nothing)).label_repair == {}
        assert not verdict(composed(nothing)).permuted


def test_an_order_that_only_resembles_v5s_is_not_repaired(fields):
    for one, other in combinations(range(7), 2):
        order = list(PERMUTED)
        order[one], order[other] = order[other], order[one]
        found = verdict(composed(fields[order]))
        assert not found.is_v5 and found.assignment == tuple(order)


@pytest.mark.parametrize("scale", [0.001, 25.4])
@pytest.mark.parametrize("turn", [MILLIMETRES_DOWN, np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0.0]])])
def test_other_axes_and_units_are_judged_alike(turn, scale):
    columns = disturbed(np.random.default_rng(3), 1, 0.4)[0]
    for order in (range(7), PERMUTED):
        here, there = composed(columns[order]), composed(columns[order], turn=turn, scale=scale)
        np.testing.assert_allclose(verdict(there).scores, verdict(here).scores, atol=1e-4)
        assert verdict(there).assignment == verdict(here).assignment == tuple(order)
    # Taken in the file's own axes they would not be.
    flat = np.swapaxes(there.coef[:7].reshape(7, 3, 478), 1, 2).astype(float)
    assert not judge(prototypes().scores(flat)).is_v5


def test_what_is_added_to_all_columns_changes_nothing(fields, rng):
    columns = disturbed(rng, 1, 0.3)[0]
    shifted = columns + 20 * rng.normal(size=(478, 3))
    np.testing.assert_allclose(prototypes().scores(shifted), prototypes().scores(columns), atol=1e-9)


def test_columns_are_matched_by_name(v5, fields):
    order = [6, 3, 0, 5, 2, 1, 4]
    names = tuple(EMOTIONS[at] for at in order)
    spelled = tuple({"happiness": "Happy", "sadness": "Sad", "anger": "Angry"}.get(name, name) for name in names)
    other = v5.replaced(feature_columns=spelled, coef=np.vstack([v5.coef[order], v5.coef[7:]]), neutral_mesh=None)
    mended = repaired(other)
    assert mended.label_repair["Angry"] == "neutral" and mended.label_repair["disgust"] == "Happy"
    for label in EMOTIONS:
        np.testing.assert_array_equal(mended.predict({label: 1}), repaired(v5).predict({label: 1}))


def test_only_all_seven_emotions_are_judged(v5):
    six = v5.replaced(feature_columns=EMOTIONS[:6], coef=np.delete(v5.coef, 6, axis=0), neutral_mesh=None)
    assert verdict(six) is None and repaired(six) is six
    units = load_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz"))
    assert verdict(units) is None and not units.label_repair


def test_the_best_assignment_is_that_of_a_solver(rng):
    from scipy.optimize import linear_sum_assignment

    for _ in range(200):
        scores = rng.uniform(-1, 1, (7, 7))
        assert judge(scores).best == tuple(linear_sum_assignment(-scores)[1])


def test_cycles():
    before = np.arange(5)
    assert cycles(before, before) == []
    assert sorted(map(sorted, cycles(before, np.array([1, 0, 3, 4, 2])))) == [[0, 1], [2, 3, 4]]
    for after in permutations(range(5)):
        for other in ((2, 0, 1, 4, 3), (0, 1, 2, 3, 4)):
            found = cycles(np.array(other), np.array(after))
            assert sorted(c for cycle in found for c in cycle) == [c for c in range(5) if other[c] != after[c]]
            assert all({other[c] for c in cycle} == {after[c] for c in cycle} for cycle in found)


def test_thresholds_decide(fields):
    """Between right and permuted lies a mixture on which the verdict turns."""
    scores = prototypes().scores(fields[PERMUTED])
    right = prototypes().scores(fields)
    seen = [judge(share * scores + (1 - share) * right).is_v5 for share in np.linspace(0, 1, 101)]
    assert not seen[0] and seen[-1] and seen == sorted(seen)
    turn = seen.index(True) / 100
    mixed = judge(turn * scores + (1 - turn) * right)
    assert EVIDENCE <= mixed.evidence < EVIDENCE + 0.06


def test_loading_a_file_loads_no_solver(v5, tmp_path):
    write_model(v5, tmp_path / "v5.npz")
    script = (
        "import sys; from realtime.model import load_model\n"
        f"assert load_model({str(tmp_path / 'v5.npz')!r}).label_repair\n"
        "assert not {'scipy', 'cv2', 'torch', 'feat'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_shared_fields_are_in_percent_of_the_canthal_distance():
    model = load_model("emotion@built-in")
    smile = shared_fields(model)[EMOTIONS.index("happiness")]
    unit = np.linalg.norm(model.mean_mesh[263] - model.mean_mesh[33])
    row = model.coef[EMOTIONS.index("happiness")].reshape(3, 478).T
    np.testing.assert_allclose(np.linalg.norm(smile, axis=1), 100 * np.linalg.norm(row, axis=1) / unit, rtol=1e-5)
