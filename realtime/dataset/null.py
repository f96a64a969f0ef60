"""What R2 would be if the features said nothing of the mesh: those of another recording at the same relative time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from realtime.core.study_reports import Null
from realtime.core.types import Array
from realtime.dataset.design import inputs
from realtime.dataset.evaluator import Mirror
from realtime.dataset.frames import Frames
from realtime.dataset.recipes import Recipe, Training
from realtime.geometry.statistics import Statistics

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

DRAWS = 99
MOST_FRAMES = 2000
_FEW_RECORDINGS = 30
_SEED = 20250


def sampled_rows(frames: Frames, most: int = MOST_FRAMES) -> Array:
    """(m,) kept rows, about `most` at most: of whole recordings that are spread over the data set; where there
    are few recordings, of every one of them.
    """
    recordings, counts = np.unique(frames.recording[frames.kept], return_counts=True)
    if len(recordings) < _FEW_RECORDINGS:
        rows = np.flatnonzero(frames.kept)
        return rows[:: max(1, len(rows) // most)]
    order = np.random.default_rng(_SEED).permutation(len(recordings))
    enough = max(_FEW_RECORDINGS, int(np.searchsorted(np.cumsum(counts[order]), most)))
    wanted = np.zeros(len(frames.recordings), bool)
    wanted[recordings[order[:enough]]] = True
    return np.flatnonzero(frames.kept & wanted[frames.recording])


def null_of(
    frames: Frames,
    folds: Array,
    rows: Array,
    meshes: F32,
    count: int,
    recipe: Recipe,
    mirror: Mirror | None,
    components: int | None,
    after_draw: Callable[[], None] = lambda: None,
) -> Null | None:
    """R2 of a recipe on a sample, with its own features and with those of other recordings.

    `folds` (n,) the fold of each row, `count` of them; `rows` (m,) the sample, `meshes` (m, 478, 3) aligned, about a
    center, `mirror` and `components` what the recipe may need besides; `after_draw` is called after each draw.
    None where a fold has no frame in the sample, and for a recipe that needs each person's mean.
    """
    at = [np.flatnonzero(folds[rows] == fold) for fold in range(count)]
    if not count or any(len(one) < 2 for one in at):
        return None
    y = [meshes[one].astype(np.float64) for one in at]
    probabilities, pose = frames.probabilities, frames.pose[rows]
    x = inputs(frames.features[rows], pose, probabilities=probabilities)
    outputs = [Statistics.of(x[one], mesh) for one, mesh in zip(at, y, strict=True)]

    def score(features: F32) -> float | None:
        x = inputs(features, pose, probabilities=probabilities)
        parts = [whole.with_inputs(x[one], mesh) for whole, one, mesh in zip(outputs, at, y, strict=True)]
        scores = []
        for fold, part in enumerate(parts):
            others = tuple(other for number, other in enumerate(parts) if number != fold)
            fit = recipe.make(Training(others, mirror=mirror, components=components))
            scores.append(None if fit is None else part.r2(fit.coef, fit.intercept))
        known = [score for score in scores if score is not None]
        return float(np.mean(known)) if len(known) == len(scores) else None

    own = score(frames.features[rows])
    rng = np.random.default_rng(_SEED)
    starts, lengths = _recordings(frames.recording[rows])
    drawn = []
    for _ in range(DRAWS):
        other = rows[_elsewhere(starts, lengths, rng)]
        found = score(frames.features[other])
        after_draw()
        if found is not None:
            drawn.append(found)
    if own is None or len(drawn) < DRAWS:
        return None
    return Null(
        draws=DRAWS,
        frames=len(rows),
        recordings=len(starts),
        r2=own,
        mean=float(np.mean(drawn)),
        highest=max(drawn),
        p=(1 + sum(one >= own for one in drawn)) / (DRAWS + 1),
    )


def _recordings(codes: Array) -> tuple[Array, Array]:
    """Where the runs of one recording start in the sample, and their lengths."""
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return starts, np.diff(np.append(starts, len(codes)))


def _elsewhere(starts: Array, lengths: Array, rng: np.random.Generator) -> Array:
    """(m,) for each frame the place of one of another recording, at the same relative time."""
    order = rng.permutation(len(starts))
    other = np.empty(len(starts), np.int64)
    other[order] = np.roll(order, 1)  # one cycle: none is paired with itself
    places = []
    for length, donor in zip(lengths, other, strict=True):
        moment = (np.arange(length) + 0.5) / length
        places.append(starts[donor] + np.minimum((moment * lengths[donor]).astype(np.int64), lengths[donor] - 1))
    return np.concatenate(places)
