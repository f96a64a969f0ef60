"""Adds heads with morph targets to a GLB file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from realtime.core.types import FloatArray
from realtime.export.gltf.glb_file import GlbFile
from realtime.export.gltf.head_shape import HeadShape, linear
from realtime.view.paint import colormap, theme


def add_materials(glb: GlbFile, shape: HeadShape) -> None:
    """One material a part, in the order of the parts; their colours are those of the vertices."""
    for part in shape.parts:
        glb.materials.append(
            {
                "name": part.name,
                "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": part.roughness},
                "doubleSided": True,  # a face is an open surface, and is seen from behind as well
            }
        )


def add_head(
    glb: GlbFile,
    name: str,
    shape: HeadShape,
    base_canon: FloatArray,
    targets: Mapping[str, FloatArray],
    skin: FloatArray,
    *,
    weights: Sequence[float] | None = None,
    extras: Mapping[str, Any] | None = None,
) -> int:
    """Add a mesh, and return its number.

    base_canon
        (478, 3) model units, the face whose weights are all zero.
    targets
        Displacements (478, 3) from it in model units at weight 1, by the names that viewers show.
    skin
        (n, 3) linear colours of the vertices of the skin.
    weights
        Of the targets, where nothing is animated; None: all zero.

    The landmarks are linear in the weights. Between them the surface is curved, and exact at one weight of 1.
    """
    base = shape.points(base_canon)
    moved = [shape.points(base_canon + displacement) for displacement in targets.values()]
    primitives = []
    for at, (part, points) in enumerate(zip(shape.parts, base, strict=True)):
        colors = skin if part.colors is None else part.colors
        primitive: dict[str, Any] = {
            "attributes": {
                "POSITION": glb.vertices(points.positions, bounds=True),
                "NORMAL": glb.vertices(points.normals),
                "COLOR_0": glb.vertices(colors),
            },
            "indices": glb.indices(part.triangles),
            "material": at,
        }
        if moved:
            primitive["targets"] = [
                {
                    "POSITION": glb.vertices(of[at].positions - points.positions, bounds=True),
                    "NORMAL": glb.vertices(of[at].normals - points.normals),
                }
                for of in moved
            ]
        primitives.append(primitive)
    mesh: dict[str, Any] = {"name": name, "primitives": primitives}
    if moved:
        mesh |= {"weights": list(weights or [0.0] * len(moved))}
    mesh["extras"] = {**(extras or {}), "targetNames": list(targets)}
    glb.meshes.append(mesh)
    return len(glb.meshes) - 1


def plain_skin(shape: HeadShape) -> FloatArray:
    """(n, 3) linear colours of a face without numbers."""
    return np.broadcast_to(linear(theme.SKIN[:3]), (len(shape.skin_values(np.zeros(478))), 3))


def colored_skin(shape: HeadShape, values: FloatArray, highest: float, colors: Any) -> FloatArray:
    """(n, 3) linear colours of numbers (478,) on a scale from 0 to `highest`."""
    share = colormap.share(shape.skin_values(values.astype(np.float32)), highest)
    table = linear(colormap.table(256, colors) / 255.0)
    found: FloatArray = table[np.round(share * 255).astype(int)]
    return found
