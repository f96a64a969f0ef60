"""Signs, axes and inverses of the head pose."""

from __future__ import annotations

from math import radians

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from realtime.core.types import Pose
from realtime.geometry import (
    Aligner,
    CanonicalFrame,
    canonical_face,
    fit_similarity,
    pose_angles,
    pose_from_rotation,
    pose_in,
    rotation_from_pose,
)

# In the world that the subject faces the camera in: x to the image's right (the subject's left), y up, z to the camera.
PX_FROM_WORLD = np.diag([1.0, -1.0, -1.0])
NOSE, FOREHEAD, CHIN, RIGHT_EYE = 1, 10, 152, 33


def head(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """Rotation of the head in the world, degrees; the signs written out from what the subject does."""
    to_subjects_right = Rotation.from_euler("y", -yaw, degrees=True)
    face_up = Rotation.from_euler("x", -pitch, degrees=True)
    to_right_shoulder = Rotation.from_euler("z", roll, degrees=True)
    return (to_subjects_right * face_up * to_right_shoulder).as_matrix()


def pictured(mesh_world: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """A mesh (left, up, forward) seen by the camera, in pixels."""
    return (mesh_world @ rotation.T) @ PX_FROM_WORLD.T * 3.7 + [320.0, 240.0, 5.0]


@pytest.fixture()
def standing(mean_mesh):
    """The mean mesh in its own left, up, forward, so that at rest it looks straight into the camera."""
    frame = CanonicalFrame.of(mean_mesh)
    return (mean_mesh - frame.origin) @ frame.axes.T


def test_what_the_signs_mean_in_the_picture(standing):
    rest = pictured(standing, head(0, 0, 0))
    up, turned, tilted = (pictured(standing, head(*angles)) for angles in ((20, 0, 0), (0, 20, 0), (0, 0, 20)))
    eyes = [33, 263]
    assert up[NOSE, 1] - up[eyes, 1].mean() < rest[NOSE, 1] - rest[eyes, 1].mean()  # nose goes up: y down the picture
    assert turned[NOSE, 0] < rest[NOSE, 0]  # the subject's right is the left side of an unmirrored picture
    assert tilted[FOREHEAD, 0] < tilted[CHIN, 0] and tilted[RIGHT_EYE, 1] > rest[RIGHT_EYE, 1]  # right ear to shoulder
    assert rest[RIGHT_EYE, 0] < rest[263, 0]


@pytest.mark.parametrize("axis", ["pitch", "yaw", "roll"])
@pytest.mark.parametrize("degrees", [-40.0, -7.0, 12.0, 35.0])
def test_a_turned_mesh_comes_back_with_the_documented_sign(axis, degrees, mean_mesh, standing, rng, random_rotation):
    angles = {"pitch": 0.0, "yaw": 0.0, "roll": 0.0, axis: degrees}
    wanted = Pose(**{name: radians(value) for name, value in angles.items()})
    mesh_px = pictured(standing, head(**angles))
    own = CanonicalFrame.of(mean_mesh)
    arbitrary = 0.013 * mean_mesh @ random_rotation(rng).T + rng.normal(size=3) * 40
    for mesh_canon, frame in ((mean_mesh, own), (arbitrary, CanonicalFrame.of(arbitrary)), (standing, None)):
        found = pose_from_rotation(fit_similarity(mesh_px, mesh_canon).rotation, frame)
        for name in angles:
            assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=1e-6), (name, frame)


def test_mixed_angles_come_back(rng, mean_mesh, random_rotation):
    angles = rng.uniform(-1.2, 1.2, (200, 3))
    frames = [None, CanonicalFrame.of(mean_mesh), CanonicalFrame.of(mean_mesh @ random_rotation(rng).T * 9)]
    for frame in frames:
        rotation = rotation_from_pose(angles, frame)
        np.testing.assert_allclose(
            rotation @ np.swapaxes(rotation, 1, 2), np.broadcast_to(np.eye(3), (200, 3, 3)), atol=1e-12
        )
        np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-12)
        np.testing.assert_allclose(pose_angles(rotation, frame), angles, atol=1e-10)
        for at in range(0, 200, 20):
            one = pose_from_rotation(rotation[at], frame)
            np.testing.assert_allclose([one.pitch, one.yaw, one.roll], angles[at], atol=1e-10)
            np.testing.assert_allclose(rotation_from_pose(one, frame), rotation[at], atol=1e-10)


def test_rotation_is_the_one_of_the_head(rng):
    """canon_from_px of the family's frame, built from the head's rotation in the world."""
    for pitch, yaw, roll in rng.uniform(-60, 60, (20, 3)):
        canon_from_px = head(pitch, yaw, roll).T @ PX_FROM_WORLD
        np.testing.assert_allclose(rotation_from_pose(np.radians([pitch, yaw, roll])), canon_from_px, atol=1e-12)


@pytest.mark.parametrize("pitch", [90.0, -90.0])
def test_looking_straight_up_or_down_still_rebuilds_the_rotation(pitch):
    rotation = rotation_from_pose(np.radians([pitch, 20.0, 13.0]))
    found = pose_from_rotation(rotation)
    assert found.roll == 0.0
    np.testing.assert_allclose(rotation_from_pose(found), rotation, atol=1e-9)
    np.testing.assert_allclose(rotation_from_pose(pose_angles(rotation)), rotation, atol=1e-9)


def test_nan_rotation_gives_nan_angles():
    found = pose_from_rotation(np.full((3, 3), np.nan))
    assert np.isnan([found.pitch, found.yaw, found.roll]).all()
    assert np.isnan(pose_angles(np.full((2, 3, 3), np.nan))).all()


def test_wrong_shapes_raise():
    for wrong in (np.eye(2), np.zeros((2, 3, 3))):
        with pytest.raises(ValueError, match="3, 3"):
            pose_from_rotation(wrong)
    with pytest.raises(ValueError, match="Pitch, Yaw, Roll"):
        rotation_from_pose([0.0, 0.0])


def test_frame_is_that_of_the_face(mean_mesh, rng, random_rotation):
    own = CanonicalFrame.of(mean_mesh)
    np.testing.assert_allclose(own.axes @ own.axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(own.axes[0], own.axes[1]), own.axes[2], atol=1e-12)
    assert own.unit == pytest.approx(112.21, abs=0.01)
    assert (np.diag(own.axes) > 0.99).all()  # x to the subject's left, y up, z forward
    turn, shift = random_rotation(rng), rng.normal(size=3)
    moved = CanonicalFrame.of(0.01 * mean_mesh @ turn.T + shift)
    np.testing.assert_allclose(moved.axes, own.axes @ turn.T, atol=1e-9)
    np.testing.assert_allclose(moved.origin, 0.01 * turn @ own.origin + shift, atol=1e-9)
    assert moved.unit == pytest.approx(0.01 * own.unit)


def pyfeat_angles(rotation: np.ndarray) -> tuple[float, float, float]:
    """Pitch, roll, yaw of py-feat's `MPDetector` (`feat/utils/face_pose.py`, `rotation_matrix_to_euler_angles`)."""
    level = np.hypot(rotation[0, 0], rotation[1, 0])
    return (
        np.arctan2(rotation[2, 1], rotation[2, 2]),
        np.arctan2(-rotation[2, 0], level),
        np.arctan2(rotation[1, 0], rotation[0, 0]),
    )


@pytest.mark.parametrize("turned", [False, True])
def test_the_pose_of_the_canonical_face_is_zero_and_turned_it_is_pyfeats(turned, rng, random_rotation):
    """In a model whose mean mesh is that face, in any axes and units; angles in degrees."""
    mesh = np.vstack([canonical_face(), canonical_face()[-10:]])  # no irises are needed
    mean = 23.0 * mesh @ random_rotation(rng).T + rng.normal(size=3) * 40 if turned else mesh
    indices = (10, 9, 8, 151, 6, 168, 197, 195, 33, 263, 133, 362)
    align = Aligner(mean[list(indices)], CanonicalFrame.of(mean), indices)
    for angles in ((0, 0, 0), (13, 0, 0), (0, -21, 0), (0, 0, 17)):
        pose = align(pictured(mesh, head(*angles))).pose
        found = np.degrees([pose.pitch, pose.yaw, pose.roll])
        np.testing.assert_allclose(found, angles, atol=1e-6)
        # `MPDetector` superimposes that face on the observed one, with y up and z to the camera.
        seen = pictured(mesh, head(*angles))[:468] @ PX_FROM_WORLD.T
        pitch, roll, yaw = np.degrees(pyfeat_angles(fit_similarity(canonical_face(), seen).rotation))
        np.testing.assert_allclose([-pitch, -roll, yaw], angles, atol=1e-6)


def test_the_axes_are_those_of_the_canonical_face_on_the_mean_mesh(mean_mesh):
    """By scipy's solution of Wahba's problem; the irises do not count."""
    mesh, face = mean_mesh[:468] - mean_mesh[:468].mean(axis=0), canonical_face() - canonical_face().mean(axis=0)
    expected, _ = Rotation.align_vectors(face, mesh)
    np.testing.assert_allclose(CanonicalFrame.of(mean_mesh).axes, expected.as_matrix(), atol=1e-6)
    moved = mean_mesh.copy()
    moved[468:] += 50.0
    np.testing.assert_array_equal(CanonicalFrame.of(moved).axes, CanonicalFrame.of(mean_mesh).axes)


def test_the_earlier_zero_is_by_canthi_chin_and_forehead(mean_mesh):
    """The line of the canthi and that from chin to forehead are level and upright in it; a pose can be moved."""
    earlier, now = CanonicalFrame.of(mean_mesh, "forehead-chin"), CanonicalFrame.of(mean_mesh)
    assert (earlier.pose_zero, now.pose_zero) == ("forehead-chin", "canonical-face")
    np.testing.assert_allclose(earlier.axes @ (mean_mesh[263] - mean_mesh[33]), [earlier.unit, 0, 0], atol=1e-9)
    assert (earlier.axes @ (mean_mesh[10] - mean_mesh[152]))[2] == pytest.approx(0, abs=1e-9)
    looking = pose_from_rotation(np.diag([1.0, -1.0, -1.0]), earlier)
    assert np.degrees(looking.pitch) == pytest.approx(-3.37, abs=0.01)  # of a head whose axes are the model's
    moved = pose_in(now, looking, earlier)
    assert np.degrees(moved.pitch) == pytest.approx(-0.52, abs=0.01)
    np.testing.assert_allclose(rotation_from_pose(moved, now), np.diag([1.0, -1.0, -1.0]), atol=1e-12)


def test_no_frame_for_vertices_in_another_order(mean_mesh):
    """Canthi, chin, forehead and nose where they belong, all others anywhere: only the two readings tell it."""
    kept = [1, 10, 33, 152, 263]
    others = np.setdiff1d(np.arange(468), kept)
    mesh = mean_mesh.copy()
    mesh[others] = mean_mesh[others] * [1, -1, -1]
    CanonicalFrame.of(mesh, "forehead-chin")
    with pytest.raises(ValueError, match="MediaPipe's order of vertices"):
        CanonicalFrame.of(mesh)


@pytest.mark.parametrize("wrong", ["shape", "nan", "point", "line", "mirrored", "zeros"])
def test_no_frame_for_what_is_no_face(wrong, mean_mesh):
    mesh = {
        "shape": mean_mesh[:100],
        "nan": np.where(np.arange(1434).reshape(478, 3) == 500, np.nan, mean_mesh),
        "point": np.full((478, 3), 3.3),
        "line": np.outer(np.arange(478.0), [1, 2, 3]),
        "mirrored": mean_mesh * [-1, 1, 1],
        "zeros": np.zeros((478, 3)),
    }[wrong]
    with pytest.raises(ValueError, match="mean mesh"):
        CanonicalFrame.of(mesh)
