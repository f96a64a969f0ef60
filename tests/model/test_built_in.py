"""The composed emotion model: its two compositions, against the action unit file read with plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.errors import ModelFileError
from realtime.core.types import EMOTIONS
from realtime.model import EMFACS, FIRST_COMPOSITION, built_in, composition_of

UPPER = [13, 82, 312, 81, 311, 80, 310, 191, 415]
LOWER = [14, 87, 317, 178, 402, 88, 318, 95, 324]


def face(pls_v4, **units):
    """What the file predicts, (478, 3) float64."""
    names = [str(name) for name in pls_v4["au_columns"]]
    rows = pls_v4["coef"].astype(np.float64)
    flat = pls_v4["intercept"] + sum(value * rows[names.index(unit)] for unit, value in units.items())
    return np.stack([flat[:478], flat[478:956], flat[956:]], axis=1)


def gaps(mesh):
    return mesh[UPPER, 1] - mesh[LOWER, 1]


def test_the_first_composition_is_sums_of_rows(pls_v4):
    model = built_in(FIRST_COMPOSITION)
    assert model.name == "emotion@built-in" and model.feature_columns == EMOTIONS == tuple(EMFACS)
    for emotion, prototype in EMFACS.items():
        wanted = face(pls_v4, **dict.fromkeys(prototype, 1.0))
        np.testing.assert_allclose(model.predict({emotion: 1.0}), wanted, atol=1e-3)
    np.testing.assert_array_equal(model.intercept, pls_v4["intercept"])
    assert "17 in place of 16" in model.card and composition_of(model) == 1


def test_every_emotion_is_the_face_at_rest_moved_by_its_units(pls_v4):
    """The unit that closes the lips is at its value at rest, less where they would cross: then they touch."""
    model = built_in()
    at_rest = model.metadata["AU24_at_rest"]
    assert 0 < at_rest < 1 and composition_of(model) == 2
    np.testing.assert_array_equal(model.predict({"neutral": 1.0}), model.neutral_mesh)
    np.testing.assert_array_equal(model.coef[EMOTIONS.index("neutral")], 0.0)
    np.testing.assert_array_equal(model.coef[7:], pls_v4["coef"][20:])
    np.testing.assert_array_equal(model.mean_mesh, pls_v4["mean_aligned_mesh"])
    yielding = []
    for emotion, prototype in EMFACS.items():
        units = dict.fromkeys(prototype, 1.0)
        wanted = face(pls_v4, **units, AU24=at_rest)
        least = gaps(wanted).min()
        if least < -0.01:
            yielding.append(emotion)
            # Found by halving: the largest value of the unit with which no pair of vertices has changed places.
            low, high = 0.0, at_rest
            for _ in range(40):
                middle = (low + high) / 2
                low, high = (middle, high) if gaps(face(pls_v4, **units, AU24=middle)).min() >= 0 else (low, middle)
            wanted = face(pls_v4, **units, AU24=low)
        np.testing.assert_allclose(model.predict({emotion: 1.0}), wanted, atol=2e-3, err_msg=emotion)
    assert set(yielding) == {"anger", "disgust", "sadness"}


def test_the_mouth_is_closed_at_rest_and_the_lips_never_cross():
    model, first = built_in(), built_in(FIRST_COMPOSITION)
    unit = np.linalg.norm(model.mean_mesh[33] - model.mean_mesh[263])

    def apart(mesh):
        return 100 * np.linalg.norm(mesh[13] - mesh[14]) / unit

    assert apart(first.neutral_mesh) > 7 and apart(model.neutral_mesh) < 2.5
    corners = np.vstack([np.eye(7), np.random.default_rng(0).dirichlet(np.ones(7), 200)])
    for mesh in model.predict(corners):
        assert gaps(mesh.astype(np.float64)).min() > -1e-3


def test_its_features_are_called_amplitudes_and_an_unknown_composition_is_refused():
    assert "amplitudes" in built_in().card and "not probabilities" in built_in().card and built_in().has_amplitudes
    with pytest.raises(ModelFileError, match="Composition 3"):
        built_in(3)
