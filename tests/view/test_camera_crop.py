"""The camera's face comes level, on the eye line and as large as the meshes, wherever it is in the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from common import with_landmarks

from realtime.core.types import FloatArray, Landmarks
from realtime.geometry import ANCHORS, fit_similarity
from realtime.geometry.canonical_frame import LEFT_OUTER_CANTHUS, RIGHT_OUTER_CANTHUS
from realtime.view.gl.face_surface import FaceSurface
from realtime.view.gl.picture_map import PictureMap
from realtime.view.mirror.camera_crop import CameraCrop
from realtime.view.paint.layout import Rect

SIZE = (640, 360)
EYES = [RIGHT_OUTER_CANTHUS, LEFT_OUTER_CANTHUS]
CANTHI = np.array([[120.0, 150.0], [240.0, 150.0]])  # where the meshes have them


def placed(faces: Any, scale: float, roll_deg: float, at: tuple[float, float], index: int = 0) -> Any:
    """A frame with the face of this size in pixels, turned in the picture and moved."""
    result = faces.result(index, image=faces.image(SIZE))
    angle = np.radians(roll_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    upright = (faces.mean - faces.frame.origin) @ faces.frame.axes.T / faces.frame.unit * scale * (1, -1, -1)
    points = (upright @ turn.T + (*at, 0.0)).astype(np.float32)
    return with_landmarks(result, Landmarks(points, SIZE, 1, "bundled")), points


def followed(crop: CameraCrop, faces: Any, result: Any, points: FloatArray) -> PictureMap:
    surface = FaceSurface(faces.mean)
    px_from_canon = fit_similarity(faces.mean[list(ANCHORS)], points[list(ANCHORS)])
    crop.follow(result, points, surface.px_from_face(px_from_canon))
    assert crop.pose is not None
    return crop.pose.place(CANTHI, mirrored=False)


@pytest.mark.parametrize("scale", [40.0, 90.0, 200.0])
@pytest.mark.parametrize("roll", [-35.0, 0.0, 20.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_any_face_has_its_eyes_where_the_meshes_have_them(
    faces: Any, scale: float, roll: float, mirrored: bool
) -> None:
    result, points = placed(faces, scale, roll, (200.0, 130.0))
    crop = CameraCrop()
    followed(crop, faces, result, points)
    assert crop.pose is not None
    canthi = CANTHI[::-1] if mirrored else CANTHI
    place = crop.pose.place(canthi, mirrored)
    # The mean face is no mirror image of itself: its canthi are a third of a degree off its own axes.
    assert np.abs(place.apply(points[EYES, :2]) - canthi).max() < 0.005 * 120
    chin, brow = place.apply(points[[152, 10], :2])
    assert chin[1] > CANTHI[0, 1] > brow[1]  # level, and not upside down
    assert np.linalg.det(place.matrix) < 0 if mirrored else np.linalg.det(place.matrix) > 0
    back = place.inverse().apply(place.apply(points[:, :2]))
    assert np.abs(back - points[:, :2]).max() < 0.01


def test_it_follows_smoothly_and_jumps_where_the_face_does(faces: Any) -> None:
    crop = CameraCrop()
    for index in range(10):
        followed(crop, faces, *placed(faces, 90.0, 0.0, (200.0, 130.0), index))
    followed(crop, faces, *placed(faces, 90.0, 0.0, (210.0, 130.0), 10))
    assert crop.pose is not None
    moved = crop.pose.middle[0] - 200.0
    assert 1.0 < moved < 5.0  # a part of ten pixels after a 30th of a second
    followed(crop, faces, *placed(faces, 90.0, 0.0, (500.0, 130.0), 11))
    assert crop.pose.middle[0] == pytest.approx(500.0, abs=1.0)  # another face: at once


def test_the_same_frame_again_changes_nothing_and_a_face_that_was_hidden_comes_back(faces: Any) -> None:
    crop = CameraCrop()
    result, points = placed(faces, 90.0, 0.0, (200.0, 130.0))
    first = followed(crop, faces, result, points)
    assert np.array_equal(followed(crop, faces, result, points + 50).offset, first.offset)
    crop.follow(result, None, None)  # the picture was hidden, while paused
    assert crop.pose is None
    assert np.allclose(followed(crop, faces, result, points).offset, first.offset)


def test_the_whole_picture_is_a_map_too() -> None:
    rect = Rect(30, 40, 320, 180)
    for mirrored in (False, True):
        corners = PictureMap.whole(SIZE, rect, mirrored).apply(np.array([[0.0, 0.0], [640.0, 360.0]]))
        left, right = (350, 30) if mirrored else (30, 350)
        assert corners.tolist() == [[left, 40], [right, 220]]
    assert PictureMap.whole(SIZE, rect, False).scale == pytest.approx(0.5)
