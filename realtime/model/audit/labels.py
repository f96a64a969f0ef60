"""Compares a model's labels with the effect of its columns: emotions with prototypes, action units with py-feat's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from realtime.core.types import EMOTIONS, Array
from realtime.model.audit.anatomy import Movement, movements
from realtime.model.builtin import action_units
from realtime.model.emotion_prototypes import prototypes
from realtime.model.label_repair import RATIO, RESEMBLANCE, decided, emotion_order, judge, repairable
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name

LabelState = Literal["ok", "note", "bad"]

# Mean score below which nothing is said of the labels. It is that of right columns that are disturbed by as much as
# twice their own size, where 0.2 % of right files would be accused (docs/checking-models.md).
TELLING = 0.25


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """A finding of the audit."""

    name: str
    state: LabelState
    found: str  # one or two sentences

    def to_json(self) -> dict[str, Any]:
        """For --json."""
        return {"name": self.name, "state": self.state, "found": self.found}


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A labelled column compared with its reference. All labels are spelled as in the file."""

    label: str  # in the file
    moves_like: str  # the label that it is taken for: as filed unless decided otherwise
    scores: Mapping[str, float]  # cosine with what each label should do
    movements: tuple[Movement, ...]  # what anatomy expects of `moves_like`; empty for other families than emotions

    @property
    def score(self) -> float:
        """How much it moves the face like the label that it is taken for."""
        return self.scores[self.moves_like]

    @property
    def next_best(self) -> str:
        """The other label that it moves the face most like."""
        return max((label for label in self.scores if label != self.moves_like), key=lambda label: self.scores[label])

    @property
    def margin(self) -> float:
        """By how much its score exceeds that of the next best label; negative where it falls short."""
        return self.score - self.scores[self.next_best]

    def to_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            "label": self.label,
            "moves_like": self.moves_like,
            "score": self.score,
            "next_best": self.next_best,
            "margin": self.margin,
            "scores": dict(self.scores),
            "movements": [movement.to_json() for movement in self.movements],
        }


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """What was found about the labels. All labels are spelled as in the file."""

    permutation: Literal["as filed", "v5", "other"]
    as_filed: float  # mean score of the labels as filed
    v5: float | None  # mean score of v5's permutation; None for other families than emotions
    assignment: Mapping[str, str]  # label in the file -> label that its column is taken for
    advice: Mapping[str, str]  # the best free assignment, decided or not
    advice_score: float  # its mean score
    ratio: float  # what the labels as filed leave unexplained over what the advice leaves; decisive from RATIO on
    columns: tuple[LabelColumn, ...]

    @property
    def permuted(self) -> bool:
        """Whether the labels are decided to be wrong."""
        return self.permutation != "as filed"

    def to_json(self) -> dict[str, Any]:
        """For --json, without what is at the report's top."""
        return {
            "permutation": self.permutation,
            "as_filed": self.as_filed,
            "v5": self.v5,
            "advice": {
                "assignment": dict(self.advice),
                "score": self.advice_score,
                "ratio": self.ratio,
                "decisive_from": RATIO,
            },
            "columns": [column.to_json() for column in self.columns],
        }


def check_labels(model: LinearMeshModel, rows: Array) -> tuple[LabelCheck | None, LabelFinding]:
    """The labels of a model with feature rows (k, 478, 3) in the shared frame; None where there is no reference."""
    found: LabelCheck | None = None
    if (order := emotion_order(model.feature_columns)) is not None:
        found = _emotions(model, rows, order)
    elif model.feature_name == "au":
        if np.array_equal(model.coef, action_units().coef):
            text = "The action units are those of py-feat's bundled model, the reference of the others."
            return None, LabelFinding("labels", "ok", text)
        found = _units(model, rows)
    if found is None:
        return None, LabelFinding("labels", "note", "There is no reference for the labels of this model.")
    return found, _finding(found, repairable(model))


def _emotions(model: LinearMeshModel, rows: Array, order: tuple[int, ...]) -> LabelCheck:
    found = judge(prototypes().scores(rows[list(order)]))
    if found.is_v5 and found.v5 < TELLING and not repairable(model):
        # Of a published file the fault is known beforehand; of a fit on one's own data it would be a guess.
        found = replace(found, is_v5=False, assignment=tuple(range(len(order))))
    names = [model.feature_columns[at] for at in order]
    neutral = rows[order[found.assignment.index(EMOTIONS.index("neutral"))]]
    done = {
        name: movements(EMOTIONS[like], rows[at] - neutral)
        for name, at, like in zip(names, order, found.assignment, strict=True)
    }
    return _assembled(
        names,
        found.scores,
        found.assignment,
        found.best,
        permutation="v5" if found.is_v5 else "other" if found.permuted else "as filed",
        v5=found.v5,
        ratio=found.ratio,
        done=done,
    )


def _units(model: LinearMeshModel, rows: Array) -> LabelCheck | None:
    """Compare action units with those of the same name in py-feat's bundled model."""
    from scipy.optimize import linear_sum_assignment

    known = [canonical_name(name) for name in action_units().feature_columns]
    names = [name for name in model.feature_columns if canonical_name(name) in known]
    if len(names) < 2:
        return None
    references = prototypes().unit_fields[[known.index(canonical_name(name)) for name in names]]
    scores = prototypes().cosines(rows[[model.feature_columns.index(name) for name in names]], references)
    best = linear_sum_assignment(-scores)[1]
    assignment, ratio = decided(scores, best)
    permuted = assignment != tuple(range(len(names)))
    return _assembled(names, scores, assignment, best, permutation="other" if permuted else "as filed", ratio=ratio)


def _assembled(
    names: list[str],
    scores: Array,
    assignment: tuple[int, ...],
    best: tuple[int, ...] | Array,
    *,
    permutation: Literal["as filed", "v5", "other"],
    ratio: float,
    v5: float | None = None,
    done: Mapping[str, tuple[Movement, ...]] | None = None,
) -> LabelCheck:
    return LabelCheck(
        permutation=permutation,
        as_filed=float(scores.diagonal().mean()),
        v5=v5,
        assignment={name: names[at] for name, at in zip(names, assignment, strict=True)},
        advice={name: names[at] for name, at in zip(names, best, strict=True)},
        advice_score=float(scores[np.arange(len(names)), list(best)].mean()),
        ratio=ratio,
        columns=tuple(
            LabelColumn(
                label=name,
                moves_like=names[assignment[at]],
                scores=dict(zip(names, scores[at].tolist(), strict=True)),
                movements=(done or {}).get(name, ()),
            )
            for at, name in enumerate(names)
        ),
    )


def _finding(check: LabelCheck, repairable: bool) -> LabelFinding:
    if check.permutation == "v5":
        return LabelFinding(
            "labels", "bad",
            f"The labels are permuted as in emotion_to_mesh_pls_v5: mean score {check.v5:.2f} with that undone, "
            f"{check.as_filed:.2f} as filed. "
            + (
                "They are repaired when the model is loaded."
                if repairable
                else "They are those of the data set and are not repaired: look at its labels, or fit more data."
            ),
        )  # fmt: skip
    if check.permuted:
        times = f"{check.ratio:.1f}" if check.ratio < 1000 else "more than 1,000"
        return LabelFinding(
            "labels", "bad",
            f"Labels are exchanged: {_listed(check.assignment, 'moves like')}. As filed, {times} times as much "
            f"stays unexplained (decisive from {RATIO:g} on). This is not repaired: correct the file.",
        )  # fmt: skip
    if check.advice_score < RESEMBLANCE:
        return LabelFinding(
            "labels", "note",
            "The columns move the face like none of the labels, in whatever order (best mean score "
            f"{check.advice_score:.2f}), so they cannot be judged.",
        )  # fmt: skip
    known = "" if check.v5 is None else f", {check.v5:.2f} with v5's permutation"
    if check.as_filed < TELLING:
        what, do = ("model", "") if repairable else ("fit", " Fit more recordings in which every label occurs.")
        return LabelFinding(
            "labels", "note",
            f"This {what} is too poor to tell whether the labels are right: mean score {check.as_filed:.2f}{known}, "
            f"{check.advice_score:.2f} with the best of all orders, where {TELLING:g} is needed.{do}",
        )  # fmt: skip
    text = f"The columns move the face as their labels claim: mean score {check.as_filed:.2f}{known}."
    if check.advice != check.assignment:
        text += (
            f" The best free assignment would take {_listed(check.advice, 'for')}; that leaves "
            f"{check.ratio:.2f} times less unexplained, where {RATIO:g} times would be decisive. "
            "Noisy columns of a correctly labelled file can cause this."
        )
    return LabelFinding("labels", "ok", text)


def _listed(assignment: Mapping[str, str], verb: str) -> str:
    return ", ".join(f"{label} {verb} {like}" for label, like in assignment.items() if label != like)
