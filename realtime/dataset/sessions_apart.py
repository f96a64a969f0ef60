"""One person's sessions dealt into folds, and what is predicted of each by fits that have not seen it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array
from realtime.dataset.folds import BINS, LEFT_OUT, Cells
from realtime.dataset.frames import Frames
from realtime.dataset.recipes import Rows
from realtime.dataset.shrinkage import Shrinkage, choose_penalty
from realtime.dataset.sums import Sums
from realtime.geometry.statistics import F64, Statistics

FoldsOf = Literal["sessions", "groups of sessions", "blocks of one session"]
MOST_FOLDS = 10
BLOCKS = BINS  # in time, of each session
_FEW = 2  # sessions; a single one that is left for training is cross-validated by its blocks


def cells_of_sessions(frames: Frames, stamps: Array) -> Cells:
    """The session (in the place of the fold of recordings) and, where there are only one or two, the block in time (in
    the place of the bin) of every kept frame.
    """
    kept = np.flatnonzero(frames.kept)
    session, block = np.full(len(frames.kept), LEFT_OUT, np.int32), np.zeros(len(frames.kept), np.int8)
    sessions, session[kept] = np.unique(frames.recording[kept], return_inverse=True)
    for at in range(len(sessions)) if len(sessions) <= _FEW else ():
        rows = np.flatnonzero(session == at)
        rows = rows[np.argsort(stamps[rows], kind="stable")]
        block[rows] = np.arange(len(rows)) * BLOCKS // len(rows)
    return Cells(session, np.zeros(len(session), np.int8), block, len(sessions), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Frames of one session, whole or a part of it."""

    session: int
    residual: Statistics  # of the model towards which is shrunk


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Frames that are held out together."""

    blocks: tuple[Block, ...]
    variation: float  # of the observed meshes about their mean, summed; of a block about the mean of the session

    @property
    def total(self) -> Statistics:
        """All of its frames."""
        return Statistics.total(block.residual for block in self.blocks)


def folds_of(sums: Sums, given: Rows) -> tuple[FoldsOf, tuple[Fold, ...]]:
    """What the folds are, and the folds; `given` is what is shrunk towards, about the center of the sums.

    A fold is a session; of more than ten sessions some, with about as many frames; of a single one a block of it.
    """
    by_session: dict[int, list[int]] = {}
    for key in sorted(sums.recordings):
        by_session.setdefault(key // BINS, []).append(key)
    if len(by_session) == 1:
        # A block of some seconds hardly moves about its own mean: what it would be compared with is nearly nothing.
        total = sums.all
        mean = total.y / total.frames
        groups = [[key] for keys in by_session.values() for key in keys]
        return "blocks of one session", tuple(_fold(sums, keys, given, mean) for keys in groups)
    if len(by_session) <= MOST_FOLDS:
        return "sessions", tuple(_fold(sums, keys, given) for keys in by_session.values())
    dealt: list[list[int]] = [[] for _ in range(MOST_FOLDS)]
    room = np.zeros(MOST_FOLDS)
    frames = {at: sum(sums.recordings[key].frames for key in keys) for at, keys in by_session.items()}
    for at in sorted(by_session, key=lambda at: (-frames[at], at)):
        smallest = int(np.argmin(room))
        room[smallest] += frames[at]
        dealt[smallest] += by_session[at]
    return "groups of sessions", tuple(_fold(sums, keys, given) for keys in dealt)


def _fold(sums: Sums, keys: list[int], given: Rows, mean: F64 | None = None) -> Fold:
    """Some cells; `mean` (478, 3) about the center, None: of these frames."""
    blocks = tuple(Block(key // BINS, sums.recordings[key].residual(given.coef, given.intercept)) for key in keys)
    observed = Statistics.total(sums.recordings[key] for key in keys)
    variation = observed.variation if mean is None else observed.squared_error(np.zeros_like(given.coef), mean)
    return Fold(blocks, float(variation.sum()))


def fit_all(folds: Sequence[Fold], inputs: npt.ArrayLike | None = None) -> tuple[float, Shrinkage]:
    """The penalty that cross-validation over these folds chooses, and the fits of all of their frames.

    Of the folds of a single session its blocks predict each other. `inputs`: only the coefficients of these are
    changed, by their places.
    """
    blocks = [block for fold in folds for block in fold.blocks]
    parts = [_sessions(fold.blocks) for fold in folds] if len(folds) > 1 else [[block.residual] for block in blocks]
    return choose_penalty(parts, inputs), Shrinkage(_sessions(blocks), inputs)


def errors_of_each(folds: Sequence[Fold], inputs: npt.ArrayLike | None = None) -> F64:
    """(folds,) squared errors of each fold, summed; the others alone choose the penalty and are fit with it."""
    errors = []
    for at, fold in enumerate(folds):
        penalty, fits = fit_all([one for other, one in enumerate(folds) if other != at], inputs)
        errors.append(float(fits.errors(fold.total, (penalty,))[0]))
    return np.array(errors)


def errors_by_neutral(folds: Sequence[Fold]) -> F64:
    """(folds,) the same where only the intercept is fit."""
    errors = []
    for at, fold in enumerate(folds):
        others = [one.total for other, one in enumerate(folds) if other != at]
        errors.append(float(Shrinkage(others).errors(fold.total, (np.inf,))[0]))
    return np.array(errors)


def _sessions(blocks: Iterable[Block]) -> list[Statistics]:
    """The statistics of each session, all of its blocks together."""
    found: dict[int, Statistics] = {}
    for block in blocks:
        known = found.get(block.session)
        found[block.session] = block.residual if known is None else Statistics.total((known, block.residual))
    return list(found.values())
