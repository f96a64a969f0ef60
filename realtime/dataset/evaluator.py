"""Fits of recipes to some folds of a data set, tested on the others, from the statistics of the folds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from realtime.core.study_reports import R2
from realtime.dataset.folds import BINS, Cells
from realtime.dataset.held_out import SecondHalves
from realtime.dataset.recipes import Recipe, Rows, Training
from realtime.dataset.sums import Sums
from realtime.geometry.statistics import Statistics

Mirror = Callable[[Statistics], Statistics]


class Evaluator:
    """Fits recipes to all folds but one and tests them on it, fold by fold."""

    def __init__(self, sums: Sums, cells: Cells, mirror: Mirror | None, components: int | None = None) -> None:
        self._sums = sums
        self._mirror = mirror
        self._components = components  # of the seed's fit
        self._cells = cells
        # Where the folds of recordings are those of people, each person's mean is known in these as well.
        self._same_folds = bool(np.array_equal(cells.video, cells.person))
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
        return summary(scores)

    def within(self, recipe: Recipe) -> R2 | None:
        """R2 by folds of people, with each person's mean taken out of observed and predicted meshes."""
        return summary(
            self._within(recipe, fold, self.tested(fold, people=True), self._sums.people[fold], people=True)
            for fold in range(self._cells.person_folds)
        )

    def second_half(self, recipe: Recipe, halves: SecondHalves) -> R2 | None:
        """R2 by folds of recordings of their second halves, with each recording's mean taken out on both sides."""
        return summary(
            self._within(recipe, fold, halves.frames[fold], halves.means[fold], people=False)
            if fold in halves.frames
            else None
            for fold in range(self._cells.video_folds)
        )

    def _within(
        self, recipe: Recipe, fold: int, tested: Statistics, means: Statistics, *, people: bool
    ) -> float | None:
        rows = self.rows(recipe, fold, people=people)
        return None if rows is None else tested.r2_within(means, rows.coef, rows.intercept)

    def make(self, recipe: Recipe) -> Rows | None:
        """The fit of all frames. None where it cannot be had."""
        people = bool(self._cells.person_folds)
        parts = [self.tested(fold, people=people) for fold in range(self.folds(people))] or [self._sums.all]
        means = Statistics.total(one for _, one in sorted(self._sums.people.items()))
        return recipe.make(Training(tuple(parts), means, self._mirror, self._components))

    def _training(self, fold: int, people: bool, bins: int) -> Training:
        key = fold, people, bins
        if key not in self._trainings:
            others = [part for part in range(self.folds(people)) if part != fold]
            if bins == BINS:
                parts = [self.tested(part, people=people) for part in others]
            else:
                parts = [self._sums.part(part, people=people, bins=bins) for part in others]
            known = people or (self._same_folds and bins == BINS)
            means = Statistics.total(self._sums.people[part] for part in others) if known else None
            some = tuple(part for part in parts if part.frames)
            self._trainings[key] = Training(some, means, self._mirror, self._components)
        return self._trainings[key]

    def _fit(self, recipe: Recipe, fold: int, people: bool, bins: int) -> Rows | None:
        training = self._training(fold, people, bins)
        return recipe.make(training) if sum(part.frames for part in training.parts) > 1 else None


def summary(scores: Iterable[float | None]) -> R2 | None:
    """The scores of the folds as a report has them; None where there is none or one is missing."""
    all_of_them = list(scores)
    known = [score for score in all_of_them if score is not None]
    if not known or len(known) < len(all_of_them):
        return None
    return R2(mean=float(np.mean(known)), sd=float(np.std(known)), folds=tuple(known))
