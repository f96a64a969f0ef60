"""The inputs of the fit, in the seed's order: features, pose, and their products pose after pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime.core.types import Array

F64 = npt.NDArray[np.float64]
SUMS_TO_ONE = 0.05  # how far the sum of a row's probabilities may be off: seven of two decimals by 0.035


def inputs(features: npt.ArrayLike, pose: npt.ArrayLike, *, probabilities: bool) -> F64:
    """(n, k + 3 + 3 k) [features | Pitch Yaw Roll | Pitch x features, Yaw x features, Roll x features].

    features (n, k), pose (n, 3) radians. `probabilities`: the features of each row are divided by their sum in float64
    before the products are formed, so that the collinearity of what sums to one is exact, also where it was stored with
    six decimals or in half precision.
    """
    rows = np.asarray(features, dtype=np.float64)
    angles = np.asarray(pose, dtype=np.float64)
    if probabilities:
        rows = rows / rows.sum(axis=1, keepdims=True)
    products = (angles[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    return np.hstack([rows, angles, products])


def sums_to_one(features: npt.ArrayLike) -> Array:
    """(n,) whether each row (n, k) is one of probabilities, up to the rounding of a file."""
    rows = np.asarray(features, dtype=np.float64)
    found: Array = (np.abs(rows.sum(axis=1) - 1.0) <= SUMS_TO_ONE) & (rows >= -SUMS_TO_ONE).all(axis=1)
    return found


def folded(coef: F64, mean_features: F64) -> F64:
    """(k + 3, ...) the rows for use without the interactions of `coef` (4 k + 3, ...), which are folded into the pose.

    The pose rows and the interactions of features that sum to one are not identified apart; folded, the pose rows have
    the effect of pose at the mean features.
    """
    k = len(mean_features)
    rows = coef[: k + 3].copy()
    for angle in range(3):
        block = coef[k + 3 + angle * k : k + 3 + (angle + 1) * k]
        rows[k + angle] += np.tensordot(mean_features, block, 1)
    return rows


def mirrored_inputs(names: Sequence[str]) -> tuple[Array, F64]:
    """Of each of the 4 k + 3 inputs of these features: its counterpart in a mirror, and the sign that it gets there.

    Yaw and roll change their sign; features of a left and a right side (`mouthSmileLeft`) change places.
    """
    k = len(names)
    by_name = {name: at for at, name in enumerate(names)}
    swapped = [by_name.get(_other_side(name), at) for at, name in enumerate(names)]
    signs = np.array([1.0, -1.0, -1.0])  # of pitch, yaw, roll
    places = [*swapped, k, k + 1, k + 2, *(k + 3 + angle * k + at for angle in range(3) for at in swapped)]
    return np.array(places), np.concatenate([np.ones(k), signs, np.repeat(signs, k)])


def _other_side(name: str) -> str:
    if "Left" in name:
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")
