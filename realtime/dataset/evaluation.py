"""Held-out scores of recipes, from the statistics of the folds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from realtime.core.study_reports import R2, Evaluation, Forms, LearningPoint, Null, RecipeScore, RegionScore
from realtime.dataset.folds import BINS, Cells
from realtime.dataset.recipes import DEPLOYED_LIVE, DEPLOYED_ZERO, FULL, OTHERS, Recipe, Rows, Training
from realtime.dataset.statistics import Statistics
from realtime.dataset.sums import Sums
from realtime.geometry import regions

_NO_FORMS = Forms(full=None, deployed_live=None, deployed_zero=None)
Mirror = Callable[[Statistics], Statistics]


class Evaluator:
    """Fits recipes to all folds but one and tests them on it, fold by fold."""

    def __init__(self, sums: Sums, cells: Cells, mirror: Mirror | None, components: int | None = None) -> None:
        self._sums = sums
        self._mirror = mirror
        self._components = components  # of the seed's fit
        self._cells = cells
        # Each is wanted by several recipes and scores.
        self._fits: dict[tuple[str, bool, int], Rows | None] = {}
        self._parts: dict[tuple[int, bool], Statistics] = {}
        self._trainings: dict[tuple[int, bool, int], Training] = {}

    def folds(self, people: bool) -> int:
        """How many folds there are of recordings, or of people."""
        return self._cells.person_folds if people else self._cells.video_folds

    def rows(self, recipe: Recipe, fold: int, *, people: bool, bins: int = BINS) -> Rows | None:
        """The fit of all folds but one; only recordings of the first `bins` bins train. None where it cannot be had."""
        key = f"{recipe.name} {bins}", people, fold
        if key not in self._fits:
            self._fits[key] = self._fit(recipe, fold, people, bins)
        return self._fits[key]

    def training_frames(self, fold: int, *, people: bool, bins: int = BINS) -> int:
        """Frames that such a fit has."""
        return sum(one.frames for one in self._training(fold, people, bins).parts)

    def tested(self, fold: int, *, people: bool) -> Statistics:
        """The statistics of a fold."""
        if (fold, people) not in self._parts:
            self._parts[fold, people] = self._sums.part(fold, people=people)
        return self._parts[fold, people]

    def r2(self, recipe: Recipe, *, people: bool, bins: int = BINS, vertices: npt.ArrayLike | None = None) -> R2 | None:
        """R2 of each fold about its own mean; None where there are no folds, or the recipe cannot be fit in one."""
        scores: list[float | None] = []
        for fold in range(self.folds(people)):
            rows = self.rows(recipe, fold, people=people, bins=bins)
            tested = self.tested(fold, people=people)
            scores.append(None if rows is None else tested.r2(rows.coef, rows.intercept, vertices))
        return _summary(scores)

    def within(self, recipe: Recipe) -> R2 | None:
        """R2 by folds of people, with each person's mean taken out of observed and predicted meshes."""
        scores: list[float | None] = []
        for fold in range(self._cells.person_folds):
            rows, test, means = (
                self.rows(recipe, fold, people=True),
                self.tested(fold, people=True),
                self._sums.people[fold],
            )
            variation = float(test.variation.sum() - means.variation.sum())
            if rows is None or not variation > 1e-9 * float(test.variation.sum()):
                return None
            left = test.squared_error(rows.coef, rows.intercept) - means.squared_error(rows.coef, rows.intercept)
            scores.append(1.0 - float(left.sum()) / variation)
        return _summary(scores)

    def _training(self, fold: int, people: bool, bins: int) -> Training:
        key = fold, people, bins
        if key not in self._trainings:
            others = [part for part in range(self.folds(people)) if part != fold]
            if bins == BINS:
                parts = [self.tested(part, people=people) for part in others]
            else:
                parts = [self._sums.part(part, people=people, bins=bins) for part in others]
            means = Statistics.total(self._sums.people[part] for part in others) if people else None
            some = tuple(part for part in parts if part.frames)
            self._trainings[key] = Training(some, means, self._mirror, self._components)
        return self._trainings[key]

    def _fit(self, recipe: Recipe, fold: int, people: bool, bins: int) -> Rows | None:
        training = self._training(fold, people, bins)
        return recipe.make(training) if sum(part.frames for part in training.parts) > 1 else None


def evaluate(
    evaluator: Evaluator, mae: float | None, null: Null | None, unit: float, remarks: Iterable[str]
) -> Evaluation:
    """All that the statistics say, with what they do not. `unit` is the outer-canthal distance, model units."""
    seed = _scored(evaluator, FULL, None)
    return Evaluation(
        folds=evaluator.folds(False),
        person_folds=evaluator.folds(True),
        r2=_forms(lambda recipe: evaluator.r2(recipe, people=False)),
        r2_by_person=_forms(lambda recipe: evaluator.r2(recipe, people=True)),
        r2_within=_forms(evaluator.within),
        mae=mae,
        mae_percent=None if mae is None else 100.0 * mae / unit,
        regions=tuple(
            RegionScore(region=name, r2=evaluator.r2(FULL, people=False, vertices=vertices))
            for name, vertices in regions().items()
        ),
        learning_curve=tuple(_learning(evaluator)),
        recipes=(seed, *(_scored(evaluator, recipe, seed) for recipe in OTHERS)),
        null=null,
        remarks=tuple(remarks),
    )


NOT_EVALUATED = Evaluation(
    folds=0, person_folds=0, r2=_NO_FORMS, r2_by_person=_NO_FORMS, r2_within=_NO_FORMS, mae=None, mae_percent=None,
    regions=(), learning_curve=(), recipes=(), null=None, remarks=(),
)  # fmt: skip


def _forms(score: Callable[[Recipe], R2 | None]) -> Forms:
    return Forms(full=score(FULL), deployed_live=score(DEPLOYED_LIVE), deployed_zero=score(DEPLOYED_ZERO))


def _scored(evaluator: Evaluator, recipe: Recipe, seed: RecipeScore | None) -> RecipeScore:
    by_video, by_person = evaluator.r2(recipe, people=False), evaluator.r2(recipe, people=True)
    gain = error = None
    if seed is not None:
        one, other = (by_person, seed.by_person) if by_person and seed.by_person else (by_video, seed.by_video)
        if one and other:
            differences = np.subtract(one.folds, other.folds)
            gain, error = float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return RecipeScore(
        name=recipe.name, description=recipe.description, by_video=by_video, by_person=by_person,
        within=evaluator.within(recipe), gain_over_seed=gain, gain_error=error,
    )  # fmt: skip


def _learning(evaluator: Evaluator) -> Iterable[LearningPoint]:
    for bins in range(1, BINS + 1) if evaluator.folds(False) else ():
        frames = [evaluator.training_frames(fold, people=False, bins=bins) for fold in range(evaluator.folds(False))]
        yield LearningPoint(
            share=0.5 ** (BINS - bins),
            frames=round(float(np.mean(frames))),
            r2=evaluator.r2(FULL, people=False, bins=bins),
        )


def _summary(scores: list[float | None]) -> R2 | None:
    known = [score for score in scores if score is not None]
    if not known or len(known) < len(scores):
        return None
    return R2(mean=float(np.mean(known)), sd=float(np.std(known)), folds=tuple(known))
