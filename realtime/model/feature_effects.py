"""The effect of each feature of a model on the face, measured from the model's own neutral."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.errors import UsageError
from realtime.core.types import FloatArray
from realtime.geometry import CanonicalFrame, region_of
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name, is_emotion, nearest


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One feature at full intensity."""

    feature: str
    full: float  # the feature's value at full intensity
    displacement_canon: FloatArray  # (478, 3) float32 activated minus neutral, model units
    distance: FloatArray  # (478,) float32 its length, % of the outer-canthal distance
    reference: bool  # the feature is neutral itself
    supported: bool  # whether the training data's detector expressed it

    @property
    def peak(self) -> int:
        """The vertex that is moved farthest."""
        return int(self.distance.argmax())

    @property
    def region(self) -> str:
        """The region of that vertex."""
        return region_of(self.peak)


def effects(model: LinearMeshModel, features: Sequence[str] = ()) -> list[Effect]:
    """Each feature (all of them without `features`; any spelling) activated, against the model's face at rest.

    Full intensity is the feature's `feature_p99` where the model has one, else 1; the other features are 0. Emotions
    are probabilities and sum to one: there neutral = 1 - intensity, and full intensity is 1. As the model is linear,
    any other intensity is the same displacement times it. Neutral comes first, the others in the model's order.

    Raises UsageError for a feature that the model does not have, or that is named twice.
    """
    names = _chosen(model, features)
    unit = CanonicalFrame.of(model.mean_mesh).unit
    neutral = model.predict_neutral(clip=False).astype(np.float64)
    full = dict.fromkeys(model.feature_columns, 1.0)
    if model.feature_p99 is not None and not all(is_emotion(name) for name in full):
        limits = zip(model.feature_columns, model.feature_p99.tolist(), strict=True)
        full |= {name: limit for name, limit in limits if limit > 0}
    found = []
    for name in names:
        moved = model.predict_unlimited({name: full[name]}) - neutral
        length = np.linalg.norm(moved, axis=1) * (100.0 / unit)
        reference = canonical_name(name) == "neutral"
        supported = name not in model.unsupported_features
        arrays = moved.astype(np.float32), length.astype(np.float32)
        found.append(Effect(name, full[name], *arrays, reference, supported))
    return sorted(found, key=lambda effect: not effect.reference)


def _chosen(model: LinearMeshModel, features: Sequence[str]) -> list[str]:
    columns = {canonical_name(column): column for column in model.feature_columns}
    chosen = []
    for name in features:
        column = columns.get(canonical_name(name))
        if column is None:
            raise UsageError(
                f"{model.name}: knows no feature '{name}'.{nearest(name, model.feature_columns)} "
                f"Its features are: {', '.join(model.feature_columns)}."
            )
        if column in chosen:
            raise UsageError(f"{model.name}: the feature '{column}' was named twice.")
        chosen.append(column)
    return chosen or list(model.feature_columns)
