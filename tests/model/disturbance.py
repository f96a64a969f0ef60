"""Emotion models whose columns are disturbed: what the checks of labels are tested on and their curve is made from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from realtime.core.types import EMOTIONS
from realtime.geometry import symmetric_part
from realtime.model.builtin import EMFACS, action_units, built_in
from realtime.model.emotion_prototypes import prototypes
from realtime.model.linear import LinearMeshModel

LENGTHS = (15.0, 30.0, 60.0)  # over which the smooth fields change, % of the outer-canthal distance


def disturbed(rng: np.random.Generator, count: int, size: float | np.ndarray) -> np.ndarray:
    """Columns (count, 7, 478, 3) in the order of EMOTIONS, all of them rightly labelled, in the shared frame.

    Four disturbances at once, each of the given size (one number, or one for each draw):

    * each of the 20 action units has its prototype's intensity (1 or 0) plus a uniform number from -size to size,
      none below 0;
    * each column is as strong as exp of a uniform number from -size to size;
    * a mixture of the other six columns with normal weights, size times as large as the column, is added;
    * a smooth random field, symmetric, size times as large as the column, is added; a third of the draws each with
      fields that change over 15, 30 and 60 % of the outer-canthal distance.

    Neutral, which does not move, counts as large as the others are on average.
    """
    size = np.broadcast_to(size, count)[:, None, None]
    units = prototypes().unit_fields.reshape(20, -1)
    intensities = np.maximum(prototype_units() + rng.uniform(-1, 1, (count, 7, 20)) * size, 0)
    intensities *= np.exp(rng.uniform(-1, 1, (count, 7, 1)) * size)
    columns = intensities @ units
    large = np.linalg.norm(prototypes().fields.reshape(7, -1), axis=1)
    large[EMOTIONS.index("neutral")] = large[: EMOTIONS.index("neutral")].mean()
    large = size * large[:, None]
    weights = rng.standard_normal((count, 7, 7)) * (1 - np.eye(7))
    mixed = columns + large * _unit(weights @ columns) + large * _unit(smooth(rng, count))
    return mixed.reshape(count, 7, 478, 3)


def smooth(rng: np.random.Generator, count: int) -> np.ndarray:
    """Smooth random symmetric fields (count, 7, 1434), the three lengths in turn."""
    fields = np.empty((count, 7, 478, 3))
    for turn, length in enumerate(LENGTHS):
        basis = _basis(length)
        drawn = rng.standard_normal((len(fields[turn :: len(LENGTHS)]), 7, basis.shape[1], 3))
        fields[turn :: len(LENGTHS)] = basis @ drawn
    return symmetric_part(fields, prototypes().pairs).reshape(count, 7, -1)


@lru_cache(maxsize=1)
def prototype_units() -> np.ndarray:
    """(7, 20) which action units each prototype has."""
    names = action_units().feature_columns
    return np.array([[float(name in EMFACS[emotion]) for name in names] for emotion in EMOTIONS])


@lru_cache(maxsize=len(LENGTHS))
def _basis(length: float) -> np.ndarray:
    frame = prototypes().frame
    at = built_in().mean_mesh.astype(np.float64) * (100 / frame.unit)
    kernel = np.exp(-((at[:, None] - at[None]) ** 2).sum(axis=-1) / (2 * length**2))
    values, vectors = np.linalg.eigh(kernel)
    kept = values > 1e-4 * values[-1]
    return vectors[:, kept] * np.sqrt(values[kept])


def _unit(columns: np.ndarray) -> np.ndarray:
    return columns / np.linalg.norm(columns, axis=-1, keepdims=True)


def composed(
    columns: np.ndarray, names: tuple[str, ...] = EMOTIONS, turn: np.ndarray | None = None, scale: float = 1.0
) -> LinearMeshModel:
    """A model with these columns (7, 478, 3), filed in the order of EMOTIONS, under `names`; turned and scaled."""
    model, frame = built_in(), prototypes().frame
    turn = np.eye(3) if turn is None else turn

    def moved(rows: np.ndarray) -> np.ndarray:
        fields = np.swapaxes(rows.reshape(-1, 3, 478), 1, 2) @ turn.T * scale
        return np.swapaxes(fields, 1, 2).reshape(rows.shape)

    rows = np.swapaxes(columns @ frame.axes * (frame.unit / 100), 1, 2).reshape(7, -1)
    return LinearMeshModel(
        name="composed",
        feature_name="emotion",
        feature_columns=names,
        pose_columns=model.pose_columns,
        coef=np.vstack([moved(rows), moved(model.coef[7:])]),
        intercept=moved(model.intercept),
        mean_mesh=model.mean_mesh @ turn.T * scale,
        anchor_indices=model.anchor_indices,
    )
