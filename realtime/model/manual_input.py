"""Manual input of a model: every feature and the pose, within their ranges, with probabilities that sum to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor, log10

import numpy as np

from realtime.core.types import Pose
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name, is_emotion

# Degrees to either side: pitch and yaw as in the training data of py-feat's models, roll as far as heads go.
POSE_RANGE_DEG: Mapping[str, float] = {"pitch": 30.0, "yaw": 40.0, "roll": 45.0}
MAX_POSE_DEG = 90.0  # what may be typed; beyond the range above the prediction is extrapolated
_NOTHING = 1e-9  # a sum below it has no proportions worth keeping
_PARTS = 10_000  # a share is a whole number of these, so that shares stay readable and their sum exact


@dataclass(frozen=True, slots=True)
class ManualInput:
    """Inputs of a model as the user sets them."""

    features: Mapping[str, float]  # every feature of the model, by its own name
    pose_deg: Mapping[str, float]  # "pitch", "yaw", "roll" in degrees, with the signs of py-feat's Fex

    @property
    def pose(self) -> Pose:
        """The pose in radians, as a model takes it."""
        return Pose(**{name: float(np.radians(degrees)) for name, degrees in self.pose_deg.items()})

    def with_pose(self, name: str, degrees: float) -> ManualInput:
        """The same with one other angle."""
        return replace(self, pose_deg={**self.pose_deg, name: degrees})


class InputRanges:
    """The ranges of one model's features, and how changing one of them changes the others."""

    def __init__(self, model: LinearMeshModel) -> None:
        self.names = model.feature_columns
        self.probabilities = all(is_emotion(name) for name in self.names)
        self.amplitudes = model.has_amplitudes  # of emotions too: then what sums to one are shares of full expressions
        upper = np.ones(len(self.names))
        if model.feature_p99 is not None and not self.probabilities:
            upper = np.where(model.feature_p99 > 0, model.feature_p99, 1.0)
        self.upper: Mapping[str, float] = dict(zip(self.names, upper.tolist(), strict=True))  # where a slider ends
        known = {canonical_name(name) for name in model.unsupported_features}
        self.unsupported = frozenset(name for name in self.names if canonical_name(name) in known)
        self._neutral = next((name for name in self.names if canonical_name(name) == "neutral"), None)

    @property
    def rest(self) -> ManualInput:
        """A face at rest that looks straight ahead: neutral = 1 where the model has it, else all zero."""
        features = {name: float(name == self._neutral) for name in self.names}
        return ManualInput(features, dict.fromkeys(POSE_RANGE_DEG, 0.0))

    def highest(self, name: str) -> float:
        """The largest value that can be typed or pasted: 1, or the end of the slider where that is larger."""
        return max(1.0, self.upper[name])

    def sums_to_one(self, manual: ManualInput) -> bool:
        """Whether the features are probabilities that leave nothing over."""
        total = sum(manual.features.values())
        return abs(total - 1.0) < 1e-6 or (self._neutral is None and total < 1.0)

    def put(self, manual: ManualInput, name: str, value: float, *, share: bool) -> ManualInput:
        """One feature set to `value`, kept within its range; with `share` the others give way in proportion.

        Others that are all zero have no proportion: what is left then goes to neutral, else to all of them alike. A
        model without neutral needs no more than a sum of at most one.
        """
        value = min(max(value, 0.0), self.highest(name))
        if not share:
            return replace(manual, features={**manual.features, name: value})
        mine = round(_PARTS * min(value, 1.0))
        others = {other: old for other, old in manual.features.items() if other != name}
        rest = _PARTS - mine
        if self._neutral is None and sum(others.values()) * _PARTS <= rest:
            return replace(manual, features={**manual.features, name: mine / _PARTS})
        if sum(others.values()) < _NOTHING:
            others = {other: float(other == self._neutral or self._neutral in (None, name)) for other in others}
        shares = {**_whole_shares(others, rest), name: mine}
        return replace(manual, features={other: shares[other] / _PARTS for other in self.names})

    def normalized(self, manual: ManualInput) -> ManualInput:
        """The features in the same proportions, with the sum one; the face at rest where all are zero."""
        if self.sums_to_one(manual):
            return manual
        if sum(manual.features.values()) < _NOTHING:
            return replace(manual, features=self.rest.features)
        shares = _whole_shares(manual.features, _PARTS)
        return replace(manual, features={name: shares[name] / _PARTS for name in self.names})

    def tidied(self, manual: ManualInput) -> ManualInput:
        """The same to four digits, and to a hundredth of a degree; probabilities that sum to one still do."""
        if self.probabilities and self._neutral is not None and self.sums_to_one(manual):
            shares = _whole_shares(manual.features, _PARTS)
            features = {name: shares[name] / _PARTS for name in self.names}
        else:
            features = {name: self._short(name, value) for name, value in manual.features.items()}
        return ManualInput(features, {name: round(degrees, 2) for name, degrees in manual.pose_deg.items()})

    def random(self, manual: ManualInput, rng: np.random.Generator, *, share: bool) -> ManualInput:
        """Some features at random, the pose as it is."""
        count = len(self.names)
        if share:
            drawn = rng.dirichlet(np.full(count, 0.35))
            features = dict(zip(self.names, drawn.tolist(), strict=True))
            return replace(manual, features={n: v / _PARTS for n, v in _whole_shares(features, _PARTS).items()})
        drawn = np.where(rng.random(count) < 0.25, rng.random(count), 0.0)
        values = {
            name: self._short(name, part * self.upper[name]) for name, part in zip(self.names, drawn, strict=True)
        }
        return replace(manual, features=values)

    def _short(self, name: str, value: float) -> float:
        """To a ten-thousandth of the feature's range, whose decimal place it is: some features end at a hundredth."""
        places = 4 - min(0, floor(log10(self.upper[name])))
        return min(round(float(value), places), self.highest(name))


def _whole_shares(values: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers in the proportion of `values`, which sum to `total` (largest remainders)."""
    factor = total / sum(values.values())
    shares = {name: int(value * factor) for name, value in values.items()}
    over = total - sum(shares.values())
    by_remainder = sorted(values, key=lambda name: shares[name] - values[name] * factor)
    for name in by_remainder[:over]:
        shares[name] += 1
    return shares
