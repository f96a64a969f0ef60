"""The table of recipes on the same folds, and what follows from it: which to use, and by how much it is better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from realtime.core.study_reports import R2, Ceiling, RecipeScore, RecordingGains
from realtime.dataset.evaluator import Evaluator, summary
from realtime.dataset.held_out import SecondHalves
from realtime.dataset.recipes import FULL, MODELS, OTHERS, PLAIN, Recipe
from realtime.dataset.t_interval import t_interval

GAIN = "own gain"  # of a recipe
_WITHIN = "within person"
_FAR = 10.0  # beyond it R2 is of a fit that was asked for what it has never seen


def score_recipes(evaluator: Evaluator, halves: SecondHalves | None, recipe: Recipe) -> tuple[RecipeScore, ...]:
    """The seed's recipe and the others, with their differences to it.

    `halves` are of the fits of `recipe`, which is scored with a gain for each recording as well; None: they are not
    known.
    """
    seed = _scored(evaluator, FULL, halves, None)
    others = [_scored(evaluator, other, halves, seed) for other in OTHERS]
    if halves is not None and seed.second_half is not None:
        others.append(_with_gain(evaluator, halves, recipe, seed))
    return seed, *others


def gains_of(halves: SecondHalves) -> RecordingGains | None:
    """What the gains of the recordings are; None where no recording has a second half."""
    gains = halves.gain[halves.variation > 0]
    if not len(gains):
        return None
    low, median, high = np.percentile(gains, (25, 50, 75))
    return RecordingGains(recordings=len(gains), median=float(median), low=float(low), high=float(high))


def advice(recipes: Sequence[RecipeScore], fit: str, ceiling: Ceiling | None, people_known: bool) -> Iterator[str]:
    """Which recipe to use, what the others show, each with its uncertainty; `fit` is the recipe of the model.

    Where people are not known, each recording counts as one, and nothing is said of people.
    """
    by_name = {one.name: one for one in recipes}
    compared = [by_name[name] for name in MODELS if name in by_name and by_name[name].gain_interval is not None]
    if not compared:
        return
    best = max(compared, key=lambda one: one.gain_over_seed or 0.0)
    whose = "people" if people_known and best.compared_by == "by_person" else "recordings"
    reached, name = max((_compared_mean(one), one.name) for one in (by_name[FULL.name], best))
    if reached <= 0:
        yield (
            f"Use none of these for other {whose}: of those that were not seen no recipe predicts more than the mean "
            f"mesh does (R2 0); the best of them, '{name}', has {_number(reached, digits=2)}. "
            f"More {whose} are needed."
        )
        return
    if best.gain_interval is not None and best.gain_interval[0] > 0:
        yield (
            f"Use the recipe '{best.name}' (--recipe {best.name.replace(' ', '-')}): on {whose} that it has not seen "
            f"it is better than the seed's, {_difference(best)}."
        )
    else:
        yield (
            f"Use the seed's recipe: on {whose} that were not seen no other that a model can be fit by is shown to be "
            f"better; the nearest, '{best.name}', differs by {_difference(best)}."
        )
    within, seed = by_name.get(_WITHIN), by_name[FULL.name]
    if within is not None and within.within is not None and seed.within is not None:
        value, interval = _compared(within.within, seed.within)
        if interval is not None and interval[0] > 0:
            yield (
                f"Of the changes of a face about its own mean '{_WITHIN}' predicts more than the seed's recipe: "
                f"{_signed(value, interval)}. Where a model is used with each person's own neutral, use that one."
            )
    plain = by_name.get(PLAIN.name)
    if plain is not None and plain.gain_over_seed is not None and plain.gain_interval is not None:
        low, high = plain.gain_interval
        yield (
            "The products of pose and features are worth "
            f"{_signed(-plain.gain_over_seed, (-high, -low))} over a fit without them."
        )
    gain = by_name.get(f"{fit}, {GAIN}")
    if gain is not None and gain.second_half is not None and (without := by_name[fit].second_half) is not None:
        value, interval = _compared(gain.second_half, without)
        if interval is not None:
            yield (
                "One gain for each recording, taken from its first half, changes R2 within recordings in the second "
                f"half by {_signed(value, interval)}."
            )
    if ceiling is not None and ceiling.interval is not None:
        beside = (
            f"a small neural network on {ceiling.frames:,} frames of {ceiling.recordings:,} recordings, beside a "
            f"linear fit of the same frames: {_signed(ceiling.difference, ceiling.interval)}."
        )
        yield (
            f"A linear model leaves something on the table: {beside}"
            if ceiling.interval[0] > 0
            else f"Nothing shows that a linear model leaves anything on the table: {beside}"
        )


def _scored(evaluator: Evaluator, recipe: Recipe, halves: SecondHalves | None, seed: RecipeScore | None) -> RecipeScore:
    by_video, by_person = evaluator.r2(recipe, people=False), evaluator.r2(recipe, people=True)
    found = RecipeScore(
        name=recipe.name, description=recipe.description, by_video=by_video, by_person=by_person,
        within=evaluator.within(recipe),
        second_half=None if halves is None else evaluator.second_half(recipe, halves),
        compared_by=None, gain_over_seed=None, gain_error=None, gain_interval=None,
    )  # fmt: skip
    if seed is None:
        return found
    if by_person and seed.by_person:
        return _beside(found, "by_person", by_person, seed.by_person)
    return _beside(found, "by_video", by_video, seed.by_video) if by_video and seed.by_video else found


def _with_gain(evaluator: Evaluator, halves: SecondHalves, recipe: Recipe, seed: RecipeScore) -> RecipeScore:
    score = summary(halves.r2_with_gain(fold) for fold in range(evaluator.folds(False)))
    found = RecipeScore(
        name=f"{recipe.name}, {GAIN}",
        description=f"the recipe '{recipe.name}'; its predicted changes of each recording are multiplied by one gain, "
        "taken from the first half",
        by_video=None, by_person=None, within=None, second_half=score,
        compared_by=None, gain_over_seed=None, gain_error=None, gain_interval=None,
    )  # fmt: skip
    return _beside(found, "second_half", score, seed.second_half) if score and seed.second_half else found


def _beside(found: RecipeScore, by: str, own: R2, seed: R2) -> RecipeScore:
    """With the difference to the seed's recipe."""
    value, interval = _compared(own, seed)
    error = float(np.subtract(own.folds, seed.folds).std(ddof=1) / np.sqrt(len(own.folds)))
    return found.model_copy(
        update={"compared_by": by, "gain_over_seed": value, "gain_error": error, "gain_interval": interval}
    )


def _compared(own: R2, other: R2) -> tuple[float, tuple[float, float] | None]:
    differences = np.subtract(own.folds, other.folds)
    return float(differences.mean()), t_interval(differences)


def _difference(score: RecipeScore) -> str:
    assert score.gain_over_seed is not None and score.gain_interval is not None
    return _signed(score.gain_over_seed, score.gain_interval)


def _compared_mean(score: RecipeScore) -> float:
    found = score.by_person or score.by_video
    return -np.inf if found is None else found.mean


def _signed(value: float, interval: tuple[float, float]) -> str:
    low, high = (_number(end, like=value, sign="+") for end in interval)
    return f"{_number(value, sign='+')} in R2 (95 % interval {low} to {high})"


def _number(value: float, like: float | None = None, sign: str = "", digits: int = 4) -> str:
    form = f".{digits}f" if abs(value if like is None else like) < _FAR else ",.0f"
    return f"{value:{sign}{form}}"
