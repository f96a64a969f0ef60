"""The upper part: camera picture and faces, each view in a tile of its own."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from realtime.geometry import LEFT_IRIS, RIGHT_IRIS
from realtime.geometry import edges as mesh_edges
from realtime.looks import View
from realtime.types import FrameResult
from realtime.view.gl.lines import LinePass, circle
from realtime.view.gl.meshes import Eye, FaceLook, MeshPass
from realtime.view.gl.picture import PicturePass
from realtime.view.mirror import faces
from realtime.view.mirror.facts import ModelFacts
from realtime.view.mirror.layout import Layout
from realtime.view.paint import theme
from realtime.view.paint.layout import Rect
from realtime.view.state import Status, ViewState

Tile = tuple[View, int]  # a view, and of which model where there is one for each
_DEFAULT_SHAPE = (4, 3)  # of the picture's place before there is a picture


def tiles_of(views: Sequence[View], models: int) -> tuple[Tile, ...]:
    """The tiles of the views, in their order: a predicted face for each model."""
    return tuple((view, at) for view in views for at in range(models if view is View.PREDICTED else 1))


class Tiles:
    """Draws what is in the tiles; their words are `tile_words`' business."""

    def __init__(
        self, ctx: moderngl.Context, models: Sequence[ModelFacts], lines: LinePass, samples: int | None
    ) -> None:
        first = models[0]
        self._ctx = ctx
        self._lines = lines
        self._edges = np.asarray(mesh_edges(), np.int64)
        self._picture = PicturePass(ctx)
        self._meshes = MeshPass(ctx, first.mean_canon, first.neutral_canon, 1 + len(models), samples)
        self._looks: tuple[object, tuple[FaceLook | None, ...]] = (None, ())
        self._shown: FrameResult | None = None  # to which they belong

    def resize(self, body: Rect) -> None:
        """Make room for tiles with bodies of this size."""
        self._meshes.resize((body.w, body.h))

    def draw(
        self,
        target: moderngl.Framebuffer,
        layout: Layout,
        tiles: Sequence[Tile],
        result: FrameResult | None,
        status: Status,
        ui: ViewState,
    ) -> None:
        """Draw all of them into a framebuffer of the layout's size."""
        for (view, _), panel in zip(tiles, layout.tiles, strict=True):
            if view is View.CAMERA and result is not None:
                self._draw_camera(panel.body, layout, result, status, ui)
        self._draw_faces(target, layout, tiles, result, ui)

    def picture_place(self, body: Rect, result: FrameResult | None) -> Rect:
        """Where the camera's picture stands in a tile."""
        return body.fitted(*(_DEFAULT_SHAPE if result is None else result.frame.size))

    def _draw_camera(self, body: Rect, layout: Layout, result: FrameResult, status: Status, ui: ViewState) -> None:
        picture = self.picture_place(body, result)
        gone = status.source_state in ("lost", "ended", "opening")
        self._picture.upload(result.frame.image)
        light = 0.35 if gone else 0.8 if result.landmarks is not None else 0.7
        corner = 6 * layout.unit
        self._picture.draw(picture, layout.size, mirrored=ui.mirrored, light=light, corner=corner)
        if result.landmarks is not None and not gone:
            self._draw_landmarks(result, picture, layout, ui)

    def _draw_landmarks(self, result: FrameResult, picture: Rect, layout: Layout, ui: ViewState) -> None:
        assert result.landmarks is not None
        width, height = result.landmarks.image_size
        shape = np.array([picture.w / width, picture.h / height], np.float32)
        points = result.landmarks.points_px[:, :2].astype(np.float32) * shape
        if ui.mirrored:
            points[:, 0] = picture.w - points[:, 0]
        points += np.array([picture.x, picture.y], np.float32)
        unit = layout.unit
        segments = points[self._edges].reshape(-1, 4)
        # On a small face the lines lie so close that they would cover it.
        length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
        alpha = np.clip(0.25 + 0.05 * length / unit, 0.25, 0.62)
        draw = self._lines.draw
        draw(segments, theme.ACCENT, 0.9 * unit, size_px=layout.size, clip=picture, alpha=alpha)
        for iris in (RIGHT_IRIS, LEFT_IRIS):
            centre = points[iris[0]]
            radius = float(np.linalg.norm(points[list(iris[1:])] - centre, axis=1).mean())
            ring = circle(centre, radius)
            draw(ring, theme.TEXT, 1.2 * unit, size_px=layout.size, clip=picture, round_ends=True)

    def _draw_faces(
        self,
        target: moderngl.Framebuffer,
        layout: Layout,
        tiles: Sequence[Tile],
        result: FrameResult | None,
        ui: ViewState,
    ) -> None:
        if result is None or not result.models:
            return
        key = (ui.adjusted, ui.model, ui.disagreement, ui.colour_max)
        if self._looks[0] != key or self._shown is not result:
            # Kept while they hold, since the pass sends arrays again that are new.
            self._looks, self._shown = (key, faces.looks(result, ui)), result
        observed, *predicted = self._looks[1]
        looks = [
            observed if view is View.OBSERVED else predicted[at] if view is View.PREDICTED else None
            for view, at in tiles
        ]
        drawn = [(panel.body, look) for panel, look in zip(layout.tiles, looks, strict=True) if look is not None]
        eye = Eye(ui.orbit_deg, ui.zoom, ui.mirrored)
        if drawn:
            self._meshes.draw(target, layout.size, [body for body, _ in drawn], [look for _, look in drawn], eye)

    def close(self) -> None:
        """Release the GL objects."""
        self._meshes.close()
        self._picture.close()
