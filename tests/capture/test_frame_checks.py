"""Black, frozen and torn pictures; and that ordinary ones are none of these."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.capture.frame_checks import PictureChecks

FRAME_NS = 33_333_333


def scene(seed: int = 0, size: tuple[int, int] = (640, 360)) -> np.ndarray:
    """A still scene with the noise of a sensor."""
    width, height = size
    slope = np.linspace(30, 220, width)[None, :, None] + np.linspace(-20, 20, height)[:, None, None]
    noise = np.random.default_rng(seed).normal(0, 1.5, (height, width, 3))
    return np.clip(slope + noise, 0, 255).astype(np.uint8)


def run(pictures: list[np.ndarray]) -> tuple[list[frozenset[str]], PictureChecks]:
    checks = PictureChecks()
    return [checks.flags(picture, number * FRAME_NS) for number, picture in enumerate(pictures)], checks


def test_a_still_scene_with_sensor_noise_is_fine() -> None:
    pictures = [scene(seed) for seed in range(40)]
    flags, checks = run([pictures[n % 40] for n in range(1000)])
    assert set(flags) == {frozenset()}
    assert not checks.wants_reopening()


def test_a_picture_that_stands_still_is_flagged_after_30_and_reopened_once_after_90() -> None:
    picture, other = scene(0, (128, 72)), scene(1, (128, 72))
    flags, checks = run([picture] * 89)
    first = next(n for n, flag in enumerate(flags) if "frozen" in flag)
    assert first == 29
    assert not checks.wants_reopening()
    checks.flags(picture, 89 * FRAME_NS)
    assert checks.wants_reopening()
    checks.reset()
    for number in range(2000):  # still the same picture after that: a test card, no dead driver
        checks.flags(picture, number * FRAME_NS)
        assert not checks.wants_reopening()
    for number in range(1000):  # another one that stands still is another case
        checks.flags(other, number * FRAME_NS)
    assert checks.wants_reopening()


def test_black_for_a_second_is_flagged_and_light_clears_it() -> None:
    dark = [np.random.default_rng(n).integers(0, 5, (360, 640, 3), dtype=np.uint8) for n in range(45)]
    flags, _ = run([*dark, scene(), *dark[:5]])
    assert "black" not in flags[29]
    assert all("black" in flag for flag in flags[31:45])
    assert all("black" not in flag for flag in flags[45:])


def test_a_dark_room_with_a_lamp_is_not_black() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:60, :60] = 255
    assert all("black" not in flag for flag in run([picture] * 60)[0])


@pytest.mark.parametrize("color", [0, 128])
def test_a_flat_lower_part_is_torn(color: int) -> None:
    picture = scene()
    picture[200:] = color
    flags, checks = run([picture])
    assert "torn" in flags[0]
    assert checks.torn == 1


def test_a_lower_part_left_over_from_the_picture_before_is_torn() -> None:
    before, after = scene(1), scene(2)
    after[180:] = before[180:]
    assert run([before, after])[0] == [frozenset(), frozenset({"torn"})]


def test_letter_boxes_black_pictures_and_still_backgrounds_are_not_torn() -> None:
    boxed = scene()
    boxed[:60] = boxed[-60:] = 0
    still = [scene(3) for _ in range(3)]
    for number, picture in enumerate(still):
        picture[100:200, 250:400] = scene(10 + number)[100:200, 250:400]  # only a face moves
    for pictures in ([boxed, boxed], [np.zeros((64, 64, 3), np.uint8)], still):
        assert all("torn" not in flag for flag in run(pictures)[0])
