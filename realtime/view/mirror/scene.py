"""The scene of a frame: meshes as displayed, and the values that colour them. Computed once, without GL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.core.frame_result import FrameResult, ModelResult
from realtime.core.types import FloatArray, Similarity
from realtime.core.view_options import View
from realtime.core.view_state import ViewState
from realtime.geometry import ANCHORS, fit_similarity
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.mirror.color_range import ColorRange
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.panels import shown_residual
from realtime.view.mirror.smoothing import OneEuroFilter
from realtime.view.mirror.view_actions import RANGES

_ANCHORS = list(ANCHORS)
_MOST_FLAT = 0.3  # of the colour scale: what is beyond it has to be seen


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Observed and predicted faces as displayed: smoothed and exaggerated."""

    observed: FloatArray  # (478, 3) model units, the first model's frame, as all meshes here
    predicted: tuple[FloatArray | None, ...]  # (478, 3) of each model
    expected: FloatArray | None  # (478, 3) of the model whose residual is shown
    values: FloatArray | None  # (478,) the residual, % of the outer-canthal distance; smoothed, never exaggerated
    signed: FloatArray | None  # (478,) the same along the observed surface's normal, outward positive; if needed
    disagreement: FloatArray | None  # (478,) disagreement of the models, %; if needed
    true_observed: FloatArray  # (478, 3) neither smoothed nor exaggerated


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that the tiles draw of a frame."""

    highest: float  # upper end of the colour scale, %
    flat: float = 0.0  # up to this residual the colour is that of zero, %: the landmarks' noise
    automatic: bool = False  # whether the scale's end follows what is seen
    disagreement_highest: float = RANGES[0]  # upper end of the scale of the models' disagreement, %
    points_px: FloatArray | None = None  # (478, 3) the landmarks in the image, as displayed
    faces: Faces | None = None
    # If a view needs them:
    px_from_canon: Similarity | None = None  # from the first model's frame to the face in this image
    in_picture: FloatArray | None = (
        None  # (478, 3) the face of this image in the first model's frame, never exaggerated
    )


class SceneBuilder:
    """Builds the scenes of one run; keeps the state of smoothing and automatic range."""

    def __init__(self, models: Sequence[ModelFacts], surface: FaceSurface) -> None:
        self._models = tuple(models)
        self._surface = surface
        self._unit = models[0].frame.unit
        self._points = OneEuroFilter()
        self._meshes = [OneEuroFilter() for _ in range(1 + len(models))]
        self._smoothed: object = None  # identifies the filters' input
        self._segment = 0
        self._range = ColorRange()
        self._disagreement_range = ColorRange()
        self._ranged: object = None  # the quantity of the automatic range
        self._made: tuple[FrameResult, object, Scene] | None = None
        self._pair: FrameResult | None = None  # the result of the cached faces; live, several frames share them
        self._faces: tuple[object, Faces] | None = None

    def __call__(self, result: FrameResult | None, ui: ViewState) -> Scene:
        """The scene of a result; the same object as long as nothing changes."""
        if result is None:
            return Scene(ui.colour_max)
        signed = ui.signed and View.HEAT in ui.views
        look = (ui.adjusted, ui.model, ui.exaggeration, ui.smoothing, ui.disagreement, signed)
        key = (look, ui.colour_auto, ui.colour_max, _needs_picture(ui))
        if self._made is None or self._made[0] is not result or self._made[1] != key:
            self._made = result, key, self._make(result, ui, look)
        return self._made[2]

    def _make(self, result: FrameResult, ui: ViewState, look: object) -> Scene:
        if result.landmarks is None or result.frame.segment != self._segment or ui.smoothing <= 0:
            self._segment = result.frame.segment
            for each in (self._points, *self._meshes):
                each.reset()
        if result.landmarks is None:
            return Scene(*self._scale(None, result, ui))
        points = result.landmarks.points_px
        if ui.smoothing > 0:
            across = float(np.linalg.norm(points[LEFT_OUTER_CANTHUS] - points[RIGHT_OUTER_CANTHUS]))
            points = self._points(points, result.stamp, ui.smoothing, max(across, 1e-3))
        if not result.models:
            return Scene(*self._scale(None, result, ui), points)
        pair = self._pair
        if pair is None or pair.models is not result.models or pair.disagreement is not result.disagreement:
            self._faces = None
        if self._faces is None or self._faces[0] != look:
            self._pair, self._faces = result, (look, self._shown(result, ui))
        faces = self._faces[1]
        scale = self._scale(faces, result, ui)
        if not _needs_picture(ui):
            return Scene(*scale, points, faces)
        canon = faces.true_observed
        px_from_canon = fit_similarity(canon[_ANCHORS], points[_ANCHORS])
        if not np.isfinite(px_from_canon.scale):
            return Scene(*scale, points, faces)
        same = ui.smoothing <= 0 and result.models[0].stamp_ns == result.stamp
        in_picture = canon if same else px_from_canon.inverse().apply(points).astype(np.float32)
        return Scene(*scale, points, faces, px_from_canon, in_picture)

    def _shown(self, result: FrameResult, ui: ViewState) -> Faces:
        models, stamp_ns = result.models, result.models[0].stamp_ns
        true = models[0].aligned.mesh_canon
        observed = true
        predicted = [_in_first(model, ui.adjusted) for model in models]
        residual, _ = shown_residual(result, ui)
        values = None if residual is None else residual.distance
        if ui.smoothing > 0:
            fed = (ui.adjusted, tuple(model.model for model in models))
            if fed != self._smoothed:
                self._smoothed = fed
                for each in self._meshes:
                    each.reset()
            observed = self._meshes[0](observed, stamp_ns, ui.smoothing, self._unit)
            for at, mesh in enumerate(predicted):
                each = self._meshes[1 + at]
                if mesh is None:
                    each.reset()
                else:
                    predicted[at] = each(mesh, stamp_ns, ui.smoothing, self._unit)
        expected = predicted[ui.model]
        signed = None
        if values is not None and expected is not None:
            predicted_now = models[ui.model].predicted
            if ui.smoothing > 0 or (predicted_now is not None and predicted_now.gain != 1.0):
                values = (np.linalg.norm(observed - expected, axis=1) * (100 / self._unit)).astype(np.float32)
            if ui.signed and View.HEAT in ui.views:
                signed = signed_residual(self._surface, observed, expected)
        if ui.exaggeration > 1:
            at_rest = self._reference(models[ui.model], self._models[ui.model], ui.adjusted)
            observed = exaggerated(observed, at_rest, ui.exaggeration)
            predicted = [None if mesh is None else exaggerated(mesh, at_rest, ui.exaggeration) for mesh in predicted]
        disagreement = result.disagreement.distance if ui.disagreement and result.disagreement is not None else None
        return Faces(observed, tuple(predicted), predicted[ui.model], values, signed, disagreement, true)

    def _reference(self, model: ModelResult, facts: ModelFacts, adjusted: bool) -> FloatArray:
        """The fixed point of exaggeration: the model's neutral face, or this subject's."""
        mesh = facts.neutral_canon
        predicted = model.predicted
        if adjusted and predicted is not None and predicted.adjusted_canon is not None:
            mesh = mesh + (predicted.adjusted_canon - predicted.mesh_canon)
        return mesh if model.first_from_canon is None else model.first_from_canon.apply(mesh)

    def _scale(self, faces: Faces | None, result: FrameResult, ui: ViewState) -> tuple[float, float, bool, float]:
        """The first four fields of a scene: ends of both scales, and what of the first is flat."""
        stamp_ns = result.models[0].stamp_ns if result.models else 0
        disagreement = None if faces is None else faces.disagreement
        if not ui.disagreement:
            self._disagreement_range.reset()
        elif disagreement is not None:
            self._disagreement_range(disagreement, stamp_ns)
        apart = self._disagreement_range.end or RANGES[0]
        residual, adjusted = shown_residual(result, ui)
        if not ui.colour_auto:
            self._ranged, highest = None, ui.colour_max
        else:
            # With the identity offset taken out it is another quantity, three times as small.
            following = (adjusted, ui.model)
            if residual is not None and following != self._ranged:
                self._ranged = following
                self._range.reset()
            if faces is not None and faces.values is not None:
                self._range(faces.values, stamp_ns)
            highest = self._range.end or ui.colour_max
        noise = residual.baselines.get("noise", 0.0) if residual is not None else 0.0
        return highest, min(noise, _MOST_FLAT * highest), ui.colour_auto, apart


def _needs_picture(ui: ViewState) -> bool:
    """Whether the camera image is shown: what is drawn of it follows the face, and meshes may lie over it."""
    return View.ON_FACE in ui.views or View.CAMERA in ui.views


def exaggerated(mesh: FloatArray, at_rest: FloatArray, times: float) -> FloatArray:
    """A mesh (478, 3) with its displacement from `at_rest` scaled by `times`."""
    found: FloatArray = (at_rest + times * (mesh - at_rest)).astype(np.float32)
    return found


def signed_residual(surface: FaceSurface, observed: FloatArray, predicted: FloatArray) -> FloatArray:
    """(478,) signed distance of the observed from the predicted surface along the observed normal.

    Both meshes (478, 3) in the surface's canonical frame; % of the outer-canthal distance, inward negative.
    """
    points = surface.to_face(observed)
    vectors = points - surface.to_face(predicted)
    found: FloatArray = 100 * np.einsum("ij,ij->i", vectors, surface.vertex_normals(points))
    return found.astype(np.float32)


def _in_first(model: ModelResult, adjusted: bool) -> FloatArray | None:
    """The prediction of a model, in the first model's frame."""
    if model.predicted is None:
        return None
    mesh = model.predicted.drawn(adjusted=adjusted)
    return mesh if model.first_from_canon is None else model.first_from_canon.apply(mesh).astype(np.float32)
