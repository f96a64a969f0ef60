"""The recipes beside fits of the frames that each of them means, made one by one."""

import numpy as np
import pytest

from realtime.core.study_reports import R2, RecipeScore
from realtime.dataset.design import folded, inputs
from realtime.dataset.recipe_scores import advice
from realtime.dataset.recipes import FULL, OTHERS, PENALTIES, Training
from realtime.dataset.regression import fit
from realtime.dataset.t_interval import t_interval
from realtime.geometry.statistics import Statistics

BY_NAME = {recipe.name: recipe for recipe in (FULL, *OTHERS)}
PARTS, PEOPLE = 4, 8
MIRRORED = np.array([1, 0, 2, 4, 3])


@pytest.fixture(scope="module")
def frames():
    """Inputs (n, 23) of five action units, outputs (n, 6, 3), the part and the person of each of few frames."""
    rng = np.random.default_rng(50)
    n = 160
    person = np.arange(n) % PEOPLE
    features, pose = rng.uniform(size=(n, 5)) + 0.3 * (person[:, None] % 3), rng.normal(size=(n, 3)) * 0.2
    x = inputs(features, pose, probabilities=False)
    y = x @ rng.normal(size=(23, 18)) + rng.normal(size=(PEOPLE, 18))[person] * 2 + rng.normal(size=(n, 18)) * 4 + 9.0
    return x, y.reshape(n, 6, 3), person % PARTS, person


def mirror(statistics):
    """The first two and the last two inputs of five change sides, as do the outputs."""
    places = np.arange(len(statistics.x))
    places[:5] = MIRRORED
    return statistics.mirrored(np.zeros((6, 3)), np.arange(6)[::-1], 0.0, places, np.ones(len(places)))


@pytest.fixture(scope="module")
def training(frames):
    x, y, part, person = frames
    means = [(x[person == at].mean(axis=0), y[person == at].mean(axis=0)) for at in range(PEOPLE)]
    people = Statistics.of(*(np.stack(some) for some in zip(*means, strict=True)), np.bincount(person).astype(float))
    return Training(tuple(Statistics.of(x[part == at], y[part == at]) for at in range(PARTS)), people, mirror)


def predicted(rows, x):
    return np.einsum("np,pvc->nvc", x, rows.coef) + rows.intercept


def same(name, training, x, expected):
    assert np.allclose(predicted(BY_NAME[name].make(training), x), expected, atol=1e-8), name


def test_ridge_takes_the_penalty_that_predicts_parts_by_the_others(frames, training):
    x, y, part, _ = frames
    errors = []
    for penalty in PENALTIES:
        left = [
            y[part == at] - predicted(fit(Statistics.of(x[part != at], y[part != at]), penalty), x[part == at])
            for at in range(PARTS)
        ]
        errors.append(sum((one**2).sum() for one in left))
    best = int(np.argmin(errors))
    assert 0 < best < len(PENALTIES) - 1
    same("ridge", training, x, predicted(fit(Statistics.of(x, y), PENALTIES[best]), x))


def test_slopes_within_people_are_those_about_each_persons_mean(frames, training):
    x, y, _, person = frames
    about_x, about_y = (
        np.concatenate([one[person == at] - one[person == at].mean(axis=0) for at in range(PEOPLE)]) for one in (x, y)
    )
    slopes = fit(Statistics.of(about_x, about_y)).coef
    same("within person", training, x, y.mean(axis=0) + np.einsum("np,pvc->nvc", x - x.mean(axis=0), slopes))


def test_symmetric_sees_every_frame_in_a_mirror_too(frames, training):
    x, y, _, _ = frames
    seen_x, seen_y = x.copy(), y[:, ::-1] * [-1.0, 1.0, 1.0]
    seen_x[:, :5] = x[:, MIRRORED]
    both = fit(Statistics.of(np.concatenate([x, seen_x]), np.concatenate([y, seen_y])))
    same("symmetric", training, x, predicted(both, x))


def test_the_others_are_fits_of_fewer_inputs_or_use_fewer_rows(frames, training):
    x, y, _, _ = frames
    whole = fit(Statistics.of(x, y))
    same("seed", training, x, predicted(whole, x))
    for name, count in (("features only", 5), ("features and pose", 8)):
        same(name, training, x, predicted(fit(Statistics.of(x[:, :count], y)), x[:, :count]))
    live = np.einsum("np,pvc->nvc", x[:, :8], folded(whole.coef, x[:, :5].mean(axis=0)))
    same("seed, deployed", training, x, live + whole.intercept)
    for name, count in (("seed, pose 0", 5), ("seed, as published", 8)):
        same(name, training, x, np.einsum("np,pvc->nvc", x[:, :count], whole.coef[:count]) + whole.intercept)


def scores(folds, seed=None):
    own = R2(mean=np.mean(folds), sd=np.std(folds), folds=folds)
    apart = None if seed is None else np.subtract(folds, seed)
    return {"by_video": None, "by_person": own, "within": None, "second_half": None, "compared_by": "by_person",
            "gain_over_seed": None if seed is None else apart.mean(), "gain_error": None,
            "gain_interval": None if seed is None else t_interval(apart)}  # fmt: skip


@pytest.mark.parametrize(
    ("folds", "text"),
    [
        ((0.30, 0.31, 0.33), "Use the recipe 'ridge'"),
        ((0.15, 0.45, 0.35), "Use the seed's recipe"),  # better by more, and perhaps by chance
        ((0.19, 0.20, 0.21), "Use the seed's recipe"),
    ],
)
def test_a_recipe_is_advised_where_it_is_shown_to_be_better(folds, text):
    seed = (0.20, 0.21, 0.22)
    given = [RecipeScore(name=FULL.name, description="", **scores(seed)),
             RecipeScore(name="ridge", description="", **scores(folds, seed))]  # fmt: skip
    (first, *_) = advice(given, FULL.name, None, True)
    assert first.startswith(text) and "people" in first


def test_where_nothing_is_predicted_nothing_is_advised():
    seed, other = (-0.2, -0.3, -0.1), (-0.1, -0.2, 0.0)
    given = [RecipeScore(name=FULL.name, description="", **scores(seed)),
             RecipeScore(name="ridge", description="", **scores(other, seed))]  # fmt: skip
    (first, *others) = advice(given, FULL.name, None, False)
    assert first.startswith("Use none of these") and "recordings" in first and not others


def test_what_a_training_set_does_not_allow_is_not_made(training):
    one = Training(training.parts[:1])
    assert [name for name, recipe in BY_NAME.items() if recipe.make(one) is None] == [
        "ridge", "symmetric", "within person",
    ]  # fmt: skip
