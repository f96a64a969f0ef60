"""Random fields: of the same size, angles and smoothness as those that they stand beside, and otherwise unlike them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime import load_model
from realtime.geometry.contiguity import contiguity
from realtime.geometry.random_fields import _laplacian, random_alike, random_projections
from realtime.model.control_models import random_alike_model


def roughness(fields: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Squared differences of the ends of all edges, those of the irises among them, by their weights."""
    weights = np.triu(-_laplacian(), 1)
    a, b = np.nonzero(weights)
    return np.square(fields[:, a] - fields[:, b]).sum(axis=2) @ weights[a, b]


@pytest.fixture(scope="module")
def fields() -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    model = load_model("au@v4")
    count = len(model.feature_columns)
    return model.coef[:count].reshape(count, 3, 478).swapaxes(1, 2).astype(np.float64)


def test_size_angles_and_smoothness_stay(
    fields: np.ndarray[tuple[int, int, int], np.dtype[np.float64]], rng: np.random.Generator
) -> None:
    found = random_alike(fields, rng)
    flat, other = fields.reshape(len(fields), -1), found.reshape(len(fields), -1)
    gram = flat @ flat.T
    assert other @ other.T == pytest.approx(gram, abs=1e-9 * gram.max())
    assert roughness(found) == pytest.approx(roughness(fields), rel=1e-9)
    assert contiguity(found) == pytest.approx(contiguity(fields), rel=0.35)  # which is about the mean, without irises
    # A shuffle of the vertices has the same size, and is rough.
    assert (roughness(fields[:, rng.permutation(478)]) > 3 * roughness(fields)).all()


def test_they_move_the_face_otherwise(
    fields: np.ndarray[tuple[int, int, int], np.dtype[np.float64]], rng: np.random.Generator
) -> None:
    flat = fields.reshape(len(fields), -1)
    sizes = np.linalg.norm(flat, axis=1)
    cosines = []
    for _ in range(10):
        found = random_alike(fields, rng).reshape(len(fields), -1)
        cosines.append((found * flat).sum(axis=1) / sizes**2)
    assert np.abs(np.mean(cosines)) < 0.1 and np.abs(cosines).max() < 0.9 and np.std(cosines) > 0.05
    assert np.array_equal(
        random_alike(fields, np.random.default_rng(1)), random_alike(fields, np.random.default_rng(1))
    )


@pytest.mark.parametrize("name", ["emotion@built-in", "au@v4"])
def test_a_random_model_is_at_rest_where_the_model_is(name: str, rng: np.random.Generator) -> None:
    model = load_model(name)
    other = random_alike_model(model, rng)
    assert other.predict_neutral() == pytest.approx(model.predict_neutral(), abs=1e-4)
    first = {model.feature_columns[0]: 1.0}
    moved, moved_otherwise = (one.predict(first) - one.predict_neutral() for one in (model, other))
    assert np.linalg.norm(moved_otherwise) == pytest.approx(np.linalg.norm(moved), rel=1e-3)
    assert abs((moved * moved_otherwise).sum()) < 0.9 * (moved**2).sum()


def test_projections_are_those_of_random_faces(
    fields: np.ndarray[tuple[int, int, int], np.dtype[np.float64]], rng: np.random.Generator
) -> None:
    faces, directions = rng.normal(size=(5, 478, 3)), fields[:4]
    found = list(random_projections(faces, directions, np.random.default_rng(3), 3))
    again = np.random.default_rng(3)
    for products in found:
        turned = random_alike(faces, again)
        assert products == pytest.approx(turned.reshape(5, -1) @ directions.reshape(4, -1).T)
