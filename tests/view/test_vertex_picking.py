"""Single vertices under the mouse: which one is meant, what is told of it, and where it is marked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from common import with_estimate, with_first
from hypothesis import given, settings
from hypothesis import strategies as st
from imgui_bundle import imgui

from realtime.core.status import Status
from realtime.core.types import FloatArray
from realtime.core.view_options import MOST_PINS, ColorMap, View
from realtime.core.view_state import ViewState
from realtime.geometry import LEFT_IRIS, RIGHT_IRIS, region_of, surface_triangles
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.imgui_renderer import ImguiRenderer
from realtime.view.gl.meshes import MeshPass
from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.projection import ProjectedMesh, facing_camera
from realtime.view.mirror.vertex_picking import (
    VertexPicker,
    label_place,
    nearest,
    outward,
    vertex_details,
)
from realtime.view.mirror.view import MirrorView
from realtime.view.paint import theme
from realtime.view.paint.beside import Side, place_beside
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Fonts, Painter
from realtime.view.paint.widgets import borderless_window
from realtime.view.screen.offscreen import Offscreen

SIZE = (960, 540)


@pytest.fixture(scope="module")
def screen() -> Iterator[Offscreen]:
    with Offscreen(SIZE) as screen:
        yield screen


# Which vertex ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_nearest_visible_vertex_is_found_and_a_later_face_lies_in_front(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    faces = [
        ProjectedMesh(rng.integers(0, 60, (478, 2)).astype(np.float32), rng.random(478) < 0.2, at) for at in range(n)
    ]
    x, y, reach = *rng.integers(-10, 70, 2).tolist(), 14.0
    best, expected = np.inf, None
    for face in faces:
        of_this_face = False
        for vertex in range(478):
            away = np.hypot(*(face.points_px[vertex] - (x, y)))
            if face.visible[vertex] and away <= reach and (away < best or (away == best and not of_this_face)):
                best, expected, of_this_face = away, (face.model, vertex), True
    found = nearest(faces, x, y, reach)
    assert (None if found is None else (found[0].model, found[1])) == expected


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_turned_to_the_eye_is_what_triangles_and_normals_say(
    screen: Offscreen, mean_mesh: FloatArray, mirrored: bool
) -> None:
    meshes = MeshPass(screen.ctx, mean_mesh, mean_mesh, 1)
    meshes.resize((300, 200))
    for orbit in ((0.0, 0.0), (70.0, 10.0), (-50.0, -40.0)):
        eye = OrbitCamera(orbit, 1.3, mirrored)
        points = meshes.project(mean_mesh, Rect(20, 40, 300, 200), eye)
        seen = facing_camera(points.astype(np.float32), mirrored)
        expected = np.zeros(478, bool)
        for a, b, c in surface_triangles().tolist():
            (ux, uy), (vx, vy) = points[b] - points[a], points[c] - points[a]
            if (ux * vy - uy * vx) * (1 if mirrored else -1) > 0:
                expected[[a, b, c]] = True
        np.testing.assert_array_equal(seen[:468], expected[:468])
        cosine = meshes.facing(mean_mesh, eye)[:468]
        assert seen[:468][cosine > 0.1].all() and not seen[:468][cosine < -0.6].any()
        if orbit == (0.0, 0.0):
            assert seen[[*RIGHT_IRIS, *LEFT_IRIS]].all()
        if orbit[0]:  # from one side the far cheek is hidden and the near one is not; in a mirror they change places
            near, far = (234, 454) if (orbit[0] < 0) is not mirrored else (454, 234)
            assert seen[near] and not seen[far]
    meshes.close()


# What is told ---------------------------------------------------------------------------------------------------------


def test_the_words_of_a_vertex(faces: Any, model_facts: ModelFacts) -> None:
    result, ui = faces.result(), ViewState(adjusted=False)
    vectors = np.zeros((478, 3), np.float32)
    vectors[291] = 0.03 * faces.frame.unit * outward(result.predicted.mesh_canon, 291)
    distance = np.full(478, 3.0, np.float32)
    raw = dataclasses.replace(result.residual, vectors_canon=vectors, distance=distance)
    adjusted = dataclasses.replace(result.residual, vectors_canon=-2 * vectors, distance=2 * distance)
    result = with_first(result, residual=raw, residual_adjusted=adjusted)
    words = vertex_details(291, 0, result, [model_facts], ui)
    units = 0.03 * faces.frame.unit
    assert words.title == "Vertex 291" and words.region == region_of(291) == "mouth"
    assert words.rows == (
        ("residual, raw", "3.0 %"),
        ("in model units", f"{units:.2f}"),
        ("normal component, outward", "3.0 %"),
        ("largest effect: happiness", "7.0 %"),
    )
    assert "eye distance" in words.note and "full intensity" in words.note
    rows = dict(vertex_details(291, 0, result, [model_facts], ViewState(adjusted=True)).rows)
    assert rows["residual, identity-adjusted"] == "6.0 %" and rows["normal component, inward"] == "6.0 %"
    assert rows["in model units"] == f"{2 * units:.2f}"


def test_what_is_not_known_is_left_out(faces: Any, model_facts: ModelFacts) -> None:
    result, ui = faces.result(), ViewState(adjusted=True)
    iris = vertex_details(468, 0, result, [model_facts], ui)
    assert iris.region == "right iris" and not any("of it" in name for name, _ in iris.rows)
    assert vertex_details(475, 0, result, [model_facts], ui).region == "left iris"
    bare = vertex_details(296, 0, with_first(result, residual=None, residual_adjusted=None), [model_facts], ui)
    assert bare.rows == (("largest effect: fear", "5.0 %"),)
    still = dataclasses.replace(model_facts, moves=np.zeros((2, 478), np.float32))
    assert ("largest effect", "none") in vertex_details(5, 0, result, [still], ui).rows
    units = dataclasses.replace(model_facts, features=("AU12", "AU01"))
    rows = vertex_details(291, 1, with_estimate(result, models=result.models * 2), [model_facts, units], ui).rows
    assert rows[0] == ("model", "test model") and rows[-1] == ("largest effect: AU12 lip corner puller", "7.0 %")


def test_outwards_is_the_normal_of_the_surface(mean_mesh: FloatArray) -> None:
    surface = FaceSurface(mean_mesh)
    axes = surface.to_face(np.eye(3)) - surface.to_face(np.zeros((1, 3)))
    normals = surface.normals(surface.to_face(mean_mesh)) @ np.linalg.inv(axes)
    for vertex in (1, 10, 50, 152, 205, 425):  # inside the surface, where no triangle spans an eye or the mouth
        found = outward(mean_mesh, vertex)
        expected = normals[vertex] / np.linalg.norm(normals[vertex])
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert outward(mean_mesh, 470) is None and outward(np.zeros((478, 3), np.float32), 5) is None


@pytest.mark.parametrize("sides", [("right", "left", "below", "above"), ("below", "above", "right", "left")])
@given(st.integers(1, 4000), st.integers(1, 3000), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_the_words_stand_inside_the_window_and_beside_the_mouse(
    sides: tuple[Side, ...], width: int, height: int, x: float, y: float
) -> None:
    w, h, gap, edge = 300, 170, 18, 6
    mouse = (round(x * (width - 1)), round(y * (height - 1)))
    box = place_beside(Rect(*mouse, 1, 1), (w, h), (width, height), away=gap, sides=sides, edge=edge)
    if width >= w + 2 * edge and height >= h + 2 * edge:
        assert box.x >= edge and box.y >= edge and box.right <= width - edge and box.bottom <= height - edge
    if width >= 2 * (w + gap + edge) or height >= 2 * (h + gap + edge):
        assert not box.contains(*mouse)


@given(st.lists(st.tuples(st.integers(-5, 205), st.integers(-5, 105)), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_numbers_of_pins_never_lie_over_each_other(places: list[tuple[int, int]]) -> None:
    body, taken = Rect(0, 0, 200, 100), [Rect(x - 6, y - 6, 12, 12) for x, y in places]
    boxes = [label_place(body, place, 34, 18, 9, taken) for place in places[:1]]
    for place in places[1:]:
        boxes.append(label_place(body, place, 34, 18, 9, [*taken, *(box for box in boxes if box)]))
    found = [box for box in boxes if box is not None]
    for box in found:
        assert box.x >= 0 and box.y >= 0 and box.right <= 200 and box.bottom <= 100
    for a, b in combinations([*found], 2):
        assert a.x >= b.right or b.x >= a.right or a.y >= b.bottom or b.y >= a.bottom


def test_the_pins_colours_are_told_apart_by_everybody() -> None:
    """As normal eyes and as those without red, green or blue cones see them (Machado 2009, severity 1), in CIELAB."""
    eyes = {
        "normal": np.eye(3),
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }
    colors = np.array([*(pin[:3] for pin in theme.PINS), theme.CARD[:3]])
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    assert len(theme.PINS) == MOST_PINS
    for name, eye in eyes.items():
        xyz = np.clip(linear @ np.array(eye).T, 0, 1) @ to_xyz.T
        share = xyz / to_xyz.sum(axis=1)
        f = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
        lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
        for a, b in combinations(range(len(lab)), 2):
            assert np.linalg.norm(lab[a] - lab[b]) > 12, f"{name}: {a} and {b}"
        contrast = (xyz[:-1, 1] + 0.05) / (xyz[-1, 1] + 0.05)
        assert contrast.min() > 4.5, f"{name}: {contrast}"


# With the mouse -------------------------------------------------------------------------------------------------------


class Hand:
    """A mouse over two tiles, in each of which vertex n stands at 20 pixels times (n % 20, n // 20)."""

    def __init__(self, screen: Offscreen, facts: ModelFacts, result: Any) -> None:
        self._renderer = ImguiRenderer(screen.ctx)
        self._screen, self._result = screen, result
        self._fonts = Fonts.load()
        self.pointing = VertexPicker([facts])
        self.bodies = [Rect(0, 40, 400, 480), Rect(420, 40, 400, 480)]
        self.ui = ViewState()
        self.asked: list[int] = []
        self.covered: Rect | None = None  # by a window of controls
        self._seconds = 0.02

    def _placed(self, at: int) -> list[ProjectedMesh]:
        self.asked.append(at)
        n = np.arange(478)
        body = self.bodies[at]
        points = np.stack([body.x + 10 + 20 * (n % 20), body.y + 8 + 20 * (n // 20)], axis=1)
        return [ProjectedMesh(points.astype(np.float32), n != 45, 0)]

    def place(self, vertex: int, tile: int = 0) -> tuple[float, float]:
        x, y = self._placed(tile)[0].points_px[vertex].tolist()
        return x, y

    def frame(self, at: tuple[float, float] | None = None, down: bool | None = None, seconds: float = 0.02) -> None:
        io = imgui.get_io()
        if at is not None:
            io.add_mouse_pos_event(*at)
        if down is not None:
            io.add_mouse_button_event(0, down)
        self.asked.clear()
        self._renderer.begin(SIZE, seconds)
        if self.covered is not None:
            borderless_window("controls", self.covered)
            imgui.end()
        p = Painter(self._fonts, 1.0)
        self.pointing.draw(p, self.bodies, self._placed, self._result, self.ui)
        self._renderer.end()

    def click(self, at: tuple[float, float], pause: float = 1.0) -> None:
        self.frame(at, seconds=pause)
        self.frame(down=True)
        self.frame(down=False)

    @property
    def vertex(self) -> int | None:
        pointed = self.pointing.pointed
        return None if pointed is None else pointed.vertex

    def close(self) -> None:
        self._renderer.close()


@pytest.fixture
def hand(screen: Offscreen, model_facts: ModelFacts, faces: Any) -> Iterator[Hand]:
    hand = Hand(screen, model_facts, faces.result())
    screen.framebuffer.use()
    hand.frame()
    yield hand
    hand.close()


def test_the_vertex_under_the_mouse(hand: Hand) -> None:
    x, y = hand.place(103, tile=1)
    hand.frame((x + 4, y - 5))
    assert hand.vertex == 103 and hand.pointing.pointed.tile == 1  # type: ignore[union-attr]
    assert sorted(hand.asked) == [0, 1]  # each tile is projected once, since each is marked
    for away in ((410.0, 200.0), (200.0, 20.0), (-5.0, -5.0)):  # between the tiles, above them, outside
        hand.frame(away)
        assert hand.vertex is None and not hand.asked
    x, y = hand.place(45)
    hand.frame((x, y))  # hidden there; its neighbours are farther away than the mouse reaches
    assert hand.vertex is None and hand.asked == [0]
    hand.ui.help = True
    hand.frame(hand.place(103))
    assert hand.vertex is None and not hand.asked


def test_controls_keep_the_mouse_to_themselves(hand: Hand) -> None:
    at = hand.place(103)
    hand.covered = Rect(round(at[0]) - 40, round(at[1]) - 40, 80, 80)
    hand.frame(at)
    hand.click(at)
    assert hand.vertex is None and hand.ui.pins == ()
    hand.covered = None
    hand.frame(seconds=1.0)
    hand.frame()
    hand.click(at)
    assert hand.vertex == 103 and hand.ui.pins == (103,)


def test_a_click_pins_and_another_one_lets_go(hand: Hand) -> None:
    for vertex in range(100, 100 + MOST_PINS):
        hand.click(hand.place(vertex))
    assert hand.ui.pins == tuple(range(100, 100 + MOST_PINS))
    hand.click(hand.place(120, tile=1))
    assert hand.ui.pins == (*range(101, 100 + MOST_PINS), 120), "the oldest makes room"
    hand.click(hand.place(103, tile=1))
    assert 103 not in hand.ui.pins and len(hand.ui.pins) == MOST_PINS - 1
    hand.frame((-5.0, -5.0))
    assert sorted(hand.asked) == [0, 1], "pins are marked wherever the mouse is"
    hand.click((200.0, 20.0))
    hand.click(hand.place(45))
    assert len(hand.ui.pins) == MOST_PINS - 1, "a click beside all vertices does nothing"


def test_a_drag_pins_nothing(hand: Hand) -> None:
    x, y = hand.place(103)
    hand.frame((x, y))
    hand.frame(down=True)
    assert hand.vertex == 103
    hand.frame((x + 12, y))
    assert hand.vertex is None, "no words while the face is turned"
    hand.frame((x, y))
    hand.frame(down=False)
    assert hand.ui.pins == (), "also where it ends at its beginning"
    hand.frame((200.0, 20.0), down=True)
    hand.frame((x, y))
    hand.frame((x, y), down=False)
    assert hand.ui.pins == (), "a press that began elsewhere"
    hand.frame((x, y), seconds=1.0)
    hand.frame(down=True)
    hand.frame((x + 2, y + 3))
    hand.frame(down=False)
    assert hand.ui.pins == (103,), "a hand that trembles still clicks"


@pytest.mark.parametrize("before", [(), (103,), tuple(range(MOST_PINS))])
def test_a_double_click_leaves_the_pins_as_they_were(hand: Hand, before: tuple[int, ...]) -> None:
    hand.ui.pins = before
    x, y = hand.place(103)
    hand.click((x, y))
    assert hand.ui.pins != before
    hand.click((x + 1, y), pause=0.1)
    assert hand.ui.pins == before
    hand.click((x, y), pause=0.1)
    assert hand.ui.pins != before, "a third click is the first of its own"
    hand.click(hand.place(140), pause=0.1)
    assert 140 in hand.ui.pins, "two quick clicks on two vertices are no double click"


# In the picture -------------------------------------------------------------------------------------------------------


@pytest.fixture
def view(screen: Offscreen, model_facts: ModelFacts) -> Iterator[MirrorView]:
    view = MirrorView(screen.ctx, screen.size_px, screen.scale, [model_facts])
    yield view
    view.close()


def around(mask: np.ndarray, body: Rect) -> tuple[float, float]:
    """The middle of what is set in a tile."""
    rows, columns = np.nonzero(mask[body.y : body.bottom, body.x : body.right])
    assert len(rows), "nothing is there"
    return body.x + (columns.min() + columns.max()) / 2, body.y + (rows.min() + rows.max()) / 2


@pytest.mark.parametrize(("mirrored", "orbit"), [(False, (0.0, 0.0)), (True, (0.0, 0.0)), (True, (30.0, -20.0))])
def test_marks_stand_where_the_vertex_is(
    screen: Offscreen, view: MirrorView, faces: Any, mirrored: bool, orbit: tuple[float, float]
) -> None:
    """A vertex that alone has a residual glows; its mark in every tile is put beside that glow, and in the picture on
    the pixel that the landmark is.
    """
    vertex = 280  # on the subject's left cheek
    result = faces.result()
    spotted = faces.image()
    column, row = (int(value) for value in result.landmarks.points_px[vertex, :2])
    spotted[row - 1 : row + 2, column - 1 : column + 2] = 255
    alone = dataclasses.replace(result.residual, distance=np.where(np.arange(478) == vertex, 10.0, 0).astype("f4"))
    glow = with_first(result, residual=alone)
    none = with_first(result, residual=dataclasses.replace(alone, distance=np.zeros(478, np.float32)))
    views = (View.CAMERA, View.OBSERVED, View.PREDICTED)
    plain = ViewState(
        mirrored=mirrored, orbit_deg=orbit, adjusted=False, colour_auto=False, colours=ColorMap.INFERNO, views=views
    )

    def shot(result: Any, ui: ViewState) -> np.ndarray:
        view.draw(screen.framebuffer, result, Status(), ui)
        return screen.read().astype(np.int64)

    dark, bright = shot(none, plain), shot(glow, plain)
    pinned = shot(none, dataclasses.replace(plain, pins=(vertex,)))
    camera, observed, predicted = (panel.body for panel in view.layout.tiles)
    hot = (bright - dark).sum(axis=-1)
    x, y = around(hot > 0.6 * hot.max(), observed)
    marked = np.abs(pinned - np.array(theme.PINS[0].bytes()[:3])).max(axis=-1) < 12
    marked &= np.abs(pinned - dark).max(axis=-1) > 30
    dots = [_largest(marked, body) for body in (camera, observed, predicted)]
    assert np.hypot(dots[1][0] - x, dots[1][1] - y) < 6
    shift = predicted.x - observed.x  # the same mesh, seen in the same way
    assert np.hypot(dots[2][0] - shift - dots[1][0], dots[2][1] - dots[1][1]) <= 1
    spot = np.abs(shot(dataclasses.replace(none, frame=faces.result(image=spotted).frame), plain) - dark).sum(axis=-1)
    x_of_it, y_of_it = around(spot > 0.5 * spot.max(), camera)
    assert np.hypot(dots[0][0] - x_of_it, dots[0][1] - y_of_it) < 3  # pixels, of which the picture's are larger
    whole = dataclasses.replace(plain, whole=True, pins=(vertex,))
    marked = np.abs(shot(none, whole) - np.array(theme.PINS[0].bytes()[:3])).max(axis=-1) < 12
    place = camera.fitted(320, 240)
    px, py = result.landmarks.points_px[vertex, :2] * place.w / 320
    px = place.w - px if mirrored else px
    dot = _largest(marked, camera)
    assert np.hypot(dot[0] - place.x - px, dot[1] - place.y - py) < 1.5
    wrong = around(hot > 0.6 * hot.max(), observed)[0] if not mirrored else 2 * (observed.x + observed.w / 2) - x
    assert mirrored is False or abs(dots[1][0] - wrong) > 20  # a mark that forgot the mirror would be found


def _largest(marked: np.ndarray, body: Rect) -> tuple[float, float]:
    """The middle of the dot among what has the pin's colour: its number is thinner than it."""
    inside = marked[body.y : body.bottom, body.x : body.right]
    thick = inside[1:-1, 1:-1].copy()
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        thick &= inside[dy : dy + thick.shape[0], dx : dx + thick.shape[1]]
    rows, columns = np.nonzero(thick)
    assert len(rows), "no mark in this tile"
    return body.x + 1 + float(columns.mean()), body.y + 1 + float(rows.mean())


def test_no_face_has_no_marks(screen: Offscreen, view: MirrorView, faces: Any) -> None:
    result = faces.result()
    empty = type(result)(frame=result.frame)
    lost = Status(source_state="lost")
    for shown, status in ((empty, Status()), (None, Status()), (empty, lost)):
        pictures = []
        for pins in ((), (1, 50, 468)):
            view.draw(screen.framebuffer, shown, status, ViewState(pins=pins))
            pictures.append(screen.read())
        np.testing.assert_array_equal(*pictures)
