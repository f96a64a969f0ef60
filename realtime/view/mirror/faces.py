"""Which face is drawn in which colours."""

from __future__ import annotations

from realtime.types import FrameResult, ModelResult
from realtime.view.gl.meshes import FaceLook
from realtime.view.mirror.panels import shown_residual
from realtime.view.paint import theme
from realtime.view.state import ViewState


def looks(result: FrameResult, ui: ViewState) -> tuple[FaceLook | None, ...]:
    """The observed face, then each model's, all in the first model's frame; None where there is nothing to draw."""
    return _observed(result, ui), *(_predicted(result, model, ui) for model in result.models)


def _observed(result: FrameResult, ui: ViewState) -> FaceLook | None:
    if result.aligned is None:
        return None
    residual, _ = shown_residual(result, ui)
    if residual is None:
        return FaceLook(result.aligned.mesh_canon, tone=theme.UNCOLOURED)
    return FaceLook(result.aligned.mesh_canon, residual.distance, ui.colour_max)


def _predicted(result: FrameResult, model: ModelResult, ui: ViewState) -> FaceLook | None:
    if model.predicted is None:
        return None
    mesh = model.predicted.mesh_canon
    if ui.adjusted and model.predicted.adjusted_canon is not None:
        mesh = model.predicted.adjusted_canon
    if model.first_from_canon is not None:
        mesh = model.first_from_canon.apply(mesh)
    if ui.disagreement and result.disagreement is not None:
        return FaceLook(mesh, result.disagreement.distance, ui.colour_max)
    return FaceLook(mesh)
