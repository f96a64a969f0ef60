"""The chance level of a fit: what features of random models reach on the same faces.

A fit is made for each frame, so shifts in time say nothing of it. Its null is models of equal size and smoothness that
move the face otherwise (`realtime.geometry.random_fields`); the n-th of them is the same one for all recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from realtime.core.compare_scores import FloorNull
from realtime.geometry.random_fields import random_projections
from realtime.model import Inverse
from realtime.pipeline.compare.scoring import Scored
from realtime.pipeline.compare.setups import F64
from realtime.pipeline.compare.spool import I64, Bools

MODELS = 30
_FRAMES = 40  # of a recording: thirty fits each
_SEED = 1992


class RandomFits:
    """Fits of random models to some frames of a recording, evenly spaced over it."""

    def __init__(self, inverse: Inverse, frames: int) -> None:
        """`inverse`: of the model; `frames`: how many the recording has."""
        self._inverse = inverse
        self._every = max(1, -(-frames // _FRAMES))
        self._sums = np.zeros(MODELS + 3)  # squared errors of the random models, of the model, of the baseline; frames
        self._compared = 0

    def add(self, scored: Scored, compared: Bools, numbers: I64) -> None:
        """Add the frames of a chunk: which of them are in the scores (n,), and their numbers in the recording (n,)."""
        there, calibrated = scored.there, "sse_adjusted" in scored.columns
        self._compared += int(np.count_nonzero(compared & there))
        rows = np.flatnonzero((compared & (numbers % self._every == 0))[there])
        floor = scored.columns["floor_sse_adjusted" if calibrated else "floor_sse"][rows]
        rows, floor = rows[np.isfinite(floor)], floor[np.isfinite(floor)]
        if not len(rows):
            return
        moved = scored.moved[rows]
        squares = np.einsum("nvc,nvc->n", moved, moved)
        rng = np.random.default_rng(_SEED)
        for at, along in enumerate(random_projections(moved, self._inverse.directions, rng, MODELS)):
            beside = squares - np.einsum("nr,nr->n", along, along)
            within = sum(self._inverse.unreached(face) for face in along)
            self._sums[at] += max(0.0, float(beside.sum())) + within
        baseline = scored.columns["own_neutral_sse" if calibrated else "mean_mesh_sse"][rows]
        self._sums[MODELS:] += float(floor.sum()), float(baseline.sum()), float(len(rows))

    def arrays(self) -> dict[str, F64]:
        """What has to be kept: the sums, and by how much they have to be multiplied to stand for all frames."""
        taken = float(self._sums[-1])
        # Eigenvectors are determined to about 1e-12: without the last digits any number of threads gives the same.
        sums = np.array([float(f"{value:.7g}") for value in self._sums])
        return {"sums": sums, "weight": np.array(self._compared / taken if taken else 0.0)}


def floor_null(some: Iterable[Mapping[str, F64]]) -> FloorNull | None:
    """The null of the fits of several recordings, each by its frames in the scores, from what `arrays` gave of each."""
    total, frames = np.zeros(MODELS + 2), 0
    for one in some:
        total += float(one["weight"]) * one["sums"][:-1]
        frames += round(float(one["sums"][-1]))
    if not frames or not total[-1] > 0:
        return None
    skills = 1.0 - total[:-1] / total[-1]
    by_chance, own = skills[:MODELS], float(skills[MODELS])
    return FloorNull(
        models=MODELS,
        frames=frames,
        skill=own,
        lowest=float(by_chance.min()),
        median=float(np.median(by_chance)),
        highest=float(by_chance.max()),
        p=float(1 + np.count_nonzero(by_chance >= own)) / (1 + MODELS),
    )
