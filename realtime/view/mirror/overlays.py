"""Line drawings over images and faces: landmarks, contours, anchors, bounding box, vectors, divider."""

from __future__ import annotations

import numpy as np

from realtime.core.types import ByteArray, FloatArray
from realtime.core.view_options import Overlay
from realtime.core.view_state import ViewState
from realtime.geometry import ANCHORS, LEFT_IRIS, RIGHT_IRIS, features_contour, oval_contour
from realtime.geometry import edges as mesh_edges
from realtime.view.gl.lines import LinePass, circle
from realtime.view.mirror.projection import ProjectedMesh
from realtime.view.paint import colormap, theme
from realtime.view.paint.arrows import arrow_segments
from realtime.view.paint.layout import Rect
from realtime.view.paint.theme import Color

_RIM_TURNED = -0.25  # cosine to the viewing direction; from the front, the face's rim faces sideways
_BOX = 0.08  # of the face's size around it
_ARROW, _HEAD = 1.7, 5.0  # design units, in a tile with a body
_FULL = 300  # design units high


class OverlayLines:
    """Draws over one frame; sizes in design units, positions in pixels."""

    def __init__(self, lines: LinePass, size_px: tuple[int, int], unit: float) -> None:
        self._lines = lines
        self._size = size_px
        self._unit = unit

    def landmarks(self, points: FloatArray, picture: Rect, ui: ViewState) -> None:
        """Overlay of the camera image: landmarks (478, 2)."""
        if ui.box:
            self._box(points, picture)
        if ui.overlay is Overlay.MESH:
            segments = points[mesh_edges()].reshape(-1, 4)
            # On a small face dense lines would cover it.
            length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
            alpha = np.clip(0.25 + 0.05 * length / self._unit, 0.25, 0.62)
            self._draw(segments, theme.ON_PICTURE, 0.9, picture, alpha=alpha)
        elif ui.overlay is Overlay.CONTOURS:
            self.contours(points, picture)
        if ui.overlay in (Overlay.MESH, Overlay.CONTOURS):
            self._irises(points, theme.ON_PICTURE_STRONG, picture)
        if ui.anchors:
            at = points[list(ANCHORS)]
            self._dots(at, theme.ARROW_RIM, 8.5, picture)
            self._dots(at, theme.ON_PICTURE_POINT, 5.5, picture)

    def quad(self, corners: FloatArray, clip: Rect, color: Color = theme.ON_PICTURE_STRONG) -> None:
        """The outline of a quadrilateral (4, 2), thin."""
        ends = np.roll(corners, -1, axis=0)
        self._draw(np.concatenate([corners, ends], axis=1).astype(np.float32), color, 0.8, clip)

    def ghost(self, points: FloatArray, facing: FloatArray, body: Rect, fade: float) -> None:
        """Contours and irises of the observed face in the overlay; `facing` (478,) is 1 towards the camera.

        Over `fade` pixels at its edges all ends softly, as the faces do.
        """
        self.contours(points, body, facing, fade)
        self._irises(points, theme.ON_PICTURE, body, fade)

    def contours(self, points: FloatArray, clip: Rect, facing: FloatArray | None = None, fade: float = 0.0) -> None:
        """Lids, lips, brows and the face's rim; only edges that face the camera."""
        for edges, width, least in ((oval_contour(), 1.4, _RIM_TURNED), (features_contour(), 1.9, 0.0)):
            shown = edges if facing is None else edges[(facing[edges] > least).all(axis=1)]
            self._draw(points[shown].reshape(-1, 4), theme.ON_PICTURE, width, clip, round_ends=True, fade=fade)

    def _irises(self, points: FloatArray, color: Color, clip: Rect, fade: float = 0.0) -> None:
        for iris in (RIGHT_IRIS, LEFT_IRIS):
            center = points[iris[0]]
            radius = float(np.linalg.norm(points[list(iris[1:])] - center, axis=1).mean())
            self._draw(circle(center, radius), color, 1.2, clip, round_ends=True, fade=fade)

    def vectors(
        self,
        starts: FloatArray,
        ends: ProjectedMesh,
        share: FloatArray | None,
        body: Rect,
        ui: ViewState,
        fade: float,
    ) -> None:
        """Arrows from predicted (478, 2) to visible observed vertices; `share` 0..1 of the colour scale."""
        seen = np.flatnonzero(ends.visible)
        share = np.zeros(len(starts), np.float32) if share is None else share
        seen = seen[np.argsort(share[seen])]  # the longest on top
        colors = colormap.table(256, ui.colours)[np.clip(255 * share[seen], 0, 255).astype(int)]
        rgba = np.concatenate([colors, np.full((len(seen), 1), 255, np.uint8)], axis=1)
        at = ends.points_px[seen]
        # In a small tile large arrows would cover the face.
        size = min(max(min(body.h, 1.35 * body.w) / self._unit / _FULL, 0.55), 1.3)
        line = size * _ARROW
        self._dots(at, rgba, 1.4 * line, body, fade)
        length = np.linalg.norm(at - starts[seen], axis=1)
        drawn = length >= 2.0 * line * self._unit
        seen, rgba = seen[drawn], rgba[drawn]
        width, head = line * self._unit, size * _HEAD * self._unit
        segments = arrow_segments(starts[seen].astype(np.float32), ends.points_px[seen], width, head)
        # The longest arrows have the map's last colour, which is dark where zero is light.
        rim = theme.ARROW if colormap.light_zero(ui.colours) else theme.ARROW_RIM
        self._draw(segments, rim.faded(0.5), 1.9 * line, body, round_ends=True, fade=fade)
        self._draw(segments, np.tile(rgba, (3, 1)), line, body, round_ends=True, fade=fade)

    def wipe(self, body: Rect, x: int) -> None:
        """The divider of the wipe with its handle."""
        middle = body.y + body.h / 2
        half = 5.0 * self._unit
        line = np.array([[x, body.y, x, middle - 2 * half], [x, middle + 2 * half, x, body.bottom]], np.float32)
        self._draw(line, theme.TEXT.faded(0.85), 1.6, body)
        self._draw(circle(np.array([x, middle]), 2 * half, 48), theme.TEXT.faded(0.85), 1.6, body, round_ends=True)
        tips = []
        for side in (-1, 1):
            tip = (x + side * 1.15 * half, middle)
            tips += [[*tip, x + side * 0.5 * half, middle + up * 0.65 * half] for up in (-1, 1)]
        self._draw(np.array(tips, np.float32), theme.TEXT, 1.6, body, round_ends=True)

    def _box(self, points: FloatArray, picture: Rect) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        room = _BOX * float((high - low).max())
        (left, top), (right, bottom) = low - room, high + room
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
        sides = np.concatenate([corners, np.roll(corners, -1, axis=0)], axis=1)
        self._draw(sides, theme.ON_PICTURE.faded(0.55), 1.2, picture, round_ends=True)
        # Corner marks are visible on any background.
        reach = 0.14 * min(right - left, bottom - top)
        ends = [corners + reach * np.sign(np.roll(corners, way, axis=0) - corners) for way in (1, -1)]
        self._draw(np.concatenate([np.hstack([corners, end]) for end in ends]), theme.ON_PICTURE, 2.6, picture, True)

    def _dots(self, points: FloatArray, color: Color | ByteArray, width: float, clip: Rect, fade: float = 0.0) -> None:
        """Discs: lines of zero length with round ends."""
        self._draw(np.hstack([points, points]), color, width, clip, round_ends=True, fade=fade)

    def _draw(
        self,
        segments: FloatArray,
        color: Color | ByteArray,
        width: float,
        clip: Rect,
        round_ends: bool = False,
        alpha: FloatArray | None = None,
        fade: float = 0.0,
    ) -> None:
        if fade > 0:
            alpha = _faded(segments, clip, fade)
        self._lines.draw(
            segments, color, width * self._unit, size_px=self._size, clip=clip, alpha=alpha, round_ends=round_ends
        )


def _faded(segments: FloatArray, rect: Rect, fade: float) -> FloatArray:
    """(N,) opacity of segments (N, 4) by how near they are to the edges of `rect`, px; as the faces themselves fade."""
    middle = 0.5 * (segments[:, :2] + segments[:, 2:]) - (rect.x, rect.y)
    near = np.clip(np.minimum(middle, (rect.w, rect.h) - middle) / fade, 0.0, 1.0)
    found: FloatArray = (near * near * (3.0 - 2.0 * near)).prod(axis=1)
    return found
