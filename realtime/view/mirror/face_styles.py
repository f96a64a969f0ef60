"""Which face is drawn how in which view."""

from __future__ import annotations

from realtime.core.types import FloatArray
from realtime.core.view_options import ColorMap, SignedMap, Style
from realtime.core.view_state import ViewState
from realtime.view.gl.meshes import FaceLook, Finish
from realtime.view.mirror.scene import Faces, Scene
from realtime.view.paint import theme

_OVER, _EDGES = 0.10, 0.30  # opacity of the observed surface where it lies over the predicted one, and of its edges
TINT, UPON = 0.62, 0.86  # of what is laid over the picture


def observed(faces: Faces, scene: Scene, ui: ViewState) -> FaceLook:
    """The observed face, coloured by the residual."""
    return _colored(faces.observed, faces.values, scene, ui, Finish(ui.style))


def predicted(faces: Faces, scene: Scene, ui: ViewState, at: int) -> FaceLook | None:
    """The face that a model expects."""
    mesh = faces.predicted[at]
    if mesh is None:
        return None
    if faces.apart is not None:
        return _colored(mesh, faces.apart, scene, ui, Finish(ui.style))
    return FaceLook(mesh, finish=Finish(ui.style))


def heat(faces: Faces, scene: Scene, ui: ViewState) -> FaceLook:
    """The residual on the observed face, as magnitude or along the normal."""
    finish = _without_edges(ui)
    if faces.signed is None:
        return _colored(faces.observed, faces.values, scene, ui, finish)
    end = scene.highest
    return FaceLook(faces.observed, faces.signed, end, lowest=-end, colors=ui.signed_colours, finish=finish)


def ghost(faces: Faces, ui: ViewState) -> list[FaceLook]:
    """The predicted face, and over it the observed one, through which it is seen."""
    edges = theme.ACCENT.faded(_EDGES)
    over = Finish(Style.TESSELLATION, lit=False, open=True, fill=_OVER, edges=edges)
    looks = [FaceLook(faces.observed, tone=theme.ACCENT, finish=over)]
    if faces.expected is not None:
        looks.insert(0, FaceLook(faces.expected, finish=_without_edges(ui)))
    return looks


def wipe(faces: Faces, scene: Scene, ui: ViewState) -> tuple[FaceLook, FaceLook | None]:
    """The observed face for the left, the predicted one for the right."""
    expected = None if faces.expected is None else FaceLook(faces.expected, finish=Finish(ui.style))
    return observed(faces, scene, ui), expected


def dim(faces: Faces, ui: ViewState) -> FaceLook:
    """The observed face as a ground for what is drawn over it."""
    return FaceLook(faces.observed, tone=theme.DIM_FACE, finish=_without_edges(ui))


def tint(mesh: FloatArray, faces: Faces, scene: Scene, ui: ViewState) -> FaceLook | None:
    """The residual on the face in the picture, whose own light is kept."""
    if faces.values is None:
        return None
    return _colored(mesh, faces.values, scene, ui, Finish(Style.SHADED, lit=False, open=True))


def upon(faces: Faces, ui: ViewState) -> FaceLook | None:
    """The predicted face for the picture: its eyes are the person's own."""
    if faces.expected is None:
        return None
    return FaceLook(faces.expected, finish=Finish(ui.style, open=True))


def residual_colors(faces: Faces | None, ui: ViewState, *, heat_map: bool) -> ColorMap | SignedMap:
    """The map of a colour scale."""
    return ui.signed_colours if heat_map and faces is not None and faces.signed is not None else ui.colours


def _without_edges(ui: ViewState) -> Finish:
    """For a face over which something else is to be read."""
    return Finish(Style.SHADED if ui.style is Style.TESSELLATION else ui.style)


def _colored(
    mesh: FloatArray, values: FloatArray | None, scene: Scene, ui: ViewState, finish: Finish
) -> FaceLook:  # fmt: skip
    if values is None:
        return FaceLook(mesh, tone=theme.UNCOLORED, finish=finish)
    return FaceLook(mesh, values, scene.highest, colors=ui.colours, finish=finish)
