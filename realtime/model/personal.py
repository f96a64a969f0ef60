"""What a model of one person says of itself: the model towards which it was shrunk, and held-out scores."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from realtime.core.printable import printable
from realtime.model.linear import LinearMeshModel

OF, HELD_OUT = "personal_of", "held_out"  # in the metadata
_SCORES = ("personal", "own_neutral", "model_itself")
_LONGEST = 60  # characters of a name out of a file


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """R2 on frames that it was not fit on, beside that of what it has to be compared with, on the same frames."""

    of: str  # the model towards which it was shrunk
    folds_of: str  # what was held out
    personal: float
    own_neutral: float  # the model with the person's own neutral
    model_itself: float
    better: bool  # than the model with the person's own neutral, beyond the 95 % interval


def personal_facts(model: LinearMeshModel) -> PersonalFacts | None:
    """What the model's file says of this; None for every other model, and where it does not say all of it."""
    of, held_out = model.metadata.get(OF), model.metadata.get(HELD_OUT)
    if not isinstance(of, dict) or not isinstance(held_out, dict):
        return None
    scores = [_number(held_out.get(key)) for key in _SCORES]
    personal, own_neutral, itself = scores
    better = held_out.get("better")
    if personal is None or own_neutral is None or itself is None or not isinstance(better, bool):
        return None
    return PersonalFacts(_name(of.get("name")), _name(held_out.get("folds_of")), personal, own_neutral, itself, better)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if known else None


def _name(value: Any) -> str:
    return " ".join(printable(str(value)).split())[:_LONGEST]
