"""Geometry of the face mesh: similarity, topology."""

from realtime.geometry.similarity import fit_similarity
from realtime.geometry.topology import (
    ANCHORS,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    N_MESH_VERTICES,
    RIGHT_EYE,
    RIGHT_IRIS,
    edges,
    surface_triangles,
    triangles,
)

__all__ = [
    "ANCHORS",
    "INNER_LIPS",
    "LEFT_EYE",
    "LEFT_IRIS",
    "N_MESH_VERTICES",
    "RIGHT_EYE",
    "RIGHT_IRIS",
    "edges",
    "fit_similarity",
    "surface_triangles",
    "triangles",
]
