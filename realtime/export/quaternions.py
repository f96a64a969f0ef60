"""Head poses as the quaternions that programs for 3D want."""

from __future__ import annotations

import numpy as np

from realtime.core.types import Array


def quaternions(angles: Array) -> Array:
    """(n, 4) unit quaternions x, y, z, w of heads with these angles (n, 3): pitch, yaw, roll in radians, Fex signs.

    In the axes left, up, forward; neighbours have signs such that the shorter way lies between them.
    """
    pitch, yaw, roll = np.asarray(angles, np.float64).T / 2
    zero = np.zeros_like(pitch)
    turned = _product(
        np.stack([zero, np.sin(-yaw), zero, np.cos(yaw)]), np.stack([np.sin(-pitch), zero, zero, np.cos(pitch)])
    )
    found: Array = _product(turned, np.stack([zero, zero, np.sin(roll), np.cos(roll)])).T
    against = np.einsum("ij,ij->i", found[1:], found[:-1]) < 0
    found[1:] *= np.where(np.cumsum(against) % 2 == 1, -1.0, 1.0)[:, None]
    return found


def _product(a: Array, b: Array) -> Array:
    """Hamilton product of quaternions (4, n)."""
    (x, y, z, w), (i, j, k, m) = a, b
    found: Array = np.stack([w * i + x * m + y * k - z * j, w * j - x * k + y * m + z * i,
                             w * k + x * j - y * i + z * m, w * m - x * i - y * j - z * k])  # fmt: skip
    return found
