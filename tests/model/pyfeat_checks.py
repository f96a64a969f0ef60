"""Our files in the installed py-feat's own loaders, and our predictions beside its own, form by form.

Run by `test_pyfeat.py` in a process of its own: `import feat` takes 9 s and loads torch. Nothing of py-feat is replaced
but the answer of `get_resource_path`, the folder that its loaders hand to `hf_hub_download`: there stands a cache of
huggingface_hub's own layout with our files in it, and HF_HUB_OFFLINE keeps it from looking elsewhere.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from realtime.core.errors import FeatureError
from realtime.core.resources import pyfeat_file
from realtime.geometry import ANCHORS
from realtime.model import LinearMeshModel
from realtime.model.file import read_model, write_model

try:
    import feat.plotting as pyfeat
    import pandas as pd
    from feat.data import Fex
    from feat.utils.io import read_feat
    from huggingface_hub.errors import LocalEntryNotFoundError
except (ImportError, OSError) as cause:  # OSError: a torch whose libraries are not there
    pytest.skip(f"py-feat cannot be imported here: {cause}", allow_module_level=True)

POSE = ["Pitch", "Yaw", "Roll"]
EMOTIONS = list(pyfeat.FEAT_EMOTION_COLUMNS)
BLENDSHAPES = list(pyfeat.MP_BLENDSHAPE_NAMES)
AUS = list(pyfeat.AU_LANDMARK_MAP["Feat"])
REVISION = "0123456789abcdef0123456789abcdef01234567"
EPS = float(np.finfo(np.float32).eps)


def made_up(key: str, columns: list[str], *leave_out: str, **more: Any) -> dict[str, Any]:
    """A file of the family with every key of the published ones, and coefficients of a face's size."""
    rng = np.random.default_rng(len(columns))
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as bundled:
        mean, intercept = bundled["mean_aligned_mesh"], bundled["intercept"]
    arrays = {
        "coef": rng.normal(scale=8, size=(len(columns) + 3, 1434)).astype(np.float32),
        "intercept": intercept,
        "input_columns": np.array(columns + POSE),
        key: np.array(columns),
        "pose_columns": np.array(POSE),
        "mean_aligned_mesh": mean,
        "mean_neutral_mesh": mean + np.float32(0.25),
        "reference_anchors": mean[list(ANCHORS)],
        "anchor_indices": np.array(ANCHORS),
        "n_components": np.array(len(columns) + 3),
        "model_card": np.array("a card"),
        "training_metadata": np.array(json.dumps({"frames": 633207})),
        **more,
    }
    return {name: value for name, value in arrays.items() if name not in leave_out}


def bundled_v4() -> dict[str, Any]:
    with np.load(pyfeat_file("resources/au_to_mesh_pls_v4.npz"), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


LIMITS = np.linspace(0.2, 0.9, 52).astype(np.float32)
UNSUPPORTED = ["cheekPuff", "jawRight"]


def of_one_person() -> dict[str, Any]:
    """A file as a personal fit writes it: with the interactions, and scores in its metadata."""
    whole = np.random.default_rng(8).normal(scale=8, size=(31, 1434)).astype(np.float32)
    held_out = {"personal": 0.4, "own_neutral": 0.3, "model_itself": -2.0, "folds_of": "sessions", "better": True}
    about = json.dumps({"personal_of": {"name": "emotion@v6", "sha256": None}, "held_out": held_out})
    return made_up(
        "feature_columns", EMOTIONS, coef=whole[:10], coef_full=whole, training_metadata=np.array(about),
        feature_name=np.array("emotion"),
    )  # fmt: skip


VARIANTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "emotion v5": (
        "emotion", "v5", made_up("feature_columns", EMOTIONS, feature_name=np.array("emotion")),
    ),
    "emotion v6": (
        "emotion", "v6",
        made_up("feature_columns", EMOTIONS, "mean_neutral_mesh", "reference_anchors", "anchor_indices"),
    ),
    "emotion with limits": (
        "emotion", "v7", made_up("feature_columns", EMOTIONS, feature_p99=np.linspace(0.3, 1, 7).astype(np.float32)),
    ),
    "emotion of one person": ("emotion", "v8", of_one_person()),
    "blendshape v5": ("blendshape", "v5", made_up("feature_columns", BLENDSHAPES, feature_name=np.array("blendshape"))),
    "blendshape v6": (
        "blendshape", "v6",
        made_up("feature_columns", BLENDSHAPES, feature_p99=LIMITS, unsupported_features=np.array(UNSUPPORTED)),
    ),
    "au v2": ("au", "v2", made_up("au_columns", AUS, "reference_anchors", "anchor_indices", "mean_neutral_mesh")),
    "au v3": ("au", "v3", made_up("au_columns", list(pyfeat.AU_COLUMNS_V3))),
    "au v4": ("au", "v4", bundled_v4()),
    "au v5": ("au", "v5", made_up("au_columns", AUS, feature_columns=np.array(AUS))),
    "au v6": ("au", "v6", made_up("au_columns", AUS, feature_p99=np.full(20, 0.5, np.float32))),
}  # fmt: skip
PLACES = {"emotion": "py-feat/emotion_to_mesh", "blendshape": "py-feat/bs_to_mesh", "au": "py-feat/au_to_mesh"}
STEMS = {"emotion": "emotion_to_mesh_pls", "blendshape": "bs_to_mesh_pls", "au": "au_to_mesh_pls"}


@dataclass(frozen=True)
class Pair:
    """One file: as it was published, as ours read it, and as py-feat's loader read what ours wrote."""

    feature: str
    published: dict[str, Any]
    ours: LinearMeshModel
    theirs: Any

    def their_mesh(self, values: Any) -> np.ndarray:
        if self.feature == "au":
            return pyfeat.predict_face_mesh(values, self.theirs)
        return pyfeat.predict_face_mesh_from_features(values, self.theirs)

    def same(self, ours: np.ndarray, theirs: np.ndarray, rows: np.ndarray) -> None:
        """Equal but for the rounding of a sum of k + 1 products in float32, whatever its order (Higham 2002, 3.1)."""
        count = len(self.ours.feature_columns)
        size = np.abs(rows) @ np.abs(self.ours.coef[:count]) + np.abs(self.ours.intercept)
        bound = 2 * (count + 2) * EPS * np.swapaxes(size.reshape(*rows.shape[:-1], 3, 478), -1, -2)
        assert ours.dtype == theirs.dtype == np.float32 and ours.shape == theirs.shape
        assert (np.abs(ours - theirs) <= bound).all()


@pytest.fixture(scope="module")
def resources(tmp_path_factory):
    """Where py-feat believes its resources to be."""
    folder = tmp_path_factory.mktemp("resources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyfeat, "get_resource_path", lambda: str(folder))
        patch.setattr(pyfeat, "_PLS_MESH_MODELS", {})
        patch.setattr(pyfeat, "_PLS_FEAT_MESH_MODELS", {})
        yield folder


@pytest.fixture(scope="module", params=VARIANTS)
def pair(request, resources, tmp_path_factory) -> Pair:
    feature, version, published = VARIANTS[request.param]
    path = tmp_path_factory.mktemp("published") / f"{STEMS[feature]}_{version}.npz"
    np.savez(path, **published)
    ours = read_model(path)
    if version == "v4":  # the one that py-feat takes from its own folder
        write_model(ours, resources / path.name)
    else:
        snapshot = resources / f"models--{PLACES[feature].replace('/', '--')}" / "snapshots" / REVISION
        (snapshot.parent.parent / "refs").mkdir(parents=True, exist_ok=True)
        (snapshot.parent.parent / "refs" / "main").write_text(REVISION)
        snapshot.mkdir(parents=True, exist_ok=True)
        write_model(ours, snapshot / path.name)
    return Pair(feature, published, ours, loaded(feature, version))


def loaded(feature: str, version: str) -> Any:
    if feature == "au":
        return pyfeat.load_face_mesh_viz_model(model_version=version)
    load = {"emotion": pyfeat.load_emotion_face_mesh_model, "blendshape": pyfeat.load_blendshape_face_mesh_model}
    if (feature, version) != ("emotion", "v5"):
        return load[feature](model_version=version)
    with pytest.warns(UserWarning, match="permuted"):
        return load[feature](model_version=version)


@pytest.fixture()
def faces(pair) -> np.ndarray:
    """(6, k) within and beyond the limits, with nothing in what is not supported."""
    rows = np.random.default_rng(3).uniform(-0.2, 1.4, (6, len(pair.ours.feature_columns))).astype(np.float32)
    rows[0] = 0
    rows[:, [pair.ours.feature_columns.index(name) for name in pair.ours.unsupported_features]] = 0.01
    return rows


def within(pair: Pair, rows: np.ndarray) -> np.ndarray:
    limits = pair.published.get("feature_p99")
    return rows if limits is None or pair.feature == "au" else np.clip(rows, 0, limits)


def test_their_loader_reads_what_ours_wrote(pair):
    theirs, published = pair.theirs, pair.published
    key = "au_columns" if pair.feature == "au" else "feature_columns"
    assert isinstance(theirs, pyfeat.PLSAUMeshModel if pair.feature == "au" else pyfeat.PLSFeatMeshModel)
    assert list(getattr(theirs, key)) == published[key].tolist() and theirs.pose_columns == POSE
    np.testing.assert_array_equal(theirs._coef, published["coef"])
    np.testing.assert_array_equal(theirs._intercept, published["intercept"])
    np.testing.assert_array_equal(theirs.mean_aligned_mesh, published["mean_aligned_mesh"])
    if pair.feature == "au":
        return
    assert theirs.unsupported_features == list(published.get("unsupported_features", []))
    np.testing.assert_array_equal(theirs.mean_neutral_mesh, published.get("mean_neutral_mesh", pair.ours.neutral_mesh))
    if "feature_p99" in published:
        np.testing.assert_array_equal(theirs.feature_max, published["feature_p99"])
    else:
        assert theirs.feature_max is None


def test_numbers(pair, faces):
    rows = within(pair, faces)
    pair.same(pair.ours.predict(faces), pair.their_mesh(faces), rows)
    pair.same(pair.ours.predict(faces[:1]), pair.their_mesh(faces[:1]), rows[:1])
    pair.same(pair.ours.predict(faces[:0]), pair.their_mesh(faces[:0]), rows[:0])
    for face, row in zip(faces, rows, strict=True):
        wanted = pair.their_mesh(face)
        pair.same(pair.ours.predict(face), wanted, row)
        pair.same(pair.ours.predict(face.tolist()), wanted, row)
        pair.same(pair.ours.predict(face.astype(np.float64)), wanted, row)
    pair.same(pair.ours.predict(faces.tolist()), pair.their_mesh(faces.tolist()), rows)


def test_the_comparison_can_fail(pair, faces):
    """Two features that changed places, a limit that was not applied, and an axis too many are each seen."""
    swapped = faces.copy()
    swapped[:, [1, 2]] = faces[:, [2, 1]]
    with pytest.raises(AssertionError):
        pair.same(pair.ours.predict(swapped), pair.their_mesh(faces), within(pair, faces))
    with pytest.raises(AssertionError):
        pair.same(pair.ours.predict(faces[0]), pair.their_mesh(faces[:1]), faces[0])
    if getattr(pair.theirs, "feature_max", None) is not None:
        with pytest.raises(AssertionError):
            pair.same(pair.ours.predict(faces, clip=False), pair.their_mesh(faces), within(pair, faces))
        unclipped = pyfeat.predict_face_mesh_from_features(faces, pair.theirs, clip=False)
        pair.same(pair.ours.predict(faces, clip=False), unclipped, faces)


DETECTOR_NAMES = {
    "anger": "Anger", "disgust": "Disgust", "fear": "Fear", "happiness": "Happy", "sadness": "Sad",
    "surprise": "Surprise", "neutral": "Neutral",
}  # fmt: skip


def spellings(pair: Pair) -> list[list[str]]:
    """What py-feat calls the columns: in its files, by its detectors, and in capitals where it takes those."""
    columns = list(pair.ours.feature_columns)
    if pair.feature != "emotion":
        return [columns]
    return [columns, [DETECTOR_NAMES[name] for name in columns], [name.upper() for name in columns]]


def test_dicts(pair, faces):
    for names in spellings(pair):
        for face, row in zip(faces, within(pair, faces), strict=True):
            whole = dict(zip(names, face.tolist(), strict=True))
            backwards = dict(reversed(whole.items()))
            part = {name: whole[name] for name in names[1::2]}
            part_row = row * (np.arange(len(row)) % 2)
            if pair.feature == "au":  # py-feat takes action units by place alone
                wanted, wanted_part = pair.their_mesh(face), pair.their_mesh(part_row)
            else:
                wanted, wanted_part = pair.their_mesh(whole), pair.their_mesh(part)
            pair.same(pair.ours.predict(whole), wanted, row)
            pair.same(pair.ours.predict(backwards), wanted, row)
            pair.same(pair.ours.predict(part), wanted_part, part_row)
    pair.same(pair.ours.predict({}), pair.their_mesh(np.zeros_like(faces[0])), np.zeros_like(faces[0]))


def tables(pair: Pair, faces: np.ndarray) -> list[pd.DataFrame]:
    """The same faces in columns of other orders, beside unrelated ones."""
    found = []
    for names in spellings(pair):
        table = pd.DataFrame(faces, columns=names)
        found += [table, table[names[::-1]], table.astype(np.float64), table.set_index(np.arange(6) * 7 + 3)]
        around = table[names[::-1]].copy()
        around.insert(0, "Pitch", 9.0)
        around.insert(3, "valence", np.nan)
        around["input"] = "clip.mp4"
        around[4] = 4.0
        found.append(around)
    return found


def test_series_and_data_frames(pair, faces):
    rows = within(pair, faces)
    wanted = pair.their_mesh(faces)
    for table in tables(pair, faces):
        if pair.feature != "au":
            pair.same(pair.their_mesh(table), wanted, rows)
            pair.same(pair.their_mesh(table.iloc[2]), wanted[2], rows[2])
        pair.same(pair.ours.predict(table), wanted, rows)
        pair.same(pair.ours.predict(table.iloc[2]), wanted[2], rows[2])
        pair.same(pair.ours.predict(table.iloc[:1]), wanted[:1], rows[:1])


def test_what_a_table_lacks_is_an_error_in_both(pair, faces):
    table = pd.DataFrame(faces, columns=list(pair.ours.feature_columns))
    first = table.columns[0]
    for lacking in (table.drop(columns=first), table.iloc[0].drop(first)):
        with pytest.raises(FeatureError, match=f"lack {first}"):
            pair.ours.predict(lacking)
        if pair.feature != "au":
            with pytest.raises(ValueError, match="missing"):
                pair.their_mesh(lacking)
    with pytest.raises(FeatureError, match="twice"):
        pair.ours.predict(pd.concat([table, table[[first]]], axis=1))
    for wrong in ({"Bored": 1.0}, np.zeros(len(table.columns) + 1)):
        with pytest.raises(FeatureError):
            pair.ours.predict(wrong)
        with pytest.raises(ValueError):
            pair.their_mesh(wrong if pair.feature != "au" or not isinstance(wrong, dict) else np.zeros(1))


def test_fex(pair, faces):
    """A Fex of each family's columns, taken by its accessor and whole."""
    accessor = {"emotion": "emotions", "blendshape": "blendshapes", "au": "aus"}[pair.feature]
    registered = {"emotions": "emotion_columns", "blendshapes": "blendshape_columns", "aus": "au_columns"}[accessor]
    rows = within(pair, faces)
    wanted = pair.their_mesh(faces)
    for names in spellings(pair):
        fex = Fex(pd.DataFrame(faces, columns=names)[names[::-1]], **{registered: names[::-1]})
        fex["Pitch"], fex["Roll"], fex["Yaw"], fex["input"] = 0.1, 0.2, 0.3, "clip.mp4"
        for given in (getattr(fex, accessor), fex):
            if pair.feature != "au":
                pair.same(pair.their_mesh(given), wanted, rows)
            pair.same(pair.ours.predict(given), wanted, rows)
        pair.same(pair.ours.predict(fex.iloc[4]), wanted[4], rows[4])
        np.testing.assert_array_equal(  # their columns stand in another order than the model's
            pair.ours.predict(fex, fex[["Pitch", "Roll", "Yaw"]]), pair.ours.predict(faces, [[0.1, 0.3, 0.2]] * 6)
        )


def test_the_fex_that_py_feat_ships(pair):
    """A detector's own output, read by py-feat's own reader."""
    fex = read_feat(str(pyfeat_file("tests/data/Feat_Test.csv")))
    if not set(pair.ours.feature_columns) <= set(fex.columns):
        for model in (pair.ours.predict, pair.their_mesh):
            with pytest.raises((FeatureError, ValueError)):
                model(fex)
        return
    rows = fex[list(pair.ours.feature_columns)].to_numpy(dtype=np.float32)
    wanted = pair.their_mesh(rows if pair.feature == "au" else fex)
    pair.same(pair.ours.predict(fex), wanted, within(pair, rows))
    pair.same(pair.ours.predict(fex.aus if pair.feature == "au" else fex.emotions), wanted, within(pair, rows))


def test_unsupported_features_are_told_by_both(pair, faces):
    if not pair.ours.unsupported_features:
        return
    used = faces.copy()
    used[:, pair.ours.feature_columns.index(UNSUPPORTED[0])] = 0.5
    with pytest.warns(UserWarning, match="never expressed"):
        theirs = pair.their_mesh(used)
    model = pair.ours.replaced()  # one that has told nobody yet
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(faces)
        with pytest.raises(UserWarning, match="cheekPuff, jawRight were never expressed"):
            model.predict(used)
        pair.same(model.predict(used), theirs, within(pair, used))  # told once; a second warning would be an error


def test_what_ours_wrote_twice_is_the_same_file(pair, tmp_path):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    write_model(pair.ours, first)
    write_model(read_model(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_the_loader_was_their_own(tmp_path, monkeypatch):
    """It refuses what it should: another order of columns, and a file that is not in the cache."""
    np.savez(tmp_path / "au_to_mesh_pls_v4.npz", **made_up("au_columns", AUS[::-1]))
    monkeypatch.setattr(pyfeat, "get_resource_path", lambda: str(tmp_path))
    monkeypatch.setattr(pyfeat, "_PLS_MESH_MODELS", {})
    with pytest.raises(RuntimeError, match="drifted"):
        pyfeat.load_face_mesh_viz_model(model_version="v4")
    with pytest.raises(LocalEntryNotFoundError):
        pyfeat.load_face_mesh_viz_model(model_version="v6")
