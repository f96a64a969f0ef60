"""Vertex picking: details of the vertex under the mouse, and pinned vertices.

A click pins or unpins a vertex, a drag orbits, a double click resets the view and leaves the pins unchanged. Nothing is
projected while the mouse is elsewhere and nothing is pinned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from realtime.core.frame_result import FrameResult
from realtime.core.types import FloatArray
from realtime.core.view_options import MOST_PINS
from realtime.core.view_state import ViewState
from realtime.core.wording import ACTION_UNITS
from realtime.geometry import LEFT_IRIS, N_MESH_VERTICES, RIGHT_IRIS, region_of, surface_triangles
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.panels import family, residual_of, shown_model
from realtime.view.mirror.projection import ProjectedMesh
from realtime.view.paint import theme
from realtime.view.paint.card import UNIT
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter
from realtime.view.paint.tooltip import TooltipRow, draw_tooltip

_REACH = 14.0  # from the mouse to the nearest vertex, design units
_STILL = 4.0  # by which a click may move before it is a drag, design units
# Of the window's double click, with the length of two slow frames: a pair that is taken for one by mistake has clicked
# a vertex twice, which leaves the pins as they were as well.
_TWICE_S, _TWICE = 0.5, 6.0
_HIDDEN = 0.35  # opacity of markers on the far side

ProjectTile = Callable[[int], Sequence[ProjectedMesh]]  # the faces of a tile


@dataclass(frozen=True, slots=True)
class PickedVertex:
    """A vertex under the mouse."""

    vertex: int
    tile: int
    model: int  # whose face it belongs to


@dataclass(frozen=True, slots=True)
class VertexDetails:
    """Details of a vertex: labels and values."""

    title: str
    region: str
    rows: tuple[tuple[str, str], ...]
    note: str

    @property
    def tooltip_rows(self) -> list[TooltipRow]:
        """As shown beside the mouse."""
        head = TooltipRow(self.title, self.region, theme.TEXT, theme.ACCENT, bold=True)
        return [head, *(TooltipRow(*row) for row in self.rows), TooltipRow(self.note, color=theme.TEXT_FAINT)]


def nearest(faces: Sequence[ProjectedMesh], x: float, y: float, reach: float) -> tuple[ProjectedMesh, int] | None:
    """The visible vertex nearest to a position in pixels, at most `reach` away, and its face; ties go to the last
    face, which is in front.
    """
    found, least = None, reach * reach
    for face in faces:
        away = ((face.points_px - (x, y)) ** 2).sum(axis=1)
        away[~face.visible] = np.inf
        vertex = int(away.argmin())
        if away[vertex] <= least:
            found, least = (face, vertex), float(away[vertex])
    return found


def outward(mesh_canon: FloatArray, vertex: int) -> FloatArray | None:
    """The unit normal (3,) at a vertex of a mesh (478, 3), weighted by the triangles' areas; None for an iris."""
    if vertex >= N_MESH_VERTICES:
        return None
    a, b, c = mesh_canon[_around(vertex)].astype(np.float64)
    m = (b - a).T @ (c - a)  # what is not symmetric in it is the sum of the triangles' cross products
    normal: FloatArray = np.array([m[1, 2] - m[2, 1], m[2, 0] - m[0, 2], m[0, 1] - m[1, 0]])
    length = float(np.linalg.norm(normal))
    return normal / length if length > 0 else None


@lru_cache(maxsize=64)
def _around(vertex: int) -> npt.NDArray[np.int32]:
    """The triangles around a vertex, (3, n) corners."""
    every = surface_triangles()
    return np.ascontiguousarray(every[(every == vertex).any(axis=1)].T)


def vertex_details(
    vertex: int, at: int, result: FrameResult | None, models: Sequence[ModelFacts], ui: ViewState
) -> VertexDetails:
    """Details of a vertex of model `at`, with the residual that is shown."""
    facts, model = models[at], shown_model(result, at)
    rows: list[tuple[str, str]] = []
    if len(models) > 1:
        rows.append(("model", facts.caption.name))
    residual, adjusted = (None, False) if model is None else residual_of(model, ui)
    if model is not None and model.predicted is not None and residual is not None:
        vector = residual.vectors_canon[vertex]
        name = "residual, identity-adjusted" if adjusted else "residual, raw"
        rows.append((name, f"{residual.distance[vertex]:.1f} %"))
        rows.append(("in model units", f"{np.linalg.norm(vector):.2f}"))
        normal = outward(model.aligned.mesh_canon, vertex)  # as in the heat map
        if normal is not None:
            along = float(vector @ normal) * 100.0 / facts.frame.unit
            rows.append(
                ("normal component, outward" if along >= 0 else "normal component, inward", f"{abs(along):.1f} %")
            )
    moves = facts.moves[:, vertex]
    strongest = int(moves.argmax())
    kind = family(dict.fromkeys(facts.features, 1.0))
    if moves[strongest] < 0.05:
        rows.append(("largest effect", "none"))
    else:
        feature = facts.features[strongest]
        unit = f" {ACTION_UNITS[feature]}" if feature in ACTION_UNITS else ""
        rows.append((f"largest effect: {feature}{unit}", f"{moves[strongest]:.1f} %"))
    note = f"{UNIT}; {kind} at full intensity"
    return VertexDetails(f"Vertex {vertex}", _region(vertex), tuple(rows), note)


def _region(vertex: int) -> str:
    irises = {"right iris": RIGHT_IRIS, "left iris": LEFT_IRIS}
    return next((name for name, iris in irises.items() if vertex in iris), region_of(vertex))


class VertexPicker:
    """The vertex under the mouse and the pins, with their markers on every tile."""

    def __init__(self, models: Sequence[ModelFacts]) -> None:
        self._models = tuple(models)
        self.pointed: PickedVertex | None = None  # in the last frame
        self._pressed: tuple[float, float] | None = None  # where a click began that may still become one
        self._last: tuple[float, float, float, tuple[int, ...]] | None = None  # press: when, where, the pins then

    def draw(
        self,
        p: Painter,
        bodies: Sequence[Rect],
        projected: ProjectTile,
        result: FrameResult | None,
        ui: ViewState,
        taken: bool = False,
    ) -> None:
        """Handle the mouse, update `ui.pins`, and draw markers and tooltip over the tiles with these bodies.

        `taken`: a click here belongs to another control.
        """
        io = imgui.get_io()
        x, y = io.mouse_pos.x, io.mouse_pos.y
        free = not (ui.help or ui.stage or io.want_capture_mouse)  # on a stage a resting mouse covers nothing
        tile = next((at for at, body in enumerate(bodies) if free and body.contains(x, y)), None)
        clicked = self._follow(x, y, p.unit, tile is not None, ui)
        self.pointed = None
        faces: dict[int, Sequence[ProjectedMesh]] = {}
        dragging = imgui.is_mouse_down(imgui.MouseButton_.left) and self._pressed is None
        if tile is not None and not dragging:
            faces[tile] = projected(tile)
            found = nearest(faces[tile], x, y, _REACH * p.unit)
            if found is not None:
                self.pointed = PickedVertex(found[1], tile, found[0].model)
        if self.pointed is not None and clicked and not taken:
            _toggle(ui, self.pointed.vertex)
        if self.pointed is None and not ui.pins:
            return
        vertex = None if self.pointed is None else self.pointed.vertex
        for at, body in enumerate(bodies):
            _draw_markers(p, body, faces[at] if at in faces else projected(at), ui.pins, vertex)
        if self.pointed is not None:
            details = vertex_details(self.pointed.vertex, self.pointed.model, result, self._models, ui)
            draw_tooltip(p, details.tooltip_rows, x, y, size=theme.SIZE_BODY)

    def _follow(self, x: float, y: float, unit: float, inside: bool, ui: ViewState) -> bool:
        """Whether a click was completed; the second press of a double click undoes the first click."""
        if imgui.is_mouse_clicked(imgui.MouseButton_.left):
            now, before = imgui.get_time(), self._last
            self._pressed = (x, y) if inside else None
            self._last = (now, x, y, ui.pins) if inside else None
            near = before is not None and abs(x - before[1]) + abs(y - before[2]) < _TWICE * unit
            if inside and before is not None and near and now - before[0] < _TWICE_S:
                ui.pins, self._pressed, self._last = before[3], None, None
        if self._pressed is not None and np.hypot(x - self._pressed[0], y - self._pressed[1]) > _STILL * unit:
            self._pressed = None
        if not imgui.is_mouse_released(imgui.MouseButton_.left):
            return False
        pressed, self._pressed = self._pressed, None
        return pressed is not None


def _toggle(ui: ViewState, vertex: int) -> None:
    """Pin or unpin a vertex; the oldest pin is dropped if there are too many."""
    if vertex in ui.pins:
        ui.pins = tuple(pin for pin in ui.pins if pin != vertex)
    else:
        ui.pins = (*ui.pins, vertex)[-MOST_PINS:]


def _draw_markers(
    p: Painter, body: Rect, faces: Sequence[ProjectedMesh], pins: Sequence[int], pointed: int | None
) -> None:
    """Markers with numbers for the pins and a ring for the vertex under the mouse, within a tile."""
    labels, taken = [], []
    for face in faces:
        for at, vertex in enumerate(pins):
            x, y = face.points_px[vertex].tolist()
            if not body.contains(x, y):
                continue
            seen = 1.0 if face.visible[vertex] else _HIDDEN
            p.dot(x, y, 5.0 * p.unit, theme.ARROW_RIM.faded(0.7 * seen))
            p.dot(x, y, 3.6 * p.unit, theme.PINS[at].faded(seen))
            taken.append(_square(x, y, p.px(6)))
            if face is faces[-1] and face.visible[vertex]:  # once if two faces overlap
                labels.append((x, y, str(vertex), theme.PINS[at]))
        if pointed is not None:
            x, y = face.points_px[pointed].tolist()
            if body.contains(x, y):
                seen = 1.0 if face.visible[pointed] else _HIDDEN
                p.ring(x, y, 8.0 * p.unit, theme.ARROW_RIM.faded(0.8 * seen), 4.2 * p.unit)
                p.ring(x, y, 8.0 * p.unit, theme.ON_PICTURE_STRONG.faded(seen), 2.0 * p.unit)
                p.dot(x, y, 1.7 * p.unit, theme.ON_PICTURE_STRONG.faded(seen))
                taken.append(_square(x, y, p.px(9)))
    for x, y, text, color in labels:
        width = round(p.width(text, theme.SIZE_SMALL, p.fonts.bold)) + p.px(8)
        box = label_place(body, (x, y), width, p.px(18), p.px(9), taken)
        if box is not None:
            p.fill(box, theme.CARD.faded(0.92), 4 * p.unit)
            p.frame(box, color, 4 * p.unit, max(1.0, p.unit))
            p.text(text, box, theme.TEXT, theme.SIZE_SMALL, p.fonts.bold, "center")
            taken.append(box)


def _square(x: float, y: float, radius: int) -> Rect:
    return Rect(round(x) - radius, round(y) - radius, 2 * radius, 2 * radius)


def label_place(body: Rect, at: tuple[float, float], w: int, h: int, gap: int, taken: Sequence[Rect]) -> Rect | None:
    """A free rectangle for a label beside a marker, else below or above it; None if there is none."""
    x, y = (round(part) for part in at)
    for top in (-h // 2, gap, -gap - h, gap + h, -gap - 2 * h):
        for left in (gap, -gap - w):
            box = Rect(x + left, y + top, w, h)
            inside = body.x <= box.x and box.right <= body.right and body.y <= box.y and box.bottom <= body.bottom
            if inside and not any(_meet(box, other) for other in taken):
                return box
    return None


def _meet(a: Rect, b: Rect) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom
