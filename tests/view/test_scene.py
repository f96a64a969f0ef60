"""What is drawn of a frame, in numbers: where meshes land, what is exaggerated, what colours them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from common import with_first, with_landmarks

from realtime.core.frame_result import FrameResult, Residual
from realtime.core.status import Status
from realtime.core.types import FloatArray, Landmarks, Pose, Similarity
from realtime.core.view_options import ColorMap, View
from realtime.core.view_state import ViewState
from realtime.geometry import ANCHORS, CanonicalFrame, fit_similarity, rotation_from_pose
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.orbit_camera import place_in_picture
from realtime.view.gl.picture_map import PictureMap
from realtime.view.mirror.model_facts import ModelFacts
from realtime.view.mirror.scene import Scene, SceneBuilder, signed_residual
from realtime.view.mirror.vertex_picking import vertex_details
from realtime.view.mirror.view import MirrorView
from realtime.view.paint.layout import Rect
from realtime.view.screen.offscreen import Offscreen

IMAGE = (640, 480)
UPON = ViewState(views=(View.ON_FACE,))


@pytest.fixture(scope="module")
def surface(mean_mesh: FloatArray) -> FaceSurface:
    return FaceSurface(mean_mesh)


@pytest.fixture
def maker(model_facts: ModelFacts, surface: FaceSurface) -> SceneBuilder:
    return SceneBuilder([model_facts], surface)


def grown(mesh: FloatArray, noise: float = 2.0) -> FloatArray:
    """Another face: model units of noise at each vertex."""
    return mesh + np.random.default_rng(5).normal(0, noise, mesh.shape).astype(np.float32)


def posed(mesh: FloatArray, frame: CanonicalFrame) -> tuple[FloatArray, Similarity]:
    """Landmarks in a picture of a face that is turned, and the map that put them there."""
    canon_from_px = rotation_from_pose(Pose(0.15, -0.4, 0.2), frame)
    px_from_canon = Similarity(np.array(1.3), canon_from_px.T, np.array([260.0, 230.0, 12.0]))
    return px_from_canon.apply(mesh).astype(np.float32), px_from_canon


def residual_between(faces: Any, observed: FloatArray, predicted: FloatArray) -> Residual:
    vectors = observed - predicted
    distance = np.linalg.norm(vectors, axis=1) * 100 / faces.frame.unit
    return replace(faces.residual(), vectors_canon=vectors, distance=distance.astype(np.float32))


def seen(faces: Any, observed: FloatArray, predicted: FloatArray, index: int = 0) -> FrameResult:
    """A frame in which the face is turned; no identity is known."""
    points, _ = posed(observed, faces.frame)
    result = faces.result(index, image=faces.image(IMAGE), mesh=observed)
    expected = replace(result.predicted, mesh_canon=predicted, adjusted_canon=None)
    residual = residual_between(faces, observed, predicted)
    result = with_landmarks(result, Landmarks(points, IMAGE, 1, "bundled"))
    stamps = {"stamp_ns": result.frame.stamp_ns}
    return with_first(result, predicted=expected, residual=residual, residual_adjusted=None, **stamps)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_face_laid_upon_the_picture_lands_on_its_landmarks(
    faces: Any, maker: SceneBuilder, surface: FaceSurface, mirrored: bool
) -> None:
    observed = grown(faces.mean)
    scene = maker(seen(faces, observed, observed), UPON)
    assert scene.px_from_canon is not None and scene.points_px is not None
    body = Rect(31, 57, 500, 333)
    picture = body.fitted(*IMAGE)
    placement = place_in_picture(
        surface.px_from_face(scene.px_from_canon), PictureMap.whole(IMAGE, picture, mirrored), body
    )
    shown = placement.project(surface.to_face(observed), body)
    expected = scene.points_px[:, :2] * (picture.w / IMAGE[0], picture.h / IMAGE[1])
    if mirrored:
        expected[:, 0] = picture.w - expected[:, 0]
    assert np.abs(shown - expected - np.array([picture.x, picture.y])).max() < 0.02
    # Turned as the person is: what is nearer to the camera is nearer here too, and light falls from the same side.
    depth = (surface.to_face(observed) @ (placement.projection @ placement.view)[2, :3]).ravel()
    assert np.corrcoef(depth, scene.points_px[:, 2])[0, 1] > 0.999999
    assert np.isclose(np.linalg.det(placement.view[:3, :3]), -1.0 if mirrored else 1.0)


def test_an_older_pair_is_laid_upon_the_newest_picture(faces: Any, maker: SceneBuilder, surface: FaceSurface) -> None:
    """Live, landmarks are newer than what the models made of an older frame."""
    old = seen(faces, faces.mean, faces.mean)
    moved = old.landmarks.points_px * 1.1 + np.float32(20.0)  # type: ignore[union-attr]
    frame = replace(old.frame, stamp_ns=old.frame.stamp_ns + 66_000_000, index=2)
    scene = maker(with_landmarks(replace(old, frame=frame), Landmarks(moved, IMAGE, 1, "bundled")), UPON)
    assert scene.px_from_canon is not None and scene.in_picture is not None and scene.faces is not None
    np.testing.assert_allclose(scene.px_from_canon.apply(scene.in_picture), moved, atol=2e-3)
    at = list(ANCHORS)
    wanted = fit_similarity(scene.faces.observed[at], moved[at])
    np.testing.assert_allclose(scene.px_from_canon.rotation, wanted.rotation, atol=1e-9)


def test_nothing_is_copied_while_nothing_is_smoothed_or_exaggerated(faces: Any, maker: SceneBuilder) -> None:
    result = seen(faces, grown(faces.mean), faces.mean)
    scene = maker(result, UPON)
    assert scene.faces is not None and result.landmarks is not None and result.residual is not None
    assert scene.points_px is result.landmarks.points_px
    assert scene.faces.observed is result.models[0].aligned.mesh_canon is scene.in_picture
    assert scene.faces.expected is result.predicted.mesh_canon  # type: ignore[union-attr]
    assert scene.faces.values is result.residual.distance
    assert maker(result, replace(UPON)) is scene


@pytest.mark.parametrize("adjusted", [False, True])
def test_exaggeration_moves_both_faces_away_from_one_face_at_rest(
    faces: Any, maker: SceneBuilder, model_facts: ModelFacts, adjusted: bool
) -> None:
    observed, predicted = grown(faces.mean), grown(faces.mean, 1.0)
    offset = np.linspace(-2, 2, 478 * 3, dtype=np.float32).reshape(478, 3)
    result = seen(faces, observed, predicted)
    known = replace(result.predicted, adjusted_canon=predicted + offset)
    result = with_first(
        result, predicted=known, residual_adjusted=residual_between(faces, observed, predicted + offset)
    )
    plain = maker(result, ViewState(adjusted=adjusted)).faces
    shown = maker(result, ViewState(adjusted=adjusted, exaggeration=2.5)).faces
    assert plain is not None and shown is not None and shown.expected is not None and plain.expected is not None
    at_rest = model_facts.neutral_canon + (offset if adjusted else 0)
    for before, after in ((plain.observed, shown.observed), (plain.expected, shown.expected)):
        np.testing.assert_allclose(after, at_rest + 2.5 * (before - at_rest), atol=1e-4)
    difference = plain.observed - plain.expected
    np.testing.assert_allclose(shown.observed - shown.expected, 2.5 * difference, atol=1e-4)
    assert shown.values is plain.values  # the colours tell the truth


def test_a_mesh_that_is_pushed_outwards_is_positive(mean_mesh: FloatArray, surface: FaceSurface) -> None:
    frame = CanonicalFrame.of(mean_mesh)
    normals = surface.vertex_normals(surface.to_face(mean_mesh)) @ frame.axes.astype(np.float32)
    for percent in (3.0, -2.0):
        pushed = mean_mesh + np.float32(percent / 100 * frame.unit) * normals
        along = surface.vertex_normals(surface.to_face(pushed)) @ frame.axes.astype(np.float32)
        expected = percent * np.einsum("ij,ij->i", along, normals)  # the observed surface's own normals
        np.testing.assert_allclose(signed_residual(surface, pushed, mean_mesh), expected, atol=1e-3)
        assert np.median(np.sign(percent) * expected) > 0.9 * abs(percent)


def test_the_sign_is_computed_where_it_is_shown(faces: Any, maker: SceneBuilder) -> None:
    result = seen(faces, grown(faces.mean), faces.mean)
    heat = ViewState(views=(View.HEAT,), signed=True)
    signed = maker(result, heat).faces
    assert signed is not None and signed.signed is not None and signed.values is not None
    assert (np.abs(signed.signed) <= signed.values + 1e-3).all() and signed.signed.min() < 0 < signed.signed.max()
    for other in (replace(heat, signed=False), replace(heat, views=(View.OBSERVED,))):
        unsigned = maker(result, other).faces
        assert unsigned is not None and unsigned.signed is None


def test_smoothing_rests_what_trembles_and_forgets_at_breaks(faces: Any, maker: SceneBuilder) -> None:
    rng = np.random.default_rng(3)
    ui = ViewState(smoothing=0.9)
    still: list[Scene] = []
    for index in range(40):
        trembling = faces.mean + rng.normal(0, 0.4, faces.mean.shape).astype(np.float32)
        still.append(maker(seen(faces, trembling, faces.mean, index), ui))
    meshes = np.stack([scene.faces.observed for scene in still[20:] if scene.faces is not None])
    assert meshes.std(axis=0).mean() < 0.35 * 0.4
    last = still[-1].faces
    assert last is not None and last.values is not None and last.expected is not None
    disagreement = np.linalg.norm(last.observed - last.expected, axis=1) * 100 / faces.frame.unit
    np.testing.assert_allclose(last.values, disagreement, rtol=1e-4)  # the colours belong to what is drawn
    far = faces.mean + np.float32(30.0)
    after = seen(faces, far, far, 41)
    breaks = {
        "segment": replace(after, frame=replace(after.frame, segment=1)),
        "back": seen(faces, far, far, 2),
    }
    for name, result in breaks.items():
        found = maker(result, ui)
        assert found.faces is not None and found.points_px is not None and result.landmarks is not None
        np.testing.assert_array_equal(found.faces.observed, far, err_msg=name)
        np.testing.assert_array_equal(found.points_px, result.landmarks.points_px, err_msg=name)
        maker(still_again := seen(faces, faces.mean, faces.mean, 60), ui)
        assert maker(FrameResult(still_again.frame), ui).faces is None
    lost = maker(seen(faces, far, far, 61), ui).faces  # after a frame without a face
    assert lost is not None
    np.testing.assert_array_equal(lost.observed, far)


# Where it stands in the window ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def view(model_facts: ModelFacts) -> Iterator[tuple[Offscreen, MirrorView]]:
    with Offscreen((900, 500)) as screen:
        view = MirrorView(screen.ctx, screen.size_px, screen.scale, [model_facts], samples=0)
        yield screen, view
        view.close()


VIEWS = (View.CAMERA, View.OBSERVED, View.PREDICTED, View.ON_FACE, View.WIPE, View.VECTORS)


def test_a_tile_tells_where_its_vertices_are(view: tuple[Offscreen, MirrorView], faces: Any) -> None:
    screen, mirror = view
    observed, predicted = grown(faces.mean), grown(faces.mean, 1.0)
    result = seen(faces, observed, predicted)
    ui = ViewState(views=VIEWS, wipe=0.45, orbit_deg=(20.0, 5.0))
    mirror.draw(screen.framebuffer, result, Status(), ui)
    tiles = mirror._tiles
    bodies = [panel.body for panel in mirror.layout.tiles]
    projected = {shown: tiles.projected(at) for at, shown in enumerate(VIEWS)}
    assert [len(found) for found in projected.values()] == [1, 1, 1, 1, 2, 1]
    assert tiles.projected(len(VIEWS)) == []
    for found, body in zip(projected.values(), bodies, strict=True):
        for mesh in found:
            assert mesh.points_px.shape == (478, 2) and mesh.points_px.dtype == np.float32 and mesh.model == 0
            x, y = mesh.points_px[mesh.visible].T
            assert (x >= body.x).all() and (x < body.right).all() and (y >= body.y).all() and (y < body.bottom).all()
            assert 100 < mesh.visible.sum() < 470
    left, right = projected[View.WIPE]
    line = bodies[VIEWS.index(View.WIPE)].x + round(0.45 * bodies[0].w)
    assert (left.points_px[left.visible, 0] < line).all() and (right.points_px[right.visible, 0] >= line).all()
    # The same eye looks at all faces: in two tiles a mesh differs by where the tiles stand.
    between = np.array([bodies[4].x - bodies[1].x, bodies[4].y - bodies[1].y])
    np.testing.assert_allclose(
        left.points_px - projected[View.OBSERVED][0].points_px, np.tile(between, (478, 1)), atol=1e-3
    )
    disagreement = np.linalg.norm(projected[View.ON_FACE][0].points_px - projected[View.CAMERA][0].points_px - [
        bodies[3].x - bodies[0].x, bodies[3].y - bodies[0].y], axis=1)  # fmt: skip
    assert 0.05 < np.median(disagreement) < 3.0  # as far as predicted and observed face differ
    mirror.draw(screen.framebuffer, FrameResult(result.frame), Status(), ui)
    assert all(tiles.projected(at) == [] for at in range(len(VIEWS)))


def test_vectors_are_as_long_as_the_faces_differ(view: tuple[Offscreen, MirrorView], faces: Any) -> None:
    """Pixels of the arrows' colour in a tile where one vertex alone has moved, straight up."""
    screen, mirror = view
    for percent in (8.0, 16.0):
        observed = faces.mean.copy()
        observed[200] += np.float32(percent / 100 * faces.frame.unit) * faces.frame.axes[1].astype(np.float32)
        result = seen(faces, observed, faces.mean)
        ui = ViewState(
            views=(View.VECTORS,), stage=True, colour_auto=False, colour_max=percent, colours=ColorMap.INFERNO
        )
        mirror.draw(screen.framebuffer, result, Status(), ui)
        (projected,) = mirror._tiles.projected(0)
        body = mirror.layout.tiles[0].body
        picture = screen.read().astype(int)[body.y : body.bottom, body.x : body.right]
        red, green, blue = np.moveaxis(picture, -1, 0)
        # Yellow, upon a grey face; a shaft that lies between two columns of pixels has half its brightness in each.
        yellow = (red > 110) & (green > 110) & (red - blue > 35)
        rows, columns = np.nonzero(yellow)
        unit = np.linalg.norm(projected.points_px[263] - projected.points_px[33])
        assert abs(columns.mean() + body.x - projected.points_px[200, 0]) < 2.0
        assert abs(np.ptp(rows) - percent / 100 * unit) < 4.0
        assert abs(rows.min() + body.y - projected.points_px[200, 1]) < 3.0  # the arrow ends at the observed vertex


def test_the_words_of_a_vertex_have_the_sign_of_the_heat_map(
    faces: Any, model_facts: ModelFacts, surface: FaceSurface, mean_mesh: FloatArray
) -> None:
    observed, predicted = grown(mean_mesh), mean_mesh
    result = seen(faces, observed, predicted)
    drawn = signed_residual(surface, observed, predicted)
    for vertex in range(0, 468, 7):
        rows = dict(vertex_details(vertex, 0, result, [model_facts], ViewState()).rows)
        name, value = next((name, value) for name, value in rows.items() if name.startswith("normal component"))
        assert float(value.removesuffix(" %")) == pytest.approx(abs(float(drawn[vertex])), abs=0.06)
        assert name == ("normal component, outward" if drawn[vertex] >= 0 else "normal component, inward")
