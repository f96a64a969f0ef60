"""VMC as a marionette gets it: names, one Apply after all values, and a head that turns the right way."""

from __future__ import annotations

import numpy as np
import pytest
from osc_receiver import Receiver
from streamed import EMOTIONS, POSE, SHAPES, no_face, sample

from realtime.core.config import StreamConfig
from realtime.core.types import Pose
from realtime.geometry.pose import rotation_from_pose
from realtime.stream.address import StreamAddress
from realtime.stream.arkit import MEASURED
from realtime.stream.sample import StreamSample
from realtime.stream.vmc import VmcOutput, head_rotation

pytest.importorskip("pythonosc")


def received(one: StreamSample, packets: int = 1, **settings: object) -> list[tuple[str, list]]:
    with Receiver() as receiver:
        output = VmcOutput(StreamAddress("vmc", "127.0.0.1", receiver.port), StreamConfig(**settings))
        output.send(one)
        receiver.until(lambda: len(receiver.packets) >= packets)
        last = "/VMC/Ext/Blend/Apply" if one.track_id is not None else "/VMC/Ext/OK"
        receiver.until(lambda: receiver.messages[-1][0] == last)
        output.close()
    assert all(len(packet) <= 1400 for packet in receiver.packets)
    return receiver.messages


def blend(messages: list[tuple[str, list]]) -> dict[str, float]:
    return {values[0]: values[1] for address, values in messages if address == "/VMC/Ext/Blend/Val"}


def test_a_face_is_a_state_of_the_avatar() -> None:
    messages = received(sample(), packets=2)
    addresses = [address for address, _ in messages]
    assert addresses[:3] == ["/VMC/Ext/OK", "/VMC/Ext/T", "/VMC/Ext/Root/Pos"] and messages[0][1] == [1]
    assert addresses.count("/VMC/Ext/Blend/Apply") == 1 and addresses[-1] == "/VMC/Ext/Blend/Apply"
    ((head, *numbers),) = [values for address, values in messages if address == "/VMC/Ext/Bone/Pos"]
    assert head == "Head" and numbers[:3] == [0, 0, 0]
    assert numbers[3:] == pytest.approx(head_rotation(POSE), rel=1e-6)
    found = blend(messages)
    emotions = {"Joy": 0.7, "Angry": 0.01, "Sorrow": 0.05, "Surprised": 0.09, "Neutral": 0.1}
    eyes_and_mouth = {"Blink_L": "eyeBlinkLeft", "Blink_R": "eyeBlinkRight", "A": "jawOpen"}
    expected = {**SHAPES, **emotions, **{name: SHAPES[source] for name, source in eyes_and_mouth.items()}}
    assert found == pytest.approx(expected, rel=1e-6)


def test_names_are_those_that_are_set() -> None:
    upper = {name[0].upper() + name[1:] for name in MEASURED}
    assert set(blend(received(sample(), vmc_names=["perfect-sync"]))) == upper
    new = set(blend(received(sample(), vmc_names=["vrm1"])))
    assert new == {"happy", "angry", "sad", "surprised", "neutral", "blinkLeft", "blinkRight", "aa"}


def test_values_stay_in_their_range_and_what_is_no_number_is_left_out() -> None:
    odd = sample(
        blendshapes={"jawOpen": 1.25, "mouthClose": -0.5, "cheekPuff": float("nan")}, features={}, pose=None
    )  # fmt: skip
    messages = received(odd)
    assert blend(messages) == {"jawOpen": 1.0, "mouthClose": 0.0, "A": 1.0}
    assert not [address for address, _ in messages if address == "/VMC/Ext/Bone/Pos"]


def test_without_a_face_the_avatar_keeps_its_expression() -> None:
    assert received(no_face()) == [("/VMC/Ext/OK", [0])]


def test_emotions_drive_an_avatar_where_the_tracker_has_no_blendshapes() -> None:
    found = blend(received(sample(blendshapes=None)))
    assert set(found) == {"Joy", "Angry", "Sorrow", "Surprised", "Neutral"}
    assert found["Joy"] == pytest.approx(EMOTIONS["happiness"])


def rotated(quaternion: tuple[float, ...], vector: np.ndarray) -> np.ndarray:
    """q v q*, by the definition of the product."""
    axis, w = np.array(quaternion[:3]), quaternion[3]
    return vector + 2 * w * np.cross(axis, vector) + 2 * np.cross(axis, np.cross(axis, vector))


@pytest.mark.parametrize(
    ("pose", "looks", "top"),
    [  # in x right, y up, z forward: where the nose and the top of the head go
        (Pose(0.0, 0.5, 0.0), (np.sin(0.5), 0, np.cos(0.5)), (0, 1, 0)),
        (Pose(0.5, 0.0, 0.0), (0, np.sin(0.5), np.cos(0.5)), (0, np.cos(0.5), -np.sin(0.5))),
        (Pose(0.0, 0.0, 0.5), (0, 0, 1), (np.sin(0.5), np.cos(0.5), 0)),
    ],
)
def test_a_head_turns_to_the_right_up_and_to_the_right(pose: Pose, looks: tuple, top: tuple) -> None:
    rotation = head_rotation(pose)
    np.testing.assert_allclose(rotated(rotation, np.array([0.0, 0, 1])), looks, atol=1e-12)
    np.testing.assert_allclose(rotated(rotation, np.array([0.0, 1, 0])), top, atol=1e-12)


def test_a_mixed_pose_is_the_rotation_that_the_pose_was_read_from() -> None:
    rng = np.random.default_rng(5)
    flip = np.diag([1.0, -1.0, -1.0])  # the picture, seen with y up and z towards the camera
    to_unity = np.diag([-1.0, 1.0, 1.0])  # left, up, forward to right, up, forward
    for angles in rng.uniform(-1.2, 1.2, (50, 3)):
        pose = Pose(*map(float, angles))
        head = flip @ np.asarray(rotation_from_pose(pose)).T  # from head axes: left, up, forward
        expected = to_unity @ head @ to_unity
        found = np.stack([rotated(head_rotation(pose), axis) for axis in np.eye(3)], axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-12)
