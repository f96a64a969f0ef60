"""Which frames test which fits: folds of recordings, folds of people, and the nested bins of the learning curve."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import Array
from realtime.dataset.frames import Frames

FOLDS = 3
BINS = 5  # the first two hold 1/16 of the recordings each, and every further bin as many as all before it
LEFT_OUT = -1  # of a fold, where there are fewer groups than folds


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The fold of its recording, the fold of its person and the bin of its recording, of every row."""

    video: Array  # (n,) int8
    person: Array  # (n,) int8
    bin: Array  # (n,) int8
    video_folds: int  # 0 where there are too few recordings for folds
    person_folds: int

    def keys(self) -> Array:
        """(n,) one number for the fold and the bin of the recording: fold x `BINS` + bin."""
        keys: Array = self.video * np.int8(BINS) + self.bin
        return keys


def cells_of(frames: Frames) -> Cells:
    """Deal the kept frames: scikit-learn's `GroupKFold(3)` on the recordings, as the seed's card, and on the people."""
    video, video_folds = _dealt(frames.recording, frames.kept)
    person, person_folds = _dealt(frames.person, frames.kept)
    of_recording = np.array([_bin(name) for name in frames.recordings], np.int8)
    return Cells(video, person, of_recording[frames.recording], video_folds, person_folds)


def require_scikit_learn() -> None:
    """Raise UsageError where it is missing: before a long reading, not after it."""
    if find_spec("sklearn") is None:
        raise UsageError('Fitting and scoring need scikit-learn: pip install "meshmirror[study]"')


def _dealt(groups: Array, kept: Array) -> tuple[Array, int]:
    from sklearn.model_selection import GroupKFold

    fold = np.full(len(groups), LEFT_OUT, np.int8)
    used = groups[kept]
    if len(np.unique(used)) < FOLDS:
        return fold, 0
    rows = np.flatnonzero(kept)
    for number, (_, test) in enumerate(GroupKFold(FOLDS).split(used, groups=used)):
        fold[rows[test]] = number
    return fold, FOLDS


def _bin(recording: str) -> int:
    """By a hash of the name: the same whatever the order of the shards, and nested for a growing data set."""
    share = int.from_bytes(hashlib.sha256(recording.encode("utf-8", "surrogateescape")).digest()[:4], "big") / 2**32
    return max(0, BINS + int(np.ceil(np.log2(max(share, 2.0**-32)))) - 1)
