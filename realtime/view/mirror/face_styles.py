"""How faces are styled in each view."""

from __future__ import annotations

from realtime.core.types import FloatArray
from realtime.core.view_options import ColorMap, SignedMap, Style
from realtime.core.view_state import ViewState
from realtime.view.gl.styled_face import Material, StyledFace
from realtime.view.mirror.scene import Faces, Scene
from realtime.view.paint import theme

_OVER, _EDGES = 0.10, 0.30  # opacity of the observed surface over the predicted one, and of its edges
TINT, ON_FACE_OPACITY = 0.62, 0.86  # opacities over the camera image
# How much models differ is another quantity than how wrong they are: it has colours and a scale of its own.
DISAGREEMENT = ColorMap.FROST


def observed(faces: Faces, scene: Scene, ui: ViewState) -> StyledFace:
    """The observed face, coloured by the residual."""
    return _colored(faces.observed, faces.values, scene, ui, Material(ui.style))


def predicted(faces: Faces, scene: Scene, ui: ViewState, at: int) -> StyledFace | None:
    """The face that a model predicts."""
    mesh = faces.predicted[at]
    if mesh is None:
        return None
    if faces.disagreement is not None:
        highest = scene.disagreement_highest
        return StyledFace(mesh, faces.disagreement, highest, colors=DISAGREEMENT, material=Material(ui.style))
    return StyledFace(mesh, material=Material(ui.style))


def heat(faces: Faces, scene: Scene, ui: ViewState) -> StyledFace:
    """The residual on the observed face, as magnitude or along the normal."""
    material = _without_edges(ui)
    if faces.signed is None:
        return _colored(faces.observed, faces.values, scene, ui, material)
    return StyledFace(
        faces.observed, faces.signed, scene.highest, colors=ui.signed_colours, flat=scene.flat, material=material
    )


def ghost(faces: Faces, ui: ViewState) -> list[StyledFace]:
    """The predicted face, and over it the observed one, translucent."""
    edges = theme.ON_PICTURE.faded(_EDGES)
    over = Material(Style.TESSELLATION, lit=False, open=True, fill=_OVER, edges=edges)
    styled_faces = [StyledFace(faces.observed, base_color=theme.ON_PICTURE, material=over)]
    if faces.expected is not None:
        styled_faces.insert(0, StyledFace(faces.expected, material=_without_edges(ui)))
    return styled_faces


def wipe(faces: Faces, scene: Scene, ui: ViewState) -> tuple[StyledFace, StyledFace | None]:
    """The observed face for the left side, the predicted one for the right."""
    expected = None if faces.expected is None else StyledFace(faces.expected, material=Material(ui.style))
    return observed(faces, scene, ui), expected


def dim(faces: Faces, ui: ViewState) -> StyledFace:
    """The observed face as a background for vectors."""
    return StyledFace(faces.observed, base_color=theme.DIM_FACE, material=_without_edges(ui))


def tint(mesh: FloatArray, faces: Faces, scene: Scene, ui: ViewState) -> StyledFace | None:
    """The residual on the face in the camera image, whose lighting is kept."""
    if faces.values is None:
        return None
    return _colored(mesh, faces.values, scene, ui, Material(Style.SHADED, lit=False, open=True))


def on_face(faces: Faces, ui: ViewState) -> StyledFace | None:
    """The predicted face for the camera image, with the person's own eyes."""
    if faces.expected is None:
        return None
    return StyledFace(faces.expected, material=Material(ui.style, open=True))


def residual_colors(faces: Faces | None, ui: ViewState, *, heat_map: bool) -> ColorMap | SignedMap:
    """The colour map of a residual."""
    return ui.signed_colours if heat_map and faces is not None and faces.signed is not None else ui.colours


def _without_edges(ui: ViewState) -> Material:
    """A material without edges, for faces under an overlay."""
    return Material(Style.SHADED if ui.style is Style.TESSELLATION else ui.style)


def _colored(
    mesh: FloatArray, values: FloatArray | None, scene: Scene, ui: ViewState, material: Material
) -> StyledFace:  # fmt: skip
    if values is None:
        return StyledFace(mesh, base_color=theme.UNCOLORED, material=material)
    return StyledFace(mesh, values, scene.highest, colors=ui.colours, flat=scene.flat, material=material)
