"""The fits from sums of products, beside scikit-learn's on the frames themselves."""

import numpy as np
import pytest
from common import STUDY

from realtime.dataset.design import folded, inputs, mirrored_inputs, sums_to_one
from realtime.dataset.pls import fit_pls
from realtime.dataset.regression import fit
from realtime.geometry.statistics import Statistics

cross_decomposition = pytest.importorskip("sklearn.cross_decomposition", reason=STUDY)
linear_model, metrics = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("sklearn.metrics")


@pytest.fixture(scope="module")
def frames():
    """Inputs (n, 31) with emotions that sum to one, and outputs (n, 8, 3) far from the origin."""
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(2000, 7)) * 1.5
    emotions = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    pose = rng.normal(size=(2000, 3)) * 0.2
    x = inputs(emotions, pose, probabilities=True)
    y = x @ rng.normal(size=(31, 24)) + rng.normal(size=(2000, 24)) * 2 + rng.normal(size=24) * 100
    return emotions, pose, x, y.reshape(-1, 8, 3)


def predicted(found, x):
    return x @ found.coef.reshape(len(found.coef), -1) + found.intercept.reshape(-1)


def flat(y):
    return y.reshape(len(y), -1)


def test_it_equals_a_pls_regression_at_the_rank(frames):
    _, _, x, y = frames
    found = fit(Statistics.of(x, y))
    pls = cross_decomposition.PLSRegression(n_components=found.rank, scale=True, max_iter=2000, tol=1e-12).fit(
        x, flat(y)
    )
    assert found.rank == 27
    assert np.abs(predicted(found, x) - pls.predict(x)).max() < 1e-9 * flat(y).std(axis=0).min()
    # Rows and intercept too: the shortest of the solutions that predict alike.
    at_zero = pls.predict(np.zeros((1, 31)))
    assert np.allclose(pls.predict(np.eye(31)) - at_zero, flat(found.coef), atol=1e-8)
    assert np.allclose(at_zero, found.intercept.reshape(1, -1), atol=1e-8)


def test_scikit_learn_breaks_down_beyond_the_rank_and_this_does_not(frames):
    _, _, x, y = frames
    pls = cross_decomposition.PLSRegression(n_components=31, scale=True, max_iter=2000, tol=1e-6).fit(x, flat(y))
    assert np.abs(pls.coef_).max() > 1e9 * np.abs(fit(Statistics.of(x, y)).coef).max()


@pytest.mark.parametrize("stored", [np.float32, np.float16, 6, 2])
def test_the_rank_is_found_whatever_the_file_stored(frames, stored):
    emotions, pose, _, y = frames
    kept = np.round(emotions, stored) if isinstance(stored, int) else emotions.astype(stored)  # so many decimals
    assert sums_to_one(kept).all()
    found = fit(Statistics.of(inputs(kept, pose.astype(np.float32), probabilities=True), y))
    assert found.rank == 27


def test_it_equals_least_squares_where_nothing_is_collinear():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(500, 9)) * 10 ** rng.uniform(-3, 3, 9) + 5, rng.normal(size=(500, 4, 3))
    found, other = fit(Statistics.of(x, y)), linear_model.LinearRegression().fit(x, flat(y))
    assert found.rank == 9
    assert np.abs(predicted(found, x) - other.predict(x)).max() < 1e-9
    assert np.allclose(flat(found.coef), other.coef_.T, rtol=1e-6)


def test_the_penalty_is_that_of_ridge_regression_in_standardized_units(frames):
    _, _, x, y = frames
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    other = linear_model.Ridge(alpha=0.1 * len(x)).fit(scaled, flat(y))
    assert np.abs(predicted(fit(Statistics.of(x, y), penalty=0.1), x) - other.predict(scaled)).max() < 1e-9


@pytest.fixture(scope="module")
def units():
    """83 inputs of 20 action units without collinearity, and outputs (n, 8, 3)."""
    rng = np.random.default_rng(10)
    intensities = 1 / (1 + np.exp(-rng.normal(size=(1200, 20)) @ (np.eye(20) + 0.3 * rng.normal(size=(20, 20)))))
    x = inputs(intensities, rng.normal(size=(1200, 3)) * 0.15, probabilities=False)
    y = x @ rng.normal(size=(83, 24)) + rng.normal(size=(1200, 24)) * 2 + rng.normal(size=24) * 100
    return x, y.reshape(-1, 8, 3)


@pytest.mark.parametrize("components", [5, 10, 40])
def test_components_are_those_of_a_pls_regression(units, components):
    x, y = units
    found = fit_pls(Statistics.of(x, y), components)
    other = cross_decomposition.PLSRegression(components, scale=True, max_iter=50_000, tol=1e-30).fit(x, flat(y))
    assert found.components == components and found.rank == 83
    assert (np.abs(predicted(found, x) - other.predict(x)) / flat(y).std(axis=0)).max() < 1e-8


def test_a_pls_regression_ends_at_the_rank_as_least_squares(frames, units):
    for x, y, rank in ((*frames[2:], 27), (*units, 83)):
        statistics = Statistics.of(x, y)
        found = fit_pls(statistics, 100)
        assert found.components == found.rank == rank
        apart = predicted(found, x) - predicted(fit(statistics), x)
        assert (np.abs(apart) / flat(y).std(axis=0)).max() < 1e-9
        assert np.allclose(found.coef, fit(statistics).coef, atol=1e-8)  # the shortest solution too


def test_a_pls_regression_ends_where_nothing_is_left_to_explain():
    rng = np.random.default_rng(11)
    x = rng.normal(size=(200, 6))
    x = np.linalg.qr(x - x.mean(axis=0))[0] * np.sqrt(len(x))  # uncorrelated: one component explains one field
    y = np.outer(x @ rng.normal(size=6), rng.normal(size=12)).reshape(-1, 4, 3) + 7.0
    found = fit_pls(Statistics.of(x, y), 6)
    assert found.components == 1 and np.abs(predicted(found, x) - flat(y)).max() < 1e-9


def test_a_constant_output_is_explained_by_the_intercept(frames):
    _, _, x, y = frames
    still = y.copy()
    still[:, 3] = 5.0
    found = fit_pls(Statistics.of(x, still), 4)
    assert np.isfinite(found.coef).all() and np.allclose(predicted(found, x).reshape(y.shape)[:, 3], 5.0)


def test_a_constant_feature_moves_nothing(frames):
    _, _, x, y = frames
    constant = np.hstack([x, np.full((len(x), 1), 0.3)])
    found = fit(Statistics.of(constant, y))
    assert not found.coef[-1].any()
    assert np.allclose(predicted(found, constant), predicted(fit(Statistics.of(x, y)), x))


def test_sums_of_parts_score_as_the_frames_do(frames):
    _, _, x, y = frames
    one, other = Statistics.of(x[:700], y[:700]), Statistics.of(x[700:], y[700:])
    found = fit(Statistics.of(x[:1500], y[:1500]))
    both = Statistics.total((one, other))
    expected = metrics.r2_score(flat(y), predicted(found, x), multioutput="variance_weighted")
    assert both.r2(found.coef, found.intercept) == pytest.approx(expected, abs=1e-10)
    assert both.squared_error(found.coef, found.intercept) == pytest.approx(
        ((flat(y) - predicted(found, x)) ** 2).reshape(y.shape).sum(axis=(0, 2)), rel=1e-9
    )
    some = both.r2(found.coef, found.intercept, [2, 5])
    at = [6, 7, 8, 15, 16, 17]
    assert some == pytest.approx(
        metrics.r2_score(flat(y)[:, at], predicted(found, x)[:, at], multioutput="variance_weighted"), abs=1e-10
    )


def test_sums_follow_a_change_of_the_frame(frames):
    _, _, x, y = frames
    rng = np.random.default_rng(7)
    linear, by = rng.normal(size=(3, 3)), rng.normal(size=(8, 3))
    same(Statistics.of(x, y).mapped(linear), Statistics.of(x, y @ linear.T))
    same(Statistics.of(x, y).moved(by), Statistics.of(x, y + by))


def test_a_mirror_changes_sides_and_signs():
    rng = np.random.default_rng(8)
    names = ("mouthSmileLeft", "mouthSmileRight", "jawOpen")
    features, pose = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    y, center, pairs = rng.normal(size=(40, 5, 3)), rng.normal(size=(5, 3)), np.array([1, 0, 2, 4, 3])
    places, signs = mirrored_inputs(names)
    x = inputs(features, pose, probabilities=False)
    seen = inputs(features[:, [1, 0, 2]], pose * [1, -1, -1], probabilities=False)
    assert np.allclose(x[:, places] * signs, seen)
    absolute = (y + center)[:, pairs] * [-1, 1, 1] + [2 * 0.7, 0, 0]
    same(Statistics.of(x, y).mirrored(center, pairs, 0.7, places, signs), Statistics.of(seen, absolute - center))


def test_counted_frames_are_frames_that_often():
    rng = np.random.default_rng(9)
    x, y, counts = rng.normal(size=(5, 2)), rng.normal(size=(5, 4, 3)), np.array([3, 1, 2, 1, 4])
    same(Statistics.of(x, y, counts.astype(float)), Statistics.of(x.repeat(counts, 0), y.repeat(counts, 0)))


def test_folded_pose_rows_are_right_at_the_mean_features(frames):
    emotions, _, x, y = frames
    found = fit(Statistics.of(x, y))
    mean = emotions.mean(axis=0)
    rows = folded(found.coef, mean)
    pose = np.array([[0.2, -0.3, 0.1]])
    exact = inputs(mean[None], pose, probabilities=True) @ flat(found.coef)
    assert np.allclose(np.hstack([mean[None], pose]) @ rows.reshape(10, -1), exact)


def same(one, other):
    assert one.frames == other.frames
    for name in ("x", "y", "xx", "xy", "yy"):
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-7), name
