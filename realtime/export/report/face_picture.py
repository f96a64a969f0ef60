"""A face as a small picture, coloured by how far each vertex moves: PNG within the page, on a clear ground."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from realtime.export.report.face_drawing import seen
from realtime.export.report.markup import Markup, tag
from realtime.export.report.palette import ramp
from realtime.export.report.svg import Drawing
from realtime.geometry import N_MESH_VERTICES, CanonicalFrame
from realtime.geometry.topology import features_contour, surface_triangles

F64 = npt.NDArray[np.float64]
_STEPS = 256
_DARKEST = 0.12  # what is turned away is darker by so much at most, or light would look like displacement
_FINE = 2  # pixels of the picture in one of the page
_MARGIN = 3.0  # px of the page
_ROOM = 0.1  # of the first face beside it
_LINE_RGB, _LINE_SHARE = (21, 25, 30), 0.55


def colored_faces(
    meshes: npt.ArrayLike, distances: npt.ArrayLike, highest: float, frame: CanonicalFrame, width: int
) -> Iterator[tuple[str, int]]:
    """Faces (n, 478, 3) from the front, coloured by `distances` (n, 478); `highest` is that of the last colour.

    All in the frame of the first one, so that they can be compared; what moves far out of it is cut off. For each the
    address of its picture, and the height in px of the page; it is `width` wide.
    """
    faces = np.stack([seen(mesh, frame) for mesh in np.asarray(meshes)])
    outline = faces[:, :N_MESH_VERTICES, :2]
    low, high = outline[0].min(axis=0), outline[0].max(axis=0)
    low = np.maximum(outline.min(axis=(0, 1)), low - _ROOM * (high - low))
    high = np.minimum(outline.max(axis=(0, 1)), high + _ROOM * (high - low))
    scale = (width - 2.0 * _MARGIN) / float(high[0] - low[0])
    height = int(np.ceil(scale * float(high[1] - low[1]) + 2.0 * _MARGIN))
    for points, distance in zip(faces, np.asarray(distances, np.float64) / highest, strict=True):
        px: F64 = np.column_stack([(points[:, :2] - low) * scale + _MARGIN, points[:, 2:] * scale])
        yield face_image(px, distance, width, height), height


def face_image(
    px: F64, shares: F64, width: int, height: int, colors: Callable[[float], str] = ramp, darkest: float = _DARKEST
) -> str:
    """The address of a picture of a face, `px` (478, 3) of the page with z towards the viewer.

    `colors` gives the colour of a vertex' share, 0 to 1; what is turned away is darker by `darkest` at most.
    """
    picture = face_pixels(px * float(_FINE), shares, width * _FINE, height * _FINE, colors, darkest)
    return f"data:image/png;base64,{base64.b64encode(_png(picture)).decode()}"


def color_scale(width: int, highest: float, unit: str) -> Markup:
    """The colours of faces with their values."""
    drawing = Drawing(width, 40.0, f"Colour scale from 0 to {highest:g} {unit}")
    draw_colors(drawing, width, ramp)
    drawing.text(0, 27, "0", "t-muted")
    drawing.text(width, 27, f"{highest:g} {unit}", "t-muted", "end")
    return drawing.markup()


def draw_colors(drawing: Drawing, width: int, colors: Callable[[float], str]) -> None:
    """A bar of colours, from the least on the left to the most."""
    parts = 40
    for step in range(parts):
        fill = colors((step + 0.5) / parts)
        drawing.add(tag("rect", x=width / parts * step, y=0.0, width=width / parts + 0.4, height=10.0, fill=fill))


def face_pixels(
    px: F64, share: F64, width: int, height: int, palette: Callable[[float], str], darkest: float
) -> npt.NDArray[np.uint8]:
    """(h, w, 4) the surface with its lines; `px` (478, 3) in pixels of the picture, y down and z towards the viewer."""
    import cv2

    colors = np.array(
        [[int(palette(step / (_STEPS - 1))[at : at + 2], 16) for at in (1, 3, 5)] for step in range(_STEPS)]
    )
    size = height, width
    corners = surface_triangles()
    nearest = np.full(size, -1, np.int32)  # the triangle that is seen, drawn from the farthest to the nearest
    points = np.clip(px[corners, :2] * 16.0, -1e6, 1e6).round().astype(np.int32)
    for at in np.argsort(px[corners, 2].mean(axis=1), kind="stable").tolist():
        cv2.fillConvexPoly(nearest, points[at], at, cv2.LINE_8, 4)
    picture = np.zeros((*size, 4), np.uint8)
    inside = nearest >= 0
    seen_at = corners[nearest[inside]]
    weights = _weights(np.argwhere(inside)[:, ::-1].astype(np.float64), px[seen_at, :2])
    light = 1.0 - darkest * (1.0 - (_facing(px)[seen_at] * weights).sum(axis=1))
    steps = np.clip((share[seen_at] * weights).sum(axis=1) * (_STEPS - 1), 0, _STEPS - 1).astype(int)
    picture[inside, :3] = np.clip(colors[steps] * light[:, None], 0, 255)
    picture[..., 3] = cv2.blur(inside.astype(np.uint8) * 255, (3, 3)) * inside  # a soft edge
    ends = px[features_contour()][:, :, :2]
    lines = np.zeros(size, np.uint8)
    cv2.polylines(lines, list(np.clip(ends * 16.0, -1e6, 1e6).round().astype(np.int32)), False, 255, 2, cv2.LINE_AA, 4)
    part = (_LINE_SHARE * lines / 255.0)[..., None] * inside[..., None]
    picture[..., :3] = picture[..., :3] * (1.0 - part) + np.array(_LINE_RGB) * part
    return picture


def _facing(px: F64) -> F64:
    """(478,) how far each vertex of the surface is turned to the viewer, 0 to 1: z of its normal."""
    corners = surface_triangles()
    a, b, c = (px[corners[:, at]] for at in range(3))
    normals = np.zeros((len(px), 3))
    for at in range(3):
        np.add.at(normals, corners[:, at], np.cross(c - a, b - a))  # y points down, which turns the triangles around
    length = np.linalg.norm(normals, axis=1)
    facing: F64 = np.clip(normals[:, 2] / np.where(length > 0, length, 1.0), 0.0, 1.0)
    return facing


def _weights(xy: F64, corners: F64) -> F64:
    """(n, 3) the barycentric coordinates of points (n, 2) in their triangles (n, 3, 2); within 0 and 1."""
    (ax, ay), (bx, by), (cx, cy) = (corners[:, at].T for at in range(3))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    area[np.abs(area) < 1e-9] = 1.0
    x, y = xy[:, 0] - ax, xy[:, 1] - ay
    second = (x * (cy - ay) - (cx - ax) * y) / area
    third = ((bx - ax) * y - x * (by - ay)) / area
    found = np.clip(np.stack([1.0 - second - third, second, third], axis=1), 0.0, 1.0)
    weights: F64 = found / found.sum(axis=1, keepdims=True)
    return weights


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    """The picture's file; its colours are in steps of four, which halves the bytes and is not seen."""
    from PIL import Image

    packed = io.BytesIO()
    steps = [min(255, round(value / 4.0) * 4) for value in range(256)]
    Image.fromarray(picture).point(steps * 4).save(packed, "PNG", compress_level=6)
    return packed.getvalue()
