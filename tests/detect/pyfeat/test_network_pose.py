"""py-feat's three numbers of a head's rotation, beside the angles of the mesh: docs/emotions.md gives these numbers.

`Detectorv2` writes the components of a rotation vector (in a camera frame with y down and z away) with the signs
Pitch = -v[0], Yaw = +v[1], Roll = -v[2]; `realtime.geometry` gives intrinsic angles. Here both are taken of the same
rotation, so that only the convention differs, and no network.
"""

from __future__ import annotations

import numpy as np
import pytest
from common import clip, needs_bundled
from scipy.spatial.transform import Rotation

from realtime.capture import open_source
from realtime.core.types import FloatArray
from realtime.detect import largest_face, open_tracker
from realtime.geometry import Aligner, CanonicalFrame, pose_angles, rotation_from_pose
from realtime.model import load_model

_FLIP = np.diag([1.0, -1.0, -1.0])  # y up and z towards the camera, from y down and z away


def as_pyfeat(angles: FloatArray) -> FloatArray:
    """Pitch, Yaw, Roll (n, 3) as `Detectorv2` would write them of heads whose intrinsic angles these are, radians."""
    px_from_head = np.swapaxes(rotation_from_pose(angles), -1, -2)
    vector = Rotation.from_matrix(px_from_head @ _FLIP).as_rotvec()  # from the head that looks into the camera
    return vector * [-1, 1, -1]


def test_about_one_axis_they_are_the_same():
    for axis in range(3):
        angles = np.zeros((9, 3))
        angles[:, axis] = np.radians(np.linspace(-60, 60, 9))
        np.testing.assert_allclose(as_pyfeat(angles), angles, atol=1e-12)


def test_about_several_they_differ_in_the_second_order():
    degrees = as_pyfeat(np.radians([[10.0, 10.0, 0.0], [20.0, 30.0, 0.0], [30.0, 40.0, 0.0]]))
    wanted = [[9.97, 9.97, -0.87], [19.54, 29.69, -5.24], [28.76, 39.07, -10.47]]
    np.testing.assert_allclose(np.degrees(degrees), wanted, atol=0.006)
    yaw, pitch = np.radians(np.meshgrid(np.linspace(-40, 40, 33), np.linspace(-30, 30, 25)))
    angles = np.stack([pitch.ravel(), yaw.ravel(), np.zeros(pitch.size)], axis=1)
    apart = as_pyfeat(angles) - angles
    np.testing.assert_allclose(np.degrees(np.abs(apart)).mean(axis=0), [0.23, 0.17, 2.8], atol=0.006)
    small = (np.abs(angles) < np.radians(10.1)).all(axis=1)
    np.testing.assert_allclose(apart[small][:, 2], -(angles[:, 0] * angles[:, 1] / 2)[small], atol=3e-4)


@needs_bundled
@pytest.mark.parametrize(
    "name", ["single_face.mp4", "WolfgangLanger_Pexels.mp4", "0-f1-su-ph.jpg", "15-f13-anc-ph.jpg", "45-m7-di-ph.jpg"]
)
def test_on_real_faces(name):
    model = load_model("emotion@built-in")
    frame = CanonicalFrame.of(model.mean_mesh)
    aligner = Aligner(model.anchors, frame, model.anchor_indices)
    tracker = open_tracker("bundled")
    rotations = []
    with open_source(str(clip(name))) as source:
        for picture in source:
            landmarks = largest_face(tracker.track_all(picture))
            aligned = None if landmarks is None else aligner(landmarks.points_px)
            if aligned is not None:
                rotations.append(aligned.canon_from_px.rotation)
    tracker.close()
    angles = pose_angles(np.array(rotations), frame)
    apart = np.degrees(np.abs(as_pyfeat(angles) - angles))
    print(f"{name}: {len(angles)} faces, largest angles {np.degrees(np.abs(angles)).max(axis=0).round(1)}, "
          f"mean {apart.mean(axis=0).round(2)}, largest {apart.max(axis=0).round(2)} degrees apart")  # fmt: skip
    # The product of the two largest angles bounds the difference: it is of the second order.
    bound = np.sort(np.degrees(np.abs(angles)), axis=1)[:, 1:].prod(axis=1) * np.pi / 180
    assert (apart.max(axis=1) <= bound + 1e-9).all()
