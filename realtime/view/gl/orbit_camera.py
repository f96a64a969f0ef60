"""The orbit camera, or that of the camera image: pure functions to 4x4 matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from realtime.core.types import FloatArray, Similarity
from realtime.view.gl.picture_map import PictureMap
from realtime.view.paint.layout import Rect

_DISTANCE = 7.5  # from camera to face, in outer-canthal distances: a portrait lens, hardly any perspective
# Of a face's depth, from behind: around it a face that turns stays in the view that it fills from the front.
_PIVOT = 0.3
_CAMERA_FROM_PX = np.diag([1.0, -1.0, -1.0])  # the picture's y runs down, its z away from the camera
_DEEPEST = 4.0  # outer-canthal distances from the face's centre
_FAR = 40.0  # distance of an orthographic camera, for silhouettes
MAX_AZIMUTH, MAX_ELEVATION = 80.0, 60.0  # degrees; beyond, the back of the mask would be visible
MIN_ZOOM, MAX_ZOOM = 0.6, 4.0


@dataclass(frozen=True, slots=True)
class OrbitCamera:
    """The camera of all faces of one draw: orbit, zoom, mirroring."""

    orbit_deg: tuple[float, float] = (0.0, 0.0)  # azimuth, elevation around the face
    zoom: float = 1.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """The extent of a face to be in view from the front, in face coordinates."""

    center: tuple[float, float, float]
    half_width: float
    half_height: float

    @classmethod
    def of(cls, *faces: FloatArray) -> Fit:
        """Around all of the given faces (N, 3), with room below for a jaw that opens."""
        every = np.concatenate(faces)
        low, high = every[:, 2].min(), every[:, 2].max()
        depth = low + _PIVOT * (high - low)
        seen = every[:, :2] * (_DISTANCE / (_DISTANCE + depth - every[:, 2:]))  # nearer parts are larger
        bottom, top = seen[:, 1].min() - 0.16, seen[:, 1].max() + 0.07
        half_width = float(np.abs(seen[:, 0]).max()) + 0.08
        return cls((0.0, float(bottom + top) / 2, float(depth)), half_width, float(top - bottom) / 2)

    @classmethod
    def seen_from(cls, orbits_deg: Sequence[tuple[float, float]], *faces: FloatArray) -> Fit:
        """The tightest fit around all of the given faces (N, 3), from all of these orbits.

        The orbit's pivot is at the depth that keeps them nearest to the middle of the image.
        """
        every = np.concatenate(faces)
        low, high = every.min(axis=0), every.max(axis=0)
        found = []
        for depth in np.linspace(low[2], high[2], 17):
            center = (0.0, float(low[1] + high[1]) / 2, float(depth))
            reach = np.zeros(2)
            for orbit in orbits_deg:
                matrix = view_matrix(cls(center, 1.0, 1.0), orbit, False)
                seen = every @ matrix[:3, :3].T + matrix[:3, 3]
                reach = np.maximum(reach, np.abs(seen[:, :2] * (_DISTANCE / -seen[:, 2:])).max(axis=0))
            found.append(cls(center, float(reach[0]) + 0.06, float(reach[1]) + 0.06))
        return min(found, key=lambda fit: fit.half_width * fit.half_height)


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """How a face comes into a view."""

    view: FloatArray  # (4, 4) face coordinates -> camera coordinates: x right, y up, looking along -z
    projection: FloatArray  # (4, 4) camera coordinates -> clip space
    camera_position: FloatArray  # (3,) camera position, face coordinates
    mirrored: bool

    def project(self, points: FloatArray, rect: Rect) -> FloatArray:
        """Where points (N, 3) in face coordinates are drawn when `rect` is the view: (N, 2) pixels."""
        place = self.projection @ self.view
        clip = points @ place[:3, :3].T + place[:3, 3]
        share = 0.5 + 0.5 * clip[:, :2] * (1, -1) / (points @ place[3, :3] + place[3, 3])[:, None]
        found: FloatArray = (rect.x, rect.y) + share * (rect.w, rect.h)
        return found

    def towards(self, points: FloatArray) -> FloatArray:
        """(N, 3) unit vectors from points to the camera, face coordinates."""
        found = self.camera_position - points
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


def around(fit: Fit, aspect: float, orbit_deg: tuple[float, float], zoom: float, mirrored: bool) -> Placement:
    """The face in the middle of a view of width / height = aspect."""
    view = view_matrix(fit, orbit_deg, mirrored)
    return Placement(view, projection_matrix(fit, aspect, zoom), camera_position(view), mirrored)


def place_in_picture(px_from_face: Similarity, place: PictureMap, body: Rect) -> Placement:
    """The face where it is in a picture that is shown at `place`; the view is `body`.

    Without perspective, as the landmarks are: the picture's z counts for what hides what alone.
    """
    scale = float(px_from_face.scale) * place.scale  # pixels of the window in an outer-canthal distance
    rotation = _CAMERA_FROM_PX @ px_from_face.rotation
    turn = np.eye(3)
    turn[:2, :2] = place.matrix / place.scale
    center = place.matrix @ px_from_face.translation[:2] + place.offset - (body.x + body.w / 2, body.y + body.h / 2)
    view = np.eye(4)
    view[:3, :3] = _CAMERA_FROM_PX @ turn @ px_from_face.rotation
    view[:2, 3] = center * (1, -1) / scale
    projection = np.diag([2 * scale / body.w, 2 * scale / body.h, -1 / _DEEPEST, 1.0])
    return Placement(view, projection, _FAR * rotation[2], bool(np.linalg.det(place.matrix) < 0))


def clamp_orbit(azimuth: float, elevation: float) -> tuple[float, float]:
    """Keep the camera in front of the face; degrees."""
    return (
        float(np.clip(azimuth, -MAX_AZIMUTH, MAX_AZIMUTH)),
        float(np.clip(elevation, -MAX_ELEVATION, MAX_ELEVATION)),
    )


@lru_cache(maxsize=16)  # called for each tile of each frame
def view_matrix(fit: Fit, orbit_deg: tuple[float, float], mirrored: bool) -> FloatArray:
    """Face coordinates -> camera coordinates (x right, y up, looking along -z), 4x4, read-only.

    Positive azimuth moves the camera to the image's right, positive elevation upwards. Mirroring flips the face, not
    the camera, so that light and orbit stay as they are.
    """
    azimuth, elevation = np.radians(clamp_orbit(*orbit_deg))
    ca, sa, ce, se = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    around = np.array([[ca, 0, -sa], [0, 1, 0], [sa, 0, ca]])
    over = np.array([[1, 0, 0], [0, ce, -se], [0, se, ce]])
    turn = over @ around @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = -turn @ np.array(fit.center) - np.array([0.0, 0.0, _DISTANCE])
    matrix.setflags(write=False)
    return matrix


def camera_position(view: FloatArray) -> FloatArray:
    """Camera position in face coordinates, (3,), of a `view_matrix`."""
    found: FloatArray = -view[:3, :3].T @ view[:3, 3]
    return found


@lru_cache(maxsize=16)
def projection_matrix(fit: Fit, aspect: float, zoom: float) -> FloatArray:
    """Eye coordinates -> clip space, 4x4, read-only; at zoom 1 the face fills a view of width / height = aspect."""
    zoom = float(np.clip(zoom, MIN_ZOOM, MAX_ZOOM))
    near, far = _DISTANCE - 3.0, _DISTANCE + 3.0
    half = max(fit.half_height, fit.half_width / max(aspect, 1e-3)) / zoom
    matrix = np.zeros((4, 4))
    matrix[0, 0] = _DISTANCE / (half * aspect)
    matrix[1, 1] = _DISTANCE / half
    matrix[2, 2] = -(far + near) / (far - near)
    matrix[2, 3] = -2 * far * near / (far - near)
    matrix[3, 2] = -1.0
    matrix.setflags(write=False)
    return matrix
