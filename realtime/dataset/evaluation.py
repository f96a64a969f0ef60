"""All that is found of a data set's fits, from the statistics of its folds and the readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from realtime.core.study_reports import R2, Ceiling, Evaluation, Forms, LearningPoint, Null, RegionScore, TrackerWorth
from realtime.dataset.evaluator import Evaluator
from realtime.dataset.folds import BINS
from realtime.dataset.held_out import ThirdReading
from realtime.dataset.recipe_scores import advice, gains_of, score_recipes
from realtime.dataset.recipes import Recipe
from realtime.geometry import regions

FormsOf = tuple[Recipe, Recipe, Recipe]  # a recipe; its models as they are used with the live pose; at pose 0

_NO_FORMS = Forms(full=None, deployed_live=None, deployed_zero=None)


def evaluate(
    evaluator: Evaluator,
    forms: FormsOf,
    third: ThirdReading | None,
    null: Null | None,
    ceiling: Ceiling | None,
    other_tracker: TrackerWorth | None,
    unit: float,
    people_known: bool,
    remarks: Iterable[str],
) -> Evaluation:
    """All that was found of the recipe of the model, with what it does not show, and the other recipes beside it.

    `third` and `null` are of the fits of the same recipe. `unit` is the outer-canthal distance, model units.
    """
    recipe = forms[0]
    halves = None if third is None else third.halves
    recipes = score_recipes(evaluator, halves, recipe)
    return Evaluation(
        folds=evaluator.folds(False),
        person_folds=evaluator.folds(True),
        r2=_forms(forms, lambda form: evaluator.r2(form, people=False)),
        r2_by_person=_forms(forms, lambda form: evaluator.r2(form, people=True)),
        r2_within=_forms(forms, evaluator.within),
        mae=None if third is None else third.mae,
        mae_percent=None if third is None else 100.0 * third.mae / unit,
        regions=tuple(
            RegionScore(region=name, r2=evaluator.r2(recipe, people=False, vertices=vertices))
            for name, vertices in regions().items()
        ),
        learning_curve=tuple(_learning(evaluator, recipe)),
        recipes=recipes,
        advice=tuple(advice(recipes, recipe.name, ceiling, people_known)),
        gains=None if halves is None else gains_of(halves),
        ceiling=ceiling,
        other_tracker=other_tracker,
        null=null,
        remarks=tuple(remarks),
    )


NOT_EVALUATED = Evaluation(
    folds=0, person_folds=0, r2=_NO_FORMS, r2_by_person=_NO_FORMS, r2_within=_NO_FORMS, mae=None, mae_percent=None,
    regions=(), learning_curve=(), recipes=(), advice=(), gains=None, ceiling=None, other_tracker=None, null=None,
    remarks=(),
)  # fmt: skip


def _forms(forms: FormsOf, score: Callable[[Recipe], R2 | None]) -> Forms:
    full, live, zero = map(score, forms)
    return Forms(full=full, deployed_live=live, deployed_zero=zero)


def _learning(evaluator: Evaluator, recipe: Recipe) -> Iterable[LearningPoint]:
    for bins in range(1, BINS + 1) if evaluator.folds(False) else ():
        frames = [evaluator.training_frames(fold, people=False, bins=bins) for fold in range(evaluator.folds(False))]
        yield LearningPoint(
            share=0.5 ** (BINS - bins),
            frames=round(float(np.mean(frames))),
            r2=evaluator.r2(recipe, people=False, bins=bins),
        )
