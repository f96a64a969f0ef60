"""Eyeballs between the lids and a cavity behind the lips. No GL here.

Both begin exactly on the rims of the divided surface, so that no gap opens towards them from any side, and lie behind
them everywhere else. MediaPipe's mesh has neither: its triangles across an eye or the mouth would be flat.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.core.types import FloatArray
from realtime.geometry import INNER_LIPS, LEFT_EYE, LEFT_IRIS, N_MESH_VERTICES, RIGHT_EYE, RIGHT_IRIS
from realtime.geometry import edges as mesh_edges

Index = npt.NDArray[np.int64]

# In outer-canthal distances, some 90 mm in adults: the radius of an eyeball, of some 12 mm.
_EYEBALL = 0.135
_EYE_ROWS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])  # from the lower lid to the upper one
_COLUMNS = 17  # from the outer corner of an eye to the inner one
_TO_CORNER = np.abs(np.linspace(-1.0, 1.0, _COLUMNS))  # 1 at both corners
_NARROW = 0.05  # distance between lids
# How far the cavity has narrowed, and how far it lies behind the lips.
_MOUTH_RINGS = np.array([(1.0, 0.0), (1.0, 0.05), (0.94, 0.12), (0.72, 0.2), (0.0, 0.26)])


class EyesAndMouth:
    """Which vertices they are made of, and where those are in a face."""

    def __init__(self) -> None:
        rings = np.array([_fine_ring(ring) for ring in (RIGHT_EYE, LEFT_EYE)])  # (2, 32) lower lid, then upper
        along = np.arange(_COLUMNS)
        self._lower, self._upper = rings[:, along], rings[:, -along]
        self._irises = np.array([RIGHT_IRIS, LEFT_IRIS])
        self._lips = _fine_ring(INNER_LIPS)  # (40,)
        one = _bands(len(_EYE_ROWS), _COLUMNS, closed=False)
        self._eye_corners: Index = np.concatenate([one, one + len(_EYE_ROWS) * _COLUMNS])
        self._mouth_corners = _bands(len(_MOUTH_RINGS), len(self._lips), closed=True)

    @property
    def n_eye_vertices(self) -> int:
        """Vertices of both eyes, three per triangle."""
        return len(self._eye_corners)

    @property
    def n_mouth_vertices(self) -> int:
        """Vertices of the cavity, three per triangle."""
        return len(self._mouth_corners)

    @property
    def eye_corners(self) -> Index:
        """Corners of the triangles of both eyes, as numbers of the vertices of `eye_grid`, one eye after the other."""
        return self._eye_corners

    @property
    def mouth_corners(self) -> Index:
        """Corners of the triangles of the cavity, as numbers of the vertices of `mouth_grid`."""
        return self._mouth_corners

    def eyes(self, points: FloatArray, fine: FloatArray, out: FloatArray) -> None:
        """Write both eyes into `out` (n_eye_vertices, 6) float32, three vertices a triangle; see `eye_grid`."""
        np.take(self.eye_grid(points, fine).reshape(-1, 6), self._eye_corners, axis=0, out=out)

    def eye_grid(self, points: FloatArray, fine: FloatArray) -> FloatArray:
        """The right eye and the left one, (2, rows, columns, 6) float32: position, place on the iris, shadow of lids.

        Rows go from the lower lid to the upper one, columns from the outer corner to the inner one. `points` (478, 3)
        and `fine` (468 + E, 7), as `FaceSurface.divide` has it, in face coordinates. The place is x and y from the
        iris's centre, in iris radii; the shadow grows from 0 to 1 at the lids.
        """
        lower, upper = fine[self._lower, :3], fine[self._upper, :3]  # (2, 17, 3) from corner to corner
        up = _EYE_ROWS[None, :, None]
        # An eyeball rises over the line between the lids by the sagitta of its arc.
        aperture = np.linalg.norm(upper - lower, axis=-1)[:, None]
        ball = np.empty((2, len(_EYE_ROWS), _COLUMNS, 6), np.float32)
        ball[..., :3] = lower[:, None] + up[..., None] * (upper - lower)[:, None]
        ball[:, -1, :, :3] = upper  # exactly, not as near as the sum above comes to it
        ball[..., 2] += aperture**2 / (8 * _EYEBALL) * 4 * up * (1 - up)
        iris = points[self._irises]  # (2, 5, 3)
        radius = np.linalg.norm(iris[:, 1:, :2] - iris[:, :1, :2], axis=-1).mean(axis=1)
        ball[..., 3:5] = (ball[..., :2] - iris[:, None, :1, :2]) / np.maximum(radius, 1e-6)[:, None, None, None]
        # Between lids that are nearly closed, all of the eye lies in their shadow.
        ball[..., 5] = np.maximum(np.maximum(np.abs(2 * up - 1), _TO_CORNER), 1.0 - aperture / _NARROW)
        return ball

    def mouth(self, fine: FloatArray, out: FloatArray) -> None:
        """Write the cavity into `out` (n_mouth_vertices, 4) float32, three vertices a triangle; see `mouth_grid`."""
        np.take(self.mouth_grid(fine).reshape(-1, 4), self._mouth_corners, axis=0, out=out)

    def mouth_grid(self, fine: FloatArray) -> FloatArray:
        """The cavity, (rings, columns, 4) float32 from the lips inwards: position, and 0 at the lips .. 1 deep inside.

        `fine` as in `eye_grid`.
        """
        rim = fine[self._lips, :3]
        middle = rim.mean(axis=0)
        narrow, depth = _MOUTH_RINGS.T[..., None]
        cup = np.empty((len(_MOUTH_RINGS), len(rim), 4), np.float32)
        cup[..., :3] = middle + narrow[..., None] * (rim - middle)
        cup[0, :, :3] = rim
        cup[..., 2] -= depth
        cup[..., 3] = depth / _MOUTH_RINGS[-1, 1]
        return cup


def _fine_ring(ring: tuple[int, ...]) -> Index:
    """The vertices of the divided surface along a rim: landmarks, and between each two the middle of their edge."""
    number = {(int(a), int(b)): at for at, (a, b) in enumerate(mesh_edges())}
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    middles = [N_MESH_VERTICES + number[min(pair), max(pair)] for pair in pairs]
    found: Index = np.stack([np.array(ring), np.array(middles)], axis=1).reshape(-1)
    return found


def _bands(rows: int, n: int, *, closed: bool) -> Index:
    """Corners of the triangles between `rows` rows of n vertices, numbered row by row; closed: each row is a ring."""
    row, at = np.meshgrid(np.arange(rows - 1), np.arange(n if closed else n - 1), indexing="ij")
    a, b = row * n + at, row * n + (at + 1) % n
    found: Index = np.stack([a, b, a + n, a + n, b, b + n], axis=-1).reshape(-1)
    return found
