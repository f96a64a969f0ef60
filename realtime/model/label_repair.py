"""Checks whether an emotion model's columns have the right labels, and repairs the one known permutation.

`emotion_to_mesh_pls_v5` was published with permuted labels (py-feat 2.1.5, feat/plotting.py): its columns hold the
network's outputs in the order Neutral, Happy, Sad, Surprise, Fear, Disgust, Anger under the labels anger, disgust,
fear, happiness, sadness, surprise, neutral. A file with this fault is recognised by how its columns move the face, not
by its name. Definition, thresholds and operating curve: docs/checking-models.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, permutations
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from realtime.core.types import EMOTIONS, Array, Labels
from realtime.model.emotion_prototypes import prototypes, shared_fields
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name

LABELS: tuple[Labels, ...] = get_args(Labels)

V5: Mapping[str, str] = MappingProxyType(
    {
        "anger": "neutral",
        "disgust": "happiness",
        "fear": "sadness",
        "happiness": "surprise",
        "sadness": "fear",
        "surprise": "disgust",
        "neutral": "anger",
    }
)  # label in the file -> what its column really is

EVIDENCE = 0.05  # by which v5's mean score must exceed that of the labels as filed
RESEMBLANCE = 0.12  # mean score below which columns resemble no emotion
SHARE = 0.5  # of the best assignment's mean score that v5's must have; columns in any order have chance fits
RATIO = 4.0  # of what two assignments leave unexplained, from which on one is decisively better

# Of a model's metadata: the program that fit it on this machine. Its labels are those of the data set, which are right
# or wrong there; exchanging them here would hide it.
FITTED_BY = "fitted_by"

_AS_FILED = np.arange(len(EMOTIONS))
_V5 = np.array([EMOTIONS.index(V5[label]) for label in EMOTIONS])


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The evidence of seven columns about their labels; rows and indices in the order of EMOTIONS, by filed label."""

    scores: Array  # (7, 7) how much the column filed as row moves the face like the emotion of the column
    as_filed: float  # mean score of the labels as filed
    v5: float  # mean score of v5's known permutation
    is_v5: bool  # decided for v5's permutation
    best: tuple[int, ...]  # the assignment with the highest mean score; advice, no decision
    ratio: float  # what stays unexplained as filed, over what does with `best`; of the exchange where it is largest
    assignment: tuple[int, ...]  # as filed, with what is decided changed

    @property
    def evidence(self) -> float:
        """Mean score of v5's permutation less that of the labels as filed."""
        return self.v5 - self.as_filed

    @property
    def permuted(self) -> bool:
        """Whether the labels are decided to be wrong."""
        return self.assignment != tuple(_AS_FILED)


def judge(scores: Array) -> Verdict:
    """The verdict on scores (7, 7), rows by filed label and columns by emotion, both in the order of EMOTIONS."""
    filed, known = _total(scores, _AS_FILED), _total(scores, _V5)
    totals = scores[_AS_FILED, _assignments()].mean(axis=1)
    best = _assignments()[int(totals.argmax())] if totals.max() > filed + 1e-9 else _AS_FILED
    is_v5 = (
        known - filed >= EVIDENCE
        and known >= max(RESEMBLANCE, SHARE * float(totals.max()))
        and max(_ratios(scores, _V5, best).values(), default=1.0) < RATIO
    )
    assignment, ratio = decided(scores, best)
    return Verdict(
        scores=scores,
        as_filed=filed,
        v5=known,
        is_v5=is_v5,
        best=tuple(best.tolist()),
        ratio=ratio,
        assignment=tuple(_V5.tolist()) if is_v5 else assignment,
    )


def decided(scores: Array, best: Array) -> tuple[tuple[int, ...], float]:
    """The labels as filed with those exchanges of a better assignment that are decisive, and the largest ratio.

    scores (n, n) with the labels as filed on the diagonal; best (n,) the label of each column.
    """
    filed = np.arange(len(scores))
    assignment = filed.copy()
    exchanges = _ratios(scores, filed, best)
    for cycle, ratio in exchanges.items():
        if ratio >= RATIO:
            assignment[list(cycle)] = best[list(cycle)]
    return tuple(assignment.tolist()), max(exchanges.values(), default=1.0)


def verdict(model: LinearMeshModel) -> Verdict | None:
    """The verdict on a model's labels; None unless its features are exactly the seven emotions."""
    order = emotion_order(model.feature_columns)
    return None if order is None else judge(prototypes().scores(shared_fields(model)[list(order)]))


def repairable(model: LinearMeshModel) -> bool:
    """Whether v5's permutation is undone where a model's columns show it: not in a fit of one's own data."""
    return FITTED_BY not in model.metadata


def repaired(model: LinearMeshModel) -> LinearMeshModel:
    """The model with v5's permutation of labels undone where its columns show it; else the same model.

    The names stay in the file's order and the rows move to the label that they really are, so that a file saved from
    it is one that py-feat reads and that is not repaired again.
    """
    found = verdict(model) if repairable(model) else None
    if found is None or not found.is_v5:
        return model
    names = {canonical_name(name): name for name in model.feature_columns}
    repair = {name: names[V5[label]] for label, name in names.items()}
    at = {repair[name]: row for row, name in enumerate(model.feature_columns)}
    rows = [at[name] for name in model.feature_columns]
    notes: dict[str, Any] = {"labels_repaired": repair}
    if model.coef_full is not None:
        notes["coef_full"] = "left out: the order of its columns is not known, so its labels cannot be repaired"
    # A neutral that the file does not give was predicted from the column that is not neutral.
    predicted = np.array_equal(model.neutral_mesh, model.predict_neutral())
    return model.replaced(
        coef=np.vstack([model.coef[rows], model.coef[len(rows) :]]),
        feature_p99=None if model.feature_p99 is None else model.feature_p99[rows],
        unsupported_features=tuple(repair[name] for name in model.unsupported_features),
        coef_full=None,
        neutral_mesh=None if predicted else model.neutral_mesh,
        label_repair=repair,
        metadata=dict(model.metadata) | notes,
    )


def emotion_order(names: tuple[str, ...]) -> tuple[int, ...] | None:
    """Index of each of EMOTIONS among the names; None unless they are exactly the seven."""
    found = [canonical_name(name) for name in names]
    return tuple(found.index(label) for label in EMOTIONS) if sorted(found) == sorted(EMOTIONS) else None


def cycles(before: Array, after: Array) -> list[tuple[int, ...]]:
    """The sets of columns among which two assignments exchange labels, each as small as can be."""
    holder = {int(label): column for column, label in enumerate(before)}
    left = [column for column in range(len(before)) if before[column] != after[column]]
    found = []
    while left:
        cycle = [left[0]]
        while (following := holder[int(after[cycle[-1]])]) != cycle[0]:
            cycle.append(following)
        left = [column for column in left if column not in cycle]
        found.append(tuple(cycle))
    return found


def _ratios(scores: Array, before: Array, after: Array) -> dict[tuple[int, ...], float]:
    """What the first assignment leaves unexplained over what the second leaves, for each set of exchanged labels."""
    found = {}
    for cycle in cycles(before, after):
        columns = list(cycle)
        left_before = float((1.0 - scores[columns, before[columns]]).sum())
        left_after = float((1.0 - scores[columns, after[columns]]).sum())
        found[cycle] = left_before / max(left_after, 1e-9)
    return found


def _total(scores: Array, assignment: Array) -> float:
    return float(scores[_AS_FILED, assignment].mean())


@lru_cache(maxsize=1)
def _assignments() -> Array:
    """All 5,040 assignments of seven labels to seven columns: fewer than it takes to load a solver."""
    every = chain.from_iterable(permutations(range(len(EMOTIONS))))
    return np.fromiter(every, np.intp).reshape(-1, len(EMOTIONS))
