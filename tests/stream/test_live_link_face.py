"""Live Link Face packets, read by a decoder that knows the format and not our code."""

from __future__ import annotations

import struct
import time
from datetime import datetime
from math import pi

import pytest
from osc_receiver import Receiver
from streamed import POSE, SHAPES, no_face, sample

from realtime.core.config import StreamConfig
from realtime.stream.address import StreamAddress
from realtime.stream.arkit import MEASURED
from realtime.stream.live_link_face import LiveLinkOutput
from realtime.stream.sample import StreamSample

# The enumeration of Unreal's EARFaceBlendShape, by group, as its documentation numbers it.
UNREAL = ["EyeBlink", "EyeLookDown", "EyeLookIn", "EyeLookOut", "EyeLookUp", "EyeSquint", "EyeWide"]
ORDER = [
    *(f"{name}{side}" for side in ("Left", "Right") for name in UNREAL),
    "JawForward", "JawLeft", "JawRight", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker", "MouthLeft",
    "MouthRight",
    *(f"Mouth{name}{side}" for name in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper", "MouthPressLeft", "MouthPressRight",
    "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft",
    "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff", "CheekSquintLeft",
    "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll",
    "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
]  # fmt: skip


def decode(packet: bytes) -> dict:
    """A packet field by field."""
    at = 0

    def read(kind: str) -> float:
        nonlocal at
        (value,) = struct.unpack_from(">" + kind, packet, at)
        at += struct.calcsize(">" + kind)
        return value

    def text() -> str:
        nonlocal at
        size = int(read("i"))
        at += size
        return packet[at - size : at].decode()

    found = {"version": read("B"), "device": text(), "subject": text(), "frame": read("i"), "part": read("f"),
             "rate": (read("i"), read("i")), "count": read("B")}  # fmt: skip
    found |= {name: read("f") for name in ORDER}
    assert at == len(packet)
    return found


def received(*samples: StreamSample, now: datetime | None = None, **settings: object) -> list[dict]:
    with Receiver() as receiver:
        address = StreamAddress("livelink", "127.0.0.1", receiver.port)
        output = LiveLinkOutput(address, StreamConfig(**settings), lambda: now or datetime.now())
        for one in samples:
            output.send(one)
        output.send(sample(faces=99))
        receiver.until(lambda: bool(receiver.packets))
        receiver.until(lambda: time.monotonic_ns() - receiver.times_ns[-1] > 100_000_000)
        output.close()
    return [decode(packet) for packet in receiver.packets[:-1]]


def test_every_blendshape_is_at_its_place() -> None:
    assert len(ORDER) == 61
    (found,) = received(sample())
    assert (found["version"], found["subject"], found["count"], found["rate"]) == (6, "Meshmirror", 61, (60, 1))
    assert len(found["device"]) == 36
    for name in MEASURED:
        assert found[name[0].upper() + name[1:]] == pytest.approx(SHAPES[name]), name
    assert found["TongueOut"] == 0


def test_head_and_eyes_have_the_sign_and_unit_that_are_set() -> None:
    (turns,), (radians,) = received(sample()), received(sample(), livelink_angles="radians")
    for found, unit in ((turns, pi), (radians, 1.0)):
        assert found["HeadYaw"] * unit == pytest.approx(POSE.yaw)
        assert found["HeadPitch"] * unit == pytest.approx(POSE.pitch)
        assert found["HeadRoll"] * unit == pytest.approx(POSE.roll)
        assert (found["LeftEyePitch"] * unit, found["LeftEyeYaw"] * unit) == pytest.approx((0.05, -0.1))


def test_without_a_measured_gaze_the_eyes_follow_the_blendshapes_to_the_subjects_right_and_up() -> None:
    right = {"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5, "eyeLookUpLeft": 0.25, "eyeLookUpRight": 0.25}
    (found,) = received(sample(gaze=None, blendshapes=right), livelink_angles="radians")
    for side in ("Left", "Right"):
        assert found[f"{side}EyeYaw"] == pytest.approx(pi / 12)
        assert found[f"{side}EyePitch"] == pytest.approx(pi / 24)


def test_the_time_code_is_that_of_the_capture() -> None:
    noon = datetime(2026, 7, 1, 12, 0, 0)
    one = sample(captured_ns=time.monotonic_ns() - 500_000_000)
    (found,) = received(one, now=noon)
    seconds = (found["frame"] + found["part"]) / 60
    assert 43_195 < seconds <= 43_199.5 + 1e-6
    (early,) = received(one, now=datetime(2026, 7, 1, 0, 0, 0))
    assert early["frame"] > 86_390 * 60, "it was captured before midnight"


def test_without_a_face_or_blendshapes_there_is_no_packet_and_odd_values_are_zero() -> None:
    assert received(no_face(), sample(blendshapes=None)) == []
    odd = {"jawOpen": float("nan"), "mouthClose": 7.0, "cheekPuff": -1.0}
    (found,) = received(sample(blendshapes=odd, pose=None))
    assert (found["JawOpen"], found["MouthClose"], found["CheekPuff"], found["HeadYaw"]) == (0, 1, 0, 0)


def test_a_long_name_is_cut_between_characters() -> None:
    (found,) = received(sample(), name="ü" * 40)
    assert found["subject"] == "ü" * 40
