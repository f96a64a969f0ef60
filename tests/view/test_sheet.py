"""The sheet of faces, judged by its pixels and by the words that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from realtime.core.errors import UsageError
from realtime.core.resources import pyfeat_file
from realtime.core.types import ByteArray, FloatArray
from realtime.export.figures import sheet
from realtime.export.figures.sheet import SheetView, draw_sheet
from realtime.export.figures.sheet_contents import ColorScale, SheetCard, SheetFace, SheetHeading
from realtime.geometry import CanonicalFrame
from realtime.model import load_model
from realtime.view.gl.orbit_camera import OrbitCamera
from realtime.view.gl.styled_face import StyledFace
from realtime.view.paint import colormap, theme
from realtime.view.paint.arrows import Arrows, arrow_segments
from realtime.view.paint.layout import Rect
from realtime.view.paint.painter import Painter

HEADING = SheetHeading("a model", ("One line about it.",), ColorScale(10.0, "displacement, %"), ("left", "right"))
CHEEKS = (50, 280)  # the subject's right and left
SKIN = (9, 50, 280, 199, 205, 425)  # forehead, cheeks, chin: flat, and no line of the mesh is near their normals


def shares(image: ByteArray, places: FloatArray) -> FloatArray:
    """Where on the colour scale the surface lies at places (n, 2), 0..1: the hue and saturation that light leaves."""
    table = (colormap.table(256) / 255.0) ** 2
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    found = []
    for x, y in np.round(places).astype(int):
        # The brightest of a small patch is skin and no line of the mesh.
        patch = (image[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3) / 255.0) ** 2
        color = np.median(patch[np.argsort(patch.sum(axis=1))[-30:]], axis=0)
        found.append(int((table @ (color / np.linalg.norm(color))).argmax()) / 255)
    return np.array(found)


def measured(
    view: SheetView, image: ByteArray, styled: StyledFace, at: int, vertices: Sequence[int] = SKIN
) -> FloatArray:
    """The shares of some vertices of the face in card `at`."""
    return shares(
        image, view._meshes.project(styled.mesh[list(vertices)], view.layout.cards[at].faces[0], OrbitCamera())
    )


def even(mesh: FloatArray, value: float) -> StyledFace:
    return StyledFace(mesh, np.full(478, value, np.float32), 10.0)


def cells_of(*looks: StyledFace) -> list[SheetCard]:
    return [SheetCard(f"feature {at}", ("a note",), (SheetFace(styled),)) for at, styled in enumerate(looks)]


def test_faces_have_the_colours_of_the_scale_each_in_its_own_card(mean_mesh: FloatArray) -> None:
    values = (2.0, 9.0, 4.0, 6.5)
    looks = [even(mean_mesh, value) for value in values]
    with SheetView(mean_mesh, HEADING, cells_of(*looks), 300) as view:
        image = view.draw(cells_of(*looks))
        found = [float(np.median(measured(view, image, styled, at))) for at, styled in enumerate(looks)]
        np.testing.assert_allclose(found, np.array(values) / 10, atol=0.07)
        wrong = view.draw(cells_of(*looks[::-1]))
        permuted = [float(np.median(measured(view, wrong, styled, at))) for at, styled in enumerate(looks)]
        assert np.abs(np.array(permuted) - np.array(values) / 10).max() > 0.2  # a wrong picture is told


def test_a_value_stands_on_its_own_side_of_the_face(mean_mesh: FloatArray) -> None:
    frame = CanonicalFrame.of(mean_mesh)
    left = (mean_mesh - frame.origin) @ frame.axes[0] > 0
    styled = StyledFace(mean_mesh, np.where(left, 8.0, 2.0).astype(np.float32), 10.0)
    (cell,) = cells_of(styled)
    with SheetView(mean_mesh, HEADING, [cell], 400) as view:
        right_cheek, left_cheek = measured(view, view.draw([cell]), styled, 0, CHEEKS)
        assert right_cheek == pytest.approx(0.2, abs=0.09) and left_cheek == pytest.approx(0.8, abs=0.09)
        face = replace(cell.faces[0], camera=OrbitCamera(mirrored=True))
        turned = measured(view, view.draw([replace(cell, faces=(face,))]), styled, 0, CHEEKS)
        assert turned[0] > turned[1]  # the mirror image is told


def test_the_bar_runs_over_the_whole_scale(mean_mesh: FloatArray) -> None:
    for beyond in (False, True):
        heading = replace(HEADING, scale=ColorScale(10.0, "displacement, %", beyond=beyond))
        with SheetView(mean_mesh, heading, cells_of(even(mean_mesh, 1.0)), 300) as view:
            image = view.draw(cells_of(even(mean_mesh, 1.0)))
            assert view.layout.scale is not None
            bar = view.layout.scale.bar
        row = image[bar.y + bar.h // 2, bar.x : bar.right].astype(int)
        length = bar.w - (round(0.8 * bar.h) if beyond else 0)
        for share in (0.03, 0.25, 0.5, 0.75, 0.97):
            expected = colormap.table(256)[round(255 * share)]
            np.testing.assert_allclose(row[round(share * length)], expected, atol=12)
        corner = image[bar.y + 2, bar.right - 2].astype(int)  # the tip leaves it free
        assert bool(np.abs(corner - colormap.table(256)[255]).max() > 60) is beyond


class Words:
    """Every text that was drawn, with its place and the width that it needs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.drawn: list[tuple[str, Rect, float]] = []
        drawn = self.drawn

        class Listening(Painter):
            def text(
                self, text: str, rect: Rect, color: Any = theme.TEXT, size: float = 1.0, font: Any = None,
                side: Any = "left",
            ) -> float:  # fmt: skip
                if text:
                    drawn.append((text, rect, self.width(text, size, font)))
                return super().text(text, rect, color, size, font, side)

        monkeypatch.setattr(sheet, "Painter", Listening)

    def whole(self) -> bool:
        return bool(self.drawn) and all(width <= rect.w + 1 for _, rect, width in self.drawn)

    def __contains__(self, text: str) -> bool:
        return any(text == drawn for drawn, _, _ in self.drawn)


@pytest.mark.parametrize("face_px", [160, 300])
@pytest.mark.parametrize("n", [1, 7, 20, 52])
def test_no_word_is_cut(mean_mesh: FloatArray, monkeypatch: pytest.MonkeyPatch, n: int, face_px: int) -> None:
    heading = SheetHeading(
        "bs_to_mesh_pls_v6, exaggerated 1.25 times",
        ("Blendshape model, 52 features: each at intensity 0.25, 0.5, 0.75, 1, the others at rest.",),
        ColorScale(
            12.5, "displacement from neutral, % of the outer-canthal distance", "1 % = 1.12 model units; " + 20 * "x"
        ),
        ("The subject's right side is on the left.", "meshmirror 10.11.12"),
    )
    notes = ("max 100.0 % at the forehead",)
    cell = SheetCard(
        "mouthLowerDownRight", notes, (SheetFace(StyledFace(mean_mesh)),), "not expressed in the training data"
    )
    words = Words(monkeypatch)
    draw_sheet(mean_mesh, heading, [cell] * n, face_px)
    assert words.whole(), [text for text, rect, width in words.drawn if width > rect.w + 1]
    for text in ("12.5", "10", "0", *notes, cell.title, cell.warning):
        assert text in words
    if n == 7 and face_px == 300:
        words.drawn.clear()
        draw_sheet(mean_mesh, heading, [replace(cell, notes=("far too long a note " * 5,))] * n, face_px)
        assert not words.whole()  # what is cut is told


def test_the_projection_agrees_with_what_is_drawn(mean_mesh: FloatArray) -> None:
    for vertex, camera in ((4, OrbitCamera()), (50, OrbitCamera((-40.0, 10.0))), (280, OrbitCamera((60.0, 0.0)))):
        values = np.zeros(478, np.float32)
        values[vertex] = 10.0
        styled = StyledFace(mean_mesh, values, 10.0)
        cells = [SheetCard("one", (), (SheetFace(styled, camera),))]
        plain = [SheetCard("one", (), (SheetFace(StyledFace(mean_mesh, np.zeros(478, np.float32), 10.0), camera),))]
        with SheetView(mean_mesh, HEADING, cells, 400) as view:
            hot = np.abs(view.draw(cells).astype(float) - view.draw(plain)).sum(axis=-1)
            expected = view._meshes.project(mean_mesh[[vertex]], view.layout.cards[0].faces[0], camera)[0]
        y, x = np.unravel_index(hot.argmax(), hot.shape)
        assert np.hypot(x - expected[0], y - expected[1]) < 5


def test_arrows_are_shafts_with_heads_at_their_ends() -> None:
    starts = np.array([[10.0, 10.0], [50.0, 80.0], [0.0, 0.0]])
    ends = np.array([[40.0, 10.0], [50.0, 40.0], [1.0, 0.5]])
    segments = arrow_segments(starts, ends, 1.5, 8.0)
    assert segments.shape == (6, 4)  # the third is too short to have a direction
    np.testing.assert_allclose(segments[:2], np.concatenate([starts, ends], axis=1)[:2])
    along = (ends - starts)[:2] / np.linalg.norm((ends - starts)[:2], axis=1, keepdims=True)
    for barbs in (segments[2:4], segments[4:]):
        np.testing.assert_allclose(barbs[:, :2], ends[:2])
        back = barbs[:, 2:] - barbs[:, :2]
        np.testing.assert_allclose(np.linalg.norm(back, axis=1), 8.0, rtol=1e-5)
        assert ((back * along).sum(axis=1) < -6).all()
    assert arrow_segments(starts[2:], ends[2:], 1.5, 8.0).shape == (0, 4)


def test_arrows_run_along_the_displacement_and_not_behind_the_face(mean_mesh: FloatArray) -> None:
    frame = CanonicalFrame.of(mean_mesh)
    at = np.array([CHEEKS[1]])
    for direction, step in ((frame.axes[0], 1), (-frame.axes[0], -1)):
        starts = mean_mesh[at] - 0.25 * frame.unit * direction
        arrows = Arrows(at, starts)
        styled = even(mean_mesh, 0.0)

        def drawn(camera: OrbitCamera, arrows: Arrows | None = arrows, styled: StyledFace = styled) -> ByteArray:
            cells = [SheetCard("one", (), (SheetFace(styled, camera, arrows),))]
            with SheetView(mean_mesh, HEADING, cells, 400, turned=[OrbitCamera((75.0, 0.0))]) as view:
                return view.draw(cells)

        change = np.abs(drawn(OrbitCamera()).astype(int) - drawn(OrbitCamera(), None)).sum(axis=-1) > 250
        columns = np.flatnonzero(change.any(axis=0))
        heights = np.array([np.ptp(np.flatnonzero(change[:, column])) for column in columns])
        head = columns[heights.argmax()]  # an arrow is widest at its head
        assert (head - columns.mean()) * step > 0.15 * np.ptp(columns)
        behind = OrbitCamera((-75.0, 0.0))
        np.testing.assert_array_equal(drawn(behind), drawn(behind, None))


def test_a_sheet_in_strips_is_the_same_sheet(mean_mesh: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    arrows = Arrows(np.array(SKIN), mean_mesh[list(SKIN)] - np.float32(12))
    cells = [
        SheetCard(f"card {at}", ("note",), (SheetFace(even(mean_mesh, at), OrbitCamera(), arrows),)) for at in range(7)
    ]
    whole = draw_sheet(mean_mesh, HEADING, cells, 170)
    monkeypatch.setattr(sheet, "_STRIP_PX", whole.shape[1] * 101)
    parts = draw_sheet(mean_mesh, HEADING, cells, 170)
    assert parts.shape == whole.shape
    assert np.abs(parts.astype(int) - whole).max() <= 2  # the ground's grain


def test_both_grounds_are_what_they_say(mean_mesh: FloatArray) -> None:
    cells = cells_of(even(mean_mesh, 3.0))
    dark, light = (draw_sheet(mean_mesh, HEADING, cells, 200, ground=ground) for ground in (theme.DARK, theme.LIGHT))
    assert dark.shape == light.shape and dark[0, 0].max() < 30 and light[0, 0].min() == 255
    title = (slice(0, 60), slice(0, 200))
    assert dark[title].max() > 220 and light[title].min() < 40


def test_an_open_mouth_is_dark_on_paper_too(mean_mesh: FloatArray) -> None:
    mesh = load_model(pyfeat_file("resources/au_to_mesh_pls_v4.npz")).predict({"AU26": 1.0})  # the jaw dropped
    cells = cells_of(StyledFace(mesh))
    with SheetView(mean_mesh, HEADING, cells, 300, ground=theme.LIGHT) as view:
        image = view.draw(cells)
        middle = view._meshes.project(mesh[[13, 14]], view.layout.cards[0].faces[0], OrbitCamera()).mean(axis=0)
    x, y = np.round(middle).astype(int)
    assert image[y - 2 : y + 3, x - 2 : x + 3].max() < 40


def test_a_cell_may_paint_something_else_than_faces(mean_mesh: FloatArray) -> None:
    places: list[Rect] = []

    def paint(p: Painter, rect: Rect, ground: theme.Ground) -> None:
        places.append(rect)
        p.fill(rect, theme.ACCENT)

    cells = [*cells_of(even(mean_mesh, 1.0)), SheetCard("matrix", paint=paint)]
    image = draw_sheet(mean_mesh, HEADING, cells, 200)
    (rect,) = places
    assert (image[rect.y + 3 : rect.bottom - 3, rect.x + 3 : rect.right - 3] == theme.ACCENT.bytes()[:3]).all()


def test_what_is_too_large_is_refused_before_it_is_drawn(mean_mesh: FloatArray) -> None:
    with pytest.raises(UsageError, match="16384"):
        SheetView(mean_mesh, HEADING, cells_of(*[even(mean_mesh, 1.0)] * 9), 4000, columns=9)


def test_many_sheets_can_be_made_one_after_the_other(mean_mesh: FloatArray) -> None:
    cells = cells_of(even(mean_mesh, 5.0))
    draw: Callable[[], ByteArray] = lambda: draw_sheet(mean_mesh, HEADING, cells, 160)  # noqa: E731
    first = draw()
    for _ in range(5):
        np.testing.assert_array_equal(draw(), first)
    view = SheetView(mean_mesh, HEADING, cells, 160)
    view.close()
    view.close()
