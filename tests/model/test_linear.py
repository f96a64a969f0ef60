"""Prediction by name, and files that come back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.errors import FeatureError, RecordError
from realtime.core.types import Features, Pose
from realtime.model.file import read_model, write_model


@pytest.fixture()
def model(v5_arrays, write):
    return read_model(write(v5_arrays, "emotion_to_mesh_pls_v5.npz"))


def model_card_snippet(path, feats, pose):
    """As the model card of emotion_to_mesh_pls_v5 has it."""
    z = np.load(path, allow_pickle=False)
    x = np.concatenate([feats, pose]).astype(np.float32)
    flat = x @ z["coef"] + z["intercept"]
    return np.stack([flat[:478], flat[478:956], flat[956:]], axis=1)


def test_what_a_v5_file_holds(model, v5_arrays):
    assert model.name == "emotion_to_mesh_pls_v5" and model.feature_name == "emotion"
    assert model.feature_columns == tuple(v5_arrays["feature_columns"]) and model.pose_columns == (
        "Pitch",
        "Yaw",
        "Roll",
    )
    np.testing.assert_array_equal(model.coef, v5_arrays["coef"])
    np.testing.assert_array_equal(model.intercept, v5_arrays["intercept"])
    np.testing.assert_array_equal(model.mean_mesh, v5_arrays["mean_aligned_mesh"])
    np.testing.assert_array_equal(model.neutral_mesh, v5_arrays["mean_neutral_mesh"])
    np.testing.assert_array_equal(model.anchors, v5_arrays["reference_anchors"])
    assert model.anchor_indices == tuple(v5_arrays["anchor_indices"].tolist())
    assert model.card == "a card" and model.metadata["frames"] == 633207
    assert len(model.sha256) == 64 and model.path.name == "emotion_to_mesh_pls_v5.npz"


def test_prediction_equals_the_model_cards_snippet_bit_for_bit(model, rng):
    for _ in range(50):
        feats, pose = rng.dirichlet(np.ones(7)), rng.uniform(-0.6, 0.6, 3)
        wanted = model_card_snippet(model.path, feats, pose)
        given = model.predict(dict(zip(model.feature_columns, feats, strict=True)), Pose(*pose))
        assert given.dtype == np.float32 and given.shape == (478, 3)
        np.testing.assert_array_equal(given, wanted)
        np.testing.assert_array_equal(model.predict(feats, pose), wanted)
        np.testing.assert_array_equal(model.predict_vector(np.concatenate([feats, pose]).astype(np.float32)), wanted)
        np.testing.assert_array_equal(model.predict(feats), model_card_snippet(model.path, feats, np.zeros(3)))


def test_a_per_vertex_reshape_would_be_seen(model):
    """The check above can fail: the other order of the outputs gives another mesh."""
    flat = model.intercept
    assert np.abs(flat.reshape(478, 3) - model.predict()).max() > 10


def test_rows_and_batches_agree(model, rng):
    feats, pose = rng.dirichlet(np.ones(7), 20), rng.uniform(-0.6, 0.6, (20, 3))
    many = model.predict(feats, pose)
    assert many.shape == (20, 478, 3) and many.dtype == np.float32
    for at in range(20):
        np.testing.assert_allclose(many[at], model.predict(feats[at], pose[at]), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(model.predict(feats)[3], model.predict(feats[3]), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(model.predict(feats[3], pose)[5], model.predict(feats[3], pose[5]), rtol=1e-5, atol=1e-4)


def test_names_of_both_families_and_any_case(model):
    wanted = model.predict([0.1, 0.2, 0.3, 0.15, 0.05, 0.12, 0.08])
    values = (0.1, 0.2, 0.3, 0.15, 0.05, 0.12, 0.08)
    for names in (
        ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"),
        ("Anger", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral"),
        ("ANGRY", "DISGUST", "FEAR", "Happiness", "sad", "SURPRISE", "neutral"),
    ):
        pairs = dict(zip(names, values, strict=True))
        np.testing.assert_array_equal(model.predict(pairs), wanted)
        np.testing.assert_array_equal(model.predict(dict(reversed(pairs.items()))), wanted)
        np.testing.assert_array_equal(model.predict(Features(pairs, "pyfeat", 0)), wanted)


def test_tables_are_matched_by_name_and_must_be_whole(model):
    """Series and DataFrame; `pyfeat_checks.py` compares every form with py-feat's own answer."""
    pandas = pytest.importorskip("pandas", reason="py-feat brings pandas")
    names = ["Neutral", "Happy", "Sad", "Surprise", "Fear", "Disgust", "Anger"]
    table = pandas.DataFrame(np.linspace(0, 0.5, 21).reshape(3, 7), columns=names)
    table["input"], table["Pitch"], table[3] = "clip.mp4", 9.0, np.nan
    wanted = model.predict([dict(row[names]) for _, row in table.iterrows()][1])
    np.testing.assert_array_equal(model.predict(table.iloc[1]), wanted)
    np.testing.assert_allclose(model.predict(table)[1], wanted, rtol=1e-5, atol=1e-4)
    poses = pandas.DataFrame({"Roll": [0.3] * 3, "Yaw": [0.2] * 3, "X": [9.0] * 3, "Pitch": [0.1] * 3})
    np.testing.assert_array_equal(model.predict(table, poses), model.predict(table, [[0.1, 0.2, 0.3]] * 3))
    np.testing.assert_array_equal(model.predict(None, poses.iloc[0]), model.predict(None, Pose(0.1, 0.2, 0.3)))
    np.testing.assert_array_equal(model.predict(None, {"yaw": 0.2}), model.predict(None, Pose(0, 0.2, 0)))
    for lacking in (table.drop(columns="Sad"), table.iloc[0].drop("Sad")):
        with pytest.raises(FeatureError, match=r"lack sadness\. A Series or DataFrame must have every one"):
            model.predict(lacking)
    with pytest.raises(FeatureError, match="pose lack Yaw"):
        model.predict(table, poses.drop(columns="Yaw"))
    with pytest.raises(FeatureError, match="'sadness' was given twice"):
        model.predict(table.assign(SAD=0.1))
    with pytest.raises(FeatureError, match="'sadness' must be numbers"):
        model.predict(table.assign(Sad="much"))
    with pytest.raises(FeatureError, match="not finite \\('sadness'\\)"):
        model.predict(table.assign(Sad=1e300))


def test_action_units_in_all_spellings(pls_v4, write):
    units = read_model(write(pls_v4))
    wanted = units.predict({"AU01": 0.5, "AU12": 1.0})
    for one, twelve in (("AU1", "au12"), ("au01", "AU_12"), ("Au 1", "AU-012"), (" AU01 ", "aU12")):
        np.testing.assert_array_equal(units.predict({one: 0.5, twelve: 1.0}), wanted)
    for wrong in ("AU12_r", "AU112", "12", "AU"):  # AU12_r: OpenFace's, from 0 to 5
        with pytest.raises(FeatureError, match="the features have no"):
            units.predict({wrong: 1.0})


def test_limits_are_those_of_py_feat(v5_arrays, pls_v4, write):
    """To [0, feature_p99], where py-feat clips; never in the unchecked vector, and not in an action unit model."""
    upper = np.linspace(0.2, 0.8, 7).astype(np.float32)
    model = read_model(write(v5_arrays, feature_p99=upper))
    over, under = np.full(7, 1.5, np.float32), np.full(7, -0.5, np.float32)
    np.testing.assert_array_equal(model.predict(over), model.predict(upper))
    np.testing.assert_array_equal(model.predict(under), model.predict())
    np.testing.assert_array_equal(model.predict([over, under], [1, 1, 1])[1], model.predict([under * 0], [1, 1, 1])[0])
    np.testing.assert_array_equal(
        model.predict_vector(np.append(over, np.zeros(3, np.float32))), model.predict(over, clip=False)
    )
    assert np.abs(model.predict(over, clip=False) - model.predict(over)).max() > 1
    assert (
        model.predict({"neutral": 1}).tolist()
        == model.predict_neutral().tolist()
        == model.predict({"neutral": 0.8}).tolist()
    )
    units = read_model(write(pls_v4, feature_p99=np.full(20, 0.5)))
    assert np.abs(units.predict({"AU12": 1}) - units.predict({"AU12": 0.5})).max() > 1


def test_an_unsupported_feature_is_told_once(v5_arrays, write, recwarn):
    model = read_model(write(v5_arrays, "model.npz", unsupported_features=np.array(["disgust", "fear"])))
    read_model(write(v5_arrays, mean_neutral_mesh=None, unsupported_features=np.array(["neutral"])))
    model.predict({"disgust": 0.02, "happiness": 1.0})
    assert not recwarn.list
    for features in ({"fear": 0.03}, np.full((4, 7), 0.5), {"fear": 1.0}):
        model.predict(features)
    assert [str(warning.message)[:53] for warning in recwarn] == [
        "model: disgust, fear were never expressed by the detec"[:53]
    ]
    assert recwarn[0].category is UserWarning and recwarn[0].filename == __file__


def test_pose_is_matched_by_name_too(v5_arrays, write, model):
    """A file with its pose columns in another order predicts the same from the same Pose."""
    order = [2, 0, 1]
    columns = v5_arrays["pose_columns"][order]
    other = read_model(
        write(
            v5_arrays,
            "other.npz",
            pose_columns=columns,
            coef=np.vstack([v5_arrays["coef"][:7], v5_arrays["coef"][7:][order]]),
            input_columns=np.concatenate([v5_arrays["feature_columns"], columns]),
        )
    )
    pose = Pose(0.3, -0.2, 0.1)
    np.testing.assert_allclose(other.predict({"fear": 1}, pose), model.predict({"fear": 1}, pose), atol=1e-3)
    np.testing.assert_array_equal(other.predict(None, [0.1, 0.3, -0.2]), other.predict(None, pose))
    assert np.abs(model.predict(None, [0.1, 0.3, -0.2]) - model.predict(None, pose)).max() > 0.01


@pytest.mark.parametrize(
    ("features", "pose", "says"),
    [
        ({"hapiness": 1.0}, None, "Did you mean 'happiness'"),
        ({"AU12": 1.0}, None, "the features have no 'AU12'"),
        ({"Happy": 0.5, "happiness": 0.5}, None, "given twice"),
        ({"happiness": float("nan")}, None, "not finite"),
        ({"happiness": 1e300}, None, "not finite"),
        ({"happiness": "much"}, None, "must be numbers"),
        ({"happiness": [1, 2]}, None, "must be numbers"),
        ({"happiness": 10**400}, None, "must be numbers"),
        ([1e300] * 7, None, "not finite"),
        (np.zeros((2, 2, 7)), None, r"expected \(7,\)"),
        (None, {"Tilt": 1.0}, "the pose have no 'Tilt'"),
        ([0.0] * 6, None, r"expected \(7,\)"),
        ([0.0] * 10, None, r"expected \(7,\)"),
        ([[np.inf] * 7], None, "not finite"),
        ("happiness", None, "numbers or named"),
        (None, [0.0, 0.0], r"expected \(3,\)"),
        (None, Pose(float("nan"), 0, 0), "not finite"),
        (np.zeros((4, 7)), np.zeros((5, 3)), "agree"),
    ],
)
def test_wrong_inputs_are_named(model, features, pose, says):
    with pytest.raises(FeatureError, match=says):
        model.predict(features, pose)


def test_a_model_never_changes(model):
    with pytest.raises(AttributeError, match="never changes"):
        model.coef = None
    for array in (model.coef, model.intercept, model.mean_mesh, model.neutral_mesh, model.anchors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_neutral_prediction(model, v5_arrays):
    """An offset is measured against what the model predicts, not against the training data's mean neutral."""
    np.testing.assert_array_equal(model.predict_neutral(), model.predict({"neutral": 1}))
    pose = Pose(0.1, 0.2, 0.3)
    np.testing.assert_array_equal(model.predict_neutral(pose), model.predict({"neutral": 1}, pose))


def test_variants_of_the_family(v5_arrays, write, pls_v4, rng):
    """v6 may lack anchors, neutral mesh and family name, and have limits; v4 has au_columns."""
    v6 = read_model(
        write(
            v5_arrays, "v6.npz", reference_anchors=None, anchor_indices=None, mean_neutral_mesh=None, feature_name=None,
            n_components=None, training_metadata=None, model_card=None,
            feature_p99=np.linspace(0.5, 1, 7), unsupported_features=np.array(["disgust"]),
            coef_full=rng.normal(size=(31, 1434)),
        )
    )  # fmt: skip
    np.testing.assert_array_equal(v6.anchors, v5_arrays["mean_aligned_mesh"][list(v6.anchor_indices)])
    np.testing.assert_array_equal(v6.neutral_mesh, v6.predict({"neutral": 1}))
    assert v6.feature_name == "emotion" and v6.unsupported_features == ("disgust",) and v6.coef_full.shape == (31, 1434)
    np.testing.assert_allclose(v6.feature_p99, np.linspace(0.5, 1, 7), rtol=1e-6)
    units = read_model(write(pls_v4, "au_to_mesh_pls_v4.npz"))
    assert units.feature_name == "au" and len(units.feature_columns) == 20
    np.testing.assert_array_equal(units.neutral_mesh, units.predict())
    np.testing.assert_array_equal(units.predict({"au1": 1, "AU12": 0.5}), units.predict({"AU01": 1, "au12": 0.5}))
    doubles = read_model(write(v5_arrays, "f64.npz", coef=v5_arrays["coef"].astype(np.float64)))
    assert doubles.coef.dtype == np.float32


def test_saved_models_come_back(model, tmp_path, v5_arrays, write, rng):
    full = read_model(
        write(v5_arrays, "full.npz", feature_p99=np.ones(7), unsupported_features=np.array(["fear"]),
              coef_full=rng.normal(size=(31, 1434)))
    )  # fmt: skip
    for at, given in enumerate((model, full)):
        path = tmp_path / f"saved-{at}.npz"
        write_model(given, path)
        back = read_model(path)
        for name in ("coef", "intercept", "mean_mesh", "neutral_mesh", "anchors", "feature_p99", "coef_full"):
            np.testing.assert_array_equal(getattr(back, name), getattr(given, name))
        for name in ("feature_columns", "pose_columns", "anchor_indices", "card", "metadata", "unsupported_features"):
            assert getattr(back, name) == getattr(given, name)
        assert back.feature_name == given.feature_name
        assert model_card_snippet(path, np.ones(7) / 7, np.zeros(3)).shape == (478, 3)
    assert not list(tmp_path.glob(".*")), "a part was left behind"


def test_action_unit_files_carry_both_names_of_their_columns(pls_v4, write, tmp_path):
    """py-feat's loader of that family looks for au_columns, its other one for feature_columns."""
    units = read_model(write(pls_v4))
    write_model(units, tmp_path / "saved.npz")
    with np.load(tmp_path / "saved.npz", allow_pickle=False) as file:
        assert file["au_columns"].tolist() == file["feature_columns"].tolist() == list(units.feature_columns)
    assert read_model(tmp_path / "saved.npz").feature_name == "au"


def test_saving_where_nothing_can_be_written(model, tmp_path):
    with pytest.raises(RecordError, match="cannot be written"):
        write_model(model, tmp_path / "no such folder" / "model.npz")
