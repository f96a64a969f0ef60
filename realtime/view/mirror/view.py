"""The whole window: picture, two faces, panels. The same in a window and without one."""

from __future__ import annotations

import time
from collections.abc import Sequence

import moderngl
import numpy as np

from realtime.geometry import LEFT_IRIS, RIGHT_IRIS
from realtime.geometry import edges as mesh_edges
from realtime.model import LinearMeshModel
from realtime.types import FloatArray, FrameResult
from realtime.view.gl.backdrop import Backdrop
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.gl.lines import LinePass, circle
from realtime.view.gl.meshes import Eye, FaceLook, MeshPass
from realtime.view.gl.picture import PicturePass
from realtime.view.mirror import comparison, faces, header, panels
from realtime.view.mirror.history import History
from realtime.view.mirror.layout import arrange
from realtime.view.mirror.plot import Plot
from realtime.view.paint import theme
from realtime.view.paint.help import draw_help
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.screen import Screen
from realtime.view.state import Caption, Status, ViewState

_DEFAULT_SHAPE = (4, 3)  # of the picture's place before there is a picture


class MirrorView:
    """Draws one FrameResult with the program's status into a framebuffer.

    `mean_mesh` and `neutral_mesh` (478, 3) are the first model's, in its own frame and units; `models` names all of
    them in the order of the results; `samples` is the number of samples a pixel of the faces (None: the pass's choice).
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        size_px: tuple[int, int],
        scale: float,
        mean_mesh: FloatArray,
        neutral_mesh: FloatArray,
        models: Sequence[Caption],
        samples: int | None = None,
    ) -> None:
        self._ctx = ctx
        self._models = tuple(models)
        self._closed = False
        self._looks: tuple[object, tuple[FaceLook | None, ...]] = (None, ())
        self._shown: FrameResult | None = None  # to which they belong
        self.history = History(models=len(self._models))
        self._edges = np.asarray(mesh_edges(), np.int64)
        self._backdrop = Backdrop(ctx)
        self._picture = PicturePass(ctx)
        self._meshes = MeshPass(ctx, mean_mesh, neutral_mesh, 1 + len(self._models), samples)
        self._lines = LinePass(ctx)
        self._plot = Plot(self.history, self._models)
        self._imgui = ImguiRenderer(ctx)
        self._fonts = Fonts.load()
        self._drawn_at = time.monotonic()
        self._size, self._scale = (0, 0), 0.0
        self.resize(size_px, scale)

    @classmethod
    def on(cls, screen: Screen, models: Sequence[LinearMeshModel], samples: int | None = None) -> MirrorView:
        """The mirror of these models, for a window or an offscreen target."""
        captions = [Caption.of(model) for model in models]
        first = models[0]
        return cls(screen.ctx, screen.size_px, screen.scale, first.mean_mesh, first.neutral_mesh, captions, samples)

    def resize(self, size_px: tuple[int, int], scale: float) -> None:
        """Lay everything out for a framebuffer of this size; a size of 0 draws nothing until the next one."""
        if (size_px, scale) == (self._size, self._scale):
            return
        self._size, self._scale = size_px, scale
        if min(size_px) < 1:
            return
        self.layout = arrange(size_px, scale, len(self._models))
        faces = (self.layout.observed, *self.layout.predicted)
        cards = [(panel.frame, panel in faces) for panel in self.layout.panels]
        self._backdrop.build_cards(size_px, self.layout.unit, cards)
        body = self.layout.observed.body
        self._meshes.resize((body.w, body.h))

    def draw(self, target: moderngl.Framebuffer, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        """Draw everything; a result that was drawn before adds nothing to the history."""
        if result is not None:
            self.history.push(result)
        if min(self._size) < 1:
            return
        target.use()
        self._ctx.viewport = (0, 0, *self._size)
        self._ctx.scissor = None
        self._backdrop.copy_to(target)
        target.use()
        picture = self._draw_camera(result, status, ui)
        self._draw_faces(target, result, ui)
        self._plot.draw_lines(self._lines, self.layout.history, self.layout.unit, self._size, ui)
        self._draw_words(picture, result, status, ui)

    def close(self) -> None:
        """Release everything; may be called twice."""
        if self._closed:
            return
        self._closed = True
        for part in (self._imgui, self._lines, self._meshes, self._picture, self._backdrop):
            part.close()

    def _draw_camera(self, result: FrameResult | None, status: Status, ui: ViewState) -> Rect:
        body = self.layout.camera.body
        if result is None:
            return body.fitted(*_DEFAULT_SHAPE)
        picture = body.fitted(*result.frame.size)
        gone = status.source_state in ("lost", "ended", "opening")
        self._picture.upload(result.frame.image)
        light = 0.35 if gone else 0.8 if result.landmarks is not None else 0.7
        corner = 6 * self.layout.unit
        self._picture.draw(picture, self._size, mirrored=ui.mirrored, light=light, corner=corner)
        if result.landmarks is not None and not gone:
            self._draw_landmarks(result, picture, ui)
        return picture

    def _draw_landmarks(self, result: FrameResult, picture: Rect, ui: ViewState) -> None:
        assert result.landmarks is not None
        width, height = result.landmarks.image_size
        shape = np.array([picture.w / width, picture.h / height], np.float32)
        points = result.landmarks.points_px[:, :2].astype(np.float32) * shape
        if ui.mirrored:
            points[:, 0] = picture.w - points[:, 0]
        points += np.array([picture.x, picture.y], np.float32)
        unit = self.layout.unit
        segments = points[self._edges].reshape(-1, 4)
        # On a small face the lines lie so close that they would cover it.
        length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
        alpha = np.clip(0.25 + 0.05 * length / unit, 0.25, 0.62)
        draw = self._lines.draw
        draw(segments, theme.ACCENT, 0.9 * unit, size_px=self._size, clip=picture, alpha=alpha)
        for iris in (RIGHT_IRIS, LEFT_IRIS):
            centre = points[iris[0]]
            radius = float(np.linalg.norm(points[list(iris[1:])] - centre, axis=1).mean())
            ring = circle(centre, radius)
            draw(ring, theme.TEXT, 1.2 * unit, size_px=self._size, clip=picture, round_ends=True)

    def _draw_faces(self, target: moderngl.Framebuffer, result: FrameResult | None, ui: ViewState) -> None:
        if result is None or not result.models:
            return
        key = (ui.adjusted, ui.model, ui.disagreement, ui.colour_max)
        if self._looks[0] != key or self._shown is not result:
            # Kept while they hold, since the pass sends arrays again that are new.
            self._looks, self._shown = (key, faces.looks(result, ui)), result
        rects = [panel.body for panel in (self.layout.observed, *self.layout.predicted)]
        self._meshes.draw(target, self._size, rects, self._looks[1], Eye(ui.orbit_deg, ui.zoom, ui.mirrored))

    def _draw_words(self, picture: Rect, result: FrameResult | None, status: Status, ui: ViewState) -> None:
        now = time.monotonic()
        self._imgui.begin(self._size, now - self._drawn_at)
        self._drawn_at = now
        layout = self.layout
        p = Painter(self._fonts, layout.unit)
        header.draw_header(p, layout.header, result, status, ui)
        panels.camera(p, layout.camera, picture, result, status, ui)
        panels.observed(p, layout.observed, result, self._models, status, ui)
        for at, panel in enumerate(layout.predicted):
            panels.predicted(p, panel, result, self._models, at, status, ui)
        if len(self._models) == 1:
            panels.emotion(p, layout.emotion, result, status)
            panels.residual(p, layout.residual, result, ui)
        else:
            comparison.features(p, layout.emotion, result, self._models)
            comparison.residuals(p, layout.residual, result, self._models, ui)
        self._plot.draw_words(p, layout.history)
        if status.message:
            panels.passing(p, layout, status.message)
        if ui.help:
            draw_help(p, self._size)
        self._imgui.end()
