"""From landmarks to the canonical frame, and whether they may be trusted there."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from realtime.core.types import Aligned, Pose, Similarity
from realtime.geometry import ANCHORS, Aligner, CanonicalFrame, ValidityLimits, check_validity, rotation_from_pose


@pytest.fixture()
def aligner(mean_mesh):
    return Aligner(mean_mesh[list(ANCHORS)].astype(np.float32), CanonicalFrame.of(mean_mesh))


def posed(mean_mesh, pose, size=2.0):
    """The mean mesh as a picture would show it in this pose, float32 pixels."""
    canon_from_px = rotation_from_pose(pose, CanonicalFrame.of(mean_mesh))
    return (size * mean_mesh @ canon_from_px + [700.0, 400.0, 0.0]).astype(np.float32)


def test_a_posed_face_comes_home(aligner, mean_mesh):
    points_px = posed(mean_mesh, Pose(0.2, -0.5, 0.3))
    aligned = aligner(points_px)
    assert aligned.mesh_canon.dtype == np.float32
    np.testing.assert_allclose(aligned.mesh_canon, mean_mesh, atol=2e-3)
    assert aligned.anchor_residual < 1e-3
    assert (aligned.pose.pitch, aligned.pose.yaw, aligned.pose.roll) == pytest.approx((0.2, -0.5, 0.3), abs=1e-5)
    assert aligned.canon_from_px.scale == pytest.approx(0.5, rel=1e-5)


def test_anchor_residual_is_the_worst_anchor(aligner, mean_mesh, rng):
    points_px = posed(mean_mesh, Pose(0, 0, 0)) + rng.normal(size=(478, 3)).astype(np.float32) * 8
    aligned = aligner(points_px)
    worst = max(
        float(np.linalg.norm(aligned.canon_from_px.apply(points_px.astype(float))[i] - mean_mesh[i])) for i in ANCHORS
    )
    assert aligned.anchor_residual == pytest.approx(
        100 * worst / np.linalg.norm(mean_mesh[33] - mean_mesh[263]), rel=1e-4
    )


def test_any_of_the_1434_numbers_being_nan_gives_none(aligner, mean_mesh):
    points_px = posed(mean_mesh, Pose(0, 0.1, 0))
    assert aligner(points_px) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for place in range(points_px.size):
            kept = points_px.flat[place]
            points_px.flat[place] = (np.nan, np.inf, -np.inf)[place % 3]
            assert aligner(points_px) is None, place
            points_px.flat[place] = kept
    assert aligner(points_px) is not None


def test_degenerate_landmarks_give_none(aligner, mean_mesh):
    points_px = posed(mean_mesh, Pose(0, 0, 0))
    line = np.outer(np.arange(478.0), [1.0, 2.0, 0.5]).astype(np.float32)
    far = points_px.copy()
    far[300] = 3e38
    far_anchors = points_px.copy()
    far_anchors[10] = 3e38
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert aligner(np.zeros((478, 3), np.float32)) is None
        assert aligner(np.full((478, 3), 7.7, np.float32)) is None
        assert aligner(line) is None
        assert (
            aligner(np.float32(1e-30) * points_px) is None or aligner(np.float32(1e-30) * points_px).anchor_residual < 1
        )
        for hurt in (far, far_anchors):
            found = aligner(hurt)
            assert found is None or np.isfinite(found.mesh_canon).all()


def test_wrong_shapes_raise(aligner, mean_mesh):
    with pytest.raises(ValueError, match="478, 3"):
        aligner(np.zeros((468, 3), np.float32))
    with pytest.raises(ValueError, match="12, 3"):
        Aligner(np.zeros((11, 3)), CanonicalFrame.of(mean_mesh))


def test_anchors_in_another_order_are_the_same_anchors(aligner, mean_mesh):
    order = ANCHORS[::-1]
    other = Aligner(mean_mesh[list(order)], aligner.canonical, order)
    points_px = posed(mean_mesh, Pose(0.1, 0.2, 0.0))
    np.testing.assert_allclose(other(points_px).mesh_canon, aligner(points_px).mesh_canon, atol=1e-3)
    swapped = Aligner(mean_mesh[list(order)], aligner.canonical)  # the default order does not fit these
    assert swapped(points_px).anchor_residual > 20


def test_a_mirrored_picture_is_not_valid(aligner, clip_px):
    for points_px in clip_px[::12]:
        assert check_validity(aligner(points_px), points_px).ok
        mirrored = points_px * [-1, 1, 1] + [640, 0, 0]
        verdict = check_validity(aligner(mirrored), mirrored)
        assert not verdict.ok and any("anchors" in reason for reason in verdict.reasons)


def test_a_real_clip_is_near_the_mean_mesh_and_frontal(aligner, clip_px, mean_mesh):
    for points_px in clip_px:
        aligned = aligner(points_px.astype(np.float32))
        nme = np.linalg.norm(aligned.mesh_canon - mean_mesh, axis=1).mean() / aligner.canonical.unit
        assert nme < 0.08 and aligned.anchor_residual < 8
        assert all(abs(angle) < 15 for angle in aligned.pose.degrees().values())


def seen(pitch=0.0, yaw=0.0, anchor=3.0, canthal=100.0):
    points_px = np.zeros((478, 3), np.float32)
    points_px[263] = [0.6 * canthal, 0, 0.8 * canthal]
    still = Similarity(np.array(1.0), np.eye(3), np.zeros(3))
    return Aligned(points_px, still, anchor, Pose(np.radians(pitch), np.radians(yaw), 0.0)), points_px


@pytest.mark.parametrize(
    ("face", "reasons"),
    [
        ({}, ()),
        ({"yaw": 39.9, "pitch": -29.9}, ()),
        ({"yaw": 52}, ("yaw 52° beyond 40°",)),
        ({"yaw": -52}, ("yaw 52° beyond 40°",)),
        ({"yaw": 40.2}, ("yaw 40.2° beyond 40°",)),
        ({"pitch": 33}, ("pitch 33° beyond 30°",)),
        ({"anchor": 20.0}, ("anchors off by 20 %, limit 12 %",)),
        ({"canthal": 9.0}, ("face too small: outer canthi 9 px apart, needs 24 px",)),
        ({"pitch": float("nan")}, ("pitch nan° beyond 30°",)),
        ({"yaw": 60, "pitch": 60}, ("yaw 60° beyond 40°", "pitch 60° beyond 30°")),
    ],
)
def test_reasons_in_words(face, reasons):
    verdict = check_validity(*seen(**face))
    assert verdict.reasons == reasons and verdict.ok == (not reasons)


def test_each_limit_changes_something():
    aligned, points_px = seen(pitch=10, yaw=10, anchor=5, canthal=50)
    assert check_validity(aligned, points_px).ok
    for limit in ({"max_yaw_deg": 5}, {"max_pitch_deg": 5}, {"max_anchor_residual": 4}, {"min_canthal_px": 60}):
        assert len(check_validity(aligned, points_px, ValidityLimits(**limit)).reasons) == 1
