"""What the difference of a recipe to the seed's is worth."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.core.study_reports import RecipeScore


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference with its 95 % interval over the folds (Student's t), which is a rough one for three folds."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> int:
        """1: better, -1: worse, 0: neither is shown, as the interval holds 0."""
        return (self.low > 0) - (self.high < 0)


def difference_of(recipe: RecipeScore) -> Difference | None:
    """None for the seed's recipe itself, where it could not be scored, and where it predicts what the seed's does."""
    if recipe.gain_over_seed is None or recipe.gain_interval is None:
        return None
    if recipe.gain_over_seed == 0 and recipe.gain_error == 0:
        return None
    return Difference(recipe.gain_over_seed, *recipe.gain_interval)
