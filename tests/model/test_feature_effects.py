"""What a feature does to the face, against plain arithmetic on the file's own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from realtime.core.errors import UsageError
from realtime.core.types import EMOTIONS
from realtime.geometry import regions
from realtime.model import built_in, effects
from realtime.model.file import read_model


def plain(row: np.ndarray) -> np.ndarray:
    """(1434,) axis-major -> (478, 3), by loops."""
    return np.array([[row[axis * 478 + vertex] for axis in range(3)] for vertex in range(478)])


def test_an_action_unit_moves_the_face_by_its_own_row(pls_v4: dict[str, Any], write: Any) -> None:
    model = read_model(write(pls_v4))
    found = effects(model)
    assert [effect.feature for effect in found] == [str(name) for name in pls_v4["au_columns"]]
    unit = np.linalg.norm(pls_v4["mean_aligned_mesh"][33] - pls_v4["mean_aligned_mesh"][263])
    for effect, row in zip(found, pls_v4["coef"], strict=False):
        np.testing.assert_allclose(effect.displacement_canon, plain(row), atol=1e-4)
        expected = 100 * np.sqrt((plain(row) ** 2).sum(axis=1)) / unit
        np.testing.assert_allclose(effect.distance, expected, atol=1e-4)
        assert effect.peak == expected.argmax() and effect.peak in regions()[effect.region]
        assert (effect.full, effect.reference, effect.supported) == (1.0, False, True)


def test_an_emotion_takes_the_place_of_neutral(v5_arrays: dict[str, Any], write: Any) -> None:
    """Probabilities sum to one: the row of neutral goes as the emotion's comes."""
    model = read_model(write(v5_arrays))
    first, *others = effects(model)
    assert first.feature == "neutral" and first.reference and first.distance.max() == 0
    assert [effect.feature for effect in others] == [name for name in EMOTIONS if name != "neutral"]
    rows = dict(zip(EMOTIONS, v5_arrays["coef"], strict=False))
    for effect in others:
        np.testing.assert_allclose(effect.displacement_canon, plain(rows[effect.feature] - rows["neutral"]), atol=1e-4)


def test_permuted_columns_give_other_effects(v5_arrays: dict[str, Any], write: Any) -> None:
    names = v5_arrays["feature_columns"]
    permuted = np.roll(names, 1)
    inputs = np.concatenate([permuted, v5_arrays["pose_columns"]])
    one = effects(read_model(write(v5_arrays)), ["happiness"])[0]
    path = write(v5_arrays, name="permuted.npz", feature_columns=permuted, input_columns=inputs)
    other = effects(read_model(path), ["happiness"])[0]
    assert np.abs(one.displacement_canon - other.displacement_canon).max() > 1


def test_full_is_the_99th_percentile_where_there_is_one_but_not_of_a_probability(
    pls_v4: dict[str, Any], v5_arrays: dict[str, Any], write: Any
) -> None:
    p99 = np.linspace(0.3, 2.0, 20).astype(np.float32)
    p99[4] = 0  # never seen: there is no such thing as full
    bare = effects(read_model(write(pls_v4)))
    model = read_model(write(pls_v4, name="p99.npz", feature_p99=p99, unsupported_features=np.array(["AU06"])))
    for effect, plain_effect, limit in zip(effects(model), bare, p99, strict=True):
        assert effect.full == pytest.approx(limit or 1.0)
        np.testing.assert_allclose(effect.distance, effect.full * plain_effect.distance, rtol=1e-3, atol=1e-4)
        assert effect.supported is (effect.feature != "AU06")
    seven = read_model(write(v5_arrays, name="e.npz", feature_p99=np.full(7, 0.5, np.float32)))
    assert {effect.full for effect in effects(seven)} == {1.0}


def test_features_are_chosen_in_any_spelling() -> None:
    assert [effect.feature for effect in effects(built_in(), ["Happy", "NEUTRAL", "fear"])] == [
        "neutral", "happiness", "fear",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="Did you mean 'surprise'"):
        effects(built_in(), ["suprise"])
    with pytest.raises(UsageError, match="named twice"):
        effects(built_in(), ["sad", "sadness"])


def test_neutral_is_measured_from_itself_whatever_its_limit(v5_arrays: dict[str, Any], write: Any) -> None:
    """A limit below 1 on neutral must not make a face at rest look displaced."""
    model = read_model(write(v5_arrays, feature_p99=np.full(7, 0.9, np.float32)))
    assert np.abs(model.predict_neutral() - model.predict_neutral(clip=False)).max() > 0.01, "the limit matters"
    neutral, *others = effects(model)
    assert neutral.reference and neutral.distance.max() < 1e-4
    full = model.predict_unlimited({"anger": 1.0}) - model.predict_unlimited({"neutral": 1.0})
    np.testing.assert_allclose(others[0].displacement_canon, full, atol=1e-3)
