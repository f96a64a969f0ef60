"""The movements that anatomy expects of each basic emotion, as far as they can be measured on the mesh.

The movements are those of the action units in the EMFACS prototypes (Ekman & Friesen) that show in the positions of
landmarks. Sadness lacks the raised inner brows: in the family's own action unit model the lowering of action unit 4
outweighs the raising of action unit 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from realtime.core.types import Array

_LEFT, _UP = 0, 1  # axes of the shared frame; the third, forward, is measured too poorly to be judged
_STILL = 0.1  # % of the outer-canthal distance, below which a movement counts as none

# A movement is a sum over groups of landmarks: which, along what, times what.
_MOVEMENTS: dict[str, tuple[tuple[tuple[int, ...], int, float], ...]] = {
    "mouth corners up": (((61, 291), _UP, 1.0),),
    "mouth corners down": (((61, 291), _UP, -1.0),),
    "mouth corners out": (((291,), _LEFT, 0.5), ((61,), _LEFT, -0.5)),
    "mouth corners in": (((291,), _LEFT, -0.5), ((61,), _LEFT, 0.5)),
    "cheeks up": (((50, 280, 205, 425), _UP, 1.0),),
    "upper lip up": (((0, 37, 267), _UP, 1.0),),
    "nose wings up": (((64, 294, 48, 278, 98, 327), _UP, 1.0),),
    "chin up": (((18, 200), _UP, 1.0),),
    "jaw down": (((152,), _UP, -1.0),),
    "brows up": (((107, 55, 66, 336, 285, 296, 70, 63, 105, 300, 293, 334), _UP, 1.0),),
    "inner brows down": (((107, 55, 66, 336, 285, 296), _UP, -1.0),),
    "brows together": (((107, 55), _LEFT, 0.5), ((336, 285), _LEFT, -0.5)),
    "eyes wide": (((159, 386), _UP, 1.0), ((145, 374), _UP, -1.0)),
}

EXPECTED: dict[str, tuple[str, ...]] = {
    "anger": ("inner brows down", "brows together", "mouth corners in"),
    "disgust": ("upper lip up", "nose wings up", "chin up"),
    "fear": ("brows up", "eyes wide", "mouth corners out"),
    "happiness": ("mouth corners up", "mouth corners out", "cheeks up"),
    "sadness": ("mouth corners down", "brows together"),
    "surprise": ("brows up", "eyes wide", "jaw down"),
    "neutral": (),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement expected of an emotion, and how far a column moves so."""

    name: str  # "mouth corners up"
    percent: float  # of the outer-canthal distance; positive as named, negative the other way
    state: Literal["as expected", "still", "against"]

    def to_json(self) -> dict[str, Any]:
        """For --json."""
        return {"name": self.name, "percent": self.percent, "state": self.state}


def movements(emotion: str, field: Array) -> tuple[Movement, ...]:
    """What anatomy expects of an emotion, measured on a displacement from neutral (478, 3) in the shared frame, %."""
    found = []
    for name in EXPECTED[emotion]:
        percent = sum(factor * float(field[list(where), axis].mean()) for where, axis, factor in _MOVEMENTS[name])
        state: Literal["as expected", "still", "against"] = "as expected" if percent > 0 else "against"
        found.append(Movement(name, percent, "still" if np.abs(percent) < _STILL else state))
    return tuple(found)
