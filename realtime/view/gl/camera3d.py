"""The eye that looks at both faces: orbit, zoom, mirror. Pure functions to 4x4 matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.types import FloatArray

_DISTANCE = 7.5  # of the eye from the face, in outer-canthal distances: a portrait lens, hardly any perspective
MAX_AZIMUTH, MAX_ELEVATION = 80.0, 60.0  # degrees; beyond, one would look into the mask from behind
MIN_ZOOM, MAX_ZOOM = 0.6, 4.0


@dataclass(frozen=True, slots=True)
class Fit:
    """What has to be seen of a face from the front, in face coordinates."""

    centre: tuple[float, float, float]
    half_width: float
    half_height: float

    @classmethod
    def of(cls, *faces: FloatArray) -> Fit:
        """Around all of the given faces (N, 3), with room below for a jaw that opens."""
        every = np.concatenate(faces)
        low, high = every.min(axis=0), every.max(axis=0)
        bottom, top = low[1] - 0.16, high[1] + 0.07
        depth = 0.35 * low[2] + 0.65 * high[2]
        half_width = float(np.abs(every[:, 0]).max()) + 0.06
        return cls((0.0, float(bottom + top) / 2, float(depth)), half_width, float(top - bottom) / 2)

    @classmethod
    def seen_from(cls, orbits_deg: Sequence[tuple[float, float]], *faces: FloatArray) -> Fit:
        """Just around all of the given faces (N, 3), from wherever they are looked at.

        The depth around which the eye orbits is the one that keeps them nearest to the middle of the picture.
        """
        every = np.concatenate(faces)
        low, high = every.min(axis=0), every.max(axis=0)
        found = []
        for depth in np.linspace(low[2], high[2], 17):
            centre = (0.0, float(low[1] + high[1]) / 2, float(depth))
            reach = np.zeros(2)
            for orbit in orbits_deg:
                matrix = view_matrix(cls(centre, 1.0, 1.0), orbit, False)
                seen = every @ matrix[:3, :3].T + matrix[:3, 3]
                reach = np.maximum(reach, np.abs(seen[:, :2] * (_DISTANCE / -seen[:, 2:])).max(axis=0))
            found.append(cls(centre, float(reach[0]) + 0.06, float(reach[1]) + 0.06))
        return min(found, key=lambda fit: fit.half_width * fit.half_height)


def clamp_orbit(azimuth: float, elevation: float) -> tuple[float, float]:
    """Keep the eye in front of the face; degrees."""
    return (
        float(np.clip(azimuth, -MAX_AZIMUTH, MAX_AZIMUTH)),
        float(np.clip(elevation, -MAX_ELEVATION, MAX_ELEVATION)),
    )


def view_matrix(fit: Fit, orbit_deg: tuple[float, float], mirrored: bool) -> FloatArray:
    """Face coordinates -> eye coordinates (x right, y up, looking along -z), 4x4.

    Positive azimuth moves the eye to the picture's right, positive elevation upwards. The mirror turns the face round,
    not the eye, so that light and orbit stay as they are.
    """
    azimuth, elevation = np.radians(clamp_orbit(*orbit_deg))
    ca, sa, ce, se = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    around = np.array([[ca, 0, -sa], [0, 1, 0], [sa, 0, ca]])
    over = np.array([[1, 0, 0], [0, ce, -se], [0, se, ce]])
    turn = over @ around @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = -turn @ np.array(fit.centre) - np.array([0.0, 0.0, _DISTANCE])
    return matrix


def eye_position(view: FloatArray) -> FloatArray:
    """Where the eye stands in face coordinates, (3,), for a `view_matrix`."""
    found: FloatArray = -view[:3, :3].T @ view[:3, 3]
    return found


def projection_matrix(fit: Fit, aspect: float, zoom: float) -> FloatArray:
    """Eye coordinates -> clip space, 4x4; at zoom 1 the face fills a view of width / height = aspect."""
    zoom = float(np.clip(zoom, MIN_ZOOM, MAX_ZOOM))
    near, far = _DISTANCE - 3.0, _DISTANCE + 3.0
    half = max(fit.half_height, fit.half_width / max(aspect, 1e-3)) / zoom
    matrix = np.zeros((4, 4))
    matrix[0, 0] = _DISTANCE / (half * aspect)
    matrix[1, 1] = _DISTANCE / half
    matrix[2, 2] = -(far + near) / (far - near)
    matrix[2, 3] = -2 * far * near / (far - near)
    matrix[3, 2] = -1.0
    return matrix
