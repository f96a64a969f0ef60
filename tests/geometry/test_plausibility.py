"""A mouth is seen where its pattern is, whatever the light, the size and the tilt; elsewhere it is not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime import load_model
from realtime.core.types import Pose, Similarity
from realtime.geometry import implausible, is_implausible, mouth_match
from realtime.geometry.plausibility import _PATTERN, MIN_MOUTH_MATCH
from realtime.geometry.validity import check_validity

SKIN = np.array([190.0, 140.0, 120.0])


def face_px(width_px: float = 100.0, tilt_deg: float = 0.0) -> np.ndarray:
    """(478, 3) landmarks of the mean face, so wide between its outer canthi, tilted, in the middle of 400 pixels."""
    mesh = load_model("emotion@built-in").mean_mesh.astype(np.float64)
    points = (mesh - mesh.mean(axis=0)) * [1.0, -1.0, -1.0]
    points *= width_px / np.linalg.norm(points[33] - points[263])
    angle = np.radians(tilt_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    return (points @ turn.T + [200.0, 200.0, 0.0]).astype(np.float32)


def picture(points: np.ndarray, brightness: float = 0.0, redness: float = 0.0, level: float = 1.0) -> np.ndarray:
    """Skin, with the pattern of a mouth drawn at the vertices, so strong in its brightness and in its redness."""
    image = np.tile(SKIN * level, (400, 400, 1))
    for pair, (bright, red) in _PATTERN.items():
        for vertex in pair:
            center = tuple(round(float(number)) for number in points[vertex, :2])
            ratio = SKIN[0] / SKIN[1] * np.exp(redness * red)  # of red to green, at the same brightness
            green = SKIN @ [0.299, 0.587, 0.0] / (0.299 * ratio + 0.587)
            color = np.array([ratio * green, green, SKIN[2]]) * level * np.exp(brightness * bright)
            cv2.circle(image, center, 1, color.tolist(), -1)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tilt_deg", [0.0, 30.0, 90.0, 180.0])
@pytest.mark.parametrize("width_px", [100.0, 180.0])
def test_the_pattern_of_a_mouth_is_found_at_any_size_and_tilt(width_px: float, tilt_deg: float) -> None:
    points = face_px(width_px, tilt_deg)
    assert mouth_match(picture(points, brightness=2.0), points) > MIN_MOUTH_MATCH
    assert implausible(picture(points, brightness=2.0), points) == ()


def test_it_is_not_found_on_bare_skin_nor_inverted() -> None:
    points = face_px()
    assert mouth_match(picture(points), points) == pytest.approx(0.0, abs=0.05)
    assert mouth_match(picture(points, brightness=-2.0), points) < -0.3
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    assert abs(mouth_match(noise, points)) < 0.5
    (reason,) = implausible(noise, points)
    assert is_implausible(reason) and "mouth not seen" in reason and f"{MIN_MOUTH_MATCH:g}" in reason
    assert not is_implausible("yaw 52° beyond 40°")


def test_neither_a_dimmer_lamp_nor_one_from_the_side_changes_the_match_much() -> None:
    points = face_px()
    plain = mouth_match(picture(points, brightness=2.0), points)
    assert mouth_match(picture(points, brightness=2.0, level=0.6), points) == pytest.approx(plain, rel=0.1)
    from_the_side = picture(points, brightness=2.0) * np.linspace(0.5, 1.0, 400)[None, :, None]
    assert mouth_match(from_the_side.astype(np.uint8), points) == pytest.approx(plain, rel=0.15)


def test_lips_in_a_beard_are_seen_by_their_color_unless_the_brightness_contradicts() -> None:
    points = face_px()
    image = picture(points, brightness=0.6, redness=2.5).astype(float)
    hair = np.random.default_rng(2).normal(0, 6, 478)  # bright and dark spots
    for pair in _PATTERN:
        for vertex in pair:
            x, y = points[vertex, :2].round().astype(int)
            image[y - 1 : y + 2, x - 1 : x + 2] *= np.exp(hair[vertex] / 100)
    beard = np.clip(image, 0, 255).astype(np.uint8)
    gray = np.repeat(cv2.cvtColor(beard, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert 0.2 < mouth_match(gray, points) < MIN_MOUTH_MATCH < mouth_match(beard, points)
    assert mouth_match(picture(points, brightness=-2.0, redness=2.5), points) < 0


@pytest.mark.parametrize("moved_px", [(0.0, 0.0), (-260.0, 0.0), (350.0, 350.0), (1e7, -1e7)])
def test_a_mesh_at_the_edge_of_the_picture_or_beyond_it_is_judged_too(moved_px: tuple[float, float]) -> None:
    points = face_px()
    points[:, :2] += np.float32(moved_px)
    assert np.isfinite(mouth_match(picture(face_px(), brightness=2.0), points))
    assert mouth_match(picture(face_px()), np.zeros_like(points)) == 0.0


@pytest.mark.parametrize(
    ("roll_deg", "valid"), [(25.0, True), (-35.0, True), (36.0, False), (-87.0, False), (180.0, False)]
)
def test_a_head_that_lies_on_its_side_is_out_of_range(roll_deg: float, valid: bool) -> None:
    from realtime.core.types import Aligned

    points = face_px()
    aligned = Aligned(
        points, Similarity(np.float64(1.0), np.eye(3), np.zeros(3)), 3.0, Pose(0.0, 0.0, float(np.radians(roll_deg)))
    )
    validity = check_validity(aligned, points)
    assert validity.ok == valid
    assert valid or validity.reasons[0].startswith(f"roll {abs(roll_deg):.0f}° beyond 35°")
    assert not check_validity(replace(aligned, pose=Pose(0.0, 0.0, float("nan"))), points).ok
