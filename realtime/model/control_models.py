"""Models against which another one is to be judged: random ones, relabelled ones, and one of a part of the face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.core.types import N_LANDMARKS
from realtime.geometry.random_fields import random_alike
from realtime.model.builtin import EMFACS, action_units
from realtime.model.frame_correction import in_frame, is_too_deep
from realtime.model.linear import LinearMeshModel
from realtime.model.names import canonical_name


def random_sums(model: LinearMeshModel, rng: np.random.Generator) -> LinearMeshModel:
    """A model of emotions whose emotions mean nothing: each moves the face from its neutral as a random sum of action
    units does, of as many units as the emotion's EMFACS prototype has.

    Raises ValueError where the model has other features than the seven emotions, or another frame than py-feat's
    bundled action unit model.
    """
    units = in_frame(action_units(), "as-filed" if is_too_deep(model) else "corrected")
    if not np.array_equal(units.anchors, model.anchors):
        raise ValueError(f"'{model.name}' is in another frame than py-feat's action units")
    displacements = units.coef[: len(units.feature_columns)].astype(np.float64)
    rows = {canonical_name(name): at for at, name in enumerate(model.feature_columns)}
    if rows.keys() != EMFACS.keys():
        raise ValueError(f"'{model.name}' is not driven by the seven emotions")
    coef = model.coef.astype(np.float64)
    for emotion, prototype in EMFACS.items():
        if prototype:
            chosen = rng.choice(len(displacements), len(prototype), replace=False)
            coef[rows[emotion]] = coef[rows["neutral"]] + displacements[chosen].sum(axis=0)
    return model.replaced(name="random sums", coef=coef, coef_full=None)


def random_alike_model(model: LinearMeshModel, rng: np.random.Generator) -> LinearMeshModel:
    """A model of any family whose features mean nothing: each moves the face from rest as far and as smoothly as the
    model's own, and all of them at the same angles to each other, but otherwise (`realtime.geometry.random_fields`).
    """
    count = len(model.feature_columns)
    neutral = [canonical_name(name) == "neutral" for name in model.feature_columns]
    coef = model.coef.astype(np.float64)
    rest = coef[neutral.index(True)] if any(neutral) else np.zeros(coef.shape[1])
    fields = (coef[:count] - rest).reshape(count, 3, N_LANDMARKS).swapaxes(1, 2)  # the files' order is axis-major
    coef[:count] = rest + random_alike(fields, rng).swapaxes(1, 2).reshape(count, -1)
    return model.replaced(name="random model", coef=coef, coef_full=None)


def relabeled(model: LinearMeshModel, order: Sequence[int]) -> LinearMeshModel:
    """The same model with the names of its features permuted: column i gets the row that column `order[i]` had."""
    count = len(model.feature_columns)
    if sorted(order) != list(range(count)):
        raise ValueError(f"an order of {count} columns is needed, got {list(order)}")
    coef = np.concatenate([model.coef[list(order)], model.coef[count:]])
    return model.replaced(name=f"{model.name}, relabeled", coef=coef, coef_full=None)


def of_vertices(model: LinearMeshModel, vertices: npt.NDArray[np.intp]) -> LinearMeshModel:
    """The model of some vertices alone; the others are at the origin, whatever its inputs."""
    kept = np.zeros((N_LANDMARKS, 3), bool)
    kept[vertices] = True
    columns = kept.T.reshape(-1)  # the files' axis-major order
    full = None if model.coef_full is None else model.coef_full * columns
    return model.replaced(coef=model.coef * columns, intercept=model.intercept * columns, coef_full=full)
