"""OSC as a receiver gets it that knows the specification and not our code."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import numpy as np
import pytest
from osc_receiver import Receiver
from streamed import EMOTIONS, POSE, SHAPES, no_face, sample

from realtime.core.config import StreamConfig
from realtime.geometry import REGION_NAMES
from realtime.stream.address import StreamAddress
from realtime.stream.osc import OscOutput
from realtime.stream.sample import StreamMark, StreamSample

pytest.importorskip("pythonosc")


def received(*samples: StreamSample, host: str = "127.0.0.1", config: StreamConfig | None = None) -> Receiver:
    with Receiver(host) as receiver:
        output = OscOutput(StreamAddress("osc", host, receiver.port), config or StreamConfig())
        for one in samples:
            output.send(one)
        output.mark(StreamMark("end of the test", 0))
        receiver.until(lambda: any(address == "/meshmirror/mark" for address, _ in receiver.messages))
        output.close()
    return receiver


def test_every_value_arrives_at_its_address() -> None:
    found = dict(received(sample(41)).messages)
    expected: dict[str, list[float]] = {
        "/meshmirror/face": [1], "/meshmirror/faces": [1], "/meshmirror/frame": [41], "/meshmirror/track": [3],
        "/meshmirror/valid": [1], "/meshmirror/pose": list(POSE.angles), "/meshmirror/nme/delivered": [3.5],
        "/meshmirror/nme/with_gain": [3.25], "/meshmirror/nme/floor": [2.5], "/meshmirror/gain": [0.75],
        "/meshmirror/au/AU01": [0.25], "/meshmirror/au/AU12": [0.75],
        **{f"/meshmirror/feature/{name}": [value] for name, value in EMOTIONS.items()},
        **{f"/meshmirror/blendshape/{name}": [value] for name, value in SHAPES.items()},
        **{f"/meshmirror/residual/{name}": [1.0 + at] for at, name in enumerate(REGION_NAMES)},
    }  # fmt: skip
    for address, values in expected.items():
        assert found.pop(address) == pytest.approx(values, rel=1e-6), address
    assert 0 <= found.pop("/meshmirror/age")[0] < 5000 and 0 <= found.pop("/meshmirror/estimate_age")[0] < 5000
    assert found == {"/meshmirror/event": ["happiness", 1], "/meshmirror/mark": ["end of the test"]}


def test_packets_fit_into_an_ordinary_network() -> None:
    packets = received(sample()).packets
    assert len(packets) > 1 and max(map(len, packets)) <= 1400


def test_without_a_face_nothing_is_said_of_one_and_its_event_ends() -> None:
    receiver = received(sample(0), no_face(1), no_face(2))
    messages = receiver.messages
    begin = messages.index(("/meshmirror/face", [0]))
    after = messages[begin:]
    assert {address for address, _ in after} == {
        "/meshmirror/face", "/meshmirror/faces", "/meshmirror/frame", "/meshmirror/age", "/meshmirror/event",
        "/meshmirror/mark",
    }  # fmt: skip
    assert [values for address, values in messages if address == "/meshmirror/event"] == [
        ["happiness", 1], ["happiness", 0],
    ]  # fmt: skip


def test_what_is_no_number_is_not_sent() -> None:
    nan, inf = float("nan"), float("inf")
    odd = sample(features={"joy": nan, "fear": 0.5}, delivered=nan, gain=-inf, pose=replace(POSE, yaw=nan))
    addresses = {address for address, _ in received(odd).messages}
    assert "/meshmirror/feature/fear" in addresses and "/meshmirror/nme/floor" in addresses
    missing = {"feature/joy", "nme/delivered", "gain", "pose"}
    assert not addresses & {f"/meshmirror/{name}" for name in missing}


def test_an_age_is_that_of_the_frame_and_of_the_estimate() -> None:
    now_ns = time.monotonic_ns()
    old = sample(captured_ns=now_ns - 50_000_000, stamp_ns=10_000_000_000, estimate_stamp_ns=9_900_000_000)
    found = dict(received(old).messages)
    (age,), (estimate_age,) = found["/meshmirror/age"], found["/meshmirror/estimate_age"]
    assert 50 <= age < 5050 and estimate_age - age == pytest.approx(100, abs=0.1)


def test_vertices_are_sent_where_the_sample_has_them_and_nowhere_else() -> None:
    mesh = np.arange(478 * 3, dtype=np.float32).reshape(478, 3)
    found = dict(received(sample(observed=mesh, predicted=-mesh)).messages)
    np.testing.assert_array_equal(np.reshape(found["/meshmirror/mesh/observed"], (478, 3)), mesh)
    np.testing.assert_array_equal(np.reshape(found["/meshmirror/mesh/predicted"], (478, 3)), -mesh)
    assert not [address for address, _ in received(sample()).messages if "mesh/" in address]


def test_ipv6_works_and_a_name_without_an_address_is_named() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        assert received(sample(), host="::1").messages
    except OSError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")
    with pytest.raises(OSError, match=r"nowhere\.invalid is not found"):
        OscOutput(StreamAddress.parse("osc://nowhere.invalid:9000"), StreamConfig())
