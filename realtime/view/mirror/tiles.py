"""The upper part: camera picture and faces, each view in a tile of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import moderngl
import numpy as np
import numpy.typing as npt

from realtime.core.frame_result import Face, FrameResult
from realtime.core.status import Status
from realtime.core.types import FloatArray
from realtime.core.view_options import Overlay, View
from realtime.core.view_state import ViewState
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.view.gl.lines import LinePass
from realtime.view.gl.meshes import MeshPass
from realtime.view.gl.orbit_camera import OrbitCamera, Placement, place_in_picture
from realtime.view.gl.picture import PicturePass
from realtime.view.gl.picture_map import PictureMap
from realtime.view.gl.styled_face import Layer, StyledFace
from realtime.view.mirror import face_styles, overlays
from realtime.view.mirror.camera_crop import CameraCrop, FacePose
from realtime.view.mirror.layout import Layout
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.projection import ProjectedMesh, facing_camera
from realtime.view.mirror.scene import Faces, Scene, SceneBuilder
from realtime.view.paint import colormap, theme
from realtime.view.paint.layout import Rect

Tile = tuple[View, int]  # a view, and of which model where there is one for each
_DEFAULT_SHAPE = (4, 3)  # aspect ratio before there is an image
_LAYERS = {View.GHOST: 2, View.WIPE: 2}  # of the others' one
_GONE = ("lost", "ended", "opening")
_FADE, _CORNER = 30.0, 8.0  # design units over which a cropped picture's own edge fades; of its corners
_THUMBNAIL, _THUMBNAIL_IN = (96.0, 72.0), 260.0  # of the whole picture; the least tile that has room for it
_EDGE = 0.04  # of a tile, at its edge; the room around a face that fits
_GROWTH = 0.12  # of the room that faces need, for each time that they are exaggerated


def tiles_of(views: Sequence[View], models: int) -> tuple[Tile, ...]:
    """The tiles of the views, in their order: a predicted face for each model."""
    return tuple((view, at) for view in views for at in range(models if view is View.PREDICTED else 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What the last frame was drawn from."""

    bodies: tuple[Rect, ...]
    tiles: tuple[Tile, ...]
    scene: Scene
    image_size: tuple[int, int]
    gone: bool
    around: Placement
    canthi: FloatArray | None  # (2, 2) where the faces' outer canthi are in a tile, from its corner; None: no crop
    wipe: float
    model: int


class Tiles:
    """Renders the contents of the tiles; their text is drawn by `TileLabels`."""

    def __init__(
        self, ctx: moderngl.Context, models: Sequence[ModelFacts], lines: LinePass, samples: int | None
    ) -> None:
        first = models[0]
        self._lines = lines
        self._picture = PicturePass(ctx)
        self._meshes = MeshPass(ctx, first.mean_canon, first.neutral_canon, 1, samples)
        self._build_scene = SceneBuilder(models, self._meshes.surface)
        self._crop = CameraCrop()
        self._canthi = self._meshes.surface.to_face(first.mean_canon)[[RIGHT_OUTER_CANTHUS, LEFT_OUTER_CANTHUS]]
        self._shown: _Shown | None = None
        self.scene = Scene(1.0)  # of the last frame

    def scene_of(self, result: FrameResult | None, ui: ViewState) -> Scene:
        """What is drawn of a result; the same object as long as nothing changes."""
        return self._build_scene(result, ui)

    def render(
        self,
        layout: Layout,
        tiles: Sequence[Tile],
        result: FrameResult | None,
        status: Status,
        ui: ViewState,
        widest: Scene | None = None,
    ) -> None:
        """Start rendering the faces of all tiles: the GPU works while the CPU prepares the text.

        `widest`: of this scene and that of another replay beside it, whose colour scale both get.
        """
        scene = self.scene_of(result, ui)
        if widest is not None:
            scene = replace(scene, highest=widest.highest, flat=widest.flat)
        self.scene, ui.colour_end = scene, scene.highest
        bodies = tuple(panel.body for panel in layout.tiles)
        self._shown = None
        if result is None or min(bodies[0].w, bodies[0].h) < 1:
            return
        gone = status.source_state in _GONE
        # No more slots than these views need: all of them are cleared in every frame.
        empty = sum(view is View.CAMERA and ui.overlay is not Overlay.TINT for view, _ in tiles)
        self._meshes.resize((bodies[0].w, bodies[0].h), sum(_LAYERS.get(view, 1) for view, _ in tiles) - empty)
        zoom = ui.zoom / (1.0 + _GROWTH * (ui.exaggeration - 1.0))
        around = self._meshes.around(OrbitCamera(ui.orbit_deg, zoom, ui.mirrored))
        canthi = self._follow(result, scene, bodies[0], OrbitCamera((0.0, 0.0), zoom, ui.mirrored))
        canthi = None if ui.whole or gone else canthi
        shown = _Shown(bodies, tuple(tiles), scene, result.frame.size, gone, around, canthi, ui.wipe, ui.model)
        self._shown = shown
        self._meshes.render([layer for at in range(len(tiles)) for layer in self._layers(shown, at, ui)])

    def composite(
        self, target: moderngl.Framebuffer, layout: Layout, result: FrameResult | None, ui: ViewState
    ) -> None:
        """Draw images, rendered faces and overlays into a framebuffer of the layout's size."""
        shown = self._shown
        if shown is None or result is None:
            return
        for at, (view, _) in enumerate(shown.tiles):
            if view in (View.CAMERA, View.ON_FACE):
                self._draw_picture(at, layout, result, shown)
        self._meshes.composite(target, layout.size)
        over = overlays.OverlayLines(self._lines, layout.size, layout.unit)
        for at, (view, _) in enumerate(shown.tiles):
            self._draw_overlays(over, shown, at, view, ui)

    def projected(self, at: int) -> list[ProjectedMesh]:
        """The projected faces of tile number `at` in the last frame; () if it shows none."""
        shown = self._shown
        if shown is None or at >= len(shown.tiles):
            return []
        view, model = shown.tiles[at]
        scene, faces, body = shown.scene, shown.scene.faces, shown.bodies[at]
        if view is View.CAMERA:
            if scene.points_px is None or shown.gone:
                return []
            points = self._picture_points(shown, at)
            seen = _inside(points, body) & facing_camera(points, shown.around.mirrored)
            return [ProjectedMesh(points, seen, shown.model)]
        if faces is None:
            return []
        if view is View.PREDICTED:
            return self._projected(faces.predicted[model], body, shown.around, model)
        if view is View.ON_FACE:
            in_picture = self._picture_placement(shown, at)
            return [] if in_picture is None else self._projected(faces.expected, body, in_picture, shown.model)
        if view is View.WIPE:
            left, right = wipe_sides(body, shown.wipe)
            return [
                *self._projected(faces.observed, left, shown.around, shown.model, body),
                *self._projected(faces.expected, right, shown.around, shown.model, body),
            ]
        return self._projected(faces.observed, body, shown.around, shown.model)

    def face_pose(self, face: Face) -> FacePose | None:
        """Where the eyes of a face are in the picture; None where it could not be aligned."""
        aligned = face.estimate.aligned
        if aligned is None:
            return None
        px_from_canon = aligned.canon_from_px.inverse()
        return FacePose.of(face.landmarks.points_px, self._meshes.surface.px_from_face(px_from_canon))

    def whole_picture(self, at: int) -> PictureMap | None:
        """Where all of the camera's picture is in tile number `at`; None where it shows something else."""
        shown = self._shown
        if shown is None or shown.canthi is not None or shown.gone or shown.tiles[at][0] is not View.CAMERA:
            return None
        return self._place(shown, at)

    def draw_crop(self, result: FrameResult, rect: Rect, layout: Layout, place: PictureMap) -> None:
        """A part of the camera's picture, small; to be drawn after `composite`."""
        self._picture.upload(result.frame.image)
        light = 0.35 if self._shown is not None and self._shown.gone else 0.95
        self._picture.draw(rect, layout.size, place, light=light, corner=4 * layout.unit)

    def picture_place(self, body: Rect, result: FrameResult | None) -> Rect:
        """The rectangle of the camera image in a tile."""
        if self._shown is not None and self._shown.canthi is not None:
            return body
        return body.fitted(*(_DEFAULT_SHAPE if result is None else result.frame.size))

    def close(self) -> None:
        """Release the GL objects."""
        self._meshes.close()
        self._picture.close()

    # What is drawn --------------------------------------------------------------------------------------------------

    def _follow(self, result: FrameResult, scene: Scene, body: Rect, front: OrbitCamera) -> FloatArray | None:
        """Let the crop follow the face; where its outer canthi come in a tile, None if there is no face."""
        place = scene.px_from_canon
        px_from_face = None if place is None else self._meshes.surface.px_from_face(place)
        self._crop.follow(result, scene.points_px, px_from_face)
        if self._crop.pose is None:
            return None
        return self._meshes.around(front).project(self._canthi, Rect(0, 0, body.w, body.h))

    def _place(self, shown: _Shown, at: int) -> PictureMap:
        """Where the camera's picture is in a tile: its face like the meshes, or all of it."""
        body, pose = shown.bodies[at], self._crop.pose
        if shown.canthi is None or pose is None:
            return PictureMap.whole(shown.image_size, body.fitted(*shown.image_size), shown.around.mirrored)
        return pose.place(shown.canthi + np.array([body.x, body.y]), shown.around.mirrored)

    def _picture_rect(self, shown: _Shown, at: int) -> Rect:
        """The part of a tile that the camera's picture may cover."""
        body = shown.bodies[at]
        return body.fitted(*shown.image_size) if shown.canthi is None else body

    def _draw_picture(self, at: int, layout: Layout, result: FrameResult, shown: _Shown) -> None:
        self._picture.upload(result.frame.image)
        unit, rect, place = layout.unit, self._picture_rect(shown, at), self._place(shown, at)
        light = 0.35 if shown.gone else 0.95 if result.landmarks is not None else 0.7
        fade = 0.0 if shown.canthi is None else _FADE * unit
        self._picture.draw(rect, layout.size, place, light=light, corner=_CORNER * unit, fade=fade)
        if shown.canthi is not None and min(rect.w, rect.h) >= _THUMBNAIL_IN * unit:
            self._draw_thumbnail(rect, layout, shown, place)

    def _draw_thumbnail(self, rect: Rect, layout: Layout, shown: _Shown, place: PictureMap) -> None:
        """The whole picture, small in a corner, with what is shown of it marked."""
        unit, (width, height) = layout.unit, shown.image_size
        room = Rect(0, 0, round(_THUMBNAIL[0] * unit), round(_THUMBNAIL[1] * unit)).fitted(width, height)
        gap = round(8 * unit)
        small = Rect(rect.x + gap, rect.bottom - gap - room.h, room.w, room.h)
        whole = PictureMap.whole(shown.image_size, small, shown.around.mirrored)
        self._picture.draw(small, layout.size, whole, light=0.8, corner=4 * unit)
        over = overlays.OverlayLines(self._lines, layout.size, unit)
        over.quad(whole.apply(place.inverse().apply(rect.corners())), small)
        over.quad(small.corners(), small, theme.CARD_EDGE)

    def _layers(self, shown: _Shown, at: int, ui: ViewState) -> list[Layer]:
        """The faces of a tile."""
        (view, model), body, scene, around = shown.tiles[at], shown.bodies[at], shown.scene, shown.around
        faces = scene.faces
        fade = edge_fade(body, ui.zoom)
        if faces is None:
            return []
        if view in (View.CAMERA, View.ON_FACE):
            return self._picture_layers(shown, at, faces, ui)
        if view is View.WIPE:
            sides = zip(wipe_sides(body, shown.wipe), face_styles.wipe(faces, scene, ui), strict=True)
            return [Layer(styled, body, around, clip=side, fade=fade) for side, styled in sides if styled is not None]
        every: Sequence[StyledFace | None]
        if view is View.GHOST:
            every = face_styles.ghost(faces, ui)
        elif view is View.OBSERVED:
            every = [face_styles.observed(faces, scene, ui)]
        elif view is View.PREDICTED:
            every = [face_styles.predicted(faces, scene, ui, model)]
        else:
            every = [face_styles.heat(faces, scene, ui) if view is View.HEAT else face_styles.dim(faces, ui)]
        return [Layer(styled, body, around, fade=fade) for styled in every if styled is not None]

    def _picture_layers(self, shown: _Shown, at: int, faces: Faces, ui: ViewState) -> list[Layer]:
        """The face over a camera image."""
        camera, scene = shown.tiles[at][0] is View.CAMERA, shown.scene
        placement = self._picture_placement(shown, at)
        if placement is None or (camera and ui.overlay is not Overlay.TINT):
            return []
        body = shown.bodies[at]
        assert scene.in_picture is not None
        styled = face_styles.tint(scene.in_picture, faces, scene, ui) if camera else face_styles.on_face(faces, ui)
        strength = face_styles.TINT if camera else face_styles.ON_FACE_OPACITY
        return [] if styled is None else [Layer(styled, body, placement, strength, self._picture_rect(shown, at))]

    def _draw_overlays(self, over: overlays.OverlayLines, shown: _Shown, at: int, view: View, ui: ViewState) -> None:
        """What is drawn over the faces of a tile."""
        body, scene = shown.bodies[at], shown.scene
        if view is View.CAMERA and scene.points_px is not None and not shown.gone:
            over.landmarks(self._picture_points(shown, at), self._picture_rect(shown, at), ui)
        elif view is View.GHOST and scene.faces is not None:
            face = scene.faces.observed
            points = shown.around.project(self._meshes.surface.to_face(face), body).astype(np.float32)
            over.ghost(points, self._meshes.facing(face, shown.around), body, edge_fade(body, ui.zoom))
        elif view is View.WIPE and scene.faces is not None:
            over.wipe(body, wipe_sides(body, shown.wipe)[1].x)
        elif view is View.VECTORS and scene.faces is not None and scene.faces.expected is not None:
            faces = scene.faces
            assert faces.expected is not None
            ends = self._projected(faces.observed, body, shown.around, shown.model)[0]
            starts = shown.around.project(self._meshes.surface.to_face(faces.expected), body)
            share = None if faces.values is None else colormap.share(faces.values, scene.highest, scene.flat)
            over.vectors(starts, ends, share, body, ui, edge_fade(body, ui.zoom))

    # Where it is drawn ----------------------------------------------------------------------------------------------

    def _picture_placement(self, shown: _Shown, at: int) -> Placement | None:
        """The placement of a face over the camera image; None if there is none."""
        if shown.scene.px_from_canon is None or shown.gone:
            return None
        px_from_face = self._meshes.surface.px_from_face(shown.scene.px_from_canon)
        return place_in_picture(px_from_face, self._place(shown, at), shown.bodies[at])

    def _picture_points(self, shown: _Shown, at: int) -> FloatArray:
        """(478, 2) float32 where the landmarks are in the window."""
        assert shown.scene.points_px is not None
        return self._place(shown, at).apply(shown.scene.points_px[:, :2])

    def _projected(
        self, mesh: FloatArray | None, part: Rect, placement: Placement, model: int, body: Rect | None = None
    ) -> list[ProjectedMesh]:
        """A mesh in a tile of which only `part` shows it."""
        if mesh is None:
            return []
        points = placement.project(self._meshes.surface.to_face(mesh), body or part).astype(np.float32)
        return [ProjectedMesh(points, _inside(points, part) & facing_camera(points, placement.mirrored), model)]


def _inside(points: FloatArray, part: Rect) -> npt.NDArray[np.bool_]:
    """(N,) whether points (N, 2) are within a rectangle."""
    x, y = points.T
    found: npt.NDArray[np.bool_] = (x >= part.x) & (x < part.right) & (y >= part.y) & (y < part.bottom)
    return found


def edge_fade(body: Rect, zoom: float) -> float:
    """Pixels over which a face fades at the edges of its tile: few while it fits, more where it is larger."""
    return float(_EDGE * (1.0 + 2.0 * np.clip(zoom - 1.0, 0.0, 1.0)) * min(body.w, body.h))


def wipe_sides(body: Rect, wipe: float) -> tuple[Rect, Rect]:
    """The parts of a tile left and right of the divider at `wipe`, 0..1."""
    line = body.x + round(wipe * body.w)
    return Rect.between(body.x, body.y, line, body.bottom), Rect.between(line, body.y, body.right, body.bottom)
