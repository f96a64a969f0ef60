"""Messages come back as they were, and nothing else passes for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.detect.pyfeat.crop import Crop
from realtime.detect.pyfeat.output_layout import OutputLayout
from realtime.detect.worker import protocol as wire

HEADS = OutputLayout(("anger", "Zufriedenheit ü"), ("AU01",), (), 224.0)
REQUEST = wire.Request(2**40 + 1, 3, (417, 512), Crop(-17.123456789, 2.5, 333.0000001, 4096, 2160))
ROW = np.linspace(-1e30, 1e-30, HEADS.width).astype(np.float32)


def only(data: bytes) -> tuple[wire.MessageKind, bytes]:
    (one,) = wire.Parser().parse(data)
    return one


def test_everything_comes_back_as_it_was() -> None:
    hello = wire.Hello("fd 7", 4, True, 4711)
    kind, body = only(wire.hello_message(hello))
    assert (kind, wire.read_hello(body)) == (wire.MessageKind.HELLO, hello)

    kind, body = only(wire.request_message(REQUEST))
    assert (kind, wire.read_request(body)) == (wire.MessageKind.REQUEST, REQUEST)

    ready = wire.Ready("OpenVINO, CPU", HEADS, 0.25, {"open": 1.5})
    kind, body = only(wire.ready_message(ready))
    assert (kind, wire.read_ready(body)) == (wire.MessageKind.READY, ready)

    refusal = wire.Refusal(4, "weights.safetensors: too short")
    kind, body = only(wire.start_failed_message(refusal))
    assert (kind, wire.read_start_failed(body)) == (wire.MessageKind.START_FAILED, refusal)

    kind, body = only(wire.answer_message(wire.Result(9, 0.5, 0.125, ROW)))
    result = wire.read_answer(body, HEADS.width)
    assert (kind, result.serial, result.step_s, result.picture_s) == (wire.MessageKind.ANSWER, 9, 0.5, 0.125)
    assert np.array_equal(result.row, ROW) and not result.row.flags.writeable


@given(st.lists(st.integers(1, 400), max_size=60))
def test_a_stream_in_any_pieces(sizes: list[int]) -> None:
    stream = (
        wire.request_message(REQUEST)
        + wire.message(wire.MessageKind.HEARTBEAT)
        + wire.message(wire.MessageKind.PROGRESS, b"x" * 5000)
    )
    parser = wire.Parser()
    found = []
    at = 0
    for size in [*sizes, len(stream)]:
        found += list(parser.parse(stream[at : at + size]))
        at += size
    assert [kind.name for kind, _ in found] == ["REQUEST", "HEARTBEAT", "PROGRESS"]
    assert wire.read_request(found[0][1]) == REQUEST


@given(st.binary(min_size=9, max_size=200))
def test_something_else_is_refused(noise: bytes) -> None:
    if noise[:4] != b"MMw1":
        with pytest.raises(wire.ProtocolError):
            list(wire.Parser().parse(noise))


def test_a_length_that_no_message_has_is_refused() -> None:
    head = bytearray(wire.message(wire.MessageKind.PROGRESS))
    head[5:9] = (2**31).to_bytes(4, "little")
    with pytest.raises(wire.ProtocolError):
        list(wire.Parser().parse(bytes(head)))


@given(st.sampled_from(["hello", "request", "ready", "answer", "refused"]), st.binary(max_size=120))
def test_a_body_of_something_else_is_refused(kind: str, body: bytes) -> None:
    read = {
        "hello": wire.read_hello, "request": wire.read_request, "ready": wire.read_ready,
        "refused": wire.read_start_failed,
        "answer": lambda body: wire.read_answer(body, HEADS.width),
    }[kind]  # fmt: skip
    try:
        read(body)
    except wire.ProtocolError:
        return
    assert kind == "request" and len(body) == 56  # any such bytes are numbers


READY = '{"runtime": "x", "layout": %s, "longest_s": 1.0, "times_ms": {}}'
NO_LISTS = '{"emotions": 1, "action_units": [], "blendshapes": [], "mesh_side": 1}'


@pytest.mark.parametrize("text", [READY % "{}", READY % NO_LISTS, "[]", '{"runtime": "x"}'])
def test_a_worker_that_tells_something_else_of_itself(text: str) -> None:
    with pytest.raises(wire.ProtocolError):
        wire.read_ready(text.encode())


def test_an_answer_of_another_width_is_refused() -> None:
    _, body = only(wire.answer_message(wire.Result(9, 0.5, 0.125, ROW)))
    with pytest.raises(wire.ProtocolError, match="where a row has"):
        wire.read_answer(body, HEADS.width + 1)
