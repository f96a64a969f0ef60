"""Prototypes of the basic emotions as displacement fields, and the similarity of two such fields.

The prototypes are the EMFACS compositions of `emotion@built-in`. Fields are compared by a cosine in which a direction
counts the less, the more faces differ along it for other reasons: smooth fields (identity, pose, alignment), single
action units, and the noise of single landmarks. docs/checking-models.md has the choice and what it was chosen by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from realtime.core.types import N_LANDMARKS, Array, FloatArray
from realtime.geometry import CanonicalFrame, mirror_pairs, symmetric_part
from realtime.model.builtin import FIRST_COMPOSITION, action_units, built_in
from realtime.model.linear import LinearMeshModel

# Variance of what makes fields differ that mean the same, relative to each other.
_SMOOTH, _UNITS, _LANDMARKS = 0.9, 0.1, 1.0
_LENGTH = 30.0  # over which smooth fields change, % of the outer-canthal distance
_RANK = 40  # of the smooth fields along one axis; the remainder is less than a fifth at the worst landmark


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """The seven emotions in the shared frame: left, up, forward, in % of the outer-canthal distance."""

    frame: CanonicalFrame  # of the family's mean mesh
    pairs: Array  # (478,) the landmark that mirrors each
    fields: Array  # (7, 478, 3) symmetric displacement from neutral, in the order of EMOTIONS
    unit_fields: Array  # (20, 478, 3) the same for the action units, in the order of the family's AU model
    smooth: Array  # (478, r) smooth fields along one axis
    weights: Array  # (3 r + 20, 3 r + 20) from products with smooth fields and units to what is taken off

    def cosines(self, fields: Array, references: Array) -> Array:
        """Fields (..., k, 478, 3) against references (m, 478, 3): (..., k, m) in [-1, 1], 0 where nothing moves."""
        x, y = symmetric_part(fields, self.pairs), symmetric_part(references, self.pairs)
        x_noise, y_noise = self._noise(x), self._noise(y)
        x, y = _flat(x), _flat(y)
        products: Array = x @ y.T - x_noise @ y_noise.T
        lengths = _length(x, x_noise)[..., :, None] * _length(y, y_noise)
        # A field that is nothing but the rounding of the others has no direction.
        floor = 1e-9 * lengths.max(initial=0.0)
        cosines: Array = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > floor)
        return cosines

    def _noise(self, fields: Array) -> Array:
        """(..., q) for fields (..., 478, 3); the inverse covariance is x . y - noise(x) . noise(y), up to a factor."""
        along_axes = np.swapaxes(fields, -1, -2) @ self.smooth
        along_units = _flat(fields) @ _flat(self.unit_fields).T
        noise: Array = np.concatenate([_flat(along_axes), along_units], axis=-1) @ self.weights
        return noise

    def scores(self, columns: Array) -> Array:
        """How much each of seven columns (..., 7, 478, 3) moves the face like each emotion: cosines (..., 7, 7).

        Columns and prototypes are centred first, so that nothing depends on which column is neutral, nor on what was
        added to all columns alike (probabilities sum to one, so a fit does not determine that).
        """
        fields = self.fields - self.fields.mean(axis=0)
        return self.cosines(columns - columns.mean(axis=-3, keepdims=True), fields)


def _flat(fields: Array) -> Array:
    return fields.reshape(*fields.shape[:-2], -1)


def _length(flat: Array, noise: Array) -> Array:
    length: Array = np.sqrt(np.maximum((flat * flat).sum(axis=-1) - (noise * noise).sum(axis=-1), 0.0))
    return length


@lru_cache(maxsize=1)
def prototypes() -> Prototypes:
    """Made once from py-feat's bundled model, in about 10 ms; raises as `built_in` does.

    Of the first composition, whose rows are the sums of the action units' alone: the thresholds were set with them.
    """
    model = built_in(FIRST_COMPOSITION)
    frame = shared_frame(model)
    pairs = mirror_pairs(model.mean_mesh)
    units = symmetric_part(shared_fields(action_units()), pairs)
    at = (model.mean_mesh - frame.origin) @ frame.axes.T * (100.0 / frame.unit)
    smooth = _smooth_factor(at)
    return Prototypes(
        frame=frame,
        pairs=pairs,
        fields=symmetric_part(shared_fields(model), pairs),
        unit_fields=units,
        smooth=smooth,
        weights=_weights(smooth, units),
    )


def shared_frame(model: LinearMeshModel) -> CanonicalFrame:
    """The axes and the unit by which a model's fields are brought into the shared frame.

    By canthi, chin and forehead: the thresholds of the checks were chosen with these axes, and to compare fields any
    axes do that are the same for all.
    """
    return CanonicalFrame.of(model.mean_mesh, "forehead-chin")


def shared_fields(model: LinearMeshModel) -> Array:
    """The feature rows of a model of any axes and unit, (k, 478, 3) in the shared frame."""
    return to_shared(model.coef[: len(model.feature_columns)], shared_frame(model))


def to_shared(rows: FloatArray, frame: CanonicalFrame) -> Array:
    """Axis-major rows (k, 1434) in a model's own frame as fields (k, 478, 3) along left, up, forward, in %."""
    fields = np.swapaxes(rows.reshape(-1, 3, N_LANDMARKS), 1, 2).astype(np.float64)
    shared: Array = fields @ frame.axes.T * (100.0 / frame.unit)
    return shared


def _weights(smooth: Array, units: Array) -> Array:
    """Woodbury's identity for the covariance of smooth fields, units and landmarks, none of them written out."""
    rank = smooth.shape[1]
    products = np.zeros((3 * rank + len(units),) * 2)
    for axis in range(3):
        part = slice(axis * rank, (axis + 1) * rank)
        products[part, part] = smooth.T @ smooth
        products[part, 3 * rank :] = smooth.T @ units[:, :, axis].T
    products[3 * rank :, : 3 * rank] = products[: 3 * rank, 3 * rank :].T
    products[3 * rank :, 3 * rank :] = _flat(units) @ _flat(units).T
    share = np.full(len(products), np.sqrt(_SMOOTH / (3 * N_LANDMARKS)))
    share[3 * rank :] = np.sqrt(_UNITS / (units * units).sum())
    inner = share[:, None] * products * share
    inner[np.diag_indices_from(inner)] += _LANDMARKS / (3 * N_LANDMARKS)
    weights: Array = share[:, None] * np.linalg.inv(np.linalg.cholesky(inner)).T
    return weights


def _smooth_factor(at: Array) -> Array:
    """(478, r) L with L L^T close to exp(-|a - b|^2 / 2 length^2): Cholesky, the worst landmark next."""
    left = np.ones(len(at))
    factor = np.zeros((len(at), _RANK))
    for column in range(_RANK):
        worst = int(left.argmax())
        kernel = np.exp(-((at - at[worst]) ** 2).sum(axis=1) / (2.0 * _LENGTH**2))
        rest = kernel - factor[:, :column] @ factor[worst, :column]
        factor[:, column] = rest / np.sqrt(rest[worst])
        left -= factor[:, column] ** 2
    return factor
