"""The solver on the simplex, beside scipy's non-negative least squares and the conditions of a minimum."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import nnls

from realtime.core.process import module_environment
from realtime.model.nearest_mixture import NearestMixture


def by_scipy(columns: np.ndarray, target: np.ndarray) -> np.ndarray:
    """For any weight w > 0 the solution of [A - y; w] c = [0; w], divided by its sum, is the same mixture."""
    apart = columns - target[:, None]
    weight = max(float(np.abs(apart).max()), 1e-3)
    found = nnls(np.vstack([apart, np.full(apart.shape[1], weight)]), np.append(np.zeros(len(apart)), weight))[0]
    return found / found.sum()


def ordinary(rng, columns):
    return columns


def with_equal_columns(rng, columns):
    return np.hstack([columns, columns[:, :1]])


def with_a_column_between_others(rng, columns):
    return np.hstack([columns, columns[:, :2].mean(axis=1, keepdims=True)])


def far_from_the_origin(rng, columns):
    return columns + 50 * rng.normal(size=(len(columns), 1))


def nearly_alike(rng, columns):
    return columns.mean(axis=1, keepdims=True) + 1e-3 * columns


@pytest.mark.parametrize(
    "arranged", [ordinary, with_equal_columns, with_a_column_between_others, far_from_the_origin, nearly_alike]
)
def test_it_comes_as_near_as_scipy(arranged):
    rng = np.random.default_rng(8)
    for _ in range(300):
        rows, count = rng.integers(1, 60), rng.integers(1, 12)
        columns = arranged(rng, rng.normal(size=(rows, count)) * 10 ** rng.uniform(-2, 3))
        mixture = rng.dirichlet(np.full(columns.shape[1], 0.3))
        target = columns @ mixture + rng.normal(size=rows) * 10 ** rng.uniform(-6, 3)

        found = np.array(NearestMixture(columns).solve(target))

        assert (found >= 0).all()
        assert found.sum() == pytest.approx(1, abs=1e-12)
        apart = np.linalg.norm(columns @ found - target)
        expected = np.linalg.norm(columns @ by_scipy(columns, target) - target)
        assert apart <= expected + 1e-12 * (np.linalg.norm(columns) + np.linalg.norm(target))


def test_a_mixture_is_found_again():
    rng = np.random.default_rng(9)
    columns = rng.normal(size=(30, 7))
    mixture = rng.dirichlet(np.ones(7))
    assert NearestMixture(columns).solve(columns @ mixture) == pytest.approx(mixture, abs=1e-12)


def test_columns_that_move_nothing_have_a_mixture_too():
    found = NearestMixture(np.zeros((5, 3))).solve(np.ones(5))
    assert found is not None and sum(found) == pytest.approx(1)


def test_the_inverse_of_an_emotion_model_starts_without_scipy():
    code = (
        "import sys; from realtime.model import Inverse, built_in; m = built_in();"
        "Inverse(m).solve(m.mean_mesh); print('scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=module_environment({}), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
