"""The picture is turned where faces are only found turned: soon enough, once, and never because of an upright face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from realtime.capture import turned_clockwise
from realtime.core.types import Frame, Landmarks, Rotation
from realtime.pipeline.picture_rotation import FRAMES, AutoRotation, FixedRotation, Sighting

MS = 1_000_000
RATE_MS = 40
Sees = Callable[[int], Sighting | None]  # what is found in a picture that is turned by so much
UPRIGHT = Sighting(5.0, plausible=True)
NOT_A_FACE = Sighting(3.0, plausible=False)


class Second:
    """A second tracker that finds what `sees` says, and counts its looks."""

    name = "fake"
    blendshapes = ()

    def __init__(self, sees: Sees) -> None:
        self.sees = sees
        self.looks: list[Frame] = []
        self.closed = False

    def track_all(self, frame: Frame) -> list[Landmarks]:
        if frame.image.shape[:2] == (64, 64):  # so that it does not remember the picture before
            return []
        self.looks.append(frame)
        found = self.sees(frame.rotation)
        return [] if found is None else [Landmarks(np.zeros((478, 3), np.float32), frame.size, 1, "fake")]

    def close(self) -> None:
        self.closed = True


def frame(number: int, segment: int = 0) -> Frame:
    return Frame(np.zeros((48, 80, 3), np.uint8), number * RATE_MS * MS, number, 0, segment)


def run(sees: Sees, frames: int, second: Second | None = None) -> tuple[list[Frame], Second]:
    """The turned frames of a source in which `sees` says what is found at each rotation."""
    second = second or Second(sees)
    rotation = AutoRotation(lambda shown, _: sees(shown.rotation), lambda: second)
    turned = []
    for number in range(frames):
        turned.append(rotation.turn(frame(number)))
        rotation.watch(turned[-1], sees(turned[-1].rotation))
    rotation.close()
    return turned, second


def lying(by_deg: int) -> Sees:
    """A camera that hangs so that the head rolls by this much, wherever it is found."""

    def sees(rotation: int) -> Sighting:
        return Sighting(float((by_deg - rotation + 180) % 360 - 180), plausible=True)

    return sees


@pytest.mark.parametrize(("roll_deg", "wanted"), [(-87, 270), (93, 90), (-110, 270), (70, 90)])
def test_faces_on_their_side_turn_the_picture_soon_and_once(roll_deg: int, wanted: Rotation) -> None:
    turned, second = run(lying(roll_deg), 100)
    rotations = [shown.rotation for shown in turned]
    assert rotations == [0] * FRAMES + [wanted] * (100 - FRAMES)
    assert turned[0].size == (80, 48) and turned[-1].size == (48, 80)
    assert [shown.segment for shown in turned] == [0] * FRAMES + [1] * (100 - FRAMES)
    assert not second.looks  # what the tracker finds is enough


@pytest.mark.parametrize("roll_deg", [0, 25, -44, 50, -58])
def test_tilted_heads_turn_nothing(roll_deg: int) -> None:
    turned, second = run(lying(roll_deg), 300)
    assert {shown.rotation for shown in turned} == {0} and not second.looks
    assert all(shown.image is not None and shown.segment == 0 for shown in turned)


@pytest.mark.parametrize("at_zero", [None, NOT_A_FACE])
@pytest.mark.parametrize("wanted", [90, 180, 270])
def test_a_face_that_is_only_seen_in_the_turned_picture_turns_it(wanted: Rotation, at_zero: Sighting | None) -> None:
    turned, second = run(lambda rotation: UPRIGHT if rotation == wanted else at_zero, 60)
    rotations = [shown.rotation for shown in turned]
    assert set(rotations) == {0, wanted} and rotations.index(wanted) <= 14
    assert rotations[rotations.index(wanted) :] == [wanted] * (60 - rotations.index(wanted))
    assert second.closed


def test_a_run_without_a_face_looks_ever_less_often_and_turns_nothing() -> None:
    turned, second = run(lambda rotation: None, 1500)  # a minute
    assert {shown.rotation for shown in turned} == {0}
    assert 3 <= len(second.looks) <= 60


def test_a_clip_that_begins_without_a_face_stays_upright_when_it_comes() -> None:
    number = 0

    def sees(rotation: int) -> Sighting | None:
        return UPRIGHT if number >= 100 and rotation == 0 else None

    rotation = AutoRotation(lambda shown, _: sees(shown.rotation), lambda: Second(sees))
    for number in range(200):
        shown = rotation.turn(frame(number))
        rotation.watch(shown, sees(shown.rotation))
        assert shown.rotation == 0


def test_an_upright_face_now_and_then_keeps_the_picture_as_it_is() -> None:
    rotation = AutoRotation(lambda *_: None, lambda: Second(lambda _: None))
    for number in range(400):
        shown = rotation.turn(frame(number))
        rotation.watch(shown, UPRIGHT if number % FRAMES == 0 else Sighting(-88.0, plausible=True))
        assert shown.rotation == 0


def test_each_turn_needs_twice_the_evidence_of_the_one_before() -> None:
    """A head that is always found on its side, whatever is done: the picture does not flap."""
    turned, _ = run(lambda _: Sighting(-90.0, plausible=True), 600)
    rotations = [shown.rotation for shown in turned]
    changes = [at for at in range(1, 600) if rotations[at] != rotations[at - 1]]
    gaps = np.diff([0, *changes])
    assert list(gaps[:4]) == [FRAMES, 2 * FRAMES, 4 * FRAMES, 8 * FRAMES] and len(changes) <= 8


def test_evidence_does_not_outlast_a_break_of_the_source() -> None:
    rotation = AutoRotation(lambda *_: None, lambda: Second(lambda _: None))
    for number in range(10 * FRAMES):
        shown = rotation.turn(frame(number, segment=number // (FRAMES - 1)))
        rotation.watch(shown, Sighting(90.0, plausible=True))
        assert shown.rotation == 0


def test_the_next_run_of_a_source_continues_turned_and_a_chosen_angle_stays() -> None:
    before = AutoRotation(lambda *_: None, lambda: Second(lambda _: None))
    for number in range(FRAMES):
        before.watch(before.turn(frame(number)), Sighting(90.0, plausible=True))
    after = AutoRotation(lambda *_: None, lambda: Second(lambda _: None))
    after.continue_from(before)
    assert after.turn(frame(0)).rotation == 90
    fixed = FixedRotation(180)
    fixed.continue_from(before)
    assert fixed.turn(frame(0)).rotation == 180


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_are_turned_clockwise(degrees: Rotation) -> None:
    image = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    found = turned_clockwise(image, degrees)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, np.rot90(image, -degrees // 90))
