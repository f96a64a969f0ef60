"""Properties of a model that the view needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.core.types import FloatArray
from realtime.geometry import CanonicalFrame
from realtime.model import LinearMeshModel
from realtime.model.feature_effects import effects
from realtime.model.personal import personal_facts


@dataclass(frozen=True, slots=True, eq=False)
class ModelFacts:
    """A model as it is drawn; all arrays in its own canonical frame and units."""

    caption: Caption
    mean_canon: FloatArray  # (478, 3)
    neutral_canon: FloatArray  # (478, 3) its neutral face at pose = 0
    frame: CanonicalFrame
    features: tuple[str, ...]  # those with an effect
    moves: FloatArray  # (features, 478) displacement at full intensity, % of the outer-canthal distance

    @classmethod
    def of(cls, model: LinearMeshModel) -> ModelFacts:
        """Of a model."""
        moving = [effect for effect in effects(model) if not effect.reference]
        return cls(
            Caption.of(model),
            model.mean_mesh,
            model.predict_neutral(clip=False),
            CanonicalFrame.of(model.mean_mesh),
            tuple(effect.feature for effect in moving),
            np.stack([effect.distance for effect in moving]),
        )


@dataclass(frozen=True, slots=True)
class Caption:
    """How a model is named in the window."""

    name: str
    note: str = ""  # what has to be known of it
    warns: bool = True  # whether that is a caveat
    beside: bool = False  # the model of a second replay, of other faces: drawn dashed, with baselines of its own
    missing: str = "waiting for features"  # what is written in the place of features that are not there
    held_out: str = ""  # of a personal model: what it is worth in sessions that it was not fit on, beside what

    @classmethod
    def of(cls, model: LinearMeshModel) -> Caption:
        """The caption of a model."""
        if model.label_repair:
            return cls(model.name, "labels repaired")
        mine = personal_facts(model)
        if mine is not None:
            note = f"held-out R2 {mine.personal:.2f}, neutral {mine.own_neutral:.2f}"
            held_out = (
                f"R2 of held-out {mine.folds_of} {mine.personal:.2f}; {mine.of} with the own neutral "
                f"{mine.own_neutral:.2f}, as it is {mine.model_itself:.2f}"
            )
            return cls(model.name, note, warns=not mine.better, held_out=held_out)
        return cls(model.name, "features are amplitudes" if model.has_amplitudes else "", warns=False)

    @property
    def names(self) -> tuple[str, str]:
        """The name, and a short form: the files of the family differ in their ends only."""
        return self.name, self.name.replace("_to_mesh_pls_", "…")
