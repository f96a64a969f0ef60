"""The divided surface: landmarks stay where they are, rims stay rims, the silhouette is what it is for an ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.core.types import FloatArray
from realtime.geometry import CanonicalFrame, edges, surface_triangles
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.orbit_camera import Fit, camera_position, projection_matrix, view_matrix


def test_the_axes_come_from_the_mesh_itself(mean_mesh: FloatArray) -> None:
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32)  # a rotation: another choice of axes
    here = FaceSurface(mean_mesh)
    there = FaceSurface(3.5 * mean_mesh @ turn.T + np.float32(40.0))
    expected = here.to_face(mean_mesh)
    got = there.to_face(3.5 * mean_mesh @ turn.T + np.float32(40.0))
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert expected[263, 0] > expected[33, 0]  # the subject's left is +x
    assert expected[10, 1] > expected[152, 1]  # the forehead is above the chin
    assert expected[1, 2] > expected[33, 2]  # the nose is in front of the canthi


def test_landmarks_keep_their_place_and_normals_point_outward(mean_mesh: FloatArray) -> None:
    surface = FaceSurface(mean_mesh)
    points = surface.to_face(mean_mesh)
    values = np.arange(478, dtype=np.float32)
    fine = surface.divide(points, values)
    np.testing.assert_array_equal(fine[:468, :3], points[:468])
    np.testing.assert_array_equal(fine[:468, 6], values[:468])
    pairs = edges()
    np.testing.assert_allclose(fine[468:, 6], values[pairs].mean(axis=1))
    lengths = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    moved = np.linalg.norm(fine[468:, :3] - points[pairs].mean(axis=1), axis=1)
    assert (moved <= 0.3 * lengths).all()  # a middle bulges, and does not wander
    normals = surface.normals(points)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-5)
    assert normals[4, 2] > 0.5  # the tip of the nose looks forward
    naive = np.zeros((468, 3))
    for a, b, c in surface_triangles():
        flat = np.cross(points[b] - points[a], points[c] - points[a])
        for corner in (a, b, c):
            naive[corner] += flat
    naive /= np.linalg.norm(naive, axis=1, keepdims=True)
    np.testing.assert_allclose(normals, naive, atol=1e-4)


def test_the_middles_of_a_sphere_lie_on_it(mean_mesh: FloatArray) -> None:
    surface = FaceSurface(mean_mesh)
    points = surface.to_face(mean_mesh)
    # The face's own directions, all put on one sphere: flat middles would lie well inside it.
    center = np.array([0.0, 0.0, -1.2], np.float32)
    ball = center + (points - center) / np.linalg.norm(points - center, axis=1, keepdims=True)
    fine = surface.divide(ball.astype(np.float32), None)
    radii = np.linalg.norm(fine[468:, :3] - center, axis=1)
    flat = np.linalg.norm(ball[edges()].mean(axis=1) - center, axis=1)
    assert np.median(1 - flat) > 4 * np.median(np.abs(1 - radii))


def test_the_outline_is_where_the_surface_turns_away(mean_mesh: FloatArray) -> None:
    surface = FaceSurface(mean_mesh)
    points = surface.to_face(mean_mesh)
    fine = surface.divide(points, None)
    out = np.zeros((4 * 2048, 10), np.float32)
    camera_position = np.array([0.0, 0.0, 8.0])
    n = surface.outline(fine, camera_position, out)
    strips = out[:n].reshape(-1, 4, 10)
    np.testing.assert_array_equal(strips[:, 0, :3], strips[:, 2, 7:])
    np.testing.assert_array_equal(strips[:, 0, :3], strips[:, 1, :3])

    # What is furthest out in the picture lies on it, to every side.
    def seen(at: FloatArray) -> FloatArray:
        return at[:, :2] / (camera_position[2] - at[:, 2:3])

    on_it = np.concatenate([strips[:, 0, :3], strips[:, 2, :3]])
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        side = np.array([np.cos(angle), np.sin(angle)])
        assert (seen(on_it) @ side).max() == pytest.approx((seen(fine[:, :3]) @ side).max(), abs=1e-6)
    assert (
        surface.outline(fine, camera_position, np.zeros((4 * 10, 10), np.float32)) == 40
    )  # never more than there is room for


@pytest.mark.parametrize("aspect", [0.8, 1.0, 1.6])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_whole_face_is_seen_and_left_is_where_it_belongs(
    mean_mesh: FloatArray, aspect: float, mirrored: bool
) -> None:
    points = FaceSurface(mean_mesh).to_face(mean_mesh)
    fit = Fit.of(points)
    matrix = projection_matrix(fit, aspect, 1.0) @ view_matrix(fit, (0.0, 0.0), mirrored)
    clip = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    seen = clip[:, :3] / clip[:, 3:]
    assert np.abs(seen).max() < 1.0
    assert max(np.ptp(seen[:, 0]), np.ptp(seen[:, 1])) > 1.6  # and it fills the panel
    assert (seen[263, 0] > seen[33, 0]) is not mirrored


def test_the_eye_goes_round(mean_mesh: FloatArray) -> None:
    frame = CanonicalFrame.of(mean_mesh)
    assert frame.unit > 0
    fit = Fit.of(FaceSurface(mean_mesh).to_face(mean_mesh))
    front = camera_position(view_matrix(fit, (0.0, 0.0), False)) - fit.center
    right = camera_position(view_matrix(fit, (40.0, 0.0), False)) - fit.center
    above = camera_position(view_matrix(fit, (0.0, 30.0), False)) - fit.center
    assert front == pytest.approx([0, 0, np.linalg.norm(front)])
    assert right[0] > 0.5 * np.linalg.norm(front)
    assert above[1] == pytest.approx(0.5 * np.linalg.norm(front))


@pytest.mark.parametrize("azimuth", [-60.0, -40.0, -20.0, 20.0, 40.0, 60.0])
def test_a_face_that_is_turned_stays_in_the_view_that_it_fills_from_the_front(
    mean_mesh: FloatArray, azimuth: float
) -> None:
    points = FaceSurface(mean_mesh).to_face(mean_mesh)
    fit = Fit.of(points)
    aspect = fit.half_width / fit.half_height  # as narrow as it can be
    matrix = projection_matrix(fit, aspect, 1.0) @ view_matrix(fit, (azimuth, 0.0), False)
    clip = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    assert np.abs(clip[:, :2] / clip[:, 3:]).max() < 1.05  # a rim's breadth; around a point behind the nose it is 1.5
