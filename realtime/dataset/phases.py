"""The phases of a fit and of the scoring of a model, with what they cost: for the time that remains."""

from __future__ import annotations

from realtime.core.progress import Phase
from realtime.dataset.folds import FOLDS
from realtime.dataset.null import DRAWS

FEATURES = "reading features and anchors"
ALIGNMENT = "aligning"
SUMS = "reading meshes, sums"
ERRORS = "reading meshes, errors"
CHANCE = "chance level"
CEILING = "a small neural network beside the linear fit"
SCORES = "scoring"
# Seconds of one core, measured with 60,000 rows of a simulated data set. Only their proportions matter.
_OF_A_ROW = {FEATURES: 19e-6, ALIGNMENT: 5e-6, SUMS: 42e-6, ERRORS: 34e-6}
_OF_A_DRAW, _OF_A_NETWORK, _OF_SCORES = 0.011, 1.0, 0.3
DRAWING = Phase("drawing the atlas and the report", 1, 1.5)


def phases_of_fit(frames: int, workers: int, *, evaluated: bool) -> tuple[Phase, ...]:
    """Of a fit of so many frames, whose readings are shared by `workers`."""
    readings = _readings(frames, workers)
    if not evaluated:
        return tuple(phase for phase in readings if phase.name != ERRORS)
    return (
        *readings,
        Phase(CHANCE, DRAWS, DRAWS * _OF_A_DRAW),
        Phase(CEILING, FOLDS, FOLDS * _OF_A_NETWORK),
        Phase(SCORES, 1, _OF_SCORES),
    )


def phases_of_scoring(frames: int, workers: int) -> tuple[Phase, ...]:
    """Of the scoring of a model on so many frames."""
    return _readings(frames, workers)


def _readings(frames: int, workers: int) -> tuple[Phase, ...]:
    return tuple(Phase(name, frames, frames * cost / workers) for name, cost in _OF_A_ROW.items())
