"""The recipes of a fit: the seed's, and what may be better, each a function of the statistics of a training set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from realtime.dataset.design import folded
from realtime.dataset.pls import fit_pls
from realtime.dataset.regression import LinearFit, fit, standardized
from realtime.geometry.statistics import Statistics

F64 = npt.NDArray[np.float64]

PENALTIES = tuple(10.0**exponent for exponent in np.arange(-6.0, 1.5, 0.5))
COMPONENTS = 10


@dataclass(frozen=True, eq=False)
class Training:
    """What a recipe may learn from."""

    parts: tuple[Statistics, ...]  # groups of recordings or people, none in two parts
    people: Statistics | None = None  # each person's mean frame, as often as it has frames; None: not known apart
    mirror: Callable[[Statistics], Statistics] | None = None  # the same frames seen in a mirror
    components: int | None = None  # of the seed's fit as a PLS regression; None: least squares

    @cached_property
    def total(self) -> Statistics:
        """The statistics of all frames."""
        return Statistics.total(self.parts)

    @cached_property
    def fitted(self) -> LinearFit:
        """The seed's fit of them."""
        return fit_seed(self.total, self.components)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a recipe predicts with: x @ coef + intercept, of all inputs of the fit."""

    coef: F64  # (4 k + 3, v, 3)
    intercept: F64  # (v, 3)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to fit. `make` answers None where the training set does not allow it."""

    name: str
    description: str
    make: Callable[[Training], Rows | None]
    whole: bool = False  # a way to fit a model; the others score one of it as it is used
    pose: bool = True  # whether the pose is an input
    products: bool = True  # whether the products of pose and features are inputs
    of_people: bool = False  # needs each person's mean: nobody in two folds

    def inputs(self, k: int) -> int:
        """How many inputs it has of k features: the first ones of all 4 k + 3."""
        return k + 3 * self.pose + 3 * k * self.products


def fit_seed(statistics: Statistics, components: int | None) -> LinearFit:
    """The seed's fit: least squares of minimum norm, or a PLS regression with so many components."""
    return fit(statistics) if components is None else fit_pls(statistics, components)


def features_of(inputs: int) -> int:
    """k of the 4 k + 3 inputs."""
    return (inputs - 3) // 4


def _full(training: Training) -> Rows:
    found = training.fitted
    return Rows(found.coef, found.intercept)


def deployed(recipe: Recipe) -> Recipe:
    """Its models as they are used: without the products, which are folded into the pose."""

    def make(training: Training) -> Rows | None:
        found, total = recipe.make(training), training.total
        if found is None:
            return None
        k = features_of(len(total.x))
        return _of_first(folded(found.coef, total.x[:k] / total.frames), found.coef, found.intercept)

    return Recipe(f"{recipe.name}, deployed", "the same without the products, which are folded into the pose", make)


def as_published(recipe: Recipe) -> Recipe:
    """Its models with their own pose rows, and without the products."""
    return _first_rows(recipe, "as published", "the fit's own pose rows, without the products", 3)


def at_pose_zero(recipe: Recipe) -> Recipe:
    """Its models at pose 0."""
    return _first_rows(recipe, "pose 0", "the same, features alone", 0)


def _first_rows(recipe: Recipe, form: str, description: str, angles: int) -> Recipe:
    def make(training: Training) -> Rows | None:
        found = recipe.make(training)
        if found is None:
            return None
        return _of_first(found.coef[: features_of(len(found.coef)) + angles], found.coef, found.intercept)

    return Recipe(f"{recipe.name}, {form}", description, make)


def _ridge(training: Training) -> Rows | None:
    """The penalty that predicts the parts best, each by the fit of the others."""
    if len(training.parts) < 2:
        return None
    errors = np.zeros(len(PENALTIES))
    for at, part in enumerate(training.parts):
        others = Statistics.total(one for other, one in enumerate(training.parts) if other != at)
        problem = standardized(others)
        for number, penalty in enumerate(PENALTIES):
            found = problem.fit(penalty)
            errors[number] += part.squared_error(found.coef, found.intercept).sum()
    found = fit(training.total, PENALTIES[int(np.argmin(errors))])
    return Rows(found.coef, found.intercept)


def _features_only(training: Training) -> Rows:
    return _first_inputs(training.total, features_of(len(training.total.x)))


def _features_and_pose(training: Training) -> Rows:
    return _first_inputs(training.total, features_of(len(training.total.x)) + 3)


def _first_inputs(total: Statistics, count: int) -> Rows:
    found = fit(total.selected(range(count)))
    return _of_first(found.coef, np.zeros((len(total.x), *found.coef.shape[1:])), found.intercept)


def _low_rank(training: Training) -> Rows:
    found = fit_pls(training.total, COMPONENTS)
    return Rows(found.coef, found.intercept)


def _symmetric(training: Training) -> Rows | None:
    if training.mirror is None:
        return None
    total = training.total
    found = fit(Statistics.total((total, training.mirror(total))))
    return Rows(found.coef, found.intercept)


def _within_people(training: Training) -> Rows | None:
    """Slopes from the frames about each person's mean; inputs and meshes are both centered (Frisch and Waugh)."""
    if training.people is None:
        return None
    total = training.total
    within = total.minus(training.people)
    found = fit(within)
    mean_x, mean_y = total.x / total.frames, total.y / total.frames
    return Rows(found.coef, mean_y - np.einsum("p,pvc->vc", mean_x, found.coef))


def _of_first(rows: F64, like: F64, intercept: F64) -> Rows:
    """Rows of the first inputs; the others do nothing."""
    coef = np.zeros_like(like)
    coef[: len(rows)] = rows
    return Rows(coef, intercept)


FULL = Recipe("seed", "least squares on features, pose and their products, as it was trained", _full, whole=True)
PLAIN = Recipe("features and pose", "a fit without the products", _features_and_pose, whole=True, products=False)
OTHERS: Sequence[Recipe] = (
    deployed(FULL),
    at_pose_zero(FULL),
    as_published(FULL),
    PLAIN,
    Recipe(
        "features only", "a fit that never saw the pose", _features_only, whole=True, pose=False, products=False
    ),
    Recipe(
        "ridge", "the seed's inputs; the penalty that predicts held-out groups of the training set best", _ridge,
        whole=True,
    ),
    Recipe("symmetric", "the seed's inputs; every frame also seen in a mirror", _symmetric, whole=True),
    Recipe(
        "within person", "the seed's inputs; slopes from the changes of each person", _within_people, whole=True,
        of_people=True,
    ),
    Recipe("low rank", f"the seed's inputs; a PLS regression with {COMPONENTS} components", _low_rank),
)  # fmt: skip
MODELS = {recipe.name: recipe for recipe in (FULL, *OTHERS) if recipe.whole}
