"""Normals of the face's surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.geometry._arrays import F64
from realtime.geometry.topology import surface_triangles


def outward_normals(mesh: npt.ArrayLike) -> F64:
    """(478, 3) unit normals of a mesh in a right-handed frame, away from the head; 0 for the irises.

    Each is the direction of the sum of the cross products of the triangles around the vertex.
    """
    points = np.asarray(mesh, np.float64)
    corners = surface_triangles()
    a, b, c = (points[corners[:, at]] for at in range(3))
    normals = np.zeros_like(points)
    for at in range(3):
        np.add.at(normals, corners[:, at], np.cross(b - a, c - a))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    found: F64 = normals / np.where(length > 0, length, 1.0)
    return found
